"""Watches one run until its end: looks when it is time, says what changed, and shows what failed as soon as it did."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import assert_never

from crossproof.dispatch.correlation import Method
from crossproof.dispatch.explaining import explain
from crossproof.dispatch.pace import History, pause, reads_jobs
from crossproof.dispatch.ports import JobsSighting, Outside
from crossproof.dispatch.runs import Job, Jobs, Run
from crossproof.dispatch.sending import Accepted, Unclear, read_reply
from crossproof.dispatch.tails import tail
from crossproof.dispatch.waiting import (
    AskRepository,
    Ended,
    JobsSeen,
    Look,
    Missing,
    NextStep,
    OutOfTime,
    ReadJobs,
    RepositorySeen,
    RerunFailed,
    Seen,
    Trouble,
    Watch,
    asked_to_rerun,
    next_step,
)
from crossproof.probe import Present
from crossproof.units import Duration, RepoRef, RunId

HEARTBEAT = 300.0
_MOST_TAILS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How the call wants runs to be watched."""

    start_within: float
    run_within: float
    success: Collection[str]
    reruns: int
    log_tail: int


class Vigil:
    """One run under watch. `due` says when `look` wants to be called next; `ended` is set when the watch is over."""

    def __init__(  # noqa: PLR0913 - who, where, whose, how
        self,
        name: str,
        repository: RepoRef,
        run_id: RunId,
        *,
        method: Method,
        ours: bool,
        history: History,
        terms: Terms,
        outside: Outside,
        since: float | None = None,
    ) -> None:
        """Begin now; the time to start counts from `since`, when the run was dispatched."""
        now = outside.time.monotonic()
        self.name, self.repository, self.run_id = name, repository, run_id
        self.method, self.ours, self.history = method, ours, history
        self.due, self.ended = now, None
        self.watch = Watch(
            since=now if since is None else since,
            start_within=terms.start_within,
            run_within=terms.run_within,
            success=terms.success,
            reruns_left=terms.reruns,
        )
        self.jobs: tuple[Job, ...] = ()
        self.rerun_here = False
        self._terms, self._out = terms, outside
        self._begun, self._looks, self._jobs_read, self._dirty = now, 0, now, True
        self._said, self._said_at, self._ahead = "", now, 0.0
        self._shown_tails: set[int] = set()

    due: float
    ended: Ended | OutOfTime | None

    @property
    def run(self) -> Run | None:
        """The run as it was last seen."""
        return self.watch.run

    def look(self) -> None:
        """Look once, and decide when to look again."""
        before = self.watch.run
        sight = self._out.view.look(self.repository, self.run_id)
        self._looks += 1
        self._decide(sight)
        run = self.watch.run
        if run and run != before:
            self._dirty = True
            if before is None and not self.ours:  # it was going on before we came
                self._ahead = max(0.0, (self._out.time.now() - run.started_at).total_seconds())
            if before is None or (before.status, before.attempt) != (run.status, run.attempt):
                self._explain(run)
        if self.ended is None and run and not run.completed:
            self._maybe_read_jobs(run)
        self._heartbeat()

    def await_attempt(self, attempt: int) -> None:
        """Let only this attempt count: the run was asked to run again before the watch began."""
        self.watch = replace(self.watch, awaited_attempt=attempt, rerun_at=self._begun)

    def settle_jobs(self) -> None:
        """Read the jobs of a run that ended: the list lags, so once more if it does not yet tell what failed."""
        run = self.run
        for delay in (0.0, 2.0, 4.0):
            if run is None or not run.completed:
                return
            self._out.time.sleep(delay)
            sight = self._out.view.jobs(run)
            if isinstance(sight, JobsSeen):
                self._take_jobs(sight.jobs)
                told = sight.jobs.all_completed and (
                    run.conclusion == "success" or any(job.failed for job in self.jobs)
                )
                if told or run.conclusion not in ("success", "failure", "timed_out"):
                    return

    def _decide(self, sight: Seen | JobsSighting | RepositorySeen) -> None:
        out = self._out
        while True:
            self.watch, step = next_step(self.watch, sight, out.time.monotonic())
            match step:
                case ReadJobs() if self.watch.run:
                    sight = out.view.jobs(self.watch.run)
                    if isinstance(sight, Missing):  # of the jobs, while the run is there
                        sight = Trouble(sight.shown)
                case AskRepository():
                    sight = RepositorySeen(out.view.repository(self.repository))
                case RerunFailed() if self.watch.run:
                    self._run_again(self.watch.run)
                    sight = Seen(self.watch.run)
                case _:
                    return self._take(step)

    def _take(self, step: NextStep) -> None:
        now = self._out.time.monotonic()
        match step:
            case Look(after, why):
                if after is not None and why:
                    self._say(why)
                self.due = now + (after if after is not None else self._pause(now))
            case Ended() | OutOfTime():
                self.ended = step
            case ReadJobs() | AskRepository() | RerunFailed():
                self.due = now + 2.0
            case _:
                assert_never(step)

    def _pause(self, now: float) -> float:
        # The durations of earlier runs count from their start, the queue included: so does this one's.
        return pause(
            running=None if self.watch.started is None else now - self._begun + self._ahead,
            waited=now - self._begun,
            looks=self._looks,
            history=self.history,
            budget=self._out.spending.left,
        )

    def _run_again(self, run: Run) -> None:
        """Ask once for the failed jobs to run again. In doubt the attempt number tells whether it was heard."""
        with self._out.undisturbed():
            sent = read_reply(self._out.control.run_failed_again(run), asks_for_details=False)
        if isinstance(sent, Accepted | Unclear):
            self.rerun_here = True
            self._out.tell.line(
                f"{self._head}{run.conclusion}; its failed jobs run again ({self.watch.reruns_left} left)"
            )
            self.watch = asked_to_rerun(self.watch, self._out.time.monotonic())
        else:
            self._out.tell.line(f"{self._head}its failed jobs cannot run again: {sent}")
            self.watch = replace(self.watch, reruns_left=0)

    def _maybe_read_jobs(self, run: Run) -> None:
        now = self._out.time.monotonic()
        if not reads_jobs(changed=self._dirty, elapsed=now - self._begun, last_read=self._jobs_read - self._begun):
            return
        self._jobs_read, self._dirty = now, False
        sight = self._out.view.jobs(run)
        if isinstance(sight, JobsSeen):
            self._take_jobs(sight.jobs)
            self._explain(run, sight.jobs)
            self._decide(sight)

    def _take_jobs(self, jobs: Jobs) -> None:
        """Show the end of each failed job's log as soon as it has failed."""
        self.jobs = jobs.jobs
        if self._terms.log_tail <= 0:
            return
        for job in self.jobs:
            if job.failed and job.id not in self._shown_tails and len(self._shown_tails) < _MOST_TAILS:
                self._shown_tails.add(job.id)
                self._show_tail(job)

    def _show_tail(self, job: Job) -> None:
        log = self._out.yields.log(self.repository, job)
        if not isinstance(log, Present):
            self._out.tell.line(f"{self._head}job {job.name} failed ({job.url}); its log could not be read: {log}")
            return
        with self._out.tell.group(
            f"{self._head}job {job.name} failed: the last {self._terms.log_tail} lines of its log"
        ):
            self._out.tell.foreign(tail(log.value, self._terms.log_tail))

    def _explain(self, run: Run, jobs: Jobs | None = None) -> None:
        approvals = self._out.view.approvals(run) if run.status == "waiting" else ()
        self._say(explain(run, jobs, approvals))

    def _heartbeat(self) -> None:
        now = self._out.time.monotonic()
        if self.ended is None and now - self._said_at >= HEARTBEAT:
            waited = Duration(round(now - self._begun))
            state = explain(self.run) if self.run else "not visible yet"
            self._said_at = now
            self._out.tell.line(f"{self._head}{state}; waited {waited}, {self._out.spending.shown}")

    def _say(self, text: str) -> None:
        """A line for each change, and none for the same again."""
        if text != self._said:
            self._said, self._said_at = text, self._out.time.monotonic()
            self._out.tell.line(self._head + text)

    @property
    def _head(self) -> str:
        return f"[{self.name}] " if self.name else ""
