"""The repository as it lies in the workspace: its files, without what no test is ever made of."""

import os
from collections.abc import Sequence
from pathlib import Path

_NEVER = frozenset(
    {".git", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".nox", ".crossproof", ".mypy_cache"}
)
_MOST = 200_000


class Workspace:
    """A checkout."""

    def __init__(self, root: Path) -> None:
        """Look at it only when asked."""
        self.root = root

    def files(self) -> Sequence[str]:
        """List its files."""
        found: list[str] = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if name not in _NEVER)
            found += [os.path.relpath(os.path.join(folder, name), self.root) for name in sorted(names)]  # noqa: PTH118
            if len(found) > _MOST:
                break
        return found

    def is_file(self, path: str) -> bool:
        """Tell whether a file is there."""
        return (self.root / path).is_file()

    def is_executable(self, path: str) -> bool:
        """Tell whether its owner may execute it: as root, everything could be."""
        return bool((self.root / path).stat().st_mode & 0o100)

    def read(self, path: str) -> bytes:
        """Give a file's content."""
        return (self.root / path).read_bytes()

    def matching(self, patterns: Sequence[str]) -> Sequence[tuple[str, bytes]]:
        """Give the files that fit glob patterns, each once."""
        found = {path: None for pattern in patterns for path in sorted(self.root.glob(pattern)) if path.is_file()}
        return [(os.path.relpath(path, self.root), path.read_bytes()) for path in found]
