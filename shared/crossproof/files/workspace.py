"""Reads the workspace's files for those who may not leave it."""

from collections.abc import Sequence
from pathlib import Path

from crossproof.tracking.log.limits import MIB
from crossproof.tracking.plan.gathering import NoSuchFile

_MOST_BYTES = 512 * MIB
_MOST_FILES = 10_000


class WorkspaceFiles:
    """The workspace as a tree that nothing leads out of, links neither."""

    def __init__(self, workspace: Path) -> None:
        """Take its root."""
        self.root = workspace.resolve()

    def read(self, path: str) -> bytes:
        """Give a file's content."""
        try:
            file = (self.root / path).resolve()
            if not file.is_relative_to(self.root):
                raise NoSuchFile("it leads out of the workspace")
            if not file.is_file():
                raise NoSuchFile("there is no such file in the workspace")
            if file.stat().st_size > _MOST_BYTES:
                raise NoSuchFile(f"it is larger than {_MOST_BYTES // MIB} MiB")
            return file.read_bytes()
        except (OSError, ValueError) as error:
            raise NoSuchFile(getattr(error, "strerror", None) or str(error)) from None

    def find(self, pattern: str) -> Sequence[str]:
        """List the files that a pattern names, sorted."""
        found = [self.root / pattern] if (self.root / pattern).is_file() else sorted(self.root.glob(pattern))
        inside = [path for path in found[:_MOST_FILES] if path.is_file() and path.resolve().is_relative_to(self.root)]
        return [path.relative_to(self.root).as_posix() for path in inside]
