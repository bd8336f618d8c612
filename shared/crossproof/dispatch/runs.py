"""What is known of a workflow run, its jobs and its artifacts, as GitHub last said it."""

from dataclasses import dataclass
from datetime import datetime

from crossproof.units import RepoRef, RunId

COMPLETED = "completed"
# The states a run has before anything of it runs. A state not named here counts as running: it only ever goes on.
NOT_STARTED = frozenset({"queued", "pending", "waiting", "requested"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One workflow run. `number` counts the runs of its workflow; `attempt` rises with each re-run."""

    id: RunId
    repository: RepoRef
    url: str
    name: str
    title: str  # GitHub's display_title: the evaluated run-name, else one that depends on the event
    event: str
    path: str  # of the workflow file, without a ref
    workflow_id: int
    number: int
    attempt: int
    status: str
    conclusion: str | None
    actor: str
    head_branch: str
    head_sha: str
    created_at: datetime
    started_at: datetime  # of the newest attempt
    updated_at: datetime

    @property
    def completed(self) -> bool:
        """Whether GitHub says that it ended; the conclusion may still be missing."""
        return self.status == COMPLETED

    @property
    def titles(self) -> tuple[str, str]:
        """Both places in which the evaluated run-name was seen (actions/runner#4141)."""
        return self.title, self.name

    @property
    def workflow_file(self) -> str:
        """The workflow's file name, as people write it."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a job."""

    name: str
    status: str
    conclusion: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job of the newest attempt."""

    id: int
    name: str
    status: str
    conclusion: str | None
    url: str
    labels: tuple[str, ...] = ()
    runner: str = ""
    started_at: datetime | None = None
    steps: tuple[Step, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether GitHub says that it went wrong."""
        return self.status == COMPLETED and self.conclusion in ("failure", "timed_out", "startup_failure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """The jobs of one attempt; `whole` only if as many were read as GitHub counts."""

    attempt: int
    jobs: tuple[Job, ...]
    whole: bool

    @property
    def all_completed(self) -> bool:
        """Whether every job that exists has ended (more may still come into being)."""
        return self.whole and bool(self.jobs) and all(job.status == COMPLETED for job in self.jobs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One artifact of a run."""

    id: int
    name: str
    size: int
    digest: str
    expired: bool
