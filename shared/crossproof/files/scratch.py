"""A private directory of the machine that goes away by itself."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from crossproof.artifacts.delivery import Room
from crossproof.files.spool import Spool

_BLOCK = 1024 * 1024


class Scratch:
    """Makes places for large objects, one after the other."""

    def __init__(self, path: Path) -> None:
        """Use a directory."""
        self.path = path
        self._numbers = count()

    def room(self, size: int) -> Spool:
        """Make a place for so many bytes."""
        return Spool(self.path / str(next(self._numbers)), size)

    def keep(self, name: str, received: Room) -> str:
        """Make a file of what was received, which is let go of; give its hash."""
        file = self.path / name
        file.parent.mkdir(exist_ok=True)
        digest = hashlib.sha256()
        with file.open("xb") as kept:
            for offset in range(0, received.size, _BLOCK):
                block = received.read_at(offset, _BLOCK)
                digest.update(block)
                kept.write(block)
        received.close()
        return digest.hexdigest()


@contextmanager
def scratch() -> Iterator[Scratch]:
    """Have one for the length of a block."""
    with tempfile.TemporaryDirectory(prefix="crossproof-") as path:
        yield Scratch(Path(path))
