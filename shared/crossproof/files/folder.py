"""Reads a directory of the workspace as evidence: each file with its hash, and the whole as a reproducible zip."""

import hashlib
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from crossproof.archive.judged import Leaf
from crossproof.artifacts.manifest import FileFact
from crossproof.errors import BadCall, Fault
from crossproof.files.below import below
from crossproof.files.staging import PREFIX, explained_disk
from crossproof.units import clip

_BLOCK = 1024 * 1024
_TIME = (1980, 1, 1, 0, 0, 0)


class DiskBytes:
    """A file that stays where it is."""

    def __init__(self, path: Path) -> None:
        """Note how long it is now."""
        self._path = path
        self.size = path.stat().st_size

    def read_at(self, offset: int, length: int) -> bytes:
        """Give these bytes."""
        with self._path.open("rb") as file:
            return os.pread(file.fileno(), length, offset)


def leaves(workspace: Path, asked: str, called: str) -> Sequence[Leaf]:
    """List the files of a directory, in order; links and devices are refused, for they are not in the directory."""
    root = (workspace / asked).resolve()
    if not root.is_relative_to(workspace.resolve()) or not root.is_dir():
        raise BadCall([Fault(called, f"{clip(asked)} is no directory of the workspace")])
    try:
        found = [_leaf(path, root, called) for path in below(root) if not _is_ours(path, root) and not _is_folder(path)]
    except OSError as fault:
        where = os.path.relpath(fault.filename, root) if fault.filename else asked
        raise BadCall([Fault(called, f"{clip(where)} cannot be read: {fault.strerror}")]) from None
    if not found:
        raise BadCall([Fault(called, f"{clip(asked)} holds no file")])
    return found


def _is_ours(path: Path, root: Path) -> bool:
    """What this very step makes ready in the workspace is not part of what was found there."""
    return any(part.startswith(PREFIX) for part in path.relative_to(root).parts)


def _is_folder(path: Path) -> bool:
    return S_ISDIR(path.lstat().st_mode)


def _leaf(path: Path, root: Path, called: str) -> Leaf:
    name = path.relative_to(root).as_posix()
    if not S_ISREG(path.lstat().st_mode):
        raise BadCall([Fault(called, f"{clip(name)} is a link or device, not a file")])
    return Leaf(name, DiskBytes(path), _sha256(path))


def packed(files: Sequence[Leaf], into: Path) -> tuple[DiskBytes, str, Sequence[FileFact]]:
    """Pack files into a zip of which the bytes depend on names and contents alone.

    Stored, not deflated: two versions of a compressor give different bytes, and evidence must not differ by that.
    """
    with explained_disk(), zipfile.ZipFile(into, "x", zipfile.ZIP_STORED) as archive:
        for leaf in files:
            info = zipfile.ZipInfo(leaf.path, _TIME)
            info.external_attr = 0o100644 << 16
            info.create_system = 3
            with archive.open(info, "w", force_zip64=leaf.body.size > zipfile.ZIP64_LIMIT // 2) as entry:
                for at in range(0, leaf.body.size, _BLOCK):
                    entry.write(leaf.body.read_at(at, _BLOCK))
    facts = [FileFact(leaf.path, leaf.body.size, leaf.sha256) for leaf in files]
    return DiskBytes(into), _sha256(into), facts


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
