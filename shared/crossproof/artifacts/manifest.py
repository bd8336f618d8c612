"""What was fetched, file by file: the record from which a later step, or somebody months later, can prove it again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

SCHEMA = "crossproof/fetched/1"


@dataclass(frozen=True, slots=True, order=True)
class FileFact:
    """One file below the directory of its artifact."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFact:
    """The run whose artifacts these are. Times are UTC."""

    repository: str
    id: int
    attempt: int
    workflow: str
    event: str
    status: str
    conclusion: str
    head_sha: str
    head_branch: str
    head_repository: str  # empty: a fork that was deleted
    actor: str
    started_at: datetime
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactFact:
    """One artifact: what GitHub said of it, what was received, and what it held."""

    id: int
    name: str
    size: int
    sha256: str  # of the bytes that were received
    proven: bool  # the digest is the one that was recorded when it was uploaded
    kept_from_earlier_attempt: bool
    unpacked: bool
    created_at: datetime
    expires_at: datetime | None
    directory: str  # below `root`; empty: in `root` itself
    files: Sequence[FileFact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything that one call fetched. `root` is relative to the workspace."""

    schema: str
    source: str  # "github", or the archive's storage that held it: "s3", "s3-glacier"
    root: str
    run: RunFact
    artifacts: Sequence[ArtifactFact]

    @property
    def files(self) -> int:
        """How many files there are."""
        return sum(len(artifact.files) for artifact in self.artifacts)

    @property
    def bytes(self) -> int:
        """How long they are together."""
        return sum(file.size for artifact in self.artifacts for file in artifact.files)

    def as_json(self) -> str:
        """Write it down. By hand, and on one line: 20,000 files take 30 ms so, and 170 as other reports are written."""
        artifacts = [
            _plain(one) | {"files": [{"path": f.path, "size": f.size, "sha256": f.sha256} for f in one.files]}
            for one in self.artifacts
        ]
        return json.dumps(_plain(self) | {"run": _plain(self.run), "artifacts": artifacts}, ensure_ascii=False) + "\n"

    @property
    def proven(self) -> str:
        """How many artifacts are proven to be what was uploaded: all, partial or none."""
        proofs = [artifact.proven for artifact in self.artifacts]
        return "all" if all(proofs) and proofs else "partial" if any(proofs) else "none"


def _plain(record: RunFact | ArtifactFact | Manifest) -> dict[str, object]:
    """Take a record apart by field; times as ISO 8601."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
