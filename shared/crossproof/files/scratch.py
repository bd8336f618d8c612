"""A private directory of the machine that goes away by itself."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from crossproof.files.spool import Spool


class Scratch:
    """Makes places for large objects, one after the other."""

    def __init__(self, path: Path) -> None:
        """Use a directory."""
        self._path = path
        self._numbers = count()

    def room(self, size: int) -> Spool:
        """Make a place for so many bytes."""
        return Spool(self._path / str(next(self._numbers)), size)


@contextmanager
def scratch() -> Iterator[Scratch]:
    """Have one for the length of a block."""
    with tempfile.TemporaryDirectory(prefix="crossproof-") as path:
        yield Scratch(Path(path))
