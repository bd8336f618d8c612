"""Fetches one artifact: receives it whole, proves it, judges it, and only then has it unpacked out of sight."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from crossproof.artifacts.delivery import NO_DIGEST, Deliveries, Received, Room, is_zip, mismatch, raw_name
from crossproof.artifacts.entry_names import safe_part
from crossproof.artifacts.manifest import FileFact
from crossproof.artifacts.placement import OnConflict
from crossproof.artifacts.recorded import Artifact
from crossproof.artifacts.zip_container import Bytes
from crossproof.artifacts.zip_contents import Contents, read_contents
from crossproof.errors import CrossproofError
from crossproof.verdict import Exit, unproven

_FIRST_BYTES = 4

TOO_LARGE = unproven(
    "too-large",
    Exit.CALL_MUST_CHANGE,
    "The artifacts hold more than `max_total_bytes` allows.",
    "Raise `max_total_bytes`, or fetch fewer artifacts by `artifacts`.",
)


class Bench(Protocol):
    """Where artifacts are made ready, out of everybody's sight. Each has a place of its own, by its number."""

    def unpack(self, number: int, archive: Bytes, contents: Contents) -> Sequence[FileFact]:
        """Write what was judged, and prove it while writing."""
        ...

    def keep(self, number: int, content: Bytes, name: str) -> Sequence[FileFact]:
        """Keep the bytes as one file."""
        ...


class Workbench(Bench, Protocol):
    """The bench in its whole life. Leaving it removes everything that was not put in place and settled."""

    def __enter__(self) -> Self:
        """Make it."""
        ...

    def __exit__(self, *ending: object) -> None:
        """Leave nothing behind."""
        ...

    @property
    def root(self) -> str:
        """Where things will be put, relative to the workspace."""
        ...

    @property
    def recovered(self) -> Sequence[str]:
        """What killed steps had left, and was taken back."""
        ...

    def room(self, artifact: Artifact, size: int) -> Room:
        """Make a place for the bytes of an artifact."""
        ...

    def must_hold(self, size: int) -> None:
        """Refuse early what the disk cannot hold."""
        ...

    def place(self, directories: Iterable[tuple[int, str]], on_conflict: OnConflict) -> frozenset[str]:
        """Make everything visible at once; gives the paths at which what was there before still counts."""
        ...

    def settle(self) -> None:
        """From here on what was placed stays."""
        ...


class Allowance:
    """How many bytes may still be written, by all artifacts together."""

    def __init__(self, most: int) -> None:
        """Start with all of it."""
        self._most = most
        self._left = most
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Use up some, or refuse."""
        with self._lock:
            self._left -= size
            left = self._left
        if left < 0:
            raise CrossproofError(
                f"The artifacts hold more than {self._most} bytes.",
                why="`max_total_bytes` protects the disk, also against archives that unpack to far more than they are.",
                fix=TOO_LARGE.fix,
                anchor="too-large",
                reason=TOO_LARGE,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How artifacts are fetched: whether they must be provable, and whether archives are unpacked."""

    proof_required: bool
    unpack: bool
    allowance: Allowance
    most_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One artifact, ready to be put in place."""

    artifact: Artifact
    sha256: str
    size: int
    unpacked: bool
    files: Sequence[FileFact]


def check_provable(artifacts: Sequence[Artifact], terms: Terms) -> None:
    """Refuse before anything is downloaded what could never be proven, or has a name that cannot be a directory."""
    for artifact in artifacts:
        safe_part(artifact.name, called="the artifact")
    bare = [artifact for artifact in artifacts if not artifact.sha256]
    if bare and terms.proof_required:
        raise CrossproofError(
            f"{len(bare)} of {len(artifacts)} artifacts cannot be verified: GitHub recorded no digest for them.",
            why="Digests are recorded since actions/upload-artifact v4, and not by every Enterprise Server.",
            seen=", ".join(f"{artifact.name!r} (id {artifact.id})" for artifact in bare[:10]),
            fix=NO_DIGEST.fix,
            anchor="no-digest",
            reason=NO_DIGEST,
        )


def fetch(number: int, artifact: Artifact, deliveries: Deliveries, bench: Bench, terms: Terms) -> Fetched:
    """Fetch one artifact into its place on the bench."""
    brought = received(artifact, deliveries)
    try:
        content = brought.content
        packed = is_zip(artifact, brought.described, content.read_at(0, _FIRST_BYTES))
        if packed and terms.unpack:
            contents = read_contents(content, most_bytes=terms.most_bytes)
            terms.allowance.take(contents.total)
            files = bench.unpack(number, content, contents)
        else:
            terms.allowance.take(content.size)
            name = f"{artifact.name}.zip" if packed else raw_name(artifact, brought.described)
            files = bench.keep(number, content, name)
        return Fetched(
            artifact=artifact,
            sha256=brought.sha256,
            size=content.size,
            unpacked=packed and terms.unpack,
            files=files,
        )
    finally:
        brought.content.close()


def received(artifact: Artifact, deliveries: Deliveries) -> Received:
    """Receive the bytes that were uploaded; once more if they differ, for a link of the chain may have failed."""
    once = deliveries.receive(artifact)
    if not artifact.sha256 or once.sha256 == artifact.sha256:
        return once
    once.content.close()
    again = deliveries.receive(artifact)
    if again.sha256 == artifact.sha256:
        return again
    again.content.close()
    raise mismatch(artifact, again.sha256)
