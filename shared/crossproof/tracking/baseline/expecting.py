"""Concludes from what is known of earlier runs what is to be expected of the next, and where nothing is."""

import re
from collections.abc import Mapping
from enum import Enum

import msgspec

from crossproof.tracking.baseline import values
from crossproof.tracking.baseline.profile import MANY_GAPS, EventFacts, First, Gap, ParamFacts, PlaceFacts, Profile
from crossproof.tracking.baseline.values import HIDDEN
from crossproof.tracking.plan.model import BaselineHints

LEAST_RUNS = 3  # two runs agree by luck in anything
MANY_RUNS = 20  # from so many on, a range is taken as seen and an event as known
MOST_WORDS = 8
MOST_SHAPES = 3
# What a name promises: one value in a run, and another after the next build or start.
_OF_A_RUN = re.compile(r"(?:^|_)(?:build|version|session)(?:_?(?:number|id|no))?$", re.IGNORECASE)
_PLAIN = frozenset({"a", "a_a", "boolean"})  # shapes of words that somebody wrote into the app
_UNSTEADY = frozenset({"text", "id", HIDDEN})  # shapes that vary by themselves


class Manner(Enum):
    """In which manner the values of a param vary."""

    ONE = "always the same"
    ONE_PER_RUN = "the same within a run"
    THESE = "one of a few"
    SHAPED = "of a few shapes"
    ANY = "anything"


class Expected(msgspec.Struct, frozen=True):
    """Which values are to be expected: their words or shapes, where these are known."""

    manner: Manner
    words: frozenset[str] = frozenset()

    def __str__(self) -> str:
        """Say it for a reader, as what was so until now."""
        if self.manner is Manner.SHAPED:
            return f"always looked like {' or '.join(sorted(self.words))}"
        return f"was always {' or '.join(values.shown(word) for word in sorted(self.words))}"


ANYTHING = Expected(Manner.ANY)


NO_HINTS = BaselineHints()


class ExpectedEvent(msgspec.Struct, frozen=True):
    """What is to be expected of an event."""

    required: bool  # it happened in every run
    low: int  # so often, if it happens
    high: int
    told: bool  # from enough runs to know its params, whatever they are like in other events
    there: frozenset[str]  # params that were always there
    populated: frozenset[str]  # those of them that always had a value
    facts: EventFacts


class Expectations:
    """What is to be expected of a run, worked out once for a profile."""

    def __init__(self, profile: Profile, hints: BaselineHints = NO_HINTS) -> None:
        """Conclude."""
        self.profile, self.hints = profile, hints
        totals = {event: facts.total for event, facts in profile.events.items()}
        places = profile.places.items()
        self.optional = {param for (param, event), place in places if place.seen < totals[event]}
        self.nullable = {param for (param, event), place in places if 0 < place.populated < totals[event]}
        self.events = {name: self._of_event(name) for name in profile.events}
        self.latest = {pair: _latest(gap) for pair, gap in profile.gaps.items() if gap.samples >= LEAST_RUNS}
        self.params = {name: _of_param(name, facts, hints) for name, facts in profile.params.items()}
        self.places = {
            (param, event): self._of_place(param, place, profile.events[event].runs)
            for (param, event), place in profile.places.items()
        }

    def always_first(self, one: str, other: str) -> bool:
        """Tell whether one event came before another in every run that had both, and in enough of them."""
        events = self.profile.events
        if one not in events or other not in events:
            return False
        both = events[one].runs + events[other].runs - len(self.profile.runs)  # at least so many runs had both
        pair, first = ((one, other), First.ONE) if one < other else ((other, one), First.OTHER)
        return both >= LEAST_RUNS and self.profile.order.get(pair) is first

    def _of_event(self, name: str) -> ExpectedEvent:
        facts = self.profile.events[name]
        low, high = _range(facts)
        told = facts.runs >= MANY_RUNS
        own = {param: place for (param, event), place in self.profile.places.items() if event == name}
        there = {param for param, place in own.items() if place.seen == facts.total}
        populated = {param for param, place in own.items() if place.populated == facts.total}
        return ExpectedEvent(
            required=facts.runs == len(self.profile.runs),
            low=low,
            high=high,
            told=told,
            there=frozenset(there if told else there - self.optional),
            populated=frozenset(populated if told else populated - self.nullable),
            facts=facts,
        )

    def _of_place(self, param: str, place: PlaceFacts, runs: int) -> Expected:
        """Prefer what is known of the param in this very event: another event's value would be wrong in it."""
        pooled = self.params.get(param, ANYTHING)
        if pooled.manner in {Manner.ONE, Manner.ONE_PER_RUN} or param in self.hints.volatile:
            return pooled
        known = place.value is not None and place.value != HIDDEN and "number" not in place.types
        if known and min(runs, place.populated) >= LEAST_RUNS and not _of_a_run(param, self.hints):
            return Expected(Manner.ONE, frozenset({str(place.value)}))
        return pooled


def _range(facts: EventFacts) -> tuple[int, int]:
    """Say how often is still as ever: where it varies, one more or less than seen, until many runs agree."""
    low, high = facts.fewest, facts.most
    few = facts.runs < MANY_RUNS
    if low.value == high.value:
        slack = int(few and low.value >= LEAST_RUNS)
        return low.value - slack, high.value + slack
    return low.value - int(few or low.runs == 1), high.value + int(few or high.runs == 1)


def _latest(gap: Gap) -> float:
    """Say how late is still as ever: beyond the longest by as much as gaps differed, and by half of it or a second."""
    part = gap.longest / 2 if gap.samples >= MANY_GAPS else gap.longest
    return gap.longest + max(1.0, part, gap.longest - gap.shortest)


def _of_a_run(param: str, hints: BaselineHints) -> bool:
    return param in hints.run_constant or _OF_A_RUN.search(param) is not None


def _of_param(name: str, facts: ParamFacts, hints: BaselineHints) -> Expected:
    """Decide in which manner values vary; what was not seen often enough to tell is expected to be anything."""
    words, shapes = facts.values.runs or {}, facts.shapes.runs or {}
    of_a_run = _of_a_run(name, hints)
    if name in hints.volatile or HIDDEN in shapes:
        return ANYTHING
    if (of_a_run or len(words) != 1) and not facts.changing and facts.steady >= LEAST_RUNS:
        return Expected(Manner.ONE_PER_RUN)
    return ANYTHING if of_a_run else _of_values(facts, words, shapes)


def _of_values(facts: ParamFacts, words: Mapping[str, int], shapes: Mapping[str, int]) -> Expected:
    if len(words) == 1 and _is_constant(facts):
        return Expected(Manner.ONE, frozenset(words))
    if "number" not in shapes and _settled(words, MOST_WORDS):
        return Expected(Manner.THESE, frozenset(words))
    if _settled(shapes, MOST_SHAPES) and not shapes.keys() & _UNSTEADY:
        return Expected(Manner.SHAPED, frozenset(shapes))
    return ANYTHING


def _is_constant(facts: ParamFacts) -> bool:
    """Tell whether one value is no luck. A plain word that a whole run kept is believed from the first run on."""
    shapes = (facts.shapes.runs or {}).keys()
    if facts.runs < LEAST_RUNS:
        return facts.steady == facts.runs and shapes <= _PLAIN
    return "number" not in shapes or facts.runs >= 2 * LEAST_RUNS


def _settled(runs: Mapping[str, int], most: int) -> bool:
    """Tell whether all there is was seen: the rarer the rarest, the more there may be unseen (Good and Turing)."""
    return 0 < len(runs) <= most and min(runs.values()) >= LEAST_RUNS
