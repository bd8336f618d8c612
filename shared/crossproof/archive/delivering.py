"""Brings archived artifacts as if from where they were uploaded, proven by the manifest that names them."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from crossproof.archive.evidence import KeptArtifact
from crossproof.archive.store import ObjectStore
from crossproof.artifacts.delivery import Described, Received, Room
from crossproof.artifacts.manifest import RunFact
from crossproof.artifacts.recorded import Artifact
from crossproof.units import RunId

_BLOCK = 1024 * 1024


class ArchiveDeliveries:
    """The artifacts of one piece of evidence."""

    def __init__(
        self, store: ObjectStore, kept: Sequence[KeptArtifact], *, room: Callable[[Artifact, int], Room]
    ) -> None:
        """`room` makes a place for so many bytes of an artifact."""
        self._store = store
        self._kept: Mapping[int, KeptArtifact] = {one.id: one for one in kept}
        self._room = room

    def receive(self, artifact: Artifact) -> Received:
        """Bring all of an artifact, hashed as it is now."""
        kept = self._kept[artifact.id]
        content = self._store.fetch(kept.key, lambda size: self._room(artifact, size))
        digest = hashlib.sha256()
        for at in range(0, content.size, _BLOCK):
            digest.update(content.read_at(at, _BLOCK))
        kind = "application/zip" if kept.packed else "application/octet-stream"
        name = f"{kept.name}.zip" if kept.packed else kept.files[0].path
        return Received(content, Described(kind, f"attachment; filename*=UTF-8''{quote(name)}"), digest.hexdigest())


def as_recorded(kept: KeptArtifact, run: RunFact) -> Artifact:
    """Give an artifact as GitHub once told of it."""
    return Artifact(
        id=kept.id,
        name=kept.name,
        size=kept.size,
        sha256=kept.sha256,
        created_at=kept.created_at,
        expires_at=kept.expires_at,
        expired=False,
        run_id=RunId(run.id),
        foreign=False,
        vouched=kept.proven,
    )
