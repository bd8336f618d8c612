"""Puts a repository of the sandbox on the disk as git would clone it: the same commits, under the same ids."""

import os
import subprocess
from pathlib import Path

from crossproof_sandbox.history import Commit
from crossproof_sandbox.repository import Repository


def clone(repository: Repository, folder: Path) -> None:
    """Make a checkout of the default branch, or bring the one that is there up to date."""
    if not (folder / ".git").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _git(folder, "init", "--quiet", "--initial-branch", repository.default_branch)
        _git(folder, "remote", "add", "origin", f"https://github.example/{repository.full_name}.git")
    for commit in reversed(list(repository.history.log(repository.head.sha))):
        made = _written(commit, folder)
        if made != commit.sha:
            raise ValueError(f"git calls commit {commit.sha} {made}")
    _git(folder, "reset", "--quiet", "--hard", repository.head.sha)


def _written(commit: Commit, folder: Path) -> str:
    """Write a commit's files and the commit itself."""
    _git(folder, "read-tree", "--empty")
    for path, content in commit.files.items():
        blob = _git(folder, "hash-object", "-w", "--stdin", given=content)
        _git(folder, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    _git(folder, "write-tree")
    return _git(folder, "hash-object", "-t", "commit", "-w", "--stdin", given=commit.written)


def _git(folder: Path, *words: str, given: bytes = b"") -> str:
    env = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *words], cwd=folder, env=env, input=given, capture_output=True, check=True)
    return done.stdout.decode().strip()
