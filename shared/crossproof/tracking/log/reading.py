"""Opens one log: as lines where it is lines, as one document where it must be; says what it noticed on the way."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Literal

import msgspec

from crossproof.tracking.log.chunks import Chunk, chunks
from crossproof.tracking.log.decoding import UNREADABLE, Flaw, decode
from crossproof.tracking.log.documents import MAX_BROKEN, Broken, events_in, spread_over_lines
from crossproof.tracking.log.limits import MAX_DOCUMENT, MIB
from crossproof.tracking.log.sniffing import UnreadableLog, as_text


class Notice(msgspec.Struct):
    """Something noticed about a file as a whole, or at one place of it."""

    flaw: Flaw
    line: int = 0


class Opened(msgspec.Struct):
    """A log, ready to be judged chunk by chunk."""

    chunks: Iterator[Chunk]
    unit: Literal["line", "event"] = "line"  # what is counted to say where something is
    notices: list[Notice] = msgspec.field(default_factory=list)


def open_log(blocks: Iterable[bytes]) -> Opened:
    """Decide how to read; a document is held whole, lines never are."""
    text = as_text(blocks)
    notices: list[Notice] = []
    if text.encoding != "utf-8":
        reason = f"is {text.encoding}; places below are those of its text as UTF-8"
        notices.append(Notice(Flaw("log/encoding", reason)))
    elif text.had_mark:
        notices.append(Notice(Flaw("log/bom", "begins with a byte order mark")))
    if text.is_array:
        return _document(_whole(text.blocks), Flaw("log/json-array", "is one JSON array"), notices)
    pieces = chunks(text.blocks)
    first = next(pieces, None)
    if first is None:
        return Opened(iter(()), notices=notices)
    if _looks_spread(first.data):
        held = _held(chain([first], pieces))
        if isinstance(held, str):
            return _document(held, Flaw("log/pretty-printed", "has events that are spread over several lines"), notices)
        return Opened(held, notices=notices)
    return Opened(chain([first], pieces), notices=notices)


def _document(text: str, noticed: Flaw, notices: list[Notice]) -> Opened:
    lines = bytearray()
    notices = [*notices, Notice(noticed)]
    for found in events_in(text):
        match found:
            case Broken():
                rule = "log/truncated" if found.ends else "log/parse-error"
                notices.append(Notice(Flaw(rule, f"is no JSON: {found.reason}", found.column), found.line))
                if found.last:
                    reason = f"has {MAX_BROKEN} broken stretches; what follows the last was not read"
                    notices.append(Notice(Flaw("log/cap-reached", reason), found.line))
            case event:
                lines += event + b"\n"
    blocks = (bytes(lines[start : start + MIB]) for start in range(0, len(lines), MIB))
    return Opened(chunks(blocks), unit="event", notices=notices)


def _whole(blocks: Iterable[bytes]) -> str:
    held = bytearray()
    for block in blocks:
        held += block
        if len(held) > MAX_DOCUMENT:
            raise UnreadableLog(
                f"it is one JSON array of more than {MAX_DOCUMENT // MIB} MiB, which would have to be held in memory"
            )
    return held.decode("utf-8", "backslashreplace")


def _looks_spread(data: bytes) -> bool:
    """Tell whether the first line begins an event and does not end it."""
    line = data.lstrip().partition(b"\n")[0].rstrip()
    if not line.startswith(b"{"):
        return False
    try:
        decode(line)
    except UNREADABLE:
        return True
    return False


def _held(pieces: Iterator[Chunk]) -> str | Iterator[Chunk]:
    """Hold the text if it is small and its first event is spread over lines; else give the chunks back."""
    held: list[Chunk] = []
    for piece in pieces:
        held.append(piece)
        if piece.skipped or sum(len(each.data) for each in held) > MAX_DOCUMENT:
            return chain(held, pieces)
    text = b"\n".join(piece.data for piece in held).decode("utf-8", "backslashreplace")
    return text if spread_over_lines(text) else iter(held)
