"""Makes the manifest and the pieces of one piece of evidence out of what was received, without judging it anew."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crossproof.archive.evidence import (
    SCHEMA,
    Archiver,
    Chained,
    Deployment,
    Evidence,
    KeptArtifact,
    Tested,
)
from crossproof.archive.judged import Leaf, judgement
from crossproof.archive.keeping import Piece
from crossproof.archive.layout import Place
from crossproof.artifacts.delivery import Received, is_zip, raw_name
from crossproof.artifacts.entry_names import safe_part
from crossproof.artifacts.manifest import FileFact, RunFact
from crossproof.artifacts.recorded import Artifact
from crossproof.artifacts.refusal import UnsafeArchive
from crossproof.artifacts.zip_container import Bytes
from crossproof.units import RepoRef, Sha

Look = Callable[[Bytes], Sequence[FileFact]]
_FIRST_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the evidence is about, and who keeps it."""

    subject: Tested
    run: RunFact
    deployment: Deployment
    labels: Mapping[str, str]
    archiver: Archiver
    now: datetime

    @property
    def place(self) -> Place:
        """Where it will lie."""
        return Place(
            subject=Sha.parse(self.subject.sha),
            repository=RepoRef.parse(self.run.repository),
            run_id=self.run.id,
            attempt=self.run.attempt,
            started_at=self.run.started_at,
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """One artifact's entry in the manifest, and its bytes."""

    entry: KeptArtifact
    piece: Piece


def from_github(about: About, artifact: Artifact, received: Received, look: Look) -> Kept:
    """Keep an artifact as it was uploaded. One that nobody should unpack is kept all the same, and marked."""
    content = received.content
    packed = is_zip(artifact, received.described, content.read_at(0, _FIRST_BYTES))
    name = f"{artifact.name}.zip" if packed else _raw_name(artifact, received)
    files, unsafe = _listed(content, look) if packed else ([FileFact(name, content.size, received.sha256)], "")
    key = about.place.artifact(artifact.id, name)
    entry = KeptArtifact(
        id=artifact.id,
        name=artifact.name,
        key=key,
        size=content.size,
        sha256=received.sha256,
        proven=bool(artifact.sha256),
        created_at=artifact.created_at,
        expires_at=artifact.expires_at,
        packed=packed,
        unsafe=unsafe,
        files=files,
    )
    return Kept(entry, Piece(key, content, received.sha256))


def from_directory(about: About, name: str, archive: Bytes, sha256: str, files: Sequence[FileFact]) -> Kept:
    """Keep a directory of the archiving job, packed by it: its hash is that of the packing, vouched for by nobody."""
    key = about.place.local(sha256, f"{name}.zip")
    entry = KeptArtifact(
        id=-int(sha256[:12], 16),
        name=name,
        key=key,
        size=archive.size,
        sha256=sha256,
        proven=False,
        created_at=about.run.started_at,
        expires_at=None,
        packed=True,
        unsafe="",
        files=files,
    )
    return Kept(entry, Piece(key, archive, sha256))


def collected(about: About, kept: Sequence[Kept], report: Sequence[Leaf]) -> tuple[Evidence, Sequence[Piece]]:
    """Put everything together; `report` is the judge's directory, empty if nobody judged."""
    entries = sorted((one.entry for one in kept), key=lambda entry: (entry.name, entry.id))
    validation, pieces = judgement(report, about.place, about.subject, entries) if report else (None, ())
    evidence = Evidence(
        schema=SCHEMA,
        created_at=about.now,
        archiver=about.archiver,
        subject=about.subject,
        source=about.run,
        deployment=about.deployment,
        labels=dict(sorted(about.labels.items())),
        artifacts=entries,
        validation=validation,
        chained=Chained(environment=about.deployment.environment, after=0),
    )
    return evidence, [*(one.piece for one in kept), *pieces]


def _raw_name(artifact: Artifact, received: Received) -> str:
    try:
        return raw_name(artifact, received.described)
    except UnsafeArchive:
        return safe_part(f"artifact-{artifact.id}", called="the file of the artifact")


def _listed(content: Bytes, look: Look) -> tuple[Sequence[FileFact], str]:
    try:
        return look(content), ""
    except UnsafeArchive as refused:
        return (), refused.rule
