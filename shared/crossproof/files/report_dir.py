"""Places reports where the caller finds them: ignored by git, owned by the workspace's owner, one directory a step."""

import hashlib
import os
from pathlib import Path

from crossproof.outcome import Evidence

_MARKER = ".run"


class ReportDir:
    """One step's report directory."""

    def __init__(self, path: Path, workspace: Path) -> None:
        """Use an existing directory."""
        self.path = path
        self._workspace = workspace

    @classmethod
    def open(cls, workspace: Path, action: str, asked: str | None, run: str) -> "ReportDir":
        """Make the directory: as asked, or `.crossproof/<action>`, with `-2`, `-3` … for further steps of one run.

        `run` tells the steps of this run from what an earlier one left on a self-hosted runner, which is replaced.
        """
        if asked:
            path = workspace / asked
            _make(path, workspace)
            return cls(path, workspace)
        base = workspace / ".crossproof" / action
        number = 1
        path = base
        while (path / _MARKER).is_file() and run and (path / _MARKER).read_text("utf-8", "replace") == run:
            number += 1
            path = base.with_name(f"{action}-{number}")
        if path.is_dir() and not path.is_symlink():
            from shutil import rmtree  # noqa: PLC0415 - 2 ms, for its archives, that a first run does not pay

            rmtree(path)
        _make(path, workspace)
        place = cls(path, workspace)
        place.write_text(_MARKER, run)
        return place

    def file(self, name: str) -> Path:
        """Give the path of a file of this directory, its folders made."""
        path = self.path / name
        _make(path.parent, self._workspace)
        return path

    def write_text(self, name: str, text: str) -> Evidence:
        """Write a text (lone surrogates replaced: a hostile string must not lose the report)."""
        return self.write_bytes(name, text.encode("utf-8", "replace"))

    def write_bytes(self, name: str, content: bytes) -> Evidence:
        """Write a file and say what was written."""
        path = self.file(name)
        path.write_bytes(content)
        _give_to_owner(path, self._workspace)
        return Evidence(path=name, sha256=hashlib.sha256(content).hexdigest(), size=len(content))

    def relative(self, name: str) -> str:
        """Name a file as a later step finds it: relative to the workspace, where it lies inside."""
        path = self.path / name
        return str(path.relative_to(self._workspace)) if path.is_relative_to(self._workspace) else str(path)


def _make(path: Path, workspace: Path) -> None:
    """Make a directory with its parents; the topmost new one tells git to look away."""
    new = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in new:
        _give_to_owner(folder, workspace)
    if new:
        ignore = new[-1] / ".gitignore"
        ignore.write_text("*\n", "utf-8")
        _give_to_owner(ignore, workspace)


def _give_to_owner(path: Path, workspace: Path) -> None:
    """Files of a root container would be undeletable for the runner's user: hand them over."""
    owner = workspace.stat()
    if os.geteuid() == 0 and (path.stat().st_uid, path.stat().st_gid) != (owner.st_uid, owner.st_gid):
        os.chown(path, owner.st_uid, owner.st_gid)
