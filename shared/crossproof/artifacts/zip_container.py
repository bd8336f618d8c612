"""Reads the frame of a zip so strictly that there is one reading of it, or none.

Python's zipfile is not used: it rewrites names while it reads them, accepts prepended bytes and (before 3.12.2)
overlapping entries, and reads the Unicode-path field in some versions only. Layout: PKWARE APPNOTE 6.3.10, section 4.3.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from crossproof.artifacts.refusal import UnsafeArchive

MOST_ENTRIES = 100_000
_LARGEST_DIRECTORY = 64 * 1024 * 1024
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s2B5H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = 0xFFFF
_SENTINEL16, _SENTINEL32 = 0xFFFF, 0xFFFFFFFF
_DESCRIPTOR_FLAG = 0x0008
# Compression level hints, the descriptor flag and UTF-8 names. Not: encryption, patches, masked headers.
_KNOWN_FLAGS = 0x0002 | 0x0004 | _DESCRIPTOR_FLAG | 0x0800
_ZIP64_FIELD = 0x0001


class Bytes(Protocol):
    """A file as it was downloaded, in memory or on disk."""

    @property
    def size(self) -> int:
        """How long it is."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """Give exactly these bytes, or fewer at the end."""
        ...


class Record(NamedTuple):
    """What the central directory says of one entry. A tuple, because there may be 100,000 of them."""

    name: bytes
    extra: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    at: int  # where its local header starts
    until: int  # where the next one does, or the directory
    made_by: int  # 3: attributes are those of Unix
    attributes: int


def read_records(archive: Bytes) -> list[Record]:
    """Read the central directory; refuse any archive in which bytes are unaccounted for or counted twice."""
    start, size, count = _find_directory(archive)
    if count > MOST_ENTRIES:
        raise UnsafeArchive("few-entries", f"The archive has {count} entries; at most {MOST_ENTRIES} are unpacked.")
    records = sorted(_parse_directory(archive.read_at(start, size), count), key=lambda record: record.at)
    starts = [*(record.at for record in records), start]
    if starts[0] != 0:
        raise UnsafeArchive("nothing-hidden", f"{starts[0]} bytes stand before the first entry.")
    return [_between(record, until) for record, until in zip(records, starts[1:], strict=True)]


def data_of(record: Record, header: bytes) -> int:
    """Check a local header against the directory; give the length of the header, so that the data follow it."""
    if len(header) < _LOCAL.size:
        raise UnsafeArchive("headers-agree", f"the header of {record.name!r} is cut off.")
    mark, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack_from(header)
    length: int = _LOCAL.size + name_length + extra_length
    descriptor = flags & _DESCRIPTOR_FLAG
    name = header[_LOCAL.size : _LOCAL.size + name_length]
    if mark != b"PK\3\4" or (flags, method, name) != (record.flags, record.method, record.name):
        raise UnsafeArchive(
            "headers-agree", f"{record.name!r} is called {name!r} or packed otherwise in its own header."
        )
    told = ((crc, record.crc), (packed, record.packed), (size, record.size))
    later = {0, _SENTINEL32} if descriptor else {_SENTINEL32}
    if any(mine != central and mine not in later for mine, central in told):
        raise UnsafeArchive("headers-agree", f"the header of {record.name!r} tells another size or checksum.")
    rest = record.until - record.at - length - record.packed
    if rest not in ({12, 16, 20, 24} if descriptor else {0}):
        raise UnsafeArchive("nothing-hidden", f"{rest} bytes after {record.name!r} belong to no entry.")
    return length


def check_descriptor(record: Record, descriptor: bytes) -> None:
    """Check the sizes that a streaming writer put behind the data against the directory."""
    if not descriptor:
        return
    expected = {
        mark + struct.pack(form, record.crc, record.packed, record.size)
        for mark in (b"", b"PK\x07\x08")
        for form in ("<3L", "<L2Q")
        if form == "<L2Q" or max(record.packed, record.size) <= _SENTINEL32
    }
    if descriptor not in expected:
        raise UnsafeArchive("headers-agree", f"the bytes behind {record.name!r} tell another size or checksum.")


def _find_directory(archive: Bytes) -> tuple[int, int, int]:
    """Find where the central directory starts, its size and its count; it must reach exactly to the end record."""
    reach = min(archive.size, _END.size + _LONGEST_COMMENT)
    tail = archive.read_at(archive.size - reach, reach)
    ends = [at for at in _all(tail, b"PK\5\6") if _reaches_the_end(tail, at)]
    if len(ends) != 1:
        what = "no end record: it is cut off, or no zip" if not ends else f"{len(ends)} end records: which one counts?"
        raise UnsafeArchive("one-directory", f"The archive has {what}.")
    end_at = archive.size - reach + ends[0]
    _, disk, first_disk, here, count, size, start, _ = _END.unpack_from(tail, ends[0])
    if disk or first_disk or here != count:
        raise UnsafeArchive("one-directory", "The archive is one part of several.")
    locator = archive.read_at(end_at - _LOCATOR.size, _LOCATOR.size) if end_at >= _LOCATOR.size else b""
    if locator.startswith(b"PK\6\7"):
        end_at, start, size, count = _read_zip64(archive, locator, end_at, start=start, size=size, count=count)
    elif count == _SENTINEL16 or _SENTINEL32 in {size, start}:
        raise UnsafeArchive("one-directory", "The end record points to a zip64 record that is not there.")
    if start + size != end_at:
        raise UnsafeArchive("nothing-hidden", f"{end_at - start - size} bytes stand between directory and end record.")
    if size > _LARGEST_DIRECTORY:
        raise UnsafeArchive(
            "few-entries", f"The directory alone has {size} bytes; at most {_LARGEST_DIRECTORY} are read."
        )
    return start, size, count


def _reaches_the_end(tail: bytes, at: int) -> bool:
    if at + _END.size > len(tail):
        return False
    comment_length: int = _END.unpack_from(tail, at)[7]
    return bool(at + _END.size + comment_length == len(tail))


def _read_zip64(
    archive: Bytes, locator: bytes, end_at: int, *, start: int, size: int, count: int
) -> tuple[int, int, int, int]:
    _, disk, at, disks = _LOCATOR.unpack(locator)
    record = archive.read_at(at, _END64.size)
    if disk or disks > 1 or len(record) != _END64.size or at + _END64.size != end_at - _LOCATOR.size:
        raise UnsafeArchive("one-directory", "The zip64 end record is not where it must be.")
    mark, length, _, _, disk, first_disk, here, count64, size64, start64 = _END64.unpack(record)
    told = ((count, count64, _SENTINEL16), (size, size64, _SENTINEL32), (start, start64, _SENTINEL32))
    if (
        mark != b"PK\6\6"
        or length != _END64.size - 12
        or disk
        or first_disk
        or here != count64
        or any(short not in {sentinel, long} for short, long, sentinel in told)
    ):
        raise UnsafeArchive("one-directory", "The zip64 end record contradicts the end record.")
    return at, start64, size64, count64


def _parse_directory(directory: bytes, count: int) -> Iterator[Record]:
    at = 0
    for _ in range(count):
        if at + _CENTRAL.size > len(directory):
            raise UnsafeArchive("one-directory", f"The directory ends before its {count} entries do.")
        fields = _CENTRAL.unpack_from(directory, at)
        mark, _, made_by, _, flags, method, _, _, crc, packed, size = fields[:11]
        name_length, extra_length, comment_length, disk, _, attributes, offset = fields[11:]
        name_at = at + _CENTRAL.size
        extra_at = name_at + name_length
        at = extra_at + extra_length + comment_length
        name, extra = directory[name_at:extra_at], directory[extra_at : extra_at + extra_length]
        if mark != b"PK\1\2" or at > len(directory):
            raise UnsafeArchive("one-directory", f"The directory ends before its {count} entries do.")
        if disk or flags & ~_KNOWN_FLAGS:
            raise UnsafeArchive("plain-entries", f"{name!r} is encrypted, patched or split over several files.")
        if _SENTINEL32 in {packed, size, offset}:
            packed, size, offset = _widen(name, extra, packed, size, offset)
        yield Record(name, extra, flags, method, crc, packed, size, offset, 0, made_by, attributes)
    if at != len(directory):
        raise UnsafeArchive("one-directory", f"The directory goes on after its {count} entries.")


def _widen(name: bytes, extra: bytes, *short: int) -> list[int]:
    """Take the 64-bit values for those that are marked as too long for 32 bits."""
    field = fields_of(name, extra).get(_ZIP64_FIELD, b"")
    wanted = short.count(_SENTINEL32)
    if len(field) != 8 * wanted:
        raise UnsafeArchive("plain-entries", f"{name!r} has no zip64 field that fits its sizes.")
    long = iter(struct.unpack(f"<{wanted}Q", field))
    return [next(long) if value == _SENTINEL32 else value for value in short]


def fields_of(name: bytes, extra: bytes) -> dict[int, bytes]:
    """Take an entry's extra field apart; the same kind twice, or a length that does not fit, is refused."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(extra):
        kind, length = struct.unpack_from("<2H", extra, at) if at + 4 <= len(extra) else (0, _SENTINEL16)
        if at + 4 + length > len(extra) or kind in found:
            raise UnsafeArchive("plain-entries", f"the extra field of {name!r} is damaged.")
        found[kind] = extra[at + 4 : at + 4 + length]
        at += 4 + length
    return found


def _between(record: Record, until: int) -> Record:
    """Give the entry its end; what it must hold at least has to fit before the next one starts."""
    if record.at + _LOCAL.size + len(record.name) + record.packed > until:
        raise UnsafeArchive("nothing-twice", f"{record.name!r} overlaps what follows it.")
    return record._replace(until=until)


def _all(tail: bytes, mark: bytes) -> Iterator[int]:
    at = tail.find(mark)
    while at >= 0:
        yield at
        at = tail.find(mark, at + 1)
