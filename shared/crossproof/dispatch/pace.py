"""Decides how soon to look again: sparsely while the end is unlikely, densely around the time at which it is likely."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from crossproof.dispatch.runs import Run

FIXED = 5.0  # what a plain poller does; never more looks than it would have made
# Around the likely end. Chosen, with the sparse values, by `bench/child_polling.py`: a mean delay of 2.2 s at 60 looks
# for a child of 5-20 minutes. An unchanged run costs nothing of the rate limit (304): looks are cheap, changes are not.
_DENSE = 4.5
_SPARSE_GROWTH, _SPAREST = 0.5, 75.0
_STRETCHED = 30.0
_JOBS_GAP, _JOBS_GROWTH = 60.0, 0.5
LOOKED_BACK = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the last runs of the same workflow were like."""

    passed: int = 0
    judged: int = 0
    durations: tuple[float, ...] = ()  # seconds, of those that passed, sorted

    @property
    def median(self) -> float | None:
        """The usual duration of a run that passes."""
        return median(self.durations) if self.durations else None

    @property
    def likely(self) -> tuple[float, float] | None:
        """Between which durations the end is likely; one run says less than many, so it is given more room."""
        if not self.durations:
            return None
        low, high = self.durations[0], self.durations[-1]
        room = 0.06 if len(self.durations) >= LOOKED_BACK // 2 else 0.25
        return low * (1 - room), high * (1 + room)


def history_of(runs: Sequence[Run]) -> History:
    """Sum up the newest runs of one workflow from a list that was read anyway."""
    ended = [run for run in runs if run.conclusion in ("success", "failure", "timed_out")][:LOOKED_BACK]
    # A run that was re-run lasted longer than its last attempt tells, or shorter: it says nothing of a fresh one.
    good = [run for run in ended if run.conclusion == "success" and run.attempt == 1]
    durations = sorted((run.updated_at - run.started_at).total_seconds() for run in good)
    return History(
        passed=sum(run.conclusion == "success" for run in ended),
        judged=len(ended),
        durations=tuple(seconds for seconds in durations if seconds > 0),
    )


def pause(*, running: float | None, waited: float, looks: int, history: History, budget: float = 1.0) -> float:
    """Say how many seconds to let pass before the next look.

    `running` is how long the run has been out of the queue (None: still in it), `waited` how long it has been watched,
    `looks` how often it was looked at, `budget` which part of the rate limit is left.
    """
    wanted = _wanted(waited if running is None else running, history if running is not None else History())
    if budget < 0.1:  # noqa: PLR2004 - the last tenth is stretched, for the other jobs that share it
        wanted = max(wanted, _STRETCHED)
    return max(wanted, looks * FIXED - waited)  # the k-th look never comes before a fixed poller's k-th


def reads_jobs(*, changed: bool, elapsed: float, last_read: float) -> bool:
    """Say whether to read the jobs as well: each change of the run since they were read may be a job that failed.

    Every such read is charged, so they come further apart the longer the child runs.
    """
    return changed and elapsed - last_read >= max(_JOBS_GAP, elapsed * _JOBS_GROWTH)


def _wanted(elapsed: float, history: History) -> float:
    likely = history.likely
    if likely is None:
        return FIXED if elapsed < 600 else min(15.0, elapsed / 100)  # noqa: PLR2004 - without history, watch closely
    begin, end = likely
    if elapsed >= end:
        return FIXED
    if elapsed >= begin:
        return _DENSE
    sparse = min(_SPAREST, max(FIXED, elapsed * _SPARSE_GROWTH))
    return min(sparse, max(_DENSE, begin - elapsed))
