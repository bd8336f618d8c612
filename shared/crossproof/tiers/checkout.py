"""What tiers need of the repository that they test."""

from collections.abc import Sequence
from typing import Protocol


class Checkout(Protocol):
    """The repository as it lies in the workspace."""

    def files(self) -> Sequence[str]:
        """List its files, relative to its root, without what git ignores where that can be told."""

    def is_file(self, path: str) -> bool:
        """Tell whether a file is there."""

    def is_executable(self, path: str) -> bool:
        """Tell whether a file may be executed."""

    def read(self, path: str) -> bytes:
        """Give a file's content."""

    def matching(self, patterns: Sequence[str]) -> Sequence[tuple[str, bytes]]:
        """Give the files that fit glob patterns, with their content."""
