"""Decides from a file's first bytes how it is to be read."""

import codecs
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import chain

import msgspec

# Longest first: UTF-32's mark begins with UTF-16's.
_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


_ENOUGH = 4  # bytes that tell


class Packing(Enum):
    """What a file is wrapped in."""

    PLAIN = "plain"
    GZIP = "gzip"
    ZSTD = "zstd"
    ZIP = "zip"


_MAGIC = (
    (b"\x1f\x8b", Packing.GZIP),
    (b"\x28\xb5\x2f\xfd", Packing.ZSTD),
    (b"PK\x03\x04", Packing.ZIP),
    (b"PK\x05\x06", Packing.ZIP),
)


def packing(head: bytes) -> Packing:
    """Tell the wrapping by its first bytes; a name such as `log.gz` proves nothing."""
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), Packing.PLAIN)


class UnreadableLog(Exception):
    """A log cannot be read (further); the text says why. What was read before it stays judged."""


class Text(msgspec.Struct, frozen=True):
    """A stream as UTF-8 without a byte order mark, and what it was before."""

    blocks: Iterator[bytes]
    encoding: str = "utf-8"
    had_mark: bool = False
    is_array: bool = False


def as_text(blocks: Iterable[bytes]) -> Text:
    """Look at the beginning of a stream and give it as UTF-8."""
    stream = iter(blocks)
    head = b""
    while len(head) < _ENOUGH and (block := next(stream, None)) is not None:
        head += block
    mark, encoding = next(((mark, name) for mark, name in _ENCODINGS if head.startswith(mark)), (b"", _guess(head)))
    rest: Iterator[bytes] = chain([head.removeprefix(mark)], stream)
    if encoding != "utf-8":
        rest = _converted(rest, encoding)
    first = next(rest, b"")
    is_array = first.lstrip().startswith(b"[")
    return Text(chain([first], rest), encoding=encoding, had_mark=bool(mark), is_array=is_array)


def _guess(head: bytes) -> str:
    """Tell UTF-16 without a mark by its zeros: JSON begins with two ASCII characters."""
    match [byte == 0 for byte in head[:_ENOUGH]]:
        case [False, True, False, True]:
            return "utf-16-le"
        case [True, False, True, False]:
            return "utf-16-be"
        case _:
            return "utf-8"


def _converted(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for block in blocks:
            yield decoder.decode(block).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeDecodeError as error:
        raise UnreadableLog(f"it begins as {encoding} and then is not: {error.reason}") from None
