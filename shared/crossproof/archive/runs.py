"""Decides which archived runs are meant by "the last so many" or "those of a deployment", and what is kept of each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from crossproof.archive import layout
from crossproof.archive.chain import Link, last_number, must_read
from crossproof.archive.evidence import Evidence, KeptArtifact, read
from crossproof.archive.finding import Question, find, opened
from crossproof.archive.store import ObjectStore
from crossproof.units import RepoRef

LINKS_LOOKED_AT = 300  # of the newest: each costs two requests


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedRun:
    """One attempt of one run, as all that was archived of it together."""

    repository: str
    run_id: int
    attempt: int
    started_at: datetime
    verdict: str  # of the newest judgement; of what nobody judged, `unproven`
    artifacts: Sequence[KeptArtifact]

    @property
    def name(self) -> str:
        """Tell it from the others, also as a directory."""
        return f"{self.repository.replace('/', '~')}-{self.run_id}-{self.attempt}"


def runs_of_deployment(store: ObjectStore, profile: str, version: str, now: datetime) -> Iterator[ArchivedRun]:
    """Give the runs that were made while a version of a profile was live, the newest first."""
    entries = find(store, Question(deployment=(profile, version))).entries
    return _each(store, ((entry.repository, entry.run_id, entry.attempt) for entry in entries), now)


def last_runs(store: ObjectStore, environment: str, now: datetime) -> Iterator[ArchivedRun]:
    """Give the runs of an environment, the one that was archived last first."""
    return _each(store, _archived(store, environment), now)


def _archived(store: ObjectStore, environment: str) -> Iterator[tuple[str, int, int]]:
    last = last_number(store, environment)
    for number in range(last, max(0, last - LINKS_LOOKED_AT), -1):
        key = layout.chain(environment, number)
        manifest = read(must_read(store, key).body, Link, key).manifest
        source = read(must_read(store, manifest).body, Evidence, manifest).source
        yield source.repository, source.id, source.attempt


def _each(store: ObjectStore, runs: Iterable[tuple[str, int, int]], now: datetime) -> Iterator[ArchivedRun]:
    """Open each run once: it may have been archived in parts, by several jobs, and judged more than once."""
    given: set[tuple[str, int, int]] = set()
    for run in runs:
        if run not in given:
            given.add(run)
            repository, run_id, attempt = run
            question = Question(repository=RepoRef.parse(repository), run_id=run_id, attempt=attempt)
            parts = [opened(store, entry, now) for entry in find(store, question).entries]
            judged = [part for part in parts if part.validation]
            there = {one.id: one for part in reversed(parts) for one in part.artifacts}
            yield ArchivedRun(
                repository=repository,
                run_id=run_id,
                attempt=attempt,
                started_at=parts[0].source.started_at,
                verdict=judged[0].verdict if judged else "unproven",
                artifacts=list(there.values()),
            )
