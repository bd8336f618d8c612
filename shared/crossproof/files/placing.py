"""Moves finished files to where they are wanted, so that a failure or a kill on the way can be taken back whole."""

import errno
import fcntl
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from crossproof.artifacts.placement import Kind, Move
from crossproof.files.staging import PREFIX

_JOURNAL = "journal.json"
_LOCK = "lock"
_REPLACED = "replaced"


class DirectoryTree:
    """A real directory as the plan sees it: links are seen, never followed."""

    def __init__(self, root: Path) -> None:
        """Look at it only when asked."""
        self._root = root

    def kind(self, path: str) -> Kind:
        """Say what stands at a path."""
        try:
            mode = (self._root / path).lstat().st_mode
        except FileNotFoundError:
            return Kind.NOTHING
        return Kind.DIRECTORY if stat.S_ISDIR(mode) else Kind.FILE if stat.S_ISREG(mode) else Kind.OTHER

    def children(self, path: str) -> Sequence[str]:
        """Name what a directory holds; what is not there holds nothing."""
        return os.listdir(self._root / path) if self.kind(path) is Kind.DIRECTORY else ()  # noqa: PTH208 - names only

    def sha256(self, path: str) -> str:
        """Hash a file."""
        with (self._root / path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


class Placing:
    """The moves from a staging directory to a target. Until `keep` is called, everything can be taken back."""

    def __init__(self, staging: Path, source: Path, target: Path) -> None:
        """`source` lies in the staging directory, which also holds the journal."""
        self._staging = staging
        self._source = source
        self._target = target

    def carry_out(self, moves: Iterable[Move]) -> None:
        """Write down what will be done, then do it; undo it all if any of it fails."""
        listed = list(moves)
        journal = {
            "source": str(self._source),
            "target": str(self._target),
            "moves": [[move.path, move.replaces] for move in listed],
        }
        written = self._staging / f"{_JOURNAL}.new"
        written.write_text(json.dumps(journal))
        written.rename(self._staging / _JOURNAL)
        try:
            for number, move in enumerate(listed):
                self._move(move, number)
        except BaseException:
            undo(self._staging)
            raise

    def _move(self, move: Move, number: int) -> None:
        there = self._target / move.path
        if move.replaces:
            (self._staging / _REPLACED).mkdir(exist_ok=True)
            there.rename(self._staging / _REPLACED / str(number))
        elif os.path.lexists(there):
            raise FileExistsError(errno.EEXIST, "appeared while the files were fetched", str(there))
        (self._source / move.path).rename(there)

    def take_back(self) -> None:
        """Undo every move."""
        undo(self._staging)

    def keep(self) -> None:
        """From here on what was moved stays, whatever happens."""
        (self._staging / _JOURNAL).unlink()


def undo(staging: Path) -> bool:
    """Take back what a journal lists, whichever part of it was done; tell whether there was one."""
    try:
        journal = json.loads((staging / _JOURNAL).read_text())
    except FileNotFoundError:
        return False
    source, target = Path(journal["source"]), Path(journal["target"])
    for number, (path, _) in reversed(list(enumerate(journal["moves"]))):
        if not os.path.lexists(source / path) and os.path.lexists(target / path):
            (target / path).rename(source / path)
        before = staging / _REPLACED / str(number)
        if os.path.lexists(before):
            before.rename(target / path)
    (staging / _JOURNAL).unlink()
    return True


class Claim:
    """Holds a staging directory against a clean-up by somebody else, for as long as this process lives."""

    def __init__(self, staging: Path) -> None:
        """Take it."""
        self._fd = os.open(staging / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def release(self) -> None:
        """Let go of it."""
        os.close(self._fd)


def recover(parent: Path) -> Sequence[str]:
    """Take back and remove what killed steps left in a directory; name each. What is still in use is left alone."""
    found = []
    for staging in sorted(parent.glob(f"{PREFIX}*")):
        if staging.is_symlink() or not staging.is_dir():
            continue
        try:
            claim = Claim(staging)
        except BlockingIOError:
            continue
        try:
            undone = undo(staging)
            shutil.rmtree(staging)
        finally:
            claim.release()
        found.append(f"{staging.name} ({'taken back' if undone else 'removed'})")
    return found
