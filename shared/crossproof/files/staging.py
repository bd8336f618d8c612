"""A private directory in the workspace in which everything is made ready before any of it becomes visible."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from crossproof.artifacts.refusal import DISK_FULL
from crossproof.errors import CrossproofError

PREFIX = ".crossproof-staging-"
_HEADROOM = 1.1


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom the workspace belongs to. In a container everything is made by root, and a later step may not be root."""

    uid: int
    gid: int

    @classmethod
    def of(cls, path: Path) -> Self | None:
        """Give the owner to hand files over to; None where they are ours already."""
        found = path.stat()
        return cls(found.st_uid, found.st_gid) if os.geteuid() == 0 and found.st_uid != 0 else None


class Staging:
    """A directory that only we can look into, on the file system where its contents will be moved."""

    def __init__(self, parent: Path) -> None:
        """Make it below `parent`."""
        self.path = parent / f"{PREFIX}{secrets.token_hex(8)}"
        self.owner = Owner.of(parent)
        with explained_disk():
            self.path.mkdir(mode=0o700)

    def directory(self, name: str) -> Path:
        """Make a directory in it that may later be moved out: it has the owner and the mode of the workspace's own."""
        made = self.path / name
        with explained_disk():
            make_directory(made, self.owner)
        return made

    def must_hold(self, size: int) -> None:
        """Refuse early what will not fit."""
        found = os.statvfs(self.path)
        free = found.f_bavail * found.f_frsize
        if free < size * _HEADROOM:
            raise _disk_full(f"{size} bytes are to be written and {free} are free")

    def remove(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.path)


def make_directory(path: Path, owner: Owner | None) -> None:
    """Make one directory as the workspace's owner would have made it."""
    path.mkdir(mode=0o755)
    if owner:
        os.chown(path, owner.uid, owner.gid)


@contextmanager
def explained_disk() -> Iterator[None]:
    """Turn a full disk or quota into the error that says so."""
    try:
        yield
    except OSError as fault:
        if fault.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise _disk_full(str(fault.strerror)) from fault


def _disk_full(seen: str) -> CrossproofError:
    return CrossproofError("The disk is full.", seen=seen, fix=DISK_FULL.fix, anchor="disk-full", reason=DISK_FULL)
