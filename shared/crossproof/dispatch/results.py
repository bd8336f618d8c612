"""What became of each target: the values that outputs, summary and report are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crossproof.dispatch.correlation import Method
from crossproof.dispatch.pace import History
from crossproof.dispatch.request import Request
from crossproof.dispatch.runs import Artifact, Job, Run
from crossproof.dispatch.together import all_together
from crossproof.units import RepoRef, RunId
from crossproof.verdict import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """One child run at the end of its watch."""

    run_id: RunId
    url: str
    run: Run | None  # None: it was never seen
    method: Method
    ours: bool
    reason: Reason
    conclusion: str | None = None
    shown: str = ""  # what more there is to say of this ending
    history: History = field(default_factory=History)
    jobs: Sequence[Job] = ()
    artifacts: Sequence[Artifact] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    queued_seconds: float | None = None
    ran_seconds: float | None = None

    @property
    def failed_jobs(self) -> tuple[Job, ...]:
        """The jobs that went wrong."""
        return tuple(job for job in self.jobs if job.failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetResult:
    """One target: its runs, or why there is none."""

    name: str
    repository: RepoRef
    request: Request | None  # None: the caller named the run
    token: str = ""
    runs: Sequence[RunResult] = ()
    reason_without_run: Reason | None = None
    shown: str = ""
    candidates: Sequence[Run] = ()

    @property
    def reason(self) -> Reason:
        """What it proves."""
        reasons = [result.reason for result in self.runs]
        return all_together([*reasons, self.reason_without_run] if self.reason_without_run else reasons)
