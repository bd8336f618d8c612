"""What is known of the runs of an app: facts that can be added up in any order, and nothing that was concluded.

Learning one run makes a profile; profiles are added. Addition is associative and commutative because each fact is a
sum, a least, a greatest or a union; where a union is bounded, what is beyond the bound takes all (`MANY`).
"""

from collections.abc import Callable, Iterable, Mapping
from enum import Flag, auto
from functools import reduce
from typing import TypeVar

import msgspec

from crossproof.tracking.baseline.values import MADE_ANEW, looks_of

K = TypeVar("K")
V = TypeVar("V")

MOST_VALUES = 12
MOST_RUNS = 1000
MOST_EVENTS = 250
MOST_PARAMS = 1000
MOST_PLACES = 10_000  # params times events
MOST_GAPS = 5000  # pairs of events that follow each other
LONGEST_NAME = 160
MANY_GAPS = 20


class NotAddable(ValueError):
    """Two profiles cannot be added; the text says why."""


class Extreme(msgspec.Struct, frozen=True):
    """The least or greatest number seen, and in how many runs."""

    value: int
    runs: int = 1


class Gap(msgspec.Struct, frozen=True):
    """The shortest and longest time from one event to the next, in seconds, and how often it was measured.

    Counted up to `MANY_GAPS`, so that in the file a gap changes only where it is longer or shorter than ever.
    """

    shortest: float
    longest: float
    samples: int = 1

    def __add__(self, other: "Gap") -> "Gap":
        """Add up."""
        return Gap(
            min(self.shortest, other.shortest),
            max(self.longest, other.longest),
            min(MANY_GAPS, self.samples + other.samples),
        )


class EventFacts(msgspec.Struct, frozen=True, kw_only=True):
    """How often an event happened."""

    runs: int  # in which it happened
    total: int
    fewest: Extreme  # in a run in which it happened
    most: Extreme


class First(Flag):
    """Which of two events was first in a log that had both: both bits are set where it was now this, now that."""

    NEVER_BOTH = 0
    ONE = auto()
    OTHER = auto()


class Spread(msgspec.Struct, frozen=True):
    """Different values (or shapes), each with the number of runs that had it; None where there are too many."""

    runs: Mapping[str, int] | None = msgspec.field(default_factory=dict)

    @property
    def many(self) -> bool:
        """Tell whether there are more than are kept."""
        return self.runs is None

    def __add__(self, other: "Spread") -> "Spread":
        """Add up; values that are made anew each time are not worth listing from the second on."""
        if self.runs is None or other.runs is None:
            return MANY
        runs = {key: self.runs.get(key, 0) + other.runs.get(key, 0) for key in {**self.runs, **other.runs}}
        anew = len(runs) > 1 and any(looks_of(key) in MADE_ANEW for key in runs)
        return MANY if anew or len(runs) > MOST_VALUES else Spread(runs)


MANY = Spread(None)


class ParamFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the values of a param are like, whichever event carries it."""

    runs: int  # in which it was populated
    values: Spread
    shapes: Spread
    steady: int = 0  # runs that had it more than once, and always with one value
    changing: int = 0  # runs in which its value changed


class PlaceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a param in one event."""

    populated: int = 0
    null: int = 0
    empty: int = 0
    types: frozenset[str] = frozenset()
    value: str | None = None  # the only one it ever had; None where it had several, or none

    @property
    def seen(self) -> int:
        """Count how often it was there, with a value or without."""
        return self.populated + self.null + self.empty

    def __add__(self, other: "PlaceFacts") -> "PlaceFacts":
        """Add up."""
        same = self.value == other.value or not other.populated
        return PlaceFacts(
            populated=self.populated + other.populated,
            null=self.null + other.null,
            empty=self.empty + other.empty,
            types=self.types | other.types,
            value=(other.value if not self.populated else self.value if same else None),
        )


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What the runs have in common from the outset: facts of other runs cannot be added to these."""

    plan: str = ""
    platform: str = ""
    scenario: str = ""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of some runs."""

    about: About
    runs: Mapping[str, str] = msgspec.field(default_factory=dict)  # digest of a run's logs -> which version sent them
    events: Mapping[str, EventFacts] = msgspec.field(default_factory=dict)
    order: Mapping[tuple[str, str], First] = msgspec.field(default_factory=dict)  # pairs in the order of the alphabet
    gaps: Mapping[tuple[str, str], Gap] = msgspec.field(default_factory=dict)  # from an event to the one that came next
    params: Mapping[str, ParamFacts] = msgspec.field(default_factory=dict)
    places: Mapping[tuple[str, str], PlaceFacts] = msgspec.field(default_factory=dict)  # by param and event

    def __add__(self, other: "Profile") -> "Profile":
        """Add what is known of other runs; raises `NotAddable`."""
        if self.about != other.about:
            raise NotAddable(f"one is about {shown(self.about)}, the other about {shown(other.about)}")
        if twice := self.runs.keys() & other.runs.keys():
            raise NotAddable(f"both hold the run {min(twice)[:12]}, which would count twice")
        return _bounded(
            Profile(
                about=self.about,
                runs={**self.runs, **other.runs},
                events=_added(self.events, other.events, _events_added),
                order=_added(self.order, other.order, First.__or__),
                gaps=_added(self.gaps, other.gaps, Gap.__add__),
                params=_added(self.params, other.params, _params_added),
                places=_added(self.places, other.places, PlaceFacts.__add__),
            )
        )


def total(profiles: Iterable[Profile]) -> Profile:
    """Add up any number of profiles, one at least."""
    return reduce(Profile.__add__, profiles)


def shown(about: About) -> str:
    """Name for a reader what runs are about."""
    named = {"plan": about.plan, "platform": about.platform, "scenario": about.scenario}
    return ", ".join(f"{key} {value!r}" for key, value in named.items() if value) or "no plan, platform or scenario"


def _added(one: Mapping[K, V], other: Mapping[K, V], add: Callable[[V, V], V]) -> dict[K, V]:
    both = dict(one)
    for key, value in other.items():
        both[key] = add(both[key], value) if key in both else value
    return both


def _events_added(one: EventFacts, other: EventFacts) -> EventFacts:
    return EventFacts(
        runs=one.runs + other.runs,
        total=one.total + other.total,
        fewest=_extreme(one.fewest, other.fewest, min),
        most=_extreme(one.most, other.most, max),
    )


def _params_added(one: ParamFacts, other: ParamFacts) -> ParamFacts:
    return ParamFacts(
        runs=one.runs + other.runs,
        values=one.values + other.values,
        shapes=one.shapes + other.shapes,
        steady=one.steady + other.steady,
        changing=one.changing + other.changing,
    )


def _extreme(one: Extreme, other: Extreme, which: Callable[[int, int], int]) -> Extreme:
    value = which(one.value, other.value)
    return Extreme(value, sum(each.runs for each in (one, other) if each.value == value))


def _bounded(profile: Profile) -> Profile:
    for what, there, most in (
        ("runs", len(profile.runs), MOST_RUNS),
        ("names of events", len(profile.events), MOST_EVENTS),
        ("names of params", len(profile.params), MOST_PARAMS),
        ("params of events", len(profile.places), MOST_PLACES),
        ("ways in which events follow each other", len(profile.gaps), MOST_GAPS),
    ):
        if there > most:
            raise NotAddable(f"together they hold {there} {what}; {most} at most are kept")
    return profile
