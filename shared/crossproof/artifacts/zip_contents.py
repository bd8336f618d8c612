"""Decides what a zip would unpack to, as a whole: every name, type and size is judged before a byte is written."""

import stat
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from crossproof.artifacts.entry_names import collision_key, safe_path
from crossproof.artifacts.refusal import UnsafeArchive
from crossproof.artifacts.zip_container import Bytes, Record, fields_of, read_records
from crossproof.units import clip

STORED, DEFLATED = 0, 8
# DEFLATE cannot do better than 1032:1. Logs reach 20:1; what does better than this over this much is a bomb.
_STEEPEST = 200
_STEEP_FROM = 10 * 1024 * 1024
_UTF8_FLAG = 0x0800
_UNICODE_PATH = 0x7075
_UNIX = 3
_DOS_DIRECTORY = 0x10
_DEFLATED_NOTHING = 2


class Entry(NamedTuple):
    """One file to be written: its path below the directory, and where its bytes are."""

    path: str
    executable: bool
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What an archive unpacks to; the directories are complete and stand before what they hold."""

    files: Sequence[Entry]
    directories: Sequence[str]
    empty: Sequence[Record]  # the entries of directories: they hold nothing, and their headers are checked too
    total: int


def read_contents(archive: Bytes, *, most_bytes: int) -> Contents:
    """Judge a whole archive, or refuse it."""
    files: list[Entry] = []
    empty: dict[str, Record] = {}
    total = 0
    for record in read_records(archive):
        path = safe_path(_name_of(record))
        if _is_directory(record):
            if path in empty:
                raise UnsafeArchive("no-collision", f"{clip(path)} is given twice.")
            empty[path] = record
            continue
        if not path:
            raise UnsafeArchive("relative-names", f"{clip(record.name.decode('latin-1'))} names no file.")
        _check_size(record, path)
        files.append(Entry(path, bool(record.made_by == _UNIX and record.attributes >> 16 & stat.S_IXUSR), record))
        total += record.size
    if total > most_bytes:
        raise UnsafeArchive("bounded-size", f"The archive unpacks to {total} bytes; at most {most_bytes} are allowed.")
    directories = _directories_of((entry.path for entry in files), empty)
    _check_set(files, directories)
    return Contents(files=files, directories=directories, empty=tuple(empty.values()), total=total)


def _name_of(record: Record) -> str:
    """Decode a name in the one way that is meant; a second, different name in the extra field is refused."""
    try:
        name = record.name.decode("utf-8" if record.flags & _UTF8_FLAG else "cp437")
    except UnicodeDecodeError as fault:
        raise UnsafeArchive("one-name", f"{record.name!r} is marked as UTF-8 and is not.") from fault
    if record.extra:
        other = fields_of(record.name, record.extra).get(_UNICODE_PATH, b"")
        if other and other != _unicode_path(record.name, name):
            raise UnsafeArchive("one-name", f"{clip(name)} has a second, different name in its extra field.")
    return name


def _unicode_path(raw: bytes, name: str) -> bytes:
    """Write the Unicode-path field (APPNOTE 4.6.9) as it must be if it says the same as the name itself."""
    return b"\1" + zlib.crc32(raw).to_bytes(4, "little") + name.encode()


def _is_directory(record: Record) -> bool:
    """Tell files from directories; whatever is neither (link, device, pipe, socket) is refused."""
    slash = record.name.endswith(b"/")
    kind = stat.S_IFMT(record.attributes >> 16) if record.made_by == _UNIX else 0
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        what = "a symbolic link" if kind == stat.S_IFLNK else "a device, pipe or socket"
        raise UnsafeArchive("files-only", f"{clip(record.name.decode('latin-1'))} is {what}.")
    directory = slash or kind == stat.S_IFDIR or bool(not kind and record.attributes & _DOS_DIRECTORY)
    if directory and (not slash or kind == stat.S_IFREG or record.size or record.packed > _DEFLATED_NOTHING):
        raise UnsafeArchive("files-only", f"{clip(record.name.decode('latin-1'))} is both file and directory.")
    return directory


def _check_size(record: Record, path: str) -> None:
    if record.method not in {STORED, DEFLATED}:
        raise UnsafeArchive(
            "plain-entries", f"{clip(path)} is packed by method {record.method}, which is not unpacked."
        )
    if record.method == STORED and record.packed != record.size:
        raise UnsafeArchive("headers-agree", f"{clip(path)} is stored, yet its two sizes differ.")
    if record.size > _STEEP_FROM and record.size > _STEEPEST * record.packed:
        raise UnsafeArchive("no-bomb", f"{clip(path)} unpacks {record.packed} bytes to {record.size}.")


def _directories_of(files: Iterable[str], declared: Iterable[str]) -> list[str]:
    """List every directory that is needed, parents first."""
    found: set[str] = set()
    for path in (*files, *(f"{path}/" for path in declared if path)):
        parent = path.rpartition("/")[0]
        while parent and parent not in found:
            found.add(parent)
            parent = parent.rpartition("/")[0]
    return sorted(found)


def _check_set(files: Sequence[Entry], directories: Sequence[str]) -> None:
    """No two entries may be the same file to any file system, and nothing may be both file and directory."""
    owners: dict[str, str] = {}
    for path in (*directories, *(entry.path for entry in files)):
        key = collision_key(path)
        if key in owners:
            other = owners[key]
            same = "given twice, or both file and directory" if other == path else f"{clip(other)} to some systems"
            raise UnsafeArchive("no-collision", f"{clip(path)} is {same}.")
        owners[key] = path
