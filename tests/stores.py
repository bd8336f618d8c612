"""An `ObjectStore` in memory that keeps the port's laws, and can be told to fail or to be killed at any write."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from crossproof.archive.store import Content, Created, Exists, Kind, Put, Stored, Thaw
from crossproof.artifacts.delivery import Room
from crossproof.artifacts.zip_container import Bytes
from crossproof.errors import Unreachable
from crossproof.probe import Absent, Present, Probe

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Killed(BaseException):
    """Stands for SIGKILL: nothing may catch it and tidy up."""


@dataclass
class Held:
    body: bytes
    version: int
    kind: Kind
    storage_class: str = "STANDARD"
    thaw: Thaw = Thaw.READY


@dataclass
class MemoryStore:
    """`before_write` is told of each write that is about to happen, `after_write` of each that has: either may raise."""

    objects: dict[str, Held] = field(default_factory=dict)
    before_write: Callable[[str], None] = lambda key: None
    after_write: Callable[[str], None] = lambda key: None
    thaws_asked: list[tuple[str, str, int]] = field(default_factory=list)
    name: str = "memory"
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put_new(self, key: str, body: Bytes, *, sha256: str, kind: Kind) -> Put:
        content = body.read_at(0, body.size)
        assert hashlib.sha256(content).hexdigest() == sha256
        self.before_write(key)
        with self._lock:
            if key in self.objects:
                return Exists()
            self.objects[key] = Held(content, 1, kind)
        self.after_write(key)
        return Created()

    def replace(self, key: str, body: bytes, *, version: str) -> bool:
        self.before_write(key)
        with self._lock:
            held = self.objects.get(key)
            if held is None or str(held.version) != version:
                return False
            self.objects[key] = replace(held, body=body, version=held.version + 1)
        self.after_write(key)
        return True

    def read(self, key: str) -> Probe[Content]:
        held = self.objects.get(key)
        return Present(Content(held.body, str(held.version))) if held else Absent(f"{key} is not in memory")

    def look(self, key: str) -> Probe[Stored]:
        held = self.objects.get(key)
        return Present(self._stored(key, held)) if held else Absent(f"{key} is not in memory")

    def fetch(self, key: str, room: Callable[[int], Room]) -> Room:
        held = self.objects.get(key)
        if held is None or held.thaw is not Thaw.READY:
            raise Unreachable(f"{key} cannot be read")
        place = room(len(held.body))
        place.write_at(0, held.body)
        return place

    def thaw(self, key: str, *, speed: str, days: int) -> Thaw:
        self.thaws_asked.append((key, speed, days))
        held = self.objects[key]
        held.thaw = Thaw.ONGOING if held.thaw is Thaw.FROZEN else held.thaw
        return held.thaw

    def walk(self, prefix: str) -> Iterator[Stored]:
        for key, held in sorted(self.objects.items()):
            if key.startswith(prefix):
                yield self._stored(key, held)

    def freeze(self, part: str) -> None:
        for key, held in self.objects.items():
            if part in key:
                held.storage_class, held.thaw = "GLACIER", Thaw.FROZEN

    def melt(self) -> None:
        for held in self.objects.values():
            held.thaw = Thaw.READY

    def _stored(self, key: str, held: Held) -> Stored:
        return Stored(
            key=key,
            size=len(held.body),
            sha256=hashlib.sha256(held.body).hexdigest(),
            version=str(held.version),
            storage_class=held.storage_class,
            thaw=held.thaw,
            modified=LONG_AGO,
        )
