"""Decides whether archived evidence can be brought now, must first be thawed, or is not there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from crossproof.archive.delivering import as_recorded
from crossproof.archive.evidence import Deployment, Evidence, KeptArtifact, Tested
from crossproof.archive.finding import Question, find, opened, tampered
from crossproof.archive.index import Entry
from crossproof.archive.store import ObjectStore, Stored, Thaw
from crossproof.archive.thawing import DAYS_KEPT, Frozen, Restore, frozen, look_again_after
from crossproof.artifacts.choosing import untrusted
from crossproof.artifacts.manifest import RunFact
from crossproof.artifacts.recorded import Artifact
from crossproof.artifacts.wanted import Wanted
from crossproof.clock import Clock
from crossproof.errors import Unreachable
from crossproof.probe import Absent, Present, Unknown
from crossproof.units import clip


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """Evidence that was found, and in what state its artifacts are."""

    run: RunFact
    tested: Tested
    deployment: Deployment
    kept: Sequence[KeptArtifact]
    archived_at: datetime
    objects: Sequence[Stored]
    frozen: Frozen | None  # what must still be brought back
    asked: bool  # whether bringing it back was asked for, by us or by somebody before
    ready_at: datetime | None = None

    @property
    def cold(self) -> bool:
        """Whether it lies, or lay until now, in an archive class."""
        return any(one.storage_class in {"GLACIER", "DEEP_ARCHIVE"} for one in self.objects)

    @property
    def artifacts(self) -> Sequence[Artifact]:
        """The artifacts as GitHub once told of them."""
        return [as_recorded(one, self.run) for one in self.kept]


@dataclass(frozen=True, slots=True)
class NotKept:
    """Nothing in the archive fits; `looked` are the indexes that were read, `others` what they do list, and why not."""

    looked: Sequence[str]
    others: Sequence[Entry]
    lacking: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """What may be done about frozen evidence, and how long may be waited."""

    restore: Restore
    speed: str
    seconds: float
    clock: Clock
    say: Callable[[str], None]


def recall(
    store: ObjectStore,
    question: Question,
    wanted: Wanted,
    known: Sequence[Artifact],
    patience: Patience,
    *,
    allow_forks: bool,
) -> Recalled | NotKept:
    """Find the newest evidence that has everything wanted, and bring it back as far as was allowed.

    `known` are the expired artifacts that GitHub still tells of: what was archived of their runs must be these, all.
    """
    found = find(store, question)
    lacking: list[str] = []
    for _, entries in groupby(found.entries, key=lambda entry: (entry.order[:3], entry.repository, entry.subject.sha)):
        opened_now = [opened(store, entry, patience.clock.now()) for entry in entries]
        source = opened_now[0].source
        if source.head_repository.lower() != source.repository.lower() and not allow_forks:
            what = f"Run {source.id} executed the code of {source.head_repository or 'a fork that no longer exists'}."
            if question.run_id:
                raise untrusted(what, source.url)
            lacking.append(what)
            continue
        # A run may have been archived in parts, by several jobs: what it has is what they have together.
        there = {one.id: one for evidence in reversed(opened_now) for one in evidence.artifacts}
        meant = [one for one in there.values() if wanted.meets(one)]
        told = {one.id: one for one in known if one.run_id == source.id}
        missing = [clip(one.name) for one in told.values() if one.id not in there]
        if missing:
            lacking.append(f"of run {source.id} it lacks {', '.join(missing)}, which GitHub still names.")
        elif not wanted.unmet(meant):
            _check_known(store, meant, told)
            return _brought_back(store, opened_now[0], meant, patience)
    return NotKept(found.looked, found.entries, lacking)


def _brought_back(store: ObjectStore, evidence: Evidence, kept: Sequence[KeptArtifact], patience: Patience) -> Recalled:
    clock, start = patience.clock, patience.clock.monotonic()
    asked, ready_at = False, None
    while True:
        objects = [_looked_at(store, one.key) for one in kept]
        cold = frozen(objects, patience.speed)
        asked = asked or any(one.thaw is Thaw.ONGOING for one in objects)
        if cold and patience.restore is not Restore.NEVER and cold.to_ask:
            patience.say(f"Asking for it back: {cold}.")
            for one in cold.to_ask:
                store.thaw(one.key, speed=cold.speed, days=DAYS_KEPT)
            asked, ready_at = True, cold.ready_at(clock.now())
        waited = clock.monotonic() - start
        pause = min(look_again_after(waited), patience.seconds - waited)
        if not cold or patience.restore is not Restore.WAIT or pause <= 0:
            return Recalled(
                run=evidence.source,
                tested=evidence.subject,
                deployment=evidence.deployment,
                kept=kept,
                archived_at=evidence.created_at,
                objects=objects,
                frozen=cold,
                asked=asked,
                ready_at=ready_at if cold else None,
            )
        patience.say(f"{len(cold.objects)} of {len(objects)} objects are not back yet; looking again in {pause:.0f} s.")
        clock.sleep(pause)


def _looked_at(store: ObjectStore, key: str) -> Stored:
    match store.look(key):
        case Present(stored):
            return stored
        case Absent(proof):
            raise tampered(store, f"{key} is named by its manifest and is not there: {proof}")
        case Unknown() as unknown:
            raise unknown.error or Unreachable(f"{key} cannot be looked at.", why=unknown.why, fix=unknown.fix)


def _check_known(store: ObjectStore, artifacts: Sequence[KeptArtifact], told: Mapping[int, Artifact]) -> None:
    """What GitHub still says of an expired artifact vouches for the archived one."""
    for artifact in artifacts:
        github = told[artifact.id].sha256 if artifact.id in told else ""
        if github and github != artifact.sha256:
            raise tampered(store, f"artifact {artifact.id} is kept as sha256:{artifact.sha256}, GitHub says {github}")
