"""Finds evidence again: by run, commit, day, deployment, or as the newest of an environment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from crossproof.archive import layout
from crossproof.archive.endings import TAMPERED
from crossproof.archive.evidence import Evidence, read, sha256
from crossproof.archive.index import Entry, Index
from crossproof.archive.lifecycle import KEPT_FOR
from crossproof.archive.store import Content, ObjectStore
from crossproof.artifacts.delivery import EXPIRED
from crossproof.artifacts.recorded import is_workflow
from crossproof.errors import CrossproofError, Unreachable
from crossproof.probe import Absent, Present, Unknown
from crossproof.units import RepoRef, Sha


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is looked for. One of the ways to find it, and what it must fit besides."""

    repository: RepoRef | None = None  # whose run
    run_id: int = 0
    commits: Sequence[Sha] = ()
    day: date | None = None
    deployment: tuple[str, str] | None = None
    latest: str = ""  # an environment
    branch: str = ""
    workflow: str = ""
    expected_workflow: str = ""
    event: str = ""
    environment: str = ""
    attempt: int = 0
    conclusions: frozenset[str] = frozenset()

    @property
    def indexes(self) -> Sequence[str]:
        """Which indexes answer it, the most telling one first."""
        if self.run_id and self.repository:
            return [layout.by_run(self.repository, self.run_id)]
        if self.commits:
            return [layout.by_commit(sha) for sha in self.commits]
        if self.latest:
            return [layout.latest(self.latest, self.branch)]
        if self.deployment:
            return [layout.by_deployment(*self.deployment)]
        return [layout.by_day(self.day)] if self.day else []

    def fits(self, entry: Entry) -> bool:
        """Whether an entry is what is looked for, whichever index listed it."""
        return (
            (not self.repository or entry.repository.lower() == str(self.repository).lower())
            and (not self.branch or entry.head_branch == self.branch)
            and (not self.workflow or is_workflow(entry.workflow, self.workflow))
            and (not self.expected_workflow or is_workflow(entry.workflow, self.expected_workflow))
            and (not self.event or entry.event == self.event)
            and (not self.environment or entry.deployment.environment == self.environment)
            and (not self.attempt or entry.attempt == self.attempt)
            and (not self.conclusions or entry.conclusion in self.conclusions)
            and (not self.day or entry.started_at.date() == self.day)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the archive has, the newest first, and which indexes were read."""

    entries: Sequence[Entry]
    looked: Sequence[str] = field(default=())


def find(store: ObjectStore, question: Question) -> Found:
    """Read the indexes that can answer; one that is not there lists nothing, one that cannot be read is an error."""
    entries: dict[str, Entry] = {}
    for key in question.indexes:
        for entry in entries_of(store, key):
            if question.fits(entry):
                entries[entry.manifest] = entry
    newest = sorted(entries.values(), key=lambda entry: (entry.order, entry.manifest), reverse=True)
    return Found(entries=newest, looked=question.indexes)


def entries_of(store: ObjectStore, key: str) -> Iterator[Entry]:
    """Read one index."""
    match store.read(key):
        case Present(Content(body)):
            yield from read(body, Index, key).entries
        case Absent():
            return
        case Unknown() as unknown:
            raise unknown.error or Unreachable(f"{key} cannot be read.", why=unknown.why, fix=unknown.fix)


def opened(store: ObjectStore, entry: Entry, now: datetime) -> Evidence:
    """Read the manifest that an entry names, and believe it only if it is the very one."""
    match store.read(entry.manifest):
        case Present(Content(body)):
            if sha256(body) != entry.manifest_sha256:
                raise tampered(store, f"{entry.manifest} is sha256:{sha256(body)}, not {entry.manifest_sha256}")
            return read(body, Evidence, entry.manifest)
        case Absent(proof) if ended(entry, now):
            raise _ended(entry, store, proof)
        case Absent(proof):
            raise tampered(store, f"{entry.manifest} is listed and is not there: {proof}")
        case Unknown() as unknown:
            raise unknown.error or Unreachable(f"{entry.manifest} cannot be read.", why=unknown.why, fix=unknown.fix)


def ended(entry: Entry, now: datetime) -> bool:
    """Whether the lifecycle rule that `evidence bucket --print` writes has ended it by now."""
    return now - entry.archived_at >= timedelta(days=KEPT_FOR)


def _ended(entry: Entry, store: ObjectStore, proof: str) -> CrossproofError:
    return CrossproofError(
        f"The evidence of run {entry.run_id} is no longer kept in {store.name}.",
        why=f"It was archived on {entry.archived_at:%Y-%m-%d}; evidence ends after {KEPT_FOR} days.",
        seen=proof,
        fix=EXPIRED.fix,
        anchor="expired",
        reason=EXPIRED,
    )


def tampered(store: ObjectStore, seen: str) -> CrossproofError:
    """Say that the archive contradicts itself."""
    return CrossproofError(
        f"Evidence in {store.name} is not what was archived.",
        why="Evidence is written once; whatever differs from its hash was changed or removed by somebody else.",
        seen=seen,
        fix=TAMPERED.fix,
        anchor="tampered",
        reason=TAMPERED,
    )
