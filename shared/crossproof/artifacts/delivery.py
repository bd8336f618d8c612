"""Decides how bytes are asked for and what arrived: how many at once, in how many parts, a zip or a plain file."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote

from crossproof.artifacts.entry_names import safe_part
from crossproof.artifacts.recorded import Artifact
from crossproof.artifacts.zip_container import Bytes
from crossproof.errors import CrossproofError
from crossproof.verdict import Exit, Reason, Verdict, unproven

_MEBI = 1024 * 1024
# Measured on a link of 50 MB/s per connection: 64 small ones at once are as fast as 500, and GitHub allows 100.
MOST_AT_ONCE = 64
_AT_ONCE = ((1 * _MEBI, MOST_AT_ONCE), (32 * _MEBI, 16), (None, 4))
_SPLIT_FROM = 64 * _MEBI
_PART = 16 * _MEBI  # small enough that hashing in order keeps up with what arrives out of order
PARTS_AT_ONCE = 8
_ZIP_TYPES = frozenset({"application/zip", "application/x-zip-compressed", "application/zip-compressed"})
_ZIP_MARKS = (b"PK\3\4", b"PK\5\6")
_EXTENDED = re.compile(r"filename\*\s*=\s*UTF-8''([^;]+)", re.IGNORECASE)
_PLAIN = re.compile(r'filename\s*=\s*(?:"([^"]*)"|([^;\s]+))', re.IGNORECASE)

DIGEST_MISMATCH = Reason(
    word="digest-mismatch",
    verdict=Verdict.FAILED,
    exit=Exit.PROVEN_BAD,
    meaning="The bytes that storage gives are not those whose digest GitHub recorded at upload, also when asked again.",
    fix="Do not use it: have the run upload it again. Something between upload and here changes the bytes.",
)
EXPIRED = unproven(
    "expired",
    Exit.NOT_FOUND_OUT,
    "GitHub has deleted what was looked for, because its retention time is over, and no archive has it.",
    "Archive artifacts on the day they are made (archive-artifacts) and set `sources: github,s3`; or run it again.",
)
NO_DIGEST = unproven(
    "no-digest",
    Exit.NOT_FOUND_OUT,
    "GitHub recorded no digest for an artifact, so nothing can prove that its bytes are those that were uploaded.",
    "Upload with actions/upload-artifact v4 or newer, or set `verify: if-available` to go on without proof.",
)


@dataclass(frozen=True, slots=True)
class Part:
    """A range of bytes that one connection fetches: from `start` up to but not including `end`."""

    start: int
    end: int


def at_once(sizes: Sequence[int]) -> int:
    """Say how many artifacts are fetched at a time: many small ones wait on latency, a few large ones on bandwidth."""
    largest = max(sizes, default=0)
    limit = next(limit for bound, limit in _AT_ONCE if bound is None or largest <= bound)
    return max(1, min(limit, len(sizes)))


def parts(size: int) -> tuple[Part, ...]:
    """Split a large artifact, because storage gives each connection only so much."""
    if size < _SPLIT_FROM:
        return (Part(0, size),)
    return tuple(Part(start, min(size, start + _PART)) for start in range(0, size, _PART))


@dataclass(frozen=True, slots=True)
class Described:
    """How storage describes what it sends."""

    content_type: str
    disposition: str

    @property
    def file_name(self) -> str:
        """The name of the file as it was uploaded, without directories; empty if none is told (RFC 6266)."""
        if found := _EXTENDED.search(self.disposition):
            return posixpath.basename(unquote(found[1].strip()))
        if found := _PLAIN.search(self.disposition):
            return posixpath.basename(found[1] or found[2] or "")
        return ""


class Room(Bytes, Protocol):
    """A place for bytes of which the number is known."""

    def write_at(self, offset: int, piece: bytes | memoryview) -> None:
        """Put bytes where they belong."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


@dataclass(frozen=True, slots=True)
class Received:
    """One artifact as storage gave it, whole."""

    content: Room
    described: Described
    sha256: str


class Deliveries(Protocol):
    """Brings an artifact's bytes, or raises why they cannot be had."""

    def receive(self, artifact: Artifact) -> Received:
        """Bring all of it."""
        ...


def is_zip(artifact: Artifact, described: Described, first: bytes) -> bool:
    """Tell an archive made by the upload action from a single file uploaded as it is (`archive: false`).

    A zip that was itself uploaded as it is bears the artifact's own name, `.zip` included; an archive made at upload
    is called the artifact's name plus `.zip`, or lacks the ending altogether (actions/upload-artifact#761).
    """
    if described.content_type.partition(";")[0].strip().lower() not in _ZIP_TYPES or not first.startswith(_ZIP_MARKS):
        return False
    return not (artifact.name.lower().endswith(".zip") and described.file_name == artifact.name)


def raw_name(artifact: Artifact, described: Described) -> str:
    """Name the file that an unpacked artifact is kept as."""
    return safe_part(described.file_name or artifact.name, called="the file of the artifact")


def mismatch(artifact: Artifact, sha256: str) -> CrossproofError:
    """Say that the bytes are not those that were uploaded."""
    return CrossproofError(
        f"The artifact {artifact.name!r} is not what was uploaded.",
        why="The digest that GitHub recorded at upload differs from that of the bytes that storage gives.",
        seen=f"recorded sha256:{artifact.sha256}, received sha256:{sha256}, {artifact.size} bytes, twice",
        fix=DIGEST_MISMATCH.fix,
        anchor="digest-mismatch",
        reason=DIGEST_MISMATCH,
    )


def expired(artifact: Artifact, seen: str) -> CrossproofError:
    """Say that GitHub no longer has it, and when it was due to go."""
    when = f"{artifact.expires_at:%Y-%m-%d}" if artifact.expires_at else "an unknown day"
    return CrossproofError(
        f"The artifact {artifact.name!r} of run {artifact.run_id} expired on {when}.",
        why="GitHub deletes artifacts when their retention time is over.",
        seen=seen,
        fix=EXPIRED.fix,
        anchor="expired",
        reason=EXPIRED,
    )
