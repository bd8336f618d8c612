"""Finds logs and gives their bytes: plain, as gzip or zstd, or from a zip; bounded, and digested while being read."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BufferedIOBase
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from crossproof.files.below import below
from crossproof.tracking.log.limits import MIB
from crossproof.tracking.log.sniffing import Packing, UnreadableLog, packing
from crossproof.tracking.ports import BudgetSpent, Digest, Log, NoLog

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

_BLOCK = 1 * MIB
_SUFFIXES = (".jsonl", ".ndjson", ".json", ".log")
_PACKED = (".gz", ".zst", ".zip")
_WILD = frozenset("*?[")
_MOST_FILES = 10_000


@dataclass(slots=True)
class Budget:
    """How many unpacked bytes may still be read, by all logs of a call together."""

    left: int
    limit: int = 0

    def __post_init__(self) -> None:
        """Remember the whole."""
        self.limit = self.left

    def spend(self, size: int) -> None:
        """Take some; raises when it is spent."""
        self.left -= size
        if self.left < 0:
            raise BudgetSpent(f"more than {self.limit} bytes (`max_bytes`)")


@dataclass(slots=True)
class _Source:
    """The bytes of a file as they lie on the disk; counts and digests what is read."""

    stream: IO[bytes]
    sha256: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    size: int = 0

    def read(self, size: int = -1) -> bytes:
        block = self.stream.read(size)
        self.sha256.update(block)
        self.size += len(block)
        return block

    def to_the_end(self) -> None:
        """Read what a decompressor left."""
        while self.read(_BLOCK):
            pass

    @property
    def digest(self) -> Digest:
        return Digest(self.sha256.hexdigest(), self.size)


@dataclass(slots=True)
class LogFile:
    """A file that is a log, packed or not."""

    path: Path
    name: str
    budget: Budget
    _digest: Digest = field(default_factory=lambda: Digest("", 0))

    def blocks(self) -> Iterator[bytes]:
        """Give its bytes, unpacked."""
        try:
            with self.path.open("rb") as stream:
                source = _Source(stream)
                yield from _bounded(_unpacked(source), self.budget)
                source.to_the_end()
                self._digest = source.digest
        except OSError as error:
            raise UnreadableLog(_said(error)) from None

    def digest(self) -> Digest:
        """Say what was read."""
        return self._digest

    def file_sha256(self) -> str:
        """It is the file."""
        return self._digest.sha256


@dataclass(slots=True)
class Member:
    """A log in a zip. Nothing of the archive is written anywhere, so its names can do no harm."""

    archive: "ZipFile"
    entry: "ZipInfo"
    name: str
    budget: Budget
    _digest: Digest = field(default_factory=lambda: Digest("", 0))

    def blocks(self) -> Iterator[bytes]:
        """Give its bytes; the archive's checksum is held against them."""
        import zipfile  # noqa: PLC0415 - only where there is a zip
        import zlib  # noqa: PLC0415

        try:
            with self.archive.open(self.entry) as stream:
                source = _Source(stream)
                yield from _bounded(_unpacked(source), self.budget)
                source.to_the_end()
                self._digest = source.digest
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
            raise UnreadableLog(f"the archive is damaged or locked: {error}") from None

    def digest(self) -> Digest:
        """Say what was read."""
        return self._digest

    def file_sha256(self) -> str:
        """Digest the archive."""
        with Path(str(self.archive.filename)).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()


