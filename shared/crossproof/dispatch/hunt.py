"""Searches for the runs that one dispatch started, until they are found or it is clear that nobody can tell."""

from collections.abc import Sequence
from typing import assert_never

from crossproof.dispatch import endings
from crossproof.dispatch.correlation import (
    PROVEN_ALONE_AFTER,
    Found,
    KeepLooking,
    LookInto,
    Method,
    Refuse,
    Search,
    Trail,
    candidates,
    correlate,
    still_alone,
)
from crossproof.dispatch.ports import Listing, Outside
from crossproof.dispatch.runs import Run
from crossproof.dispatch.waiting import JobsSeen
from crossproof.errors import CrossproofError
from crossproof.units import RepoRef, RunId
from crossproof.verdict import Reason

RECONCILED_WITHIN = 60.0  # how long an unclear dispatch is looked for before it counts as lost
_PAUSES = (1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 7.0)  # a run is usually visible within five seconds
_LONGEST_PAUSE = 10.0


class Hunt:
    """One search. `due` says when `look` wants to be called; `found` grows until the search is `over`."""

    def __init__(
        self, search: Search, repository: RepoRef, workflow: str, *, patience: float, outside: Outside
    ) -> None:
        """`workflow` is whose list is read (empty: the repository's), `patience` how long a run may stay invisible."""
        self.search = search
        self.due = outside.time.monotonic()
        self.found: tuple[tuple[Run, Method], ...] = ()
        self.over = False
        self.given_up: Reason | None = None
        self.doubts: tuple[Run, ...] = ()
        self.why = ""
        self._deadline = search.sent_at + (patience if search.accepted else RECONCILED_WITHIN)
        self._repository, self._workflow = repository, workflow
        self._out, self._trail, self._looks = outside, Trail(), 0

    def look(self) -> None:
        """Read the list once and decide."""
        now = self._out.time.monotonic()
        try:
            self._judge(self._read(), now)
        except CrossproofError as error:
            self.why = error.what
            if now >= self._deadline:
                self._give_up(error.reason)
        if not self.over and now >= self._deadline:
            self._give_up(self._verdict())
        pause = _PAUSES[self._looks] if self._looks < len(_PAUSES) else _LONGEST_PAUSE
        self._looks += 1
        self.due = now + min(pause, max(0.5, self._deadline - now))

    def rivals(self, found: Sequence[Run]) -> tuple[Run, ...]:
        """Look once more whether a run found by elimination is still the only one that fits; raises if that fails."""
        return still_alone(self.search, self._trail, found, self._read().runs)

    @property
    def alone_at(self) -> float:
        """From when on elimination may be believed."""
        return self.search.sent_at + PROVEN_ALONE_AFTER

    def _judge(self, listing: Listing, now: float) -> None:
        search = self.search
        self._trail, answer = correlate(search, self._trail, listing.runs, now)
        if isinstance(answer, LookInto):
            read = self._look_into(answer.runs)
            self._trail, answer = correlate(search, self._trail, listing.runs, now, just_read=read)
        match answer:
            case Found(runs):
                self.found, self.over = runs, True
            case Refuse(doubts):
                self.doubts = doubts
                self._give_up(endings.AMBIGUOUS)
            case KeepLooking(why, runs):
                self.why, self.found = why, runs
                self.doubts = candidates(search, self._trail, listing.runs)
            case LookInto():
                self.why = "more runs fit than can be looked into at once"
            case _:
                assert_never(answer)

    def _read(self) -> Listing:
        return self._out.runs.newest(self._repository, workflow=self._workflow, down_to=self.search.after)

    def _look_into(self, runs: Sequence[Run]) -> frozenset[RunId]:
        for run in runs:
            sight = self._out.view.jobs(run)
            if isinstance(sight, JobsSeen):
                names = [name for job in sight.jobs.jobs for name in (job.name, *(step.name for step in job.steps))]
                self._trail = self._trail.with_jobs(run, names)
        return frozenset(run.id for run in runs)

    def _verdict(self) -> Reason:
        if not self.search.accepted:
            return endings.LOST_DISPATCH
        return endings.AMBIGUOUS if len(self.doubts) > 1 else endings.NOT_VISIBLE

    def _give_up(self, reason: Reason) -> None:
        self.given_up, self.over = reason, True
