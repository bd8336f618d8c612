"""Finds the events in a text that is no line per event: one JSON array, or events spread over several lines."""

import json
import re
from collections.abc import Iterator

import msgspec

from crossproof.tracking.log.limits import KIB, MAX_LINE, MIB

MAX_BROKEN = 100  # each costs a walk through the whole text
_NOTHING = re.compile(r"[ \t\r\n,\[\]]*")  # what stands between events, in an array or not
_NEXT = re.compile(r"\n[ \t]*\{")  # where an event most likely begins after a broken one
_decode = json.JSONDecoder().raw_decode  # used only to find where a value ends; `decoding` reads it
_WINDOW = 64 * KIB  # where its end is looked for first: what is decoded takes 25 times the memory of its text
_CUT = 16  # so near to the end of a window a fault may be the window's: the longest is half of two \\u escapes


class Broken(msgspec.Struct, frozen=True):
    """A stretch in which no event can be read."""

    line: int
    column: int
    reason: str
    ends: bool = False  # the text ends in it
    last: bool = False  # there were too many: what follows was not read


def events_in(text: str) -> Iterator[bytes | Broken]:
    """Give each event as one line (no text in JSON holds a raw line end), and each stretch that is none."""
    at, broken = _after_nothing(text, 0), 0
    opened = _opened(text, 0, at)
    while at < len(text):
        try:
            end = _end(text, at)
        except (ValueError, RecursionError) as error:
            following = _NEXT.search(text, at + 1)
            broken += 1
            ends = following is None and not text.rstrip().endswith(("}", "]"))
            found = _broken(text, at, error)
            yield msgspec.structs.replace(found, ends=ends, last=following is not None and broken == MAX_BROKEN)
            if following is None or broken == MAX_BROKEN:
                return
            at = following.end() - 1
            continue
        yield text[at:end].replace("\n", " ").replace("\r", " ").encode()
        at = _after_nothing(text, end)
        opened += _opened(text, end, at)
    if opened and not broken:
        reason = "its array is not closed" if opened > 0 else "an array is closed that was not opened"
        yield Broken(text.count("\n") + 1, len(text) - text.rfind("\n"), reason, ends=opened > 0)


def spread_over_lines(text: str) -> bool:
    """Tell whether the first event begins in one line and ends in another."""
    start = _after_nothing(text, 0)
    if not text.startswith("{", start):
        return False
    try:
        return text.find("\n", start, _end(text, start)) >= 0
    except (ValueError, RecursionError):
        return False


def _end(text: str, at: int) -> int:
    """Find where a value ends; raises what is wrong with it, its position counted in the whole text."""
    size = _WINDOW
    while True:
        window = text[at : at + size]
        rest = at + size < len(text)
        try:
            _, end = _decode(window)
        except json.JSONDecodeError as error:
            cut = error.pos > size - _CUT or error.msg.startswith("Unterminated string")
            if not (rest and cut):
                raise json.JSONDecodeError(error.msg, text, at + error.pos) from None
        else:
            if not (rest and end > size - _CUT):  # a number may go on behind the window
                return at + end
        if size >= MAX_LINE:
            raise json.JSONDecodeError(f"more than {MAX_LINE // MIB} MiB without an end", text, at)
        size *= 16


def _opened(text: str, start: int, end: int) -> int:
    """Say how many arrays more are opened than closed between two events."""
    return text.count("[", start, end) - text.count("]", start, end)


def _after_nothing(text: str, at: int) -> int:
    found = _NOTHING.match(text, at)
    return found.end() if found else at


def _broken(text: str, at: int, error: Exception) -> Broken:
    match error:
        case json.JSONDecodeError(lineno=line, colno=column, msg=said):
            return Broken(line, column, said[:1].lower() + said[1:])
        case RecursionError():
            reason = "is nested too deeply"
        case _:
            reason = "holds a number of more than 4300 digits"
    return Broken(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at), reason)
