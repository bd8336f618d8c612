"""Keeps evidence in a plain directory: for a laptop, the demo, and wherever there is no bucket."""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from crossproof.archive.store import Content, Created, Exists, Kind, Put, Stored, Thaw
from crossproof.artifacts.delivery import Room
from crossproof.artifacts.zip_container import Bytes
from crossproof.errors import Unreachable
from crossproof.files.staging import Owner, explained_disk
from crossproof.probe import Absent, Present, Probe, Unknown

_BLOCK = 1024 * 1024
_UNFINISHED = ".unfinished-"
_LOCK = ".lock"
_LOOK = "Look whose the directory is, and whether something else has its name."


class FileStore:
    """An `ObjectStore` in a directory. A version is the hash of the content."""

    def __init__(self, root: Path, owner: Owner | None = None) -> None:
        """Make the directory when something is first written; what a container writes is handed over to `owner`."""
        self._root = root
        self._owner = owner

    @property
    def name(self) -> str:
        """What people call it."""
        return f"file:{self._root}"

    def put_new(self, key: str, body: Bytes, *, sha256: str, kind: Kind) -> Put:  # noqa: ARG002 - one class of storage
        """Write beside, then link to the name: a link is made by one of two, and by none half."""
        path = self._path(key)
        with self._explained(), self._beside(path) as unfinished:
            digest = _copy(body, unfinished)
            if digest != sha256:
                raise Unreachable(f"{key} changed while it was archived.", seen=f"sha256:{digest}", anchor="archive")
            try:
                os.link(unfinished, path)
            except FileExistsError:
                return Exists()
        return Created()

    def replace(self, key: str, body: bytes, *, version: str) -> bool:
        """Compare and replace under a lock that every writer takes."""
        path = self._path(key)
        with self._explained(), self._locked(), self._beside(path) as unfinished:
            if not path.exists() or _sha256(path) != version:
                return False
            unfinished.write_bytes(body)
            unfinished.replace(path)
        return True

    def read(self, key: str) -> Probe[Content]:
        """Read a small object."""
        try:
            body = self._path(key).read_bytes()
        except FileNotFoundError:
            return Absent(f"there is no file {self._path(key)}")
        except OSError as fault:
            return Unknown(f"{self._path(key)}: {fault.strerror}")
        return Present(Content(body, hashlib.sha256(body).hexdigest()))

    def look(self, key: str) -> Probe[Stored]:
        """Look at an object; its hash is computed, so that it is true also after somebody changed the file."""
        path = self._path(key)
        try:
            return Present(self._stored(path))
        except FileNotFoundError:
            return Absent(f"there is no file {path}")
        except OSError as fault:
            return Unknown(f"{path}: {fault.strerror}")

    def fetch(self, key: str, room: Callable[[int], Room]) -> Room:
        """Read a large object."""
        path = self._path(key)
        try:
            with path.open("rb") as file:
                place = room(os.fstat(file.fileno()).st_size)
                at = 0
                while piece := file.read(min(_BLOCK, place.size - at)):
                    place.write_at(at, piece)
                    at += len(piece)
                if at == place.size and not file.read(1):
                    return place
                place.close()
                raise Unreachable(f"{path} changed while it was read.", fix="Run again.", anchor="archive")
        except OSError as fault:
            raise Unreachable(f"{path} cannot be read.", seen=str(fault.strerror), anchor="archive") from None

    def thaw(self, key: str, *, speed: str, days: int) -> Thaw:  # noqa: ARG002 - nothing freezes in a directory
        """Nothing freezes here."""
        return Thaw.READY

    def walk(self, prefix: str) -> Iterator[Stored]:
        """List every object below a prefix."""
        base = self._path(prefix.rstrip("/")) if prefix else self._root
        for path in sorted(self._files(base)):
            if not path.name.startswith(_UNFINISHED) and path.name != _LOCK:
                yield self._stored(path)

    def _files(self, base: Path) -> Iterator[Path]:
        """List the files below a directory. One that is not there holds none; of one that cannot be read, who knows."""

        def stop(fault: OSError) -> None:
            if fault.filename != str(base) or not isinstance(fault, FileNotFoundError):
                raise Unreachable(
                    f"{fault.filename} cannot be listed.", seen=str(fault.strerror), fix=_LOOK, anchor="archive"
                ) from None

        for folder, _, names in os.walk(base, onerror=stop):
            yield from (found for name in names if (found := Path(folder, name)).is_file())

    def _stored(self, path: Path) -> Stored:
        found = path.stat()
        sha256 = _sha256(path)
        return Stored(
            key=path.relative_to(self._root).as_posix(),
            size=found.st_size,
            sha256=sha256,
            version=sha256,
            storage_class="DIRECTORY",
            thaw=Thaw.READY,
            modified=datetime.fromtimestamp(found.st_mtime, UTC),
        )

    def _path(self, key: str) -> Path:
        path = self._root / key
        if ".." in path.parts or key.startswith("/"):
            raise ValueError(f"{key!r} is no key")
        return path

    @contextmanager
    def _beside(self, path: Path) -> Iterator[Path]:
        self._make(path.parent)
        unfinished = path.with_name(f"{_UNFINISHED}{secrets.token_hex(8)}")
        try:
            yield unfinished
            self._hand_over(path)
        finally:
            unfinished.unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._make(self._root)
        with (self._root / _LOCK).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._hand_over(self._root / _LOCK)
            yield

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            with explained_disk():
                yield
        except OSError as fault:
            seen = f"{fault.filename}: {fault.strerror}"
            raise Unreachable(f"{self.name} cannot be written to.", seen=seen, fix=_LOOK, anchor="archive") from fault

    def _make(self, folder: Path) -> None:
        new = [one for one in (folder, *folder.parents) if not one.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for one in new:
            self._hand_over(one)

    def _hand_over(self, path: Path) -> None:
        if self._owner:
            os.chown(path, self._owner.uid, self._owner.gid)


def _copy(body: Bytes, path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("xb") as file:
        for at in range(0, body.size, _BLOCK):
            piece = body.read_at(at, _BLOCK)
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
