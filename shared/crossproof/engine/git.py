"""Asks git what is checked out and which files differ; a shallow clone is deepened as far as it takes."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.tiers.changes import Between

# The checkout belongs to the runner's user, we are root: git would refuse it as dubious. Nothing is written anywhere.
_SAFE = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_NO_LAZY_FETCH": "0"}
_DEPTHS = (50, 500, 5000)
_PATIENCE = 120.0


class Git:
    """The repository of a checkout."""

    def __init__(self, root: Path, path: str) -> None:
        """`path` is PATH, to find git itself."""
        self._root, self._path = root, path

    def between(self, question: Between) -> Probe[Sequence[str]]:
        """List the files that differ, both names of a renamed one."""
        base, head = self._commit(question.base), self._commit(question.head)
        if not base or not head:
            return Unknown(f"git does not have {(question.head if base else question.base)[:40]}, and cannot fetch it")
        if question.forked:
            base = self._merge_base(base, head)
            if base is None:
                return Unknown(f"git finds no common ancestor of {question.base[:40]} and {question.head[:40]}")
        said = self._git("diff", "--name-only", "--no-renames", "-z", base, head)
        if said.returncode:
            return Unknown(f"git diff ended with {said.returncode}: {_last(said)}")
        return Present([name for name in said.stdout.decode("utf-8", "surrogateescape").split("\0") if name])

    def of_pull(self, number: int) -> Probe[Sequence[str]]:
        """Git knows of no pull requests."""
        return Unknown(f"git does not know pull request {number}")

    def head(self) -> Probe[str]:
        """Name the commit that is checked out."""
        found = self._commit("HEAD")
        return Present(found) if found else Absent("there is no commit here")

    def uncommitted(self) -> Probe[Sequence[str]]:
        """List what differs from the commit that is checked out, new files included."""
        said = self._git("status", "--porcelain", "-z", "--no-renames")
        if said.returncode:
            return Unknown(f"git status ended with {said.returncode}: {_last(said)}")
        return Present([line[3:] for line in said.stdout.decode("utf-8", "surrogateescape").split("\0") if line])

    def origin(self) -> Probe[str]:
        """Give the address that the checkout was cloned from."""
        said = self._git("remote", "get-url", "origin")
        return Unknown("it has no remote called origin") if said.returncode else Present(said.stdout.decode().strip())

    def untouched(self) -> bool:
        """Tell whether the files are those of the commit; what git ignores aside."""
        said = self._git("status", "--porcelain")
        return said.returncode == 0 and not said.stdout

    def _commit(self, name: str) -> str | None:
        for fetch in (False, True):
            if (
                fetch
                and self._git("fetch", "--no-tags", "--depth=1", "origin", name.removeprefix("origin/")).returncode
            ):
                return None
            found = "FETCH_HEAD" if fetch else name
            said = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{found}^{{commit}}")
            if not said.returncode:
                return said.stdout.decode().strip()
        return None

    def _merge_base(self, base: str, head: str) -> str | None:
        for depth in (0, *_DEPTHS):
            if depth and self._git("fetch", "--no-tags", f"--deepen={depth}", "origin", base, head).returncode:
                return None
            said = self._git("merge-base", base, head)
            if not said.returncode:
                return said.stdout.decode().strip()
            if not (self._root / ".git/shallow").exists():
                return None
        return None

    def _git(self, *args: str) -> "subprocess.CompletedProcess[bytes]":
        try:
            return subprocess.run(
                ["git", *args],
                cwd=self._root,
                env={"PATH": self._path, "HOME": "/nonexistent", **_SAFE, **_QUIET},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PATIENCE,
                check=False,
                start_new_session=True,
            )
        except (FileNotFoundError, subprocess.TimeoutExpired) as fault:
            return subprocess.CompletedProcess(args, 127, b"", str(fault).encode())


def _last(said: "subprocess.CompletedProcess[bytes]") -> str:
    lines = said.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else ""
