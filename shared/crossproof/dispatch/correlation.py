"""Decides which runs a dispatch started: by the token where it shows, else by elimination, never by a guess.

Reads only the unfiltered list: GitHub serves filters from a search index that lags by minutes (dawidd6#147).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from crossproof.dispatch.runs import NOT_STARTED, Run
from crossproof.dispatch.token import tokens_in
from crossproof.units import RunId

SETTLED_AFTER = 10.0  # since the first candidate: a sibling dispatched in the same second is visible by then
PROVEN_ALONE_AFTER = 60.0  # since the dispatch: no verdict rests on elimination before a late sibling could have shown
_LOOKED_INTO_AT_ONCE = 5


class Method(StrEnum):
    """How a run was recognised, best first."""

    RETURNED = "returned-id"
    TITLE = "token-in-title"
    JOBS = "token-in-jobs"
    ELIMINATION = "elimination"
    GIVEN = "given"  # the caller named it


class Echo(StrEnum):
    """Where a workflow shows the token, as its file says."""

    TITLE = "title"
    JOBS = "jobs"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One workflow that the dispatch must have started."""

    path: str
    echo: Echo = Echo.UNKNOWN
    default_title: str | None = None  # the title its runs have because the file declares none
    certain: bool = True  # its file (or its trigger) says that the dispatch starts it


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for. `expected` is None where nobody could say which workflows listen."""

    token: str
    event: str
    after: RunId  # the newest run before the dispatch
    not_before: datetime | None  # by the server's clock, as it was just before the dispatch
    not_after: datetime | None = None  # a run that was created long after the answer is somebody else's
    sent_at: float
    expected: tuple[Expected, ...] | None = None
    actor: str | None = None
    branch: str | None = None
    accepted: bool = True  # False: the dispatch got no clear answer, so only the token can prove anything


@dataclass(frozen=True, slots=True)
class Found:
    """Every run that the dispatch started, each with how it was recognised."""

    runs: tuple[tuple[Run, Method], ...]


@dataclass(frozen=True, slots=True)
class LookInto:
    """Read the jobs of these runs: the token may show there."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class KeepLooking:
    """Not yet."""

    why: str
    found: tuple[tuple[Run, Method], ...] = ()


@dataclass(frozen=True, slots=True)
class Refuse:
    """Several runs fit equally well, and nothing will tell them apart."""

    candidates: tuple[Run, ...]


Correlation: TypeAlias = Found | LookInto | KeepLooking | Refuse


@dataclass(frozen=True, slots=True)
class Trail:
    """What the search saw so far: when the first candidate came, and the tokens seen in which run's jobs."""

    first_at: float | None = None
    in_jobs: Mapping[RunId, frozenset[str]] | None = None
    started_when_read: frozenset[RunId] = frozenset()

    def with_jobs(self, run: Run, names: Sequence[str]) -> "Trail":
        """Note what the jobs of a run are called."""
        started = {run.id} if run.status not in NOT_STARTED else set()
        seen = {**(self.in_jobs or {}), run.id: tokens_in(*names)}
        return replace(self, in_jobs=seen, started_when_read=self.started_when_read | started)

    def tokens(self, run: Run) -> frozenset[str]:
        """Every token a run is known to show."""
        return tokens_in(*run.titles) | (self.in_jobs or {}).get(run.id, frozenset())


def correlate(
    search: Search, trail: Trail, runs: Sequence[Run], now: float, *, just_read: frozenset[RunId] = frozenset()
) -> tuple[Trail, Correlation]:
    """Decide from a fresh reading of the unfiltered list, for each expected workflow by itself.

    `just_read` are the runs whose jobs were read since that reading: they are not asked for again.
    """
    if trail.first_at is None and candidates(search, trail, runs):
        trail = replace(trail, first_at=now)
    groups = search.expected or (None,)
    found: list[tuple[Run, Method]] = []
    waiting: list[KeepLooking | LookInto] = []
    for expected in groups:
        match _one(search, trail, runs, expected, now, just_read):
            case Refuse() as refusal:
                return trail, refusal
            case Found(ones):
                found.extend(ones)
            case other:
                waiting.append(other)
    into = tuple(run for each in waiting if isinstance(each, LookInto) for run in each.runs)
    if into:
        return trail, LookInto(into[:_LOOKED_INTO_AT_ONCE])
    if waiting:
        why = "; ".join(dict.fromkeys(each.why for each in waiting if isinstance(each, KeepLooking)))
        return trail, KeepLooking(why, tuple(found))
    return trail, Found(tuple(found))


