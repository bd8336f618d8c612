"""Git as tiers ask it: what differs, from whichever clone; what it cannot tell is unknown."""

import os
import subprocess

import pytest

from crossproof.engine.git import Git
from crossproof.probe import Present, Unknown
from crossproof.tiers.changes import Between


@pytest.fixture
def origin(tmp_path):
    return Repository(tmp_path / "origin").made()


class Repository:
    def __init__(self, path):
        self.path = path

    def git(self, *args):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.path.parent), "GIT_CONFIG_NOSYSTEM": "1"}
        for who in ("AUTHOR", "COMMITTER"):
            env |= {f"GIT_{who}_NAME": "a", f"GIT_{who}_EMAIL": "a@b.c"}
        said = subprocess.run(
            ["git", "-C", str(self.path), *args], env=env, capture_output=True, text=True, check=False
        )
        assert said.returncode == 0, said.stderr
        return said.stdout.strip()

    def made(self):
        self.path.mkdir()
        self.git("init", "-q", "-b", "main")
        self.git("config", "uploadpack.allowAnySHA1InWant", "true")
        self.commit("README.md")
        return self

    def commit(self, *files, move=None):
        for file in files:
            (self.path / file).parent.mkdir(parents=True, exist_ok=True)
            (self.path / file).write_text(f"{file}\n" * 20)
        if move:
            self.git("mv", *move)
        self.git("add", "-A")
        self.git("commit", "-qm", "x")
        return self.git("rev-parse", "HEAD")

    def clone(self, *options):
        path = self.path.parent / "clone"
        subprocess.run(["git", "clone", "-q", *options, f"file://{self.path}", str(path)], check=True)
        return path


def asked(path, base, head, **more):
    return Git(path, os.environ["PATH"]).between(Between(base, head, **more))


def test_changed_moved_and_oddly_named_files_are_listed(origin):
    before = origin.commit("a.py", "old.py")
    after = origin.commit("b/ü ñ.py", move=("old.py", "new.py"))
    answer = asked(origin.path, before, after)
    assert isinstance(answer, Present)
    assert sorted(answer.value) == ["b/ü ñ.py", "new.py", "old.py"]


def test_a_branch_is_compared_from_where_it_left(origin):
    origin.git("checkout", "-qb", "topic")
    topic = origin.commit("topic.py")
    origin.git("checkout", "-q", "main")
    main = origin.commit("main.py")
    assert asked(origin.path, main, topic, forked=True) == Present(["topic.py"])


@pytest.mark.parametrize("depth", [1, 2])
def test_a_shallow_clone_is_deepened_as_far_as_it_takes(origin, depth):
    origin.git("checkout", "-qb", "topic")
    for number in range(5):
        topic = origin.commit(f"topic{number}.py")
    clone = origin.clone(f"--depth={depth}", "--branch=topic")
    answer = asked(clone, "origin/main", topic, forked=True)
    assert isinstance(answer, Present), answer
    assert sorted(answer.value) == [f"topic{n}.py" for n in range(5)]


def test_a_commit_that_nobody_has_is_unknown(origin):
    assert isinstance(asked(origin.path, "a" * 40, "HEAD"), Unknown)
    assert isinstance(asked(origin.clone("--depth=1"), "a" * 40, "HEAD"), Unknown)


def test_histories_without_a_common_ancestor_are_unknown(origin):
    main = origin.git("rev-parse", "HEAD")
    origin.git("checkout", "-q", "--orphan", "other")
    other = origin.commit("other.py")
    assert isinstance(asked(origin.path, main, other, forked=True), Unknown)


def test_a_folder_that_is_no_repository_and_a_machine_without_git_are_unknown(tmp_path, origin):
    assert isinstance(asked(tmp_path, "a", "b"), Unknown)
    assert isinstance(Git(origin.path, "/nonexistent").between(Between("HEAD", "HEAD")), Unknown)


def test_a_name_that_looks_like_an_option_is_only_a_name(origin):
    assert isinstance(asked(origin.path, "--output=x", "HEAD"), Unknown)
    assert not (origin.path / "x").exists()
