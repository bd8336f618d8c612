"""Reading what is checked out, without git, is right for every way in which git keeps it."""

import os
import subprocess

import pytest

from crossproof.files.checked_out import CheckedOut
from crossproof.probe import Absent, Present, Unknown

WHO = {f"GIT_{role}_{what}": "t@t.example" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(*command: str, cwd) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": str(cwd), "GIT_CONFIG_GLOBAL": "/dev/null", **WHO}
    done = subprocess.run(["git", *command], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def repo(tmp_path):
    made = tmp_path / "workspace/repo"
    made.mkdir(parents=True)
    git("init", "-q", "-b", "main", cwd=made)
    git("commit", "-q", "--allow-empty", "-m", "one", cwd=made)
    return made


@pytest.fixture
def workspace(tmp_path):
    return CheckedOut(tmp_path / "workspace")


def test_a_detached_commit_a_branch_and_a_packed_branch_are_the_commit(repo, workspace):
    head = git("rev-parse", "HEAD", cwd=repo)
    assert workspace.head("repo") == Present(head)
    git("pack-refs", "--all", cwd=repo)
    assert workspace.head("repo") == Present(head)
    git("checkout", "-q", "--detach", cwd=repo)
    assert workspace.head("repo") == Present(head)


def test_a_branch_with_slashes_is_followed(repo, workspace):
    git("checkout", "-q", "-b", "feat/x", cwd=repo)
    git("commit", "-q", "--allow-empty", "-m", "two", cwd=repo)
    assert workspace.head("repo") == Present(git("rev-parse", "HEAD", cwd=repo))


def test_a_submodule_s_commit_is_its_own(repo, workspace, tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    git("init", "-q", cwd=inner)
    git("commit", "-q", "--allow-empty", "-m", "inner", cwd=inner)
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub", cwd=repo)
    assert workspace.head("repo/sub") == Present(git("rev-parse", "HEAD", cwd=inner))


def test_a_folder_inside_a_checkout_is_no_checkout_of_its_own(repo, workspace):
    (repo / "sub").mkdir()
    assert isinstance(workspace.head("repo/sub"), Unknown)
    assert isinstance(workspace.head("nowhere"), Unknown)


def test_a_branch_without_a_commit_is_unknown(workspace, tmp_path):
    empty = tmp_path / "workspace/empty"
    empty.mkdir(parents=True)
    git("init", "-q", cwd=empty)
    assert isinstance(workspace.head("empty"), Unknown)


@pytest.mark.parametrize("head", ["", "ref: elsewhere", "abc", "ref: refs/heads/broken"])
def test_a_head_that_says_nothing_is_unknown(repo, workspace, head):
    (repo / ".git/HEAD").write_text(head)
    (repo / ".git/refs/heads/broken").write_text("no commit")
    assert isinstance(workspace.head("repo"), Unknown)


def test_a_file_is_read_and_one_that_is_not_there_is_absent(repo, workspace):
    (repo / "go.mod").write_text("module m\n")
    assert workspace.text("repo/go.mod") == Present("module m\n")
    assert isinstance(workspace.text("repo/go.sum"), Absent)


def test_nothing_outside_the_workspace_is_read(repo, workspace, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (repo / "link").symlink_to(tmp_path / "secret")
    for path in ("repo/link", "../secret", str(tmp_path / "secret")):
        assert isinstance(workspace.text(path), Unknown), path


def test_what_is_no_text_or_no_file_is_unknown(repo, workspace):
    (repo / "bytes").write_bytes(b"\xff\xfe")
    (repo / "loop").symlink_to(repo / "loop")
    for path in ("repo/bytes", "repo", "repo/loop", "repo/\0"):
        assert isinstance(workspace.text(path), Unknown), path