def candidates(search: Search, trail: Trail, runs: Sequence[Run], expected: Expected | None = None) -> tuple[Run, ...]:
    """Give the runs that nothing excludes. One that shows somebody else's token is excluded by it."""
    return tuple(
        run
        for run in runs
        if run.id > search.after
        and _fits(search, run, expected)
        and (search.not_before is None or run.created_at >= search.not_before)
        and (search.not_after is None or run.created_at <= search.not_after)
        and (search.actor is None or run.actor.lower() == search.actor.lower())
        and (search.branch is None or run.head_branch == search.branch)
        and not trail.tokens(run) - {search.token}
    )


def still_alone(search: Search, trail: Trail, found: Sequence[Run], runs: Sequence[Run]) -> tuple[Run, ...]:
    """Give the runs that came into sight since and fit as well as those found by elimination: each is a doubt."""
    known = {run.id for run in found}
    return tuple(run for run in candidates(search, trail, runs) if run.id not in known)


def _one(
    search: Search,
    trail: Trail,
    runs: Sequence[Run],
    expected: Expected | None,
    now: float,
    just_read: frozenset[RunId],
) -> Correlation:
    for method, shows in ((Method.TITLE, _in_title), (Method.JOBS, trail.tokens)):
        holders = [run for run in runs if search.token in shows(run) and _fits(search, run, expected)]
        if expected and len(holders) > 1:
            return Refuse(tuple(holders))
        if holders:
            return Found(tuple((run, method) for run in holders))
    echo = expected.echo if expected else Echo.UNKNOWN
    if echo is Echo.TITLE:
        return KeepLooking("no run shows the token in its title yet")
    left = candidates(search, trail, runs, expected)
    silent = [run for run in left if echo is not Echo.NONE and run.id not in trail.started_when_read]
    if unread := tuple(run for run in silent if run.id not in just_read):
        return LookInto(unread)
    if echo is Echo.JOBS or not search.accepted:
        return KeepLooking("no job or step shows the token yet")
    return _eliminate(trail, expected, left, silent, now)


def _in_title(run: Run) -> frozenset[str]:
    return tokens_in(*run.titles)


def _eliminate(
    trail: Trail, expected: Expected | None, left: Sequence[Run], silent: Sequence[Run], now: float
) -> Correlation:
    if not (expected and expected.certain):  # the run of another event must not stand in for one that never came
        return KeepLooking("no run shows the token, and whether the dispatch starts this workflow is not known")
    if not left:
        return KeepLooking("no run that fits is visible yet")
    if silent and len(left) > 1:
        return KeepLooking(f"{len(left)} runs fit, and the jobs of {len(silent)} may still show whose they are")
    if trail.first_at is None or now - trail.first_at < SETTLED_AFTER:
        return KeepLooking(f"{len(left)} that fit{'s' * (len(left) == 1)}; looking whether more come")
    if len(left) > 1:
        return Refuse(tuple(left))
    return Found(((left[0], Method.ELIMINATION),))


def _fits(search: Search, run: Run, expected: Expected | None) -> bool:
    """Whether a run can be a child at all: the event, and a workflow that listens to it."""
    if run.event != search.event:
        return False
    if expected is None:
        return search.expected is None or any(_fits(search, run, each) for each in search.expected)
    if expected.default_title is not None and expected.default_title not in run.titles:
        return False
    return run.path == expected.path
