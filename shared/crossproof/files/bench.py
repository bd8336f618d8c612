"""The bench in the workspace: artifacts are received, unpacked and laid out in it, and become visible all at once."""

import hashlib
import os
import posixpath
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from crossproof.artifacts.manifest import FileFact
from crossproof.artifacts.placement import Move, OnConflict, Skip, plan
from crossproof.artifacts.recorded import Artifact
from crossproof.artifacts.zip_container import Bytes
from crossproof.artifacts.zip_contents import Contents
from crossproof.errors import BadCall, Fault
from crossproof.files.placing import Claim, DirectoryTree, Placing, recover
from crossproof.files.spool import Buffers, Spool
from crossproof.files.staging import Staging, explained_disk, make_directory
from crossproof.files.unpacking import Unpacking, unpack
from crossproof.parallel import Stop
from crossproof.units import clip

_BLOCK = 1024 * 1024


class Target:
    """Where things are wanted: a directory in the workspace that need not exist yet."""

    def __init__(self, workspace: Path, asked: str) -> None:
        """Refuse what lies outside, also by way of a link, and git's own directory."""
        workspace = workspace.resolve()
        path = (workspace / asked).resolve()
        if not path.is_relative_to(workspace):
            raise BadCall([Fault("path", f"{clip(asked)} leads out of the workspace, to {clip(str(path))}")])
        relative = path.relative_to(workspace)
        if any(part.lower() == ".git" for part in relative.parts):
            raise BadCall([Fault("path", f"{clip(asked)} is inside a git repository's own directory")])
        anchor = path
        while not anchor.exists():
            anchor = anchor.parent
        if not anchor.is_dir():
            raise BadCall([Fault("path", f"{clip(asked)}: {clip(str(anchor))} is a file")])
        self.path = path
        self.relative = relative.as_posix() if relative.parts else ""
        self.anchor = anchor  # the directory that exists and takes the first new one
        self.below_anchor = path.relative_to(anchor).as_posix() if path != anchor else ""
        # A rename works within one file system only, and a mount below the workspace is another one.
        self.staging_parent = workspace if workspace.stat().st_dev == anchor.stat().st_dev else anchor


class Bench:
    """A staging directory for one call. Leaving it removes everything that was not put in place and kept."""

    def __init__(self, target: Target, *, keep_executable: bool, stop: Stop) -> None:
        """Prepare; nothing is made before the bench is entered."""
        self._target = target
        self._keep_executable = keep_executable
        self._stop = stop
        self._placing: Placing | None = None
        self._buffers = Buffers()

    def __enter__(self) -> Self:
        """Take back what a killed step left, then make the staging directory."""
        self._recovered = recover(self._target.staging_parent)
        self._staging = Staging(self._target.staging_parent)
        self._claim = Claim(self._staging.path)
        return self

    def __exit__(self, *ending: object) -> None:
        """Undo what was placed and not kept, and leave nothing behind."""
        if self._placing:
            self._placing.take_back()
        self._claim.release()
        self._staging.remove()

    @property
    def root(self) -> str:
        """Where things will be put, relative to the workspace."""
        return self._target.relative

    @property
    def recovered(self) -> Sequence[str]:
        """What killed steps had left, and was taken back."""
        return self._recovered

    def must_hold(self, size: int) -> None:
        """Refuse early what the disk cannot hold."""
        self._staging.must_hold(size)

    def path(self, name: str) -> Path:
        """Name a place for something that is only needed until the bench is left."""
        return self._staging.path / name

    def room(self, artifact: Artifact, size: int) -> Spool:
        """Make a place for the bytes of an artifact."""
        with explained_disk():
            return Spool(self._staging.path / f"spool-{artifact.id}", size, self._buffers)

    def unpack(self, number: int, archive: Bytes, contents: Contents) -> Sequence[FileFact]:
        """Write what was judged, and prove it while writing."""
        into = self._staging.directory(str(number))
        how = Unpacking(into=into, owner=self._staging.owner, keep_executable=self._keep_executable, stop=self._stop)
        return unpack(archive, contents, how)

    def keep(self, number: int, content: Bytes, name: str) -> Sequence[FileFact]:
        """Keep the bytes as one file."""
        into = self._staging.directory(str(number))
        digest = hashlib.sha256()
        with explained_disk(), (into / name).open("xb") as file:
            for at in range(0, content.size, _BLOCK):
                self._stop.check()
                piece = content.read_at(at, _BLOCK)
                digest.update(piece)
                file.write(piece)
            if self._staging.owner:
                os.fchown(file.fileno(), self._staging.owner.uid, self._staging.owner.gid)
        return [FileFact(name, content.size, digest.hexdigest())]

    def place(self, directories: Iterable[tuple[int, str]], on_conflict: OnConflict) -> frozenset[str]:
        """Lay the artifacts out below the target: each number's files in a directory, or in the target itself (empty).

        First all of them together on the bench, where a conflict between two artifacts shows, then in the workspace.
        Gives the paths, below the target, at which what was there before still counts.
        """
        laid_out = self._staging.directory("laid-out")
        root = self._inside(laid_out, self._target.below_anchor)
        for number, directory in directories:
            source = self._staging.path / str(number)
            if directory and not os.path.lexists(root / directory):
                source.rename(self._inside(root, posixpath.dirname(directory)) / posixpath.basename(directory))
                continue
            into = self._inside(root, directory)
            for step in plan(DirectoryTree(source), DirectoryTree(into), on_conflict):
                if isinstance(step, Move):
                    (source / step.path).replace(into / step.path)
        steps = plan(DirectoryTree(laid_out), DirectoryTree(self._target.anchor), on_conflict)
        self._placing = Placing(self._staging.path, laid_out, self._target.anchor)
        self._placing.carry_out(step for step in steps if isinstance(step, Move))
        return frozenset(step.path for step in steps if isinstance(step, Skip))

    def settle(self) -> None:
        """From here on what was placed stays."""
        if self._placing:
            self._placing.keep()
            self._placing = None

    def _inside(self, root: Path, directory: str) -> Path:
        """Give a directory below another one, made as the workspace's owner would have."""
        path = root
        for part in directory.split("/") if directory else ():
            path /= part
            if not path.exists():
                make_directory(path, self._staging.owner)
        return path
