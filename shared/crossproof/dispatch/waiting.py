"""Decides what to do next while one run is waited for, from what was just seen and what was seen before.

A pure machine: `next_step(watch, sight, now)` gives the new watch and one step; whoever loops does the looking.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from crossproof.dispatch import endings
from crossproof.dispatch.judging import conclusion_of, judge
from crossproof.dispatch.runs import COMPLETED, NOT_STARTED, Jobs, Run
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.verdict import NO_ACCESS, RATE_LIMITED, UNREACHABLE, Reason

VISIBLE_WITHIN = (
    60.0  # a run's own id may answer 404 for seconds after the dispatch (gh and await-remote-run plan for it)
)
_GONE_AFTER, _GONE_TIMES = 15.0, 3
_NULL_READS, _LAGGING_JOBS = 3, 2
_WEDGED_AFTER = 600.0  # open-bank-oss#6472: all jobs done, the run `in_progress` for ever
_RERUN_VISIBLE_WITHIN = 60.0
_LONGEST_BACKOFF = 30.0


# -- what can be seen ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """The run, as GitHub shows it now."""

    run: Run


@dataclass(frozen=True, slots=True)
class Missing:
    """GitHub says that there is no such run (404)."""

    shown: str


@dataclass(frozen=True, slots=True)
class Refused:
    """GitHub does not accept the credentials: `expired` for 401, else they lack a permission (403)."""

    shown: str
    expired: bool


@dataclass(frozen=True, slots=True)
class Limited:
    """A rate limit wants so many seconds of silence."""

    after: float
    shown: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """No answer, or none that can be believed."""

    shown: str


@dataclass(frozen=True, slots=True)
class JobsSeen:
    """The jobs of the newest attempt."""

    jobs: Jobs


@dataclass(frozen=True, slots=True)
class RepositorySeen:
    """Whether the repository is still there, asked because its run is not."""

    repository: Probe[str]


Sight: TypeAlias = Seen | Missing | Refused | Limited | Trouble | JobsSeen | RepositorySeen


# -- what can be done next ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """Look at the run again: after so many seconds where that matters, else at the usual pace."""

    after: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class ReadJobs:
    """Read the jobs: they may tell a conclusion that is missing, or whether a run that does not end is wedged."""


@dataclass(frozen=True, slots=True)
class AskRepository:
    """The run is gone: find out whether its repository is still there."""


@dataclass(frozen=True, slots=True)
class RerunFailed:
    """Have GitHub run the failed jobs again, as a new attempt of the same run."""


@dataclass(frozen=True, slots=True)
class OutOfTime:
    """One of the two clocks ran out; what that means is the caller's choice."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Ended:
    """The wait is over, and this is what it proved."""

    reason: Reason
    conclusion: str | None = None
    shown: str = ""


NextStep: TypeAlias = Look | ReadJobs | AskRepository | RerunFailed | OutOfTime | Ended


# -- the watch ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One run under observation. All times are seconds of one monotonic clock."""

    since: float
    start_within: float
    run_within: float
    success: Collection[str] = ("success",)
    reruns_left: int = 0
    run: Run | None = None
    started: float | None = None  # when it was first seen to have left the queue
    awaited_attempt: int = 1  # older views of the run are stale
    rerun_at: float = 0.0
    nulls: int = 0
    missing: int = 0
    missing_since: float = 0.0
    refusals: int = 0
    troubles: int = 0
    jobs_done_since: float | None = None

    @property
    def deadline(self) -> float:
        """When the clock that runs now is over: the start clock until it left the queue, then the run clock."""
        return self.since + self.start_within if self.started is None else self.started + self.run_within


def next_step(watch: Watch, sight: Sight, now: float) -> tuple[Watch, NextStep]:
    """Decide. Total: every sight in every state has an answer, and only `Ended` and `OutOfTime` stop the wait."""
    watch, step = _decide(watch, sight, now)
    if isinstance(step, Look) and step.after is not None:  # never sleep past the end of the clock that runs
        step = replace(step, after=max(0.5, min(step.after, watch.deadline - now)))
    return watch, step


def _decide(  # noqa: C901, PLR0911 - one answer for each sight
    watch: Watch, sight: Sight, now: float
) -> tuple[Watch, NextStep]:
    match sight:
        case Seen(run):
            return _seen(watch, run, now)
        case JobsSeen(jobs):
            return _jobs(watch, jobs, now)
        case Missing(shown):
            return _missing(watch, shown, now)
        case RepositorySeen(repository):
            return watch, _without_run(watch, repository)
        case Refused(shown, expired):
            return _refused(watch, shown, now, expired=expired)
        case Limited(after, shown):
            if now + after >= watch.deadline:
                return watch, Ended(RATE_LIMITED, shown=shown)
            return watch, Look(after, shown)
        case Trouble(shown):
            return _trouble(watch, shown, now)
        case _:
            assert_never(sight)


def asked_to_rerun(watch: Watch, now: float) -> Watch:
    """Note that GitHub accepted a re-run: from now on only the next attempt counts, with clocks of its own."""
    attempt = watch.run.attempt if watch.run else watch.awaited_attempt
    return replace(
        watch,
        reruns_left=max(0, watch.reruns_left - 1),
        awaited_attempt=attempt + 1,
        rerun_at=now,
        since=now,
        started=None,
        nulls=0,
        jobs_done_since=None,
    )


