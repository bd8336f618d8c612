"""Makes zips byte by byte, so that every lie a zip can tell can be told; and the battery of those we know of."""

import stat
import struct
import unicodedata
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

UTF8 = 0x0800
DESCRIPTOR = 0x0008


@dataclass(frozen=True, kw_only=True)
class Member:
    """One entry; every field of its two headers can be set apart from what is true."""

    name: str | bytes = "log.jsonl"
    data: bytes = b'{"name":"home"}\n'
    method: int = 8
    flags: int = 0
    mode: int = 0o100644
    made_by: int = 3
    attributes: int | None = None
    crc: int | None = None
    size: int | None = None
    packed: bytes | None = None
    extra: bytes = b""
    local_name: bytes | None = None
    local_size: int | None = None
    at: int | None = None  # where the directory says it starts
    in_directory: bool = True
    disk: int = 0

    @property
    def raw_name(self) -> bytes:
        return self.name if isinstance(self.name, bytes) else self.name.encode("utf-8", "surrogatepass")

    @property
    def all_flags(self) -> int:
        return self.flags | (UTF8 if isinstance(self.name, str) and not self.name.isascii() else 0)

    @property
    def stream(self) -> bytes:
        if self.packed is not None:
            return self.packed
        if self.method != 8:
            return self.data
        squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
        return squeeze.compress(self.data) + squeeze.flush()

    @property
    def told(self) -> tuple[int, int, int]:
        crc = zlib.crc32(self.data) if self.crc is None else self.crc
        return crc, len(self.stream), len(self.data) if self.size is None else self.size


def member(name: str | bytes = "log.jsonl", data: bytes = b'{"name":"home"}\n', **lies) -> Member:
    return Member(name=name, data=data, **lies)


def directory(name: str, **lies) -> Member:
    return Member(name=name, data=b"", method=0, mode=stat.S_IFDIR | 0o755, **lies)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What stands around the entries, and what the end record says of them."""

    before: bytes = b""
    after: bytes = b""
    between: bytes = b""  # before the central directory
    comment: bytes = b""
    count: int | None = None
    disk: int = 0
    zip64: bool = False
    zip64_count: int | None = None
    shifted: bool = True  # offsets count from the start of the file, prepended bytes included


def make_zip(*members: Member, frame: Frame = Frame()) -> bytes:
    body = bytearray(frame.before)
    base = 0 if frame.shifted else len(frame.before)
    central = bytearray()
    for entry in members:
        at = len(body) - base if entry.at is None else entry.at
        body += _local(entry)
        if entry.in_directory:
            central += _central(entry, at)
    body += frame.between
    start = len(body) - base
    count = sum(entry.in_directory for entry in members) if frame.count is None else frame.count
    return bytes(body + central + _end(frame, count, len(central), start) + frame.after)


def _local(entry: Member) -> bytes:
    if entry.at is not None and entry.packed == b"":
        return b""  # lives in another entry's bytes
    crc, packed, size = entry.told
    size = size if entry.local_size is None else entry.local_size
    name = entry.raw_name if entry.local_name is None else entry.local_name
    flags = entry.all_flags
    header_told = (0, 0, 0) if flags & DESCRIPTOR else (crc, packed, size)
    header = struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, entry.method, 0, 0x21, *header_told, len(name), 0)
    tail = struct.pack("<4s3L", b"PK\7\x08", crc, packed, size) if flags & DESCRIPTOR else b""
    return header + name + entry.stream + tail


def _central(entry: Member, at: int) -> bytes:
    crc, packed, size = entry.told
    attributes = entry.mode << 16 if entry.attributes is None else entry.attributes
    fields = (20, entry.made_by, 20, 0, entry.all_flags, entry.method, 0, 0x21, crc, packed, size)
    name = entry.raw_name
    head = struct.pack("<4s4B4H3L", b"PK\1\2", *fields)
    lengths = struct.pack("<5H2L", len(name), len(entry.extra), 0, entry.disk, 0, attributes, at)
    return head + lengths + name + entry.extra


def _end(frame: Frame, count: int, size: int, start: int) -> bytes:
    wide = b""
    if frame.zip64:
        count64 = count if frame.zip64_count is None else frame.zip64_count
        wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count64, count64, size, start)
        wide += struct.pack("<4sLQL", b"PK\6\7", 0, start + size, 1)
        count, size, start = 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF
    short = struct.pack("<4s4H2LH", b"PK\5\6", frame.disk, 0, count, count, size, start, len(frame.comment))
    return wide + short + frame.comment


def unicode_path(raw_name: bytes, other: str) -> bytes:
    body = struct.pack("<BL", 1, zlib.crc32(raw_name)) + other.encode()
    return struct.pack("<2H", 0x7075, len(body)) + body


def _overlapping() -> bytes:
    whole = make_zip(member("a", b"x" * 5000, method=0))
    first = member("a", b"x" * 5000, method=0)
    others = [member("a", b"x" * 5000, method=0, at=0) for _ in range(50)]
    body = _local(first)
    central = _central(first, 0) + b"".join(_central(replace(one, at=0), 0) for one in others)
    assert whole.startswith(body)
    return body + central + _end(Frame(), 51, len(central), len(body))


def _quoted_bomb() -> bytes:
    """Fifield's construction in small: each entry's data are the next entry's header and data."""
    inner = _local(member("b", b"y" * 100, method=0))
    outer = member("a", inner, method=0)
    body = _local(outer)
    central = _central(outer, 0) + _central(member("b", b"y" * 100, method=0), len(body) - len(inner))
    return body + central + _end(Frame(), 2, len(central), len(body))


