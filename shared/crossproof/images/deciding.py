"""Decides which image serves a pair of commits: an existing one that has both, one to build, or a declared stand-in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from crossproof.images.counterparts import CannotTell, OnUnknown, must_stop
from crossproof.images.events import Occasion
from crossproof.probe import Absent, Present, Probe, Unknown


class Build(StrEnum):
    """Whether a missing image may be built."""

    AUTO = "auto"
    NEVER = "never"


class Otherwise(StrEnum):
    """What to do where none fits and none may be built."""

    FAIL = "fail"
    STALE = "stale"
    SKIP = "skip"


class ForFork(StrEnum):
    """What to do for code from a fork, or of Dependabot, where none fits."""

    BASE_IMAGE = "base-image"
    SKIP = "skip"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What may be done, for this event and by the caller's wish."""

    may_build: bool
    otherwise: Otherwise
    on_unknown: OnUnknown
    may_wait: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image that is there."""

    tag: str
    digest: str
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """An image that the companion's own builds made; what it lacks is said by the two answers."""

    image: Image
    fresh: Probe[str]  # it was built from the companion's commit: Present(how we know)
    fits: Probe[str]  # it has the subject's code in every path that the companion uses


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What has been looked at so far. `own` are the answers to the first of `own_tags` tags."""

    own_tags: int
    keyed: Probe[Image] | None = None
    own: Sequence[Probe[Own]] = field(default=())
    running: Probe[str] | None = None


@dataclass(frozen=True, slots=True)
class LookForKeyed:
    """Look for the image that was built for exactly this pair."""


@dataclass(frozen=True, slots=True)
class LookAtOwn:
    """Look at the companion's own image at this place of the list."""

    index: int


@dataclass(frozen=True, slots=True)
class AskWhetherOneIsBuilt:
    """Ask whether the companion is just building an image of its commit."""


@dataclass(frozen=True, slots=True)
class Wait:
    """It is: look again when it is done."""


class Which(StrEnum):
    """Why an image serves."""

    KEYED = "keyed"
    OWN = "own"
    STAND_IN = "stand-in"


@dataclass(frozen=True, slots=True)
class Use:
    """Test with this image. `exact`: it has both commits; `fresh`: the companion's; `sure`: nothing stayed unknown."""

    image: Image
    which: Which
    exact: bool
    fresh: bool
    sure: bool


@dataclass(frozen=True, slots=True)
class BuildIt:
    """None has both: build one."""

    sure: bool


@dataclass(frozen=True, slots=True)
class Skip:
    """None has both, and the caller wants no test then."""


@dataclass(frozen=True, slots=True)
class NothingSuits:
    """None has both, and nothing else is allowed."""


Look: TypeAlias = LookForKeyed | LookAtOwn | AskWhetherOneIsBuilt
End: TypeAlias = Use | BuildIt | Skip | NothingSuits | CannotTell | Wait


def rules(
    occasion: Occasion, *, build: Build, otherwise: Otherwise, for_fork: ForFork, on_unknown: OnUnknown, wait: bool
) -> Rules:
    """Join the event's row with the caller's wishes; no wish lets untrusted code be built."""
    if not occasion.trusted:
        instead = {
            ForFork.BASE_IMAGE: Otherwise.STALE,
            ForFork.SKIP: Otherwise.SKIP,
            ForFork.FAIL: Otherwise.FAIL,
        }[for_fork]
        return Rules(may_build=False, otherwise=instead, on_unknown=on_unknown, may_wait=wait)
    may_build = occasion.builds and build is Build.AUTO
    return Rules(may_build=may_build, otherwise=otherwise, on_unknown=on_unknown, may_wait=wait)


def next_look(known: Known, rule: Rules) -> Look | End:
    """Decide from what is known so far. Nothing unknown is stepped over unless the caller said `continue`."""
    if known.keyed is None:
        return LookForKeyed()
    for unknown in _unknowns([known.keyed]):
        if must_stop(unknown, rule.on_unknown):
            return CannotTell(unknown)
    if isinstance(known.keyed, Present):
        return Use(known.keyed.value, Which.KEYED, exact=True, fresh=True, sure=True)
    return _among_own(known, rule)


def _among_own(known: Known, rule: Rules) -> Look | End:
    for index, answer in enumerate(known.own):
        for unknown in _unknowns([answer]):
            if must_stop(unknown, rule.on_unknown):
                return CannotTell(unknown)
        if isinstance(answer, Present) and _serves(answer.value):
            before = [known.keyed, *known.own[:index]]
            sure = known.keyed is not None and not any(True for _ in _unknowns(before))
            return Use(answer.value.image, Which.OWN, exact=True, fresh=True, sure=sure)
    if len(known.own) < known.own_tags:
        return LookAtOwn(len(known.own))
    return _without(known, rule)


def _without(known: Known, rule: Rules) -> Look | End:
    """None serves: wait for one, build one, or do what the caller declared."""
    if rule.may_wait and not any(isinstance(each, Present) and _is(each.value.fresh) for each in known.own):
        if known.running is None:
            return AskWhetherOneIsBuilt()
        if isinstance(known.running, Present):
            return Wait()
        if isinstance(known.running, Unknown) and must_stop(known.running, rule.on_unknown):
            return CannotTell(known.running)
    return _unbuilt(known, rule)


def _unbuilt(known: Known, rule: Rules) -> End:
    sure = not any(True for _ in _unknowns([known.keyed, *known.own, known.running]))
    if rule.may_build:
        return BuildIt(sure)
    match rule.otherwise:
        case Otherwise.SKIP:
            return Skip()
        case Otherwise.FAIL:
            return NothingSuits()
        case Otherwise.STALE:
            return _stand_in(known)


def _stand_in(known: Known) -> End:
    """Prefer one that at least is of the companion's commit."""
    there = [each.value for each in known.own if isinstance(each, Present)]
    for own in sorted(there, key=lambda each: not _is(each.fresh)):
        return Use(own.image, Which.STAND_IN, exact=False, fresh=_is(own.fresh), sure=False)
    return NothingSuits()


def _serves(own: Own) -> bool:
    return _is(own.fresh) and _is(own.fits)


def _is(answer: Probe[str]) -> bool:
    return isinstance(answer, Present)


def _unknowns(answers: Sequence[Probe[Image] | Probe[Own] | Probe[str] | None]) -> Iterator[Unknown]:
    """Find what could not be found out, also about an image that is there."""
    for answer in answers:
        match answer:
            case Unknown():
                yield answer
            case Present(Own() as own):
                # Whether a stale image would fit is of no interest.
                yield from _unknowns([own.fresh] if isinstance(own.fresh, Absent) else [own.fresh, own.fits])
            case _:
                continue
