"""The manifest of one piece of evidence: what was tested, by which run, what came of it, and every hash."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from crossproof.archive.layout import Place
from crossproof.artifacts.manifest import FileFact, RunFact
from crossproof.errors import Unreachable
from crossproof.units import RepoRef, Sha

T = TypeVar("T")
SCHEMA = "crossproof/evidence/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """The commit under test. It need not be the producer's: an app's run may prove a change in tracking."""

    repository: str
    sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What was live while it was tested; empty if it was not said."""

    environment: str = ""
    tealium_profile: str = ""
    tealium_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiver:
    """Who put it here."""

    action: str
    version: str
    run_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """One object beside the manifest."""

    key: str
    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptArtifact:
    """One artifact, byte for byte as it was uploaded, and what it holds."""

    id: int  # below zero: files of the archiving job itself, packed by it
    name: str
    key: str
    size: int
    sha256: str
    proven: bool  # the digest is the one that GitHub recorded at upload
    created_at: datetime
    expires_at: datetime | None
    packed: bool  # a zip that holds `files`; otherwise it is the one file itself
    unsafe: str  # the rule by which it is never unpacked; it is kept all the same
    files: Sequence[FileFact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What a judge said of the artifacts, and everything it judged by."""

    verdict: str
    reason: str
    sentence: str
    action: str
    sha256: str  # of the report itself
    plan_sha256: str
    bound: bool  # it worked from the list of just these artifacts, by their hashes
    files: Sequence[KeptFile]

    @property
    def essence(self) -> tuple[str, str, str, str]:
        """What two reports of one judgement agree on: not when they were written, nor by which job."""
        return (self.action, self.verdict, self.reason, self.plan_sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chained:
    """Which chain this evidence is a link of, and after which number it can be found there."""

    environment: str
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One manifest. What `created_at` and `archiver` say belongs to the archiving, the rest to the run."""

    schema: str
    created_at: datetime
    archiver: Archiver
    subject: Tested
    source: RunFact
    deployment: Deployment
    labels: Mapping[str, str]
    artifacts: Sequence[KeptArtifact]
    validation: Validation | None
    chained: Chained

    @property
    def verdict(self) -> str:
        """What is proven: what the judge said, if one did and had all that there was to judge."""
        if self.validation is None or (self.validation.verdict == "passed" and not self.whole):
            return "unproven"
        return self.validation.verdict

    @property
    def whole(self) -> bool:
        """Whether the run came to a good end; one that did not may have been cut short before it sent what is wrong.

        Files of the archiving job itself are there whole, and its run has not ended yet.
        """
        own = bool(self.artifacts) and all(one.id < 0 for one in self.artifacts)
        return own or self.source.conclusion == "success"

    @property
    def key(self) -> str:
        """Where this manifest lies: the same for whoever archives these bytes with this judgement."""
        judged = self.validation.essence if self.validation else ()
        facts = sorted((one.id, one.name, one.sha256) for one in self.artifacts)
        return self.place.manifest(sha256(written([facts, judged])))

    @property
    def place(self) -> Place:
        """Where it lies."""
        return Place(
            subject=Sha.parse(self.subject.sha),
            repository=RepoRef.parse(self.source.repository),
            run_id=self.source.id,
            attempt=self.source.attempt,
            started_at=self.source.started_at,
        )


def differences(kept: Evidence, new: Evidence) -> Sequence[str]:
    """Name what two manifests of one key do not agree on. When it was archived, and by whom, may differ."""
    return [
        name
        for name in ("subject", "source", "deployment", "labels", "artifacts")
        if written(getattr(kept, name)) != written(getattr(new, name))
    ]


def written(record: object) -> bytes:
    """Write a record so that people can read it and the same record gives the same bytes."""
    import msgspec  # noqa: PLC0415 - 20 ms that `--help` need not spend

    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def read(body: bytes, kind: type[T], where: str) -> T:
    """Read a record; one that is damaged is said to be, never taken for a smaller one."""
    import msgspec  # noqa: PLC0415 - as above

    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, ValueError) as fault:
        raise Unreachable(
            f"{where} is damaged, or was not written by this suite.",
            seen=str(fault),
            fix="If it is an index, `crossproof evidence reindex` rebuilds it from the manifests.",
            anchor="damaged-record",
        ) from None


def sha256(body: bytes) -> str:
    """Hash a record as it is written."""
    return hashlib.sha256(body).hexdigest()
