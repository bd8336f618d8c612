"""Takes the one small file out of an archive that is held in memory, by the same rules as unpacking one to disk."""

import zlib
from dataclasses import dataclass

from crossproof.artifacts.refusal import UnsafeArchive
from crossproof.artifacts.zip_container import check_descriptor, data_of
from crossproof.artifacts.zip_contents import DEFLATED, Entry, read_contents
from crossproof.units import clip


@dataclass(frozen=True, slots=True)
class Held:
    """An archive in memory."""

    content: bytes

    @property
    def size(self) -> int:
        """How long it is."""
        return len(self.content)

    def read_at(self, offset: int, length: int) -> bytes:
        """Give exactly these bytes, or fewer at the end."""
        return self.content[offset : offset + length]


def lone_file(archive: bytes, *, most_bytes: int) -> bytes:
    """Give the content of its only file, or refuse."""
    contents = read_contents(Held(archive), most_bytes=most_bytes)
    if len(contents.files) != 1:
        raise UnsafeArchive("one-file", f"The archive must hold one file, and holds {len(contents.files)}.")
    return _content(archive, contents.files[0])


def _content(archive: bytes, entry: Entry) -> bytes:
    record = entry.record
    stretch = archive[record.at : record.until]
    start = data_of(record, stretch)
    packed = stretch[start : start + record.packed]
    check_descriptor(record, stretch[start + record.packed :])
    content = _inflated(packed, record.size, entry.path) if record.method == DEFLATED else packed
    if (len(content), zlib.crc32(content)) != (record.size, record.crc):
        raise UnsafeArchive("contents-agree", f"{clip(entry.path)} does not unpack to what its checksum promises.")
    return content


def _inflated(packed: bytes, size: int, path: str) -> bytes:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflate.decompress(packed, size + 1)  # one byte more than is promised would already be too many
    except zlib.error as fault:
        raise UnsafeArchive("contents-agree", f"{clip(path)} cannot be inflated: {fault}.") from fault
    if not inflate.eof or inflate.unused_data:
        raise UnsafeArchive("contents-agree", f"{clip(path)} ends before its data do, or goes on after them.")
    return content
