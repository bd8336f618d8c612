"""What GitHub tells of runs and their artifacts, and the port through which the choice asks for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crossproof.probe import Absent, Present
from crossproof.units import RepoRef, RunId, Sha


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a workflow, as its latest attempt left it."""

    id: RunId
    attempt: int
    repository: RepoRef
    head_repository: RepoRef | None  # None: GitHub no longer knows it, because the fork was deleted
    workflow: str  # path of the file, such as .github/workflows/e2e.yml
    event: str
    status: str
    conclusion: str  # empty while it runs
    head_sha: Sha
    head_branch: str
    actor: str
    created_at: datetime
    started_at: datetime  # of the latest attempt
    url: str

    @property
    def completed(self) -> bool:
        """Whether nothing more will be uploaded by this attempt."""
        return self.status == "completed"

    @property
    def foreign(self) -> bool:
        """Whether code from outside the repository ran; a fork that is gone counts as foreign."""
        return self.head_repository is None or str(self.head_repository).lower() != str(self.repository).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One artifact of a run. GitHub does not say which attempt or job uploaded it, nor whether it is a zip."""

    id: int
    name: str
    size: int
    sha256: str  # of the bytes that are downloaded; empty if GitHub kept none (old uploads, Enterprise Server)
    created_at: datetime
    expires_at: datetime | None
    expired: bool
    run_id: RunId
    foreign: bool  # uploaded by a run of another repository's code
    vouched: bool = True  # the digest was recorded at upload; in an archive it may only be that of the archiving


@dataclass(frozen=True, slots=True)
class Job:
    """One job of one attempt: enough to tell whether it ran again."""

    name: str
    started_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which runs are meant. Empty means any; every part that is given must fit."""

    workflow: str = ""
    shas: frozenset[Sha] = frozenset()
    branch: str = ""
    event: str = ""
    conclusions: frozenset[str] = frozenset()

    def fits(self, run: Run) -> bool:
        """Judge one run by ourselves: the server's filtered index lags behind its unfiltered list."""
        return (
            (not self.shas or run.head_sha in self.shas)
            and (not self.branch or run.head_branch == self.branch)
            and (not self.event or run.event == self.event)
            and (not self.conclusions or run.conclusion in self.conclusions)
            and (not self.workflow or is_workflow(run.workflow, self.workflow))
        )

    def __str__(self) -> str:
        """Say it as a reader of the log would."""
        parts = {
            "workflow": self.workflow,
            "commit": ", ".join(sorted(sha.short for sha in self.shas)),
            "branch": self.branch,
            "event": self.event,
            "conclusion": ", ".join(sorted(self.conclusions)),
        }
        return ", ".join(f"{name} {value}" for name, value in parts.items() if value) or "any run"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullHead:
    """The side of a pull request that is to be merged: its branch, and every commit that was ever tested for it."""

    branch: str
    shas: frozenset[Sha]


class Recordings(Protocol):
    """A repository's runs and artifacts. What cannot be found out is raised, never taken for absence."""

    def run(self, run_id: RunId) -> Present[Run] | Absent:
        """Look for one run; runs are deleted by people, and by GitHub after 400 days."""
        ...

    def attempt(self, run_id: RunId, number: int) -> Run:
        """Give a run as one of its attempts left it."""
        ...

    def jobs(self, run_id: RunId, attempt: int) -> Sequence[Job]:
        """List the jobs of an attempt."""
        ...

    def artifacts(self, run_id: RunId) -> Sequence[Artifact]:
        """List all artifacts of a run, expired ones included."""
        ...

    def artifact(self, artifact_id: int) -> Artifact:
        """Give one artifact by its id."""
        ...

    def commit(self, named: str) -> Sha:
        """Resolve a short commit id, or `tags/…`."""
        ...

    def pull(self, number: int) -> PullHead:
        """Say what a pull request consists of."""
        ...

    def runs(self, search: Search, *, filtered: bool) -> Iterable[Run]:
        """List runs, newest first; `filtered` lets the server narrow them, else only the recent ones are listed."""
        ...


def is_workflow(path: str, wanted: str) -> bool:
    """Compare a run's workflow with a file name or path; a path may carry the ref it was read from."""
    path = path.partition("@")[0]
    return path == wanted or path.rpartition("/")[2] == wanted
