"""The port to whatever keeps evidence: an S3 bucket, or a directory. Nothing in it is ever deleted or overwritten."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from crossproof.artifacts.delivery import Room
from crossproof.artifacts.zip_container import Bytes
from crossproof.probe import Probe


class Thaw(StrEnum):
    """Whether an object can be read now, or must first be brought back from an archive class."""

    READY = "ready"
    FROZEN = "frozen"
    ONGOING = "ongoing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One object as the store knows it, without its bytes."""

    key: str
    size: int
    sha256: str  # as the store itself recorded it when it was written; empty if it does not say
    version: str  # changes with every write
    storage_class: str
    thaw: Thaw
    modified: datetime


@dataclass(frozen=True, slots=True)
class Content:
    """A small object, and the version it had when it was read."""

    body: bytes
    version: str


@dataclass(frozen=True, slots=True)
class Created:
    """It was not there, and now it is."""


@dataclass(frozen=True, slots=True)
class Exists:
    """Something is there already, and was not touched."""


Put: TypeAlias = Created | Exists


class Kind(StrEnum):
    """What an object is for."""

    BLOB = "blob"  # artifacts and reports: never changed, may move to colder storage
    PROOF = "proof"  # manifests and links: never changed, stays at hand
    LIST = "list"  # indexes: changed, and can be rebuilt


class ObjectStore(Protocol):
    """Keeps objects by key. A method raises what it cannot find out; no trouble is taken for absence."""

    @property
    def name(self) -> str:
        """What people call it, such as s3://bucket/prefix."""
        ...

    def put_new(self, key: str, body: Bytes, *, sha256: str, kind: Kind) -> Put:
        """Write an object if none has this key; of two that try at once, one does."""
        ...

    def replace(self, key: str, body: bytes, *, version: str) -> bool:
        """Write an object if it still has this version; otherwise say no and leave it."""
        ...

    def read(self, key: str) -> Probe[Content]:
        """Read a small object."""
        ...

    def look(self, key: str) -> Probe[Stored]:
        """Look at an object without reading it."""
        ...

    def fetch(self, key: str, room: Callable[[int], Room]) -> Room:
        """Read a large object into a place made for its size. Raises if it is absent, frozen or cut off."""
        ...

    def thaw(self, key: str, *, speed: str, days: int) -> Thaw:
        """Ask for an object to be brought back for some days, or say that it is under way or ready."""
        ...

    def walk(self, prefix: str) -> Iterator[Stored]:
        """List every object below a prefix."""
        ...


@dataclass(frozen=True, slots=True)
class InMemory:
    """Bytes that are at hand, as something to be put."""

    body: bytes

    @property
    def size(self) -> int:
        """How many."""
        return len(self.body)

    def read_at(self, offset: int, length: int) -> bytes:
        """Give these bytes."""
        return self.body[offset : offset + length]