def _many() -> bytes:
    return make_zip(*(member(f"{n:06}", b"", method=0) for n in range(100_001)), frame=Frame(zip64=True))


LINK = stat.S_IFLNK | 0o777
LZMA, ENCRYPTED = 14, 1


@dataclass(frozen=True)
class Hostile:
    """One zip of the battery, and the rule that must refuse it."""

    name: str
    rule: str
    make: Callable[[], bytes] = field(repr=False)


def _hostile(name: str, rule: str, *members: Member, frame: Frame | None = None) -> Hostile:
    return Hostile(name, rule, lambda: make_zip(*members, frame=frame or Frame()))


BATTERY: Sequence[Hostile] = (
    _hostile("parent", "inside-only", member("../evil.sh")),
    _hostile("parent in the middle", "inside-only", member("a/../../evil.sh")),
    _hostile("parent with backslashes", "one-separator", member("..\\evil.sh")),
    _hostile("absolute", "relative-names", member("/etc/evil.sh")),
    _hostile("drive", "one-separator", member("C:\\evil.sh")),
    _hostile("drive, relative", "relative-names", member("C:evil.sh")),
    _hostile("network share", "one-separator", member("\\\\server\\share\\evil.sh")),
    _hostile("symbolic link", "files-only", member("link", b"/etc/passwd", mode=LINK)),
    _hostile("symbolic link, then its child", "files-only", member("d", b"/etc", mode=LINK), member("d/evil.sh")),
    _hostile("same name twice", "no-collision", member("a.txt", b"one"), member("a.txt", b"two")),
    _hostile("NUL in a name", "printable-names", member("good\0.sh")),
    _hostile("bomb", "no-bomb", member("zeros", b"\0" * 20_000_000)),
    Hostile("the same bytes as 51 entries", "nothing-twice", _overlapping),
    Hostile("an entry within an entry", "nothing-twice", _quoted_bomb),
    _hostile("size lies low", "contents-agree", member("a", b"x" * 5_000_000, size=10, local_size=10)),
    _hostile("size lies high", "contents-agree", member("a", b"x" * 10, size=5000, local_size=5000)),
    _hostile("size differs between headers", "headers-agree", member("a", b"x" * 10, local_size=11)),
    _hostile("name differs between headers", "headers-agree", member("good.txt", local_name=b"evil.txt")),
    _hostile("checksum is wrong", "contents-agree", member("a", b"data", crc=1)),
    _hostile("an entry the directory does not know", "nothing-hidden", member("a"), member("b", in_directory=False)),
    _hostile("block device", "files-only", member("sda", b"", mode=stat.S_IFBLK | 0o666)),
    _hostile("pipe", "files-only", member("pipe", b"", mode=stat.S_IFIFO | 0o666)),
    _hostile("socket", "files-only", member("socket", b"", mode=stat.S_IFSOCK | 0o666)),
    _hostile("file and directory", "no-collision", member("a"), member("a/b")),
    _hostile("directory and file", "no-collision", member("a/b"), member("A")),
    _hostile("forged log line", "printable-names", member("a\n::error::you have been had")),
    _hostile("terminal escape", "printable-names", member("\x1b[2Ja")),
    _hostile("reordered letters", "printable-names", member("gpj\u202etxt.exe")),
    _hostile(
        "composed and decomposed",
        "no-collision",
        member(unicodedata.normalize("NFC", "é")),
        member(unicodedata.normalize("NFD", "é")),
    ),
    _hostile("upper and lower case", "no-collision", member("README"), member("readme")),
    _hostile("upper and lower case directories", "no-collision", member("Logs/a"), member("logs/b")),
    _hostile("1500 deep", "short-names", member("/".join("d" * 1500))),
    _hostile("a part of 256 bytes", "short-names", member("x" * 256)),
    _hostile("a path of 5000 bytes", "short-names", member("/".join(["x" * 99] * 50))),
    _hostile("git hook", "no-git", member("sub/.git/hooks/post-checkout")),
    _hostile("git hook in capitals", "no-git", member(".GIT/config")),
    _hostile("git hook by its short name", "no-git", member("git~1/config")),
    _hostile("git hook with an ignored character", "no-git", member(".g\u200cit/config")),
    _hostile(
        "second name in the extra field", "one-name", member("plain.txt", extra=unicode_path(b"plain.txt", "up.txt"))
    ),
    _hostile("name that is not UTF-8", "one-name", member(b"\xff\xfe", flags=UTF8)),
    _hostile("no name", "relative-names", member("")),
    _hostile("only dots", "relative-names", member("./.")),
    _hostile("bytes before", "nothing-hidden", member("a"), frame=Frame(before=b"#!/bin/sh\n")),
    _hostile("bytes before, uncounted", "nothing-hidden", member("a"), frame=Frame(before=b"MZ" * 9, shifted=False)),
    _hostile("bytes behind", "one-directory", member("a"), frame=Frame(after=b"more")),
    _hostile("bytes before the directory", "nothing-hidden", member("a"), frame=Frame(between=b"hidden")),
    _hostile("two end records", "one-directory", member("a"), frame=Frame(comment=_end(Frame(), 0, 0, 0))),
    _hostile("encrypted", "plain-entries", member("a", flags=ENCRYPTED)),
    _hostile("another method", "plain-entries", member("a", method=LZMA)),
    _hostile("stored with two sizes", "headers-agree", member("a", b"abc", method=0, size=2, local_size=2)),
    _hostile("several disks", "one-directory", member("a"), frame=Frame(disk=1)),
    _hostile("entry on another disk", "plain-entries", member("a", disk=1)),
    _hostile("counts one entry less", "one-directory", member("a"), member("b"), frame=Frame(count=1)),
    _hostile("counts one entry more", "one-directory", member("a"), frame=Frame(count=2)),
    _hostile("zip64 counts otherwise", "one-directory", member("a"), frame=Frame(zip64=True, zip64_count=2)),
    _hostile("extra field is damaged", "plain-entries", member("a", extra=b"\1\0\xff\0x")),
    _hostile(
        "directory with contents", "files-only", Member(name="d/", data=b"data", method=0, mode=stat.S_IFDIR | 0o755)
    ),
    _hostile("directory twice", "no-collision", directory("d/"), directory("d/")),
    _hostile("deflate goes on after its end", "contents-agree", member("a", b"", packed=b"\3\0more", crc=0)),
    _hostile("deflate is cut off", "contents-agree", member("a", b"x" * 100, packed=b"\x4b")),
    _hostile("deflate is noise", "contents-agree", member("a", b"x" * 100, packed=b"\xff" * 40)),
    Hostile("100,001 entries", "few-entries", _many),
    Hostile("nothing at all", "one-directory", lambda: b""),
    Hostile("no zip", "one-directory", lambda: b"<html>Sign in</html>" * 10),
    Hostile("cut in half", "one-directory", lambda: make_zip(*(member(f"{n}.jsonl") for n in range(50)))[:2000]),
)
