"""Drafts a plan from logs: says of each param no more than the logs show, and how often they show it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from crossproof.tracking.judging.explaining import type_name
from crossproof.tracking.plan.model import Source
from crossproof.tracking.plan.writing import id_of, quoted
from crossproof.tracking.redaction import looks_personal

MOST_EVENTS, MOST_PARAMS, MOST_VALUES = 500, 500, 200
LONGEST_VALUE = 60
MOST_WORDS = 8  # of an enum
MOST_IDS = 100_000
_ID = Source().id
ENOUGH = 10  # occurrences, before values are taken for all there are

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_SHAPES = (("format: uuid", _UUID), ("format: date-time", _DATE_TIME), ('pattern: "^[0-9]+$"', _DIGITS))


class Seen(msgspec.Struct):
    """What was seen of one param of one event."""

    there: int = 0
    unpopulated: int = 0
    personal: bool = False
    types: Counter[str] = msgspec.field(default_factory=Counter)
    values: Counter[object] = msgspec.field(default_factory=Counter)  # short texts, truths and whole numbers
    more: bool = False  # there were values that are not counted
    shapes: Counter[str] = msgspec.field(default_factory=Counter)


class SeenEvent(msgspec.Struct):
    """What was seen of one event."""

    name: str
    type: str
    times: int = 0
    params: dict[str, Seen] = msgspec.field(default_factory=dict)
    fewest: int = 0  # in one log
    most: int = 0


class Draft:
    """Takes events log by log; what it keeps is bounded."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.events: dict[tuple[str, str], SeenEvent] = {}
        self.logs = 0
        self.left_out: Counter[str] = Counter()
        self._ids: set[str] = set()
        self._in_log: Counter[tuple[str, str]] = Counter()

    def take(self, name: str, kind: str, params: Mapping[str, object]) -> None:
        """Take one event."""
        key = (name, kind)
        if key not in self.events and len(self.events) >= MOST_EVENTS:
            self.left_out["events"] += 1
            return
        event = self.events.setdefault(key, SeenEvent(name, kind))
        event.times += 1
        self._in_log[key] += 1
        if isinstance(value := params.get(_ID.tokens[-1]), str) and len(self._ids) < MOST_IDS:
            self._ids.add(value[:LONGEST_VALUE])
        for param, value in params.items():
            if param not in event.params and len(event.params) >= MOST_PARAMS:
                self.left_out["params"] += 1
                continue
            _take(event.params.setdefault(param, Seen()), value)

    def end_log(self) -> None:
        """End a log: how often each event was in it."""
        for key, event in self.events.items():
            times = self._in_log[key]
            event.fewest = times if not self.logs else min(event.fewest, times)
            event.most = max(event.most, times)
        self.logs += 1
        self._in_log.clear()

    def written(self, name: str) -> str:
        """Write the plan, with the evidence for each line beside it."""
        ids: dict[tuple[str, str], str] = {}
        for key, event in self.events.items():
            ids[key] = id_of(event.name, event.type, ids.values())
        common = self._common()
        lines = [
            "# Drafted from logs. Read it line by line: it says what was seen, which is not always what is right.",
            "plan: 1",
            f"name: {quoted(name)}",
            'version: "draft"',
            *(
                ["bundles:", "  common:", *_params(common, "    ", sum(e.times for e in self.events.values()))]
                if common
                else []
            ),
            "events:",
        ]
        for event in sorted(self.events.values(), key=lambda event: ids[event.name, event.type]):
            lines += self._event(event, ids[event.name, event.type], common)
        lines += list(self._unique())
        if self.left_out:
            lines.append(f"# Not drafted, there were too many: {', '.join(sorted(self.left_out))}.")
        return "\n".join(lines) + "\n"

    def _event(self, event: SeenEvent, name: str, common: Mapping[str, Seen]) -> Iterator[str]:
        logs = f"in every one of {self.logs} logs" if event.fewest else f"not in every one of {self.logs} logs"
        match = f"name: {quoted(event.name)}" + (f", type: {quoted(event.type)}" if event.type else "")
        yield f"  {name}:  # {event.times} times, {logs}"
        yield f"    match: {{{match}}}"
        if common:
            yield "    use: [common]"
        own = {param: seen for param, seen in event.params.items() if param not in common}
        if own:
            yield "    params:"
            yield from _params(own, "      ", event.times)
        if not event.fewest:
            yield "    count: 0..*"

    def _common(self) -> dict[str, Seen]:
        """Find what every event carries and what means the same in all: said once, of all values together."""
        events = list(self.events.values())
        if len(events) < 2:  # noqa: PLR2004 - common to two at least
            return {}
        common: dict[str, Seen] = {}
        for param in events[0].params:
            each = [event.params[param] for event in events if param in event.params]
            if len(each) < len(events):
                continue
            total = _added(each)
            said = {_schema(seen, event.times) for seen, event in zip(each, events, strict=True)}
            together = _schema(total, sum(event.times for event in events))
            told_apart = any("const" in one for one in said) and "const" not in together
            if len({one.partition(",")[0] for one in said if "const" not in one}) <= 1 and not told_apart:
                common[param] = total
        return common

    def _unique(self) -> Iterator[str]:
        """Offer the id, if every event had one and each another."""
        if self._ids and len(self._ids) == sum(event.times for event in self.events.values()):
            yield f"unique: [{{key: {_ID}}}]"


