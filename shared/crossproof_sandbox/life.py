"""What becomes of a run: a script of states against time, worked out for any moment and never by waiting."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a job."""

    name: str
    takes: float = 1.0
    conclusion: str = "success"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job, timed from the moment its run is in progress."""

    name: str
    starts: float = 0.0
    takes: float | None = None  # None: until the run ends
    conclusion: str = ""  # empty: as the run's
    steps: tuple[Step, ...] = ()
    log: str = ""
    labels: tuple[str, ...] = ("ubuntu-latest",)
    runner: str = "sandbox runner 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An artifact that a run leaves: files to zip, or bytes (or a file) that are served as they are."""

    name: str
    content: Mapping[str, str | bytes] | bytes | Path
    at: float | None = None  # seconds after the run's beginning; None: when it ends
    keeps_days: float = 90
    digest: str | None = ""  # empty: the true one; None: an old uploader that recorded none
    zipped: bool = False  # bytes that are a zip made at upload, as one that no honest uploader would make


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One attempt's script."""

    phases: tuple[tuple[str, float], ...] = (("queued", 1.0), ("in_progress", 4.0))
    conclusion: str | None = "success"
    jobs: tuple[Job, ...] = ()  # empty: one for each job of the workflow file
    artifacts: tuple[Upload, ...] = ()
    visible_after: float = 0.0  # seconds in which the run answers 404 and is in no list
    conclusion_after: float = 0.0  # seconds in which it is completed without a conclusion
    jobs_lag: float = 0.0  # seconds that the list of jobs is behind
    cancel_takes: float = 1.0
    ignores_cancel: bool = False  # only force-cancel ends it
    environment: str = ""  # what a `waiting` run waits for
    reviewers: tuple[str, ...] = ()
    rerun: "Life | None" = None  # the next attempt's script; None: the same again


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What started a run: a script may depend on it."""

    event: str
    actor: str
    ref: str = ""
    sha: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    event_type: str = ""
    client_payload: Mapping[str, Any] = field(default_factory=dict)


Script = Life | Callable[[Trigger], Life]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSeen:
    """A step as the API shows it at one moment."""

    name: str
    number: int
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSeen:
    """A job as the API shows it at one moment."""

    id: int
    script: Job
    status: str
    conclusion: str | None
    started_at: datetime
    completed_at: datetime | None
    steps: tuple[StepSeen, ...] = ()


@dataclass(kw_only=True)
class Attempt:
    """One attempt of a run; everything about it follows from its script, its start and its cancellation."""

    number: int
    started_at: datetime
    actor: str
    life: Life
    jobs: Sequence[tuple[int, Job]]
    carried: Mapping[str, JobSeen] = field(default_factory=dict)  # jobs that a re-run of the failed ones kept
    cancelled_at: float = math.inf  # seconds after the start at which a cancellation takes hold

    @property
    def _scheduled_end(self) -> float:
        return sum(seconds for _, seconds in self.life.phases)

    @property
    def _end(self) -> float:
        return min(self._scheduled_end, self.cancelled_at)

    @property
    def _begin(self) -> float:
        """When the first job may start; infinite for a run that never does."""
        passed = 0.0
        for status, seconds in self.life.phases:
            if status == "in_progress":
                return passed
            passed += seconds
        return math.inf

    def cancel(self, now: datetime, *, force: bool = False) -> None:
        """Take a request to cancel; some runs ignore all but the forced one."""
        if force or not self.life.ignores_cancel:
            self.cancelled_at = min(self.cancelled_at, self._elapsed(now) + self.life.cancel_takes)

    def status(self, now: datetime) -> str:
        """Give the run's status."""
        elapsed = self._elapsed(now)
        if elapsed >= self._end:
            return "completed"
        passed = 0.0
        for status, seconds in self.life.phases:
            passed += seconds
            if elapsed < passed:
                return status
        return "completed"

    def conclusion(self, now: datetime) -> str | None:
        """Give the run's conclusion, if it has one yet."""
        if self._elapsed(now) < self._end + self.life.conclusion_after:
            return None
        return "cancelled" if self.cancelled_at < self._scheduled_end else self.life.conclusion

    def changed_at(self, now: datetime) -> datetime:
        """Say when anything about it last changed."""
        moments = [0.0, self._end, self._end + self.life.conclusion_after]
        passed = 0.0
        for _, seconds in self.life.phases:
            passed += seconds
            moments.append(min(passed, self._end))
        for _, job in self.jobs:
            moments += self._job_times(job)
        return self._time(max(m for m in moments if m <= self._elapsed(now)))

    def jobs_seen(self, now: datetime) -> list[JobSeen]:
        """Give the jobs as the list shows them: none while the run is only requested or pending."""
        elapsed = self._elapsed(now) - self.life.jobs_lag
        if self.life.jobs_lag and elapsed < 0:
            return []
        when = self._time(elapsed)
        if self.status(when) in {"requested", "pending"} or math.isinf(self._begin):
            return []
        return [self.carried.get(job.name) or self._job_seen(number, job, elapsed) for number, job in self.jobs]

    def upload_time(self, upload: Upload) -> float:
        """Say after how many seconds an artifact appears; infinite if the run is cancelled before."""
        wanted = self._scheduled_end if upload.at is None else self._begin + upload.at
        return wanted if wanted <= self._end else math.inf

    def elapsed_to(self, seconds: float) -> datetime:
        """Turn seconds after the start into a time."""
        return self._time(seconds)

    def _job_times(self, job: Job) -> tuple[float, float]:
        starts = min(self._begin + job.starts, self._end)
        ends = self._end if job.takes is None else min(starts + job.takes, self._end)
        return starts, ends

    def _job_seen(self, number: int, job: Job, elapsed: float) -> JobSeen:
        starts, ends = self._job_times(job)
        cut = self.cancelled_at < self._scheduled_end and ends >= self.cancelled_at
        status = "completed" if elapsed >= ends else "in_progress" if elapsed >= starts else "queued"
        if status == "queued" and self.status(self._time(elapsed)) == "waiting":
            status = "waiting"
        return JobSeen(
            id=number,
            script=job,
            status=status,
            conclusion=("cancelled" if cut else job.conclusion or self._job_conclusion())
            if status == "completed"
            else None,
            started_at=self._time(starts if elapsed >= starts else 0.0),
            completed_at=self._time(ends) if status == "completed" else None,
            steps=tuple(self._steps_seen(job, starts, ends, elapsed)),
        )

    def _job_conclusion(self) -> str | None:
        """A job knows fewer conclusions than a run."""
        known = {"success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"}
        return self.life.conclusion if self.life.conclusion in known else "failure"

    def _steps_seen(self, job: Job, starts: float, ends: float, elapsed: float) -> list[StepSeen]:
        seen: list[StepSeen] = []
        at = starts
        for number, step in enumerate(job.steps, 1):
            until = min(at + step.takes, ends)
            done, running = elapsed >= until, elapsed >= at
            seen.append(
                StepSeen(
                    name=step.name,
                    number=number,
                    status="completed" if done else "in_progress" if running else "queued",
                    conclusion=step.conclusion if done else None,
                    started_at=self._time(at) if running else None,
                    completed_at=self._time(until) if done else None,
                )
            )
            at = until
        return seen

    def _elapsed(self, now: datetime) -> float:
        return (now - self.started_at).total_seconds()

    def _time(self, seconds: float) -> datetime:
        return self.started_at + timedelta(seconds=seconds)
