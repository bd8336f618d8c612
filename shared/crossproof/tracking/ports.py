"""What judging needs from outside: logs to read, files of the workspace, and processors to share the work with."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import msgspec

from crossproof.tracking.judging.lines import LineJudge, Tally
from crossproof.tracking.log.chunks import Chunk


class Digest(msgspec.Struct, frozen=True):
    """What a log was, byte for byte, before anything was unpacked."""

    sha256: str
    size: int


class Log(Protocol):
    """One log: a file, or a file in an archive."""

    @property
    def name(self) -> str:
        """How people call it: its path in the workspace, `archive.zip!member`."""
        ...

    def blocks(self) -> Iterator[bytes]:
        """Give its bytes, unpacked. Raises `UnreadableLog` if they are damaged, `BudgetSpent` if too many."""
        ...

    def digest(self) -> Digest:
        """Say what was read; true once all blocks were given."""
        ...

    def file_sha256(self) -> str:
        """Say of the file of the workspace that it lies in which digest that has; true like `digest`."""
        ...


class NoLog(msgspec.Struct, frozen=True):
    """Something that was asked for and is no log: nothing there, or nothing that can be read."""

    asked: str
    why: str
    there: bool = False  # there is something, but it cannot be read


class Logs(Protocol):
    """Where logs are found."""

    @property
    def passed_over(self) -> Sequence[str]:
        """What lies in the directories and archives that were looked through, and is no log by its name."""
        ...

    def find(self, asked: Sequence[str]) -> tuple[Sequence[Log], Sequence[NoLog]]:
        """Find files, directories and patterns; what leads to nothing is said, never left out."""
        ...


class BudgetSpent(Exception):
    """So many bytes were read that no more may be; the text says which limit it was."""


class Cores(Protocol):
    """Processors that judge chunks, perhaps several at once; their answers come in the order of the chunks."""

    def judge(self, judge: LineJudge, chunks: Iterable[Chunk]) -> Iterator[Tally]: ...


class Files(Protocol):
    """The workspace, as far as an action reads it."""

    def read(self, path: str) -> bytes:
        """Give a file's content; raise `NoSuchFile` if there is none inside the workspace."""
        ...

    def find(self, pattern: str) -> Sequence[str]:
        """List the files that a pattern names, sorted."""
        ...
