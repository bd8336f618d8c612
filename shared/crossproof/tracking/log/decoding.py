"""Reads one line as one event, or says exactly what is wrong with it."""

import json
import re
from collections import Counter

import msgspec

from crossproof.tracking.log.limits import MAX_DEPTH, MAX_LINE, MIB

# msgspec keeps long integers exactly (orjson makes 2^64 a float), refuses NaN, 1e400, lone surrogates, invalid UTF-8
# and trailing text, and raises nothing but these.
decode = msgspec.json.Decoder().decode
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, MemoryError)

Event = dict[str, object]

_AT_BYTE = re.compile(r" \(byte (\d+)\)$", re.ASCII)
_ODD = re.compile(rb"[^\x20-\x7e]")
_EXCERPT = 80


class Flaw(msgspec.Struct, frozen=True):
    """What is wrong with a line: the rule, the reason in words, and the column of the byte where it shows."""

    rule: str
    reason: str
    column: int = 1


def unreadable(raw: bytes, error: BaseException, *, breaks_off: bool) -> Flaw:
    """Explain a line that is no JSON; `breaks_off`: it is the file's last and has no line end."""
    match error:
        case RecursionError():
            return too_deep()
        case MemoryError():
            return Flaw("log/line-too-long", "does not fit into memory")
        case UnicodeDecodeError():
            return Flaw("log/parse-error", "holds bytes that are no UTF-8", _first_bad_byte(raw) + 1)
        case _:
            return _malformed(raw, str(error), breaks_off=breaks_off)


def too_deep() -> Flaw:
    """Explain an event nested beyond the limit."""
    return Flaw("log/too-deep", f"is nested more than {MAX_DEPTH} levels deep")


def too_long(length: int) -> Flaw:
    """Explain a line beyond the limit."""
    return Flaw("log/line-too-long", f"has {length / MIB:.1f} MiB; at most {MAX_LINE // MIB} are read")


def no_object(value: object) -> Flaw:
    """Explain a line that is JSON but no event."""
    return Flaw("log/not-object", f"is {_KINDS.get(type(value), 'a number')}, not an object")


def excerpt(raw: bytes, column: int) -> str:
    """Show the surroundings of a byte; whatever is no plain ASCII is shown as its hex code."""
    start = max(0, column - 1 - _EXCERPT // 2)
    part = raw[start : start + _EXCERPT]
    shown = _ODD.sub(lambda found: f"\\x{found[0][0]:02x}".encode(), part).decode()
    return ("…" if start else "") + shown + ("…" if start + _EXCERPT < len(raw) else "")


def depth(value: object) -> int:
    """Count the levels of nesting, without recursion."""
    deepest, level = 0, [value]
    while level:
        below: list[object] = []
        for each in level:
            if isinstance(each, dict):
                below += each.values()
            elif isinstance(each, list):
                below += each
        if any(isinstance(each, (dict, list)) for each in level):
            deepest += 1
        level = below
    return deepest


def quotes(raw: bytes) -> int:
    """Count the quotes that begin or end a text, not those inside of one."""
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    return raw.count(b'"')


def keys_and_texts(value: object) -> int:
    """Count what has quotes around it in the text of a value; without recursion, so any depth will do."""
    total, level = 0, [value]
    while level:
        below: list[object] = []
        for each in level:
            inside = each.values() if type(each) is dict else each if type(each) is list else ()
            types = [*map(type, inside)]
            total += types.count(str) + (len(types) if type(each) is dict else 0)
            if dict in types or list in types:
                below += [part for part in inside if type(part) in {dict, list}]
        level = below
    return total + (type(value) is str)


def repeated_keys(raw: bytes) -> list[str]:
    """Name the keys that stand twice in one object. The slow way; `events` finds out cheaply when it is needed."""
    found: dict[str, None] = {}

    def note(pairs: list[tuple[str, object]]) -> None:
        if len(dict(pairs)) < len(pairs):
            found.update((key, None) for key, times in Counter(key for key, _ in pairs).items() if times > 1)

    json.loads(raw, object_pairs_hook=note)
    return list(found)


def _malformed(raw: bytes, said: str, *, breaks_off: bool) -> Flaw:
    if breaks_off:
        return Flaw("log/truncated", "breaks off", len(raw) + 1)
    at = _AT_BYTE.search(said)
    if at:
        reason = said[: at.start()].removeprefix("JSON is malformed: ")
        behind = reason == "trailing characters"  # msgspec names the byte behind the first of them
        return Flaw("log/parse-error", f"is no JSON: {reason}", int(at[1]) + (not behind))
    if "truncated" in said:
        return Flaw("log/parse-error", "is no JSON: ends too early, or holds half of a surrogate pair", len(raw) + 1)
    return Flaw("log/parse-error", f"is no JSON: {said.partition(' - at ')[0].lower()}")


def _first_bad_byte(raw: bytes) -> int:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0


_KINDS = {list: "an array", str: "a text", type(None): "null", bool: "true or false"}