def _seen(watch: Watch, run: Run, now: float) -> tuple[Watch, NextStep]:
    watch = replace(watch, missing=0, refusals=0, troubles=0)
    if run.attempt < watch.awaited_attempt:
        return _stale(watch, run, now)
    if watch.run and run.attempt > watch.run.attempt:  # somebody re-ran it: the new attempt is what is waited for
        watch = replace(watch, awaited_attempt=run.attempt, nulls=0, jobs_done_since=None)
    watch = replace(watch, run=run)
    if watch.started is None and run.status not in NOT_STARTED:
        watch = replace(watch, started=now)
    if run.status != COMPLETED:
        return _going_on(replace(watch, nulls=0), now)
    if run.conclusion is None:
        watch = replace(watch, nulls=watch.nulls + 1)
        return watch, ReadJobs() if watch.nulls > _NULL_READS else Look(
            2.0 * watch.nulls, "completed without a conclusion"
        )
    return watch, _completed(watch, run.conclusion)


def _completed(watch: Watch, conclusion: str | None, shown: str = "") -> NextStep:
    reason = judge(conclusion, watch.success)
    if watch.reruns_left and reason in (endings.CHILD_FAILED, endings.CHILD_TIMED_OUT):
        return RerunFailed()
    return Ended(reason, conclusion, shown)


def _stale(watch: Watch, run: Run, now: float) -> tuple[Watch, NextStep]:
    """A re-run was accepted, but the run still shows the attempt before it."""
    if now - watch.rerun_at < _RERUN_VISIBLE_WITHIN:
        return watch, Look(3.0, "the new attempt is not visible yet")
    shown = f"attempt {watch.awaited_attempt} never appeared"
    return watch, Ended(judge(run.conclusion, watch.success), run.conclusion, shown)


def _jobs(watch: Watch, jobs: Jobs, now: float) -> tuple[Watch, NextStep]:
    if watch.run and jobs.attempt == watch.run.attempt and watch.run.completed and watch.run.conclusion is None:
        conclusion = conclusion_of(jobs)
        if conclusion is None and watch.nulls < _NULL_READS + _LAGGING_JOBS:  # the list lags a run that just ended
            return watch, Look(3.0, "the jobs do not tell yet")
        return watch, _completed(watch, conclusion, "GitHub gives the run no conclusion; its jobs tell")
    running = watch.run is not None and not watch.run.completed and watch.run.status not in NOT_STARTED
    done = running and jobs.all_completed
    since = (now if watch.jobs_done_since is None else watch.jobs_done_since) if done else None
    if since is not None and now - since >= _WEDGED_AFTER:
        return watch, Ended(endings.WEDGED)
    return _in_time(replace(watch, jobs_done_since=since), now)


def _going_on(watch: Watch, now: float) -> tuple[Watch, NextStep]:
    """Nothing ended: go on, or look whether all jobs are still done where they were long ago."""
    if watch.jobs_done_since is not None and now - watch.jobs_done_since >= _WEDGED_AFTER and now < watch.deadline:
        return watch, ReadJobs()
    return _in_time(watch, now)


def _in_time(watch: Watch, now: float) -> tuple[Watch, NextStep]:
    if now >= watch.deadline:
        return watch, OutOfTime(endings.START_TIMEOUT if watch.started is None else endings.RUN_TIMEOUT)
    return watch, Look()


def _missing(watch: Watch, shown: str, now: float) -> tuple[Watch, NextStep]:
    since = watch.missing_since if watch.missing else now
    watch = replace(watch, missing=watch.missing + 1, missing_since=since)
    if watch.run is None and now < min(watch.since + VISIBLE_WITHIN, watch.deadline):
        return watch, Look(3.0, "not visible yet")
    if now >= watch.deadline or (watch.missing >= _GONE_TIMES and now - since >= _GONE_AFTER):
        return watch, AskRepository()
    return watch, Look(5.0, shown)


def _without_run(watch: Watch, repository: Probe[str]) -> Ended:
    match repository:
        case Present(_):
            return Ended(endings.DELETED if watch.run else endings.NOT_VISIBLE)
        case Absent(proof):
            return Ended(endings.REPOSITORY_GONE, shown=proof)
        case Unknown(why):
            return Ended(UNREACHABLE, shown=why)
        case _:
            assert_never(repository)


def _refused(watch: Watch, shown: str, now: float, *, expired: bool) -> tuple[Watch, NextStep]:
    """Believe a refusal when it is repeated: GitHub answers a stray 401 now and then during its own trouble."""
    watch = replace(watch, refusals=watch.refusals + 1)
    if watch.refusals == 1 and now + 2.0 < watch.deadline:
        return watch, Look(2.0, shown)
    return watch, Ended(endings.TOKEN_EXPIRED if expired and watch.run else NO_ACCESS, shown=shown)


def _trouble(watch: Watch, shown: str, now: float) -> tuple[Watch, NextStep]:
    """Wait longer each time; the child goes on whatever we see, so only the clocks end this."""
    watch = replace(watch, troubles=watch.troubles + 1)
    if now >= watch.deadline:
        return watch, Ended(UNREACHABLE, shown=shown)
    return watch, Look(min(_LONGEST_BACKOFF, 2.0 ** min(watch.troubles, 5)), shown)
