"""Measures how much a plan would notice: breaks good events in every way it knows, and counts what still passes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from crossproof.tracking.plan.model import Event, Param, Plan

_GARBAGE = "§garbage§"
MOST_EVENTS = 200  # of one kind: more of the same say nothing new


class Weakness(msgspec.Struct, frozen=True, order=True):
    """A param whose wrong values would pass."""

    event: str
    param: str
    survived: tuple[str, ...]
    mark: str


class Strength(msgspec.Struct, frozen=True, kw_only=True):
    """How many breaks were noticed."""

    breaks: int
    noticed: int
    events: int
    weak: Sequence[Weakness]
    untried: Sequence[str]  # events without a good example to break

    @property
    def score(self) -> float | None:
        """Give the share that was noticed."""
        return self.noticed / self.breaks if self.breaks else None


class Breaking:
    """Takes good events, as an observer of the judge, and breaks each."""

    def __init__(self, plan: Plan) -> None:
        """Start with nothing broken."""
        self.plan = plan
        self.tried: Counter[str] = Counter()
        self.breaks: Counter[tuple[str, str, str]] = Counter()
        self.noticed: Counter[tuple[str, str, str]] = Counter()

    def take(self, event: Event, params: Mapping[str, Any]) -> None:
        """Break one event; what the plan refuses to begin with is no good example."""
        accepts = self.plan.engines[event.id].is_valid
        if self.tried[event.id] >= MOST_EVENTS or not accepts(params):
            return
        self.tried[event.id] += 1
        for name, value in params.items():
            param = event.params.get(name)
            for how, broken in _breaks(params, name, value, param):
                key = (event.id, name, how)
                self.breaks[key] += 1
                self.noticed[key] += not accepts(broken)

    def result(self) -> Strength:
        """Sum up."""
        survived: dict[tuple[str, str], list[str]] = {}
        for (event, param, how), times in self.breaks.items():
            if self.noticed[event, param, how] < times:
                survived.setdefault((event, param), []).append(how)
        weak = [
            Weakness(event, param, tuple(hows), str(self._mark(event, param)))
            for (event, param), hows in survived.items()
        ]
        return Strength(
            breaks=self.breaks.total(),
            noticed=self.noticed.total(),
            events=self.tried.total(),
            weak=sorted(weak),
            untried=[event for event in self.plan.events if not self.tried[event]],
        )

    def _mark(self, event: str, param: str) -> object:
        planned = self.plan.events[event].params.get(param)
        return planned.mark if planned else self.plan.events[event].mark


def _breaks(
    params: Mapping[str, Any], name: str, value: Any, param: Param | None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Break one param: leave it out, empty it, change its type, put something else into it."""
    rest = {key: each for key, each in params.items() if key != name}
    if param is None or param.presence == "always":
        yield "left out", rest
    yield "null", {**rest, name: None}
    if isinstance(value, str):
        yield "empty", {**rest, name: ""}
        yield "another text", {**rest, name: _GARBAGE}
        yield "a number", {**rest, name: 7}
    else:
        yield "a text", {**rest, name: _GARBAGE}
    yield "a list", {**rest, name: [value]}
    yield "misspelled", {**rest, name.swapcase() + "_": value}
