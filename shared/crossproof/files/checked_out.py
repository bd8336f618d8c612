"""Reads files of the workspace, and which commit is checked out in a folder of it, without running git."""

import re
from pathlib import Path

from crossproof.probe import Absent, Present, Probe, Unknown

_COMMIT = re.compile(r"[0-9a-f]{40}")
_LARGEST = 32 * 1024 * 1024


class CheckedOut:
    """The folder that the job works in. Nothing outside of it is read, whatever a link says."""

    def __init__(self, folder: Path) -> None:
        """Name the folder."""
        self._folder = folder.resolve()

    def text(self, path: str) -> Probe[str]:
        """Read a file."""
        return self._read(self._folder / path)

    def head(self, folder: str) -> Probe[str]:
        """Read HEAD: a commit, or the branch that says which."""
        git = self._git_of(self._folder / folder)
        if not isinstance(git, Present):
            return git
        head = self._read(git.value / "HEAD")
        if not isinstance(head, Present):
            return Unknown(f"{folder} is no checkout: {_why(head)}")
        said = head.value.strip()
        if _COMMIT.fullmatch(said):
            return Present(said)
        return self._branch(git.value, said.removeprefix("ref:").strip())

    def _branch(self, git: Path, ref: str) -> Probe[str]:
        """Follow a branch: a file of its own, or a line among the packed ones."""
        if not ref.startswith("refs/"):
            return Unknown("its HEAD names neither a commit nor a branch")
        loose = self._read(git / ref)
        if isinstance(loose, Present):
            return (
                Present(loose.value.strip()) if _COMMIT.fullmatch(loose.value.strip()) else Unknown(f"{ref} is broken")
            )
        packed = self._read(git / "packed-refs")
        for line in packed.value.splitlines() if isinstance(packed, Present) else ():
            commit, _, name = line.partition(" ")
            if name == ref and _COMMIT.fullmatch(commit):
                return Present(commit)
        return Unknown(f"it is on {ref}, and nothing says which commit that is")

    def _git_of(self, folder: Path) -> Probe[Path]:
        """Find a checkout's own folder; a submodule's or a worktree's lies elsewhere, and a file says where."""
        git = folder / ".git"
        if git.is_dir():
            return Present(git)
        pointer = self._read(git)
        if isinstance(pointer, Present) and pointer.value.startswith("gitdir:"):
            return Present(folder / pointer.value.removeprefix("gitdir:").strip())
        return Unknown("it is no checkout of its own: it has no .git")

    def _read(self, path: Path) -> Probe[str]:
        try:
            real = path.resolve(strict=True)
            if not real.is_relative_to(self._folder):
                return Unknown(f"{path.name} leads out of the workspace")
            if real.stat().st_size > _LARGEST:
                return Unknown(f"{path.name} is larger than {_LARGEST} bytes")
            return Present(real.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Absent(f"there is no {path.name}")
        except (OSError, ValueError, RuntimeError) as error:
            return Unknown(f"{path.name} cannot be read: {error.__class__.__name__}")


def _why(answer: Absent | Unknown) -> str:
    return answer.proof if isinstance(answer, Absent) else answer.why