def _take(seen: Seen, value: object) -> None:
    seen.there += 1
    if value is None or value == "":
        seen.unpopulated += 1
        return
    seen.types[type_name(value)] += 1
    seen.personal |= looks_personal(value)
    if isinstance(value, str):
        seen.shapes.update(said for said, shape in _SHAPES if shape.fullmatch(value))
    countable = isinstance(value, (str, int)) and len(str(value)) <= LONGEST_VALUE
    if countable and (value in seen.values or len(seen.values) < MOST_VALUES):
        seen.values[value] += 1
    else:
        seen.more = True


def _added(parts: Sequence[Seen]) -> Seen:
    total = Seen()
    for part in parts:
        total.there += part.there
        total.unpopulated += part.unpopulated
        total.personal |= part.personal
        total.types.update(part.types)
        total.shapes.update(part.shapes)
        total.values.update(part.values)
        total.more |= part.more
    return total


def _schema(seen: Seen, times: int) -> str:
    """Say what a param is, as a flow mapping of YAML."""
    parts = [_kind(seen)] if seen.types else []
    if seen.there < times or seen.unpopulated:
        parts.append("presence: sometimes")
    if seen.personal:
        parts.append("sensitive: true")
    return f"{{{', '.join(filter(None, parts))}}}"


def _kind(seen: Seen) -> str:
    if len(seen.types) > 1:
        types = {"number" if kind == "integer" and "number" in seen.types else kind for kind in seen.types}
        return f"type: {next(iter(types))}" if len(types) == 1 else f"type: [{', '.join(sorted(types))}]"
    (kind,) = seen.types
    populated = seen.there - seen.unpopulated
    if kind != "string":
        return f"type: {kind}"
    for said, _ in _SHAPES:
        if seen.shapes[said] == populated:
            return f"type: string, {said}"
    words = sorted(str(value) for value in seen.values)
    # Good and Turing: while a value was seen only once, there are more that were not seen yet.
    whole = not seen.more and not seen.personal and len(words) <= MOST_WORDS and 1 not in seen.values.values()
    if whole and populated >= ENOUGH and seen.values:
        return f"enum: [{', '.join(map(quoted, words))}]" if len(words) > 1 else f"const: {quoted(words[0])}"
    return "type: string"


def _params(params: Mapping[str, Seen], indent: str, times: int) -> Iterator[str]:
    for name, seen in sorted(params.items()):
        empty = f", {seen.unpopulated} of them empty" if seen.unpopulated else ""
        kinds = "many" if seen.more else str(len(seen.values))
        yield f"{indent}{quoted(name)}: {_schema(seen, times)}  # {seen.there} of {times}{empty}, {kinds} values"
