"""An in-memory `Recordings`: what tests say happened, and a list of what was asked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from crossproof.artifacts.recorded import Artifact, Job, PullHead, Run, Search
from crossproof.probe import Absent, Present
from crossproof.units import RepoRef, RunId, Sha

NOON = datetime(2026, 6, 2, 12, tzinfo=UTC)
APP = RepoRef("acme", "ios-app")
FORK = RepoRef("mallory", "ios-app")


def sha(letter: str) -> Sha:
    return Sha.parse(letter * 40)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def a_run(number: int = 1, **changes) -> Run:
    run = Run(
        id=RunId(number),
        attempt=1,
        repository=APP,
        head_repository=APP,
        workflow=".github/workflows/tracktor.yml",
        event="repository_dispatch",
        status="completed",
        conclusion="success",
        head_sha=sha("a"),
        head_branch="main",
        actor="octocat",
        created_at=NOON + minutes(number),
        started_at=NOON + minutes(number),
        url=f"https://github.com/{APP}/actions/runs/{number}",
    )
    return replace(run, **changes)


def an_artifact(
    number: int, name: str = "tracktor-logs", *, run: int = 1, at: float | None = None, **changes
) -> Artifact:
    artifact = Artifact(
        id=number,
        name=name,
        size=100,
        sha256=f"{number:064x}",
        created_at=NOON + minutes(run + 0.5 if at is None else at),
        expires_at=NOON + timedelta(days=7),
        expired=False,
        run_id=RunId(run),
        foreign=False,
    )
    return replace(artifact, **changes)


@dataclass
class FakeRecordings:
    """The port kept in memory. `hidden_from_index` are runs that the filtered list does not know yet."""

    known: Sequence[Run] = ()
    uploaded: Sequence[Artifact] = ()
    attempts: Mapping[tuple[int, int], datetime] = field(default_factory=dict)
    job_lists: Mapping[tuple[int, int], Sequence[Job]] = field(default_factory=dict)
    hidden_from_index: frozenset[int] = frozenset()
    names: Mapping[str, Sha] = field(default_factory=dict)
    pulls: Mapping[int, PullHead] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def run(self, run_id: RunId) -> Present[Run] | Absent:
        self.asked.append(f"run {run_id}")
        found = next((run for run in self.known if run.id == run_id), None)
        return Present(found) if found else Absent("404, while the repository can be read")

    def attempt(self, run_id: RunId, number: int) -> Run:
        self.asked.append(f"attempt {run_id}/{number}")
        run = next(run for run in self.known if run.id == run_id)
        return replace(run, attempt=number, started_at=self.attempts[run_id, number])

    def jobs(self, run_id: RunId, attempt: int) -> Sequence[Job]:
        self.asked.append(f"jobs {run_id}/{attempt}")
        return self.job_lists[run_id, attempt]

    def artifacts(self, run_id: RunId) -> Sequence[Artifact]:
        self.asked.append(f"artifacts {run_id}")
        return [artifact for artifact in self.uploaded if artifact.run_id == run_id]

    def artifact(self, artifact_id: int) -> Artifact:
        self.asked.append(f"artifact {artifact_id}")
        return next(artifact for artifact in self.uploaded if artifact.id == artifact_id)

    def commit(self, named: str) -> Sha:
        self.asked.append(f"commit {named}")
        return self.names[named]

    def pull(self, number: int) -> PullHead:
        self.asked.append(f"pull {number}")
        return self.pulls[number]

    def runs(self, search: Search, *, filtered: bool) -> Iterable[Run]:
        self.asked.append("runs, filtered" if filtered else "runs, unfiltered")
        return self._listed(search, filtered=filtered)

    def _listed(self, search: Search, *, filtered: bool) -> Iterator[Run]:
        for run in sorted(self.known, key=lambda run: run.created_at, reverse=True):
            if not filtered or (run.id not in self.hidden_from_index and search.fits(run)):
                yield run
