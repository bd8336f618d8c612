"""Learns what one run was like: a profile of it alone, to be added to others or held against them."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from itertools import combinations
from typing import TypeVar

import msgspec

from crossproof.tracking.baseline import values
from crossproof.tracking.baseline.profile import (
    LONGEST_NAME,
    MANY,
    MOST_EVENTS,
    MOST_GAPS,
    MOST_PARAMS,
    MOST_PLACES,
    About,
    EventFacts,
    Extreme,
    First,
    Gap,
    ParamFacts,
    PlaceFacts,
    Profile,
    Spread,
)
from crossproof.tracking.baseline.sent import Sent

K = TypeVar("K", bound=Hashable)


class NotLearnable(Exception):
    """Nothing can be learned from a run: it is empty, or holds more names than any app has. The text says which."""


class _Place(msgspec.Struct):
    populated: int = 0
    null: int = 0
    empty: int = 0
    types: set[str] = msgspec.field(default_factory=set)
    values: Spread = msgspec.field(default_factory=Spread)


class _Param(msgspec.Struct):
    times: int = 0
    values: Spread = msgspec.field(default_factory=Spread)
    shapes: Spread = msgspec.field(default_factory=Spread)


class OneRun(msgspec.Struct):
    """Takes a run event by event. What it keeps is bounded, whatever it is given."""

    hidden: frozenset[str] = frozenset()  # params of which no value may be kept
    counts: Counter[str] = msgspec.field(default_factory=Counter)
    gaps: dict[tuple[str, str], Gap] = msgspec.field(default_factory=dict)
    order: dict[tuple[str, str], First] = msgspec.field(default_factory=dict)
    params: dict[str, _Param] = msgspec.field(default_factory=dict)
    places: dict[tuple[str, str], _Place] = msgspec.field(default_factory=dict)
    too_many: str = ""  # what there was too much of; what is beyond is not learned
    firsts: dict[str, int] = msgspec.field(default_factory=dict)  # events of this log -> where each came first
    gap: tuple[str, float] | None = None  # the event before the one that was taken last, and seconds since
    _log: int | None = None
    _before: tuple[str, float] | None = None

    def take(self, sent: Sent) -> bool:
        """Learn from the next event; tells whether there was room for it."""
        if sent.log != self._log:
            self.end_log()
            self._log, self._before = sent.log, None
        if not self._has_room(sent.event, self.counts, MOST_EVENTS, "names of events"):
            return False
        self.counts[sent.event] += 1
        self.firsts.setdefault(sent.event, sent.at)
        self._time(sent)
        for name, value in sent.params.items():
            self._value(sent.event, name, value)
        return True

    def end_log(self) -> None:
        """Learn the order of the log that ended."""
        for earlier, later in combinations(self.firsts, 2):
            pair, first = ((earlier, later), First.ONE) if earlier < later else ((later, earlier), First.OTHER)
            self.order[pair] = self.order.get(pair, First.NEVER_BOTH) | first
        self.firsts = {}

    def learned(self, about: About, digest: str, version: str = "") -> Profile:
        """Give what was learned, once all events were taken; raises `NotLearnable`."""
        if self.too_many or not self.counts:
            raise NotLearnable(self.too_many or "no event")
        self.end_log()
        return Profile(
            about=about,
            runs={digest: version},
            events={name: self._event(name) for name in self.counts},
            order=dict(self.order),
            gaps=dict(self.gaps),
            params={name: _param(param) for name, param in self.params.items()},
            places={at: _place(place) for at, place in self.places.items()},
        )

    def _time(self, sent: Sent) -> None:
        before, self.gap = self._before, None
        if sent.seconds is None:
            return
        self._before = sent.event, sent.seconds
        if before is None:
            return
        event, seconds = before
        since = round(max(0.0, sent.seconds - seconds), 3)
        self.gap = event, since
        pair = event, sent.event
        if self._has_room(pair, self.gaps, MOST_GAPS, "ways in which events follow each other"):
            gap = Gap(since, since)
            self.gaps[pair] = self.gaps[pair] + gap if pair in self.gaps else gap

    def _value(self, event: str, name: str, value: object) -> None:
        if not (
            self._has_room(name, self.params, MOST_PARAMS, "names of params")
            and self._has_room((name, event), self.places, MOST_PLACES, "params of events")
        ):
            return
        place = self.places.setdefault((name, event), _Place())
        param = self.params.setdefault(name, _Param())
        match values.type_of(value):
            case "null":
                place.null += 1
            case "empty":
                place.empty += 1
            case kind:
                looks, key = self.read(name, value)
                place.populated += 1
                place.types.add(kind)
                place.values = _with(place.values, key)
                param.times += 1
                param.values = _with(param.values, key)
                param.shapes = _with(param.shapes, looks)

    def read(self, name: str, value: object) -> tuple[str, str]:
        """Give the shape of a value, and the words by which it is remembered."""
        if name in self.hidden or values.personal(name):
            return values.HIDDEN, values.HIDDEN
        return values.read(value)

    def _has_room(self, name: K, known: Mapping[K, object], most: int, what: str) -> bool:
        if name in known:
            return True
        if isinstance(name, str) and len(name) > LONGEST_NAME:
            self.too_many = f"{what} of {len(name)} characters; {LONGEST_NAME} at most are learned"
        elif len(known) >= most:
            self.too_many = f"more than {most} {what}"
        else:
            return True
        return False

    def _event(self, name: str) -> EventFacts:
        times = self.counts[name]
        return EventFacts(runs=1, total=times, fewest=Extreme(times), most=Extreme(times))


def learn(
    run: Iterable[Sent], about: About, digest: str, version: str = "", *, hidden: frozenset[str] = frozenset()
) -> Profile:
    """Learn a whole run."""
    one = OneRun(hidden)
    for sent in run:
        one.take(sent)
    return one.learned(about, digest, version)


def _with(spread: Spread, key: str) -> Spread:
    """Add a value of the same run: each counts once in a run."""
    if spread.runs is None or key in spread.runs:
        return spread
    return spread + Spread({key: 1})


def _param(param: _Param) -> ParamFacts:
    one_value = param.values.runs is not None and len(param.values.runs) == 1
    return ParamFacts(
        runs=int(param.times > 0),
        values=param.values,
        shapes=param.shapes,
        steady=int(one_value and param.times > 1),
        changing=int(param.times > 0 and not one_value),
    )


def _place(place: _Place) -> PlaceFacts:
    only = place.values.runs if place.values is not MANY else None
    return PlaceFacts(
        populated=place.populated,
        null=place.null,
        empty=place.empty,
        types=frozenset(place.types),
        value=next(iter(only)) if only and len(only) == 1 else None,
    )