class WorkspaceLogs:
    """Finds logs by path, directory and pattern, below the workspace."""

    def __init__(self, workspace: Path, max_bytes: int) -> None:
        """Take the directory that relative paths start from, and how much may be read in all."""
        self.workspace = workspace
        self.budget = Budget(max_bytes)
        self.passed_over: list[str] = []

    def find(self, asked: Sequence[str]) -> tuple[Sequence[Log], Sequence[NoLog]]:
        """Find each; a file that is asked for twice is one log."""
        logs: dict[str, Log] = {}
        missing: list[NoLog] = []
        for each in asked:
            found, none = self._one(each)
            logs |= {log.name: log for log in found if log.name not in logs}
            missing += none
        return list(logs.values()), missing

    def _one(self, asked: str) -> tuple[list[Log], list[NoLog]]:
        path = self.workspace / asked
        if path.is_dir():
            try:
                found_there = below(path)
            except OSError as error:
                return [], [NoLog(self._name(Path(str(error.filename))), _said(error), there=True)]
            paths = [found for found in found_there if found.is_file() and may_hold_logs(found.name)]
            # A link to a directory is not followed: it may lead round in a circle.
            others = (found for found in found_there if found.is_file() or found.is_symlink())
            self.passed_over += [self._name(found) for found in others if found not in paths]
        elif path.exists() or not _WILD & set(asked):
            paths = [path]
        else:
            paths = [found for found in sorted(self._matching(asked)) if found.is_file()]
        if not paths:
            return [], [NoLog(asked, "holds no log" if path.is_dir() else "matches no file")]
        found: list[Log] = []
        missing: list[NoLog] = []
        for each in paths[:_MOST_FILES]:
            match self._opened(each, explicit=each == path):
                case NoLog() as none:
                    missing.append(none)
                case logs:
                    found += logs
        if len(paths) > _MOST_FILES:
            missing.append(NoLog(asked, f"names {len(paths)} files; {_MOST_FILES} are read", there=True))
        return found, missing

    def _matching(self, pattern: str) -> Iterator[Path]:
        if root := Path(pattern).anchor:
            return Path(root).glob(pattern[len(root) :])
        return self.workspace.glob(pattern)

    def _opened(self, path: Path, *, explicit: bool) -> list[Log] | NoLog:
        """Open one file as a log, or as the archive of several."""
        name = self._name(path)
        if not explicit and path.is_symlink() and not path.resolve().is_relative_to(self.workspace.resolve()):
            return NoLog(name, "is a link that leads out of the workspace", there=True)
        try:
            with path.open("rb") as stream:
                head = stream.read(4)
        except FileNotFoundError:
            return NoLog(name, "there is no such file")
        except OSError as error:
            return NoLog(name, _said(error), there=True)
        if packing(head) is not Packing.ZIP:
            return [LogFile(path, name, self.budget)]
        return self._members(path, name)

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self.workspace)) if path.is_relative_to(self.workspace) else str(path)

    def _members(self, path: Path, name: str) -> list[Log] | NoLog:
        import zipfile  # noqa: PLC0415 - only where there is a zip

        try:
            archive = zipfile.ZipFile(path)
            entries = archive.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            return NoLog(name, f"the archive cannot be read: {error}", there=True)
        files = [entry for entry in entries if not entry.is_dir()]
        names = Counter(file.filename for file in files)
        if twice := [each for each, times in names.items() if times > 1]:
            return NoLog(
                name, f"the archive has two files of the name {twice[0]!r}: only one would be read", there=True
            )
        if len(files) > _MOST_FILES:
            return NoLog(name, f"the archive has {len(files)} files; {_MOST_FILES} are read", there=True)
        self.passed_over += [f"{name}!{file.filename}" for file in files if not may_hold_logs(file.filename)]
        # An archive within the archive is opened by nobody, and it says so when it is read.
        logs: list[Log] = [
            Member(archive, file, f"{name}!{file.filename}", self.budget)
            for file in files
            if may_hold_logs(file.filename)
        ]
        return logs or NoLog(name, f"the archive holds no log ({', '.join(_SUFFIXES)})", there=True)


def may_hold_logs(name: str) -> bool:
    """Say by its name whether a file is taken for a log where a whole directory is asked for."""
    return name.endswith((*_SUFFIXES, *_PACKED)) and not name.rpartition("/")[2].startswith(".")


def _unpacked(source: _Source) -> Iterator[bytes]:
    head = source.read(4)
    match packing(head):
        case Packing.GZIP:
            yield from _gunzipped(head, source)
        case Packing.ZSTD:
            yield from _zstd(head, source)
        case Packing.ZIP:
            raise UnreadableLog("it is an archive within an archive")
        case Packing.PLAIN:
            yield head + source.read(_BLOCK)
            while block := source.read(_BLOCK):
                yield block


def _gunzipped(head: bytes, source: _Source) -> Iterator[bytes]:
    from isal import igzip, isal_zlib  # noqa: PLC0415 - only where a log is packed

    fault = cast("type[Exception]", isal_zlib.error)  # its stub says that this is an exception, not a class of them
    with igzip.IGzipFile(fileobj=_Joined(head, source), mode="rb") as stream:  # type: ignore[no-untyped-call]
        try:
            while block := stream.read(_BLOCK):
                yield block
        except (OSError, EOFError, fault) as error:
            raise UnreadableLog(f"its gzip is damaged: {error}") from None


def _zstd(head: bytes, source: _Source) -> Iterator[bytes]:
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - from Python 3.14 on
    except ImportError:
        from backports import zstd  # type: ignore[no-redef,unused-ignore]  # noqa: PLC0415

    with zstd.ZstdFile(_Joined(head, source), mode="rb") as stream:
        try:
            while block := stream.read(_BLOCK):
                yield block
        except (OSError, EOFError, zstd.ZstdError) as error:
            raise UnreadableLog(f"its zstd is damaged: {error}") from None


class _Joined(BufferedIOBase):
    """The bytes that were looked at, and then the rest."""

    def __init__(self, head: bytes, rest: _Source) -> None:
        self.head, self.rest = head, rest

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        if self.head:
            head, self.head = self.head, b""
            return head
        return self.rest.read(-1 if size is None else size)


def _bounded(blocks: Iterator[bytes], budget: Budget) -> Iterator[bytes]:
    for block in blocks:
        budget.spend(len(block))
        yield block


def _said(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
