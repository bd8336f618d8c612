"""Recognises lines that are good in every respect, some dozens at a time; of all others it says nothing.

A line of 1.6 kB costs 2.7 µs to decode and 2 µs to hold against its schema; what is done here adds 1.5 µs, because it
is done by C loops over columns. What it recognises is exact: each test stands for a rule that the careful look (in
`lines`) applies to whatever is left over.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import msgspec

from crossproof.tracking.judging.kinds import Kind, Kinds
from crossproof.tracking.log.decoding import UNREADABLE, Event, decode, depth, keys_and_texts, quotes
from crossproof.tracking.log.limits import MAX_DEPTH
from crossproof.tracking.plan.model import Param

AT_ONCE = 32  # lines; so that what was decoded is still in the processor's cache when it is judged

_SCALARS = frozenset({"string", "integer", "number", "boolean"})


class Fast(msgspec.Struct, frozen=True):
    """A kind whose lines can be recognised at a glance: name and type are its own, every param is a planned scalar."""

    kind: Kind
    accepts: Callable[[object], bool]
    only_texts: bool


class Good(NamedTuple):
    """The good ones of some lines, as columns."""

    numbers: Sequence[int]  # which of the lines they are
    events: Sequence[Event]
    kinds: Sequence[Fast]
    times: Sequence[object]
    params: Sequence[dict[str, object]]


NONE = Good((), (), (), (), ())


class Glance:
    """Looks at lines as columns."""

    def __init__(self, kinds: Kinds) -> None:
        """Find out which kinds can be recognised."""
        self.kinds = kinds
        self.fast: dict[tuple[object, object], Fast] = _recognisable(kinds) if kinds.usual_envelope else {}
        source = kinds.plan.source
        self.outer = {pointer.tokens[0] for pointer in (source.name, source.type, source.time, source.params)}

    def look(self, raws: Sequence[bytes]) -> Good:
        """Decode and judge; none is recognised where one spoils it for all (it is no JSON, or no event)."""
        envelope = self.kinds.usual_envelope
        if not self.fast or not envelope:
            return NONE
        try:
            events = [*map(decode, raws)]
            names, types, times, params = zip(*map(envelope, events), strict=True)
            kinds = [*map(self.fast.get, zip(names, types, strict=True))]
        except (*UNREADABLE, KeyError, TypeError):
            return NONE
        if {*map(type, params)} != {dict}:
            return NONE
        numbers = [
            number
            for number, fast in enumerate(kinds)
            if fast is not None and b"@" not in raws[number] and fast.accepts(params[number])
        ]
        lines = Good(numbers, events, cast("Sequence[Fast]", kinds), times, params)
        if len(numbers) < len(raws):
            raws = [raws[number] for number in numbers]
            lines = Good(numbers, *([column[number] for number in numbers] for column in lines[1:]))  # type: ignore[arg-type]
        return lines if self._no_key_twice(raws, lines) else NONE

    def _no_key_twice(self, raws: Sequence[bytes], lines: Good) -> bool:
        """Hold the quotes in the text against the keys and texts it was decoded to: a key that stands twice has more.

        Each line has at least as many as it accounts for, so the sums are equal only if every line's are.
        """
        written = sum([quotes(raw) if b"\\" in raw else raw.count(b'"') for raw in raws])
        inner = sum(map(len, lines.params))
        texts = inner
        if not all([fast.only_texts for fast in lines.kinds]):  # noqa: C419 - a list is faster
            texts = sum(map(keys_and_texts, lines.params)) - inner
        outer = sum(map(len, lines.events)) + 2 * len(raws) + [*map(type, lines.times)].count(str)
        for key in set().union(*lines.events) - self.outer:
            values: list[Any] = [event[key] for event in lines.events if key in event]
            same = values.count(values[0]) == len(values)
            if any(depth(value) > MAX_DEPTH for value in (values[:1] if same else values)):
                return False
            outer += keys_and_texts(values[0]) * len(values) if same else sum(map(keys_and_texts, values))
        return written == 2 * (inner + texts + outer)


def _recognisable(kinds: Kinds) -> dict[tuple[object, object], Fast]:
    """Find the pairs of name and type that mean exactly one event, with nothing to look at but its params."""
    found: dict[tuple[object, object], Fast] = {}
    for kind in kinds.all:
        event = kind.event
        params = event.params.values()
        alone = kinds.candidates(event.name, event.type) == (kind,)
        if event.name is not None and event.type is not None and kind.plain and alone and all(map(_is_scalar, params)):
            only_texts = all(map(_is_text, params))
            found[event.name, event.type] = Fast(kind, kind.accepts, only_texts)
    return found


def _is_scalar(param: Param) -> bool:
    values = _values(param)
    if values is not None:
        return not any(isinstance(value, (dict, list)) for value in values)
    return bool(param.types) and param.types <= _SCALARS and "$ref" not in param.schema


def _is_text(param: Param) -> bool:
    values = _values(param)
    if values is not None:
        return param.presence == "always" and all(isinstance(value, str) for value in values)
    return param.presence == "always" and param.types == {"string"}


def _values(param: Param) -> Sequence[object] | None:
    values: Mapping[str, Sequence[object]] = param.schema
    return [param.schema["const"]] if "const" in param.schema else values.get("enum")
