"""A release on a real remote: whatever it was cut off after, the next run ends it, and nothing is made or moved twice."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from crossproof_docs import release
from crossproof_docs.release_texts import NotReleasable
from crossproof_docs.releasing import Refs, commit, found, git, head, images, move_series, tag_it

IMAGES = {
    "Dockerfile": f"ghcr.io/o/r@sha256:{'a' * 64}",
    "Dockerfile.tiers": f"ghcr.io/o/r@sha256:{'b' * 64}",
}
OTHERS = {name: image.replace("a" * 64, "c" * 64) for name, image in IMAGES.items()}
TAG = "v1.0.0"
ACTION = "runs:\n  using: docker\n  image: ../../{}\n"


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch) -> None:
    """Take the identity and the signing key of nobody: those of a runner, with a key of its own."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    (tmp_path / "signers").write_text(f"* {key.with_suffix('.pub').read_text()}")
    config = tmp_path / "gitconfig"
    config.write_text(
        f"[user]\nname=a\nemail=a@example.org\nsigningkey={key}\n[gpg]\nformat=ssh\n[init]\ndefaultBranch=main\n"
        f'[gpg "ssh"]\nallowedSignersFile={tmp_path}/signers\n[protocol "file"]\nallow=always\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@dataclass
class Remote:
    """A repository on GitHub, and what a job's checkout of it is: shallow, and without tags."""

    home: Path
    clones: int = 0

    def checkout(self, what: str = "main") -> Path:
        self.clones += 1
        place = self.home.parent / f"job-{self.clones}"
        git(self.home, "init", "--quiet", str(place))
        git(place, "remote", "add", "origin", f"file://{self.home}")
        git(place, "fetch", "--quiet", "--no-tags", "--depth=1", "origin", what)
        git(place, "checkout", "--quiet", "--detach", "FETCH_HEAD")
        return place

    def refs(self) -> dict[str, str]:
        return {name: commit for name, commit in Refs.read(self.checkout()).commits.items() if "^" not in name}

    def grow(self) -> None:
        """Let main go on."""
        place = self.checkout()
        (place / f"new-{self.clones}").touch()
        git(place, "add", ".")
        git(place, "commit", "--quiet", "--message", "on")
        git(place, "push", "--quiet", "origin", "HEAD:main")


@pytest.fixture
def remote(tmp_path) -> Iterator[Remote]:
    home, first = tmp_path / "remote.git", tmp_path / "first"
    git(tmp_path, "init", "--quiet", "--bare", str(home))
    git(tmp_path, "init", "--quiet", str(first))
    for name, dockerfile in (("doctor", "Dockerfile"), ("run-tiered-tests", "Dockerfile.tiers")):
        (first / "actions" / name).mkdir(parents=True)
        (first / "actions" / name / "action.yml").write_text(ACTION.format(dockerfile))
    git(first, "add", ".")
    git(first, "commit", "--quiet", "--message", "begun")
    git(first, "push", "--quiet", str(home), "HEAD:main")
    return Remote(home)


def step_commit(remote: Remote) -> str:
    place = remote.checkout()
    return found(place, TAG, Refs.read(place)) or commit(place, TAG, IMAGES)


def step_tag(remote: Remote) -> None:
    tag_it(remote.checkout(step_commit(remote)), TAG)


def step_series(remote: Remote) -> None:
    move_series(remote.checkout(step_commit(remote)), TAG)


STEPS = (step_commit, step_tag, step_series)


def released(remote: Remote, tag: str, built=IMAGES) -> str:
    """Make a whole release of main as it is."""
    sha = commit(remote.checkout(), tag, built)
    place = remote.checkout(sha)
    tag_it(place, tag)
    move_series(place, tag)
    return sha


@pytest.mark.parametrize("done", range(len(STEPS) + 1))
def test_a_release_that_was_cut_off_is_ended_by_the_next_run_as_if_it_had_never_been(remote, done):
    git(remote.home, "config", "uploadpack.allowAnySHA1InWant", "true")  # as GitHub does
    for step in STEPS[:done]:
        step(remote)
    before = remote.refs()
    for step in STEPS:
        step(remote)
    after = remote.refs()
    assert set(after) == {f"refs/tags/{TAG}", "refs/tags/v1"}
    assert len(set(after.values())) == 1
    assert before.items() <= after.items() | {(f"refs/heads/release/{TAG}", after["refs/tags/v1"])}


def test_a_whole_second_run_pushes_nothing(remote):
    git(remote.home, "config", "uploadpack.allowAnySHA1InWant", "true")
    for step in STEPS:
        step(remote)
    objects, tag = git(remote.home, "count-objects", "-v"), git(remote.home, "rev-parse", TAG)
    for step in STEPS:
        step(remote)
    assert git(remote.home, "rev-parse", TAG) == tag, "the tag's own object, not only its commit"
    assert git(remote.home, "count-objects", "-v") == objects


def test_the_same_images_make_the_same_commit_so_that_even_two_runs_at_once_agree(remote):
    one, two = remote.checkout(), remote.checkout()
    before = Refs.read(two)
    assert commit(one, TAG, IMAGES) == commit(two, TAG, IMAGES)
    assert found(one, TAG, before) == ""


def test_the_commit_holds_the_images_and_nothing_else(remote):
    place = remote.checkout(f"refs/heads/release/{TAG}" if step_commit(remote) else "")
    assert IMAGES["Dockerfile"] in (place / "actions/doctor/action.yml").read_text()
    assert IMAGES["Dockerfile.tiers"] in (place / "actions/run-tiered-tests/action.yml").read_text()
    assert images(place) == IMAGES


def test_the_tag_is_signed(remote):
    released(remote, TAG)
    place = remote.checkout()
    git(place, "fetch", "--quiet", "origin", f"refs/tags/{TAG}:refs/tags/{TAG}")
    git(place, "tag", "--verify", TAG)


def test_without_a_key_there_is_no_tag(remote, monkeypatch):
    place = remote.checkout(f"refs/heads/release/{TAG}" if step_commit(remote) else "")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    with pytest.raises(NotReleasable):
        tag_it(place, TAG)
    assert f"refs/tags/{TAG}" not in remote.refs()


def test_other_images_are_not_put_where_a_commit_is_already(remote):
    first = step_commit(remote)
    assert commit(remote.checkout(), TAG, OTHERS) == first, (
        "what was found is proven and tagged, not what was built since"
    )


def test_a_candidate_of_another_commit_is_not_taken_for_ours(remote):
    step_commit(remote)
    remote.grow()
    with pytest.raises(NotReleasable, match="delete the branch to begin the release anew"):
        found(remote.checkout(), TAG, Refs.read(remote.checkout()))


def test_a_version_is_released_once(remote):
    released(remote, TAG)
    remote.grow()
    with pytest.raises(NotReleasable, match="a version is released once"):
        commit(remote.checkout(), TAG, IMAGES)


def test_a_branch_of_that_name_that_changes_anything_else_is_refused(remote):
    place = remote.checkout()
    sha = commit(place, TAG, IMAGES)
    (place / "actions/doctor/action.yml").write_text("runs:\n  using: docker\n  image: docker://evil.example/x\n")
    git(place, "commit", "--quiet", "--all", "--amend", "--reuse-message", sha)
    git(place, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/release/{TAG}")
    with pytest.raises(NotReleasable, match="changes more than a release does"):
        found(remote.checkout(), TAG, Refs.read(remote.checkout()))


def test_what_is_no_release_commit_is_not_tagged(remote):
    with pytest.raises(NotReleasable, match="is no digest"):
        tag_it(remote.checkout(), TAG)


def test_a_tag_is_never_moved(remote):
    released(remote, TAG)
    place = remote.checkout(f"refs/tags/{TAG}")
    git(place, "commit", "--quiet", "--allow-empty", "--message", "another")
    with pytest.raises(NotReleasable, match="a version is released once"):
        tag_it(place, TAG)


def test_the_series_moves_forward_only(remote):
    first = released(remote, "v1.9.0")
    remote.grow()
    newest = released(remote, "v1.10.0")
    assert remote.refs()["refs/tags/v1"] == newest != first
    remote.grow()
    released(remote, "v1.9.1")
    assert remote.refs()["refs/tags/v1"] == newest
    assert move_series(remote.checkout("refs/tags/v1.9.1"), "v1.9.1") == "v1 stays where it is, at v1.10.0"


def test_of_two_releases_at_once_the_one_that_looked_too_early_moves_nothing(remote, monkeypatch):
    released(remote, "v1.0.0")
    remote.grow()
    place = remote.checkout(commit(remote.checkout(), "v1.1.0", IMAGES))
    tag_it(place, "v1.1.0")
    early = Refs.read(place)
    remote.grow()
    newest = released(remote, "v1.2.0")
    monkeypatch.setattr(Refs, "read", lambda _: early)
    with pytest.raises(NotReleasable, match="stale info"):
        move_series(place, "v1.1.0")
    monkeypatch.undo()
    assert remote.refs()["refs/tags/v1"] == newest


def test_the_series_follows_tags_only(remote):
    place = remote.checkout(f"refs/heads/release/{TAG}" if step_commit(remote) else "")
    with pytest.raises(NotReleasable, match="follows tags only"):
        move_series(place, TAG)
    assert "refs/tags/v1" not in remote.refs()


def test_a_series_that_stands_where_no_version_is_was_moved_by_somebody_and_is_left_alone(remote):
    place = remote.checkout()
    git(place, "push", "--quiet", "origin", "HEAD:refs/tags/v1")
    with pytest.raises(NotReleasable, match="which no version names"):
        released(remote, TAG)
    assert remote.refs()["refs/tags/v1"] == head(place)


def test_a_remote_that_does_not_answer_is_not_one_without_tags(remote):
    place = remote.checkout()
    git(place, "remote", "set-url", "origin", f"file://{remote.home}-gone")
    with pytest.raises(NotReleasable, match="ls-remote"):
        Refs.read(place)


def test_the_command_says_a_refusal_in_its_own_words_and_ends_with_1(remote, capsys):
    assert release.main(["tag"], remote.checkout()) == 1
    assert capsys.readouterr() == snapshot(
        (
            "",
            """\
actions/doctor/action.yml: ../../Dockerfile is no digest
actions/run-tiered-tests/action.yml: ../../Dockerfile.tiers is no digest
""",
        )
    )


def test_what_the_workflow_reads_is_printed_as_it_reads_it(remote, capsys):
    place = remote.checkout()
    sha = commit(place, release.TAG, IMAGES)
    (place / "CHANGELOG.md").write_text(f"## {release.TAG[1:]} · 2026-12-01\n\n- All.\n")
    git(place, "checkout", "--quiet", "HEAD^")
    assert release.main(["check"], place) == 0
    assert capsys.readouterr().out == f"tag={release.TAG}\nsha={sha}\n"
    git(place, "checkout", "--quiet", sha)
    assert release.main(["images"], place) == 0
    version = release.TAG[1:]
    assert (
        capsys.readouterr().out == f"{version} {IMAGES['Dockerfile']}\n{version}-tiers {IMAGES['Dockerfile.tiers']}\n"
    )


def test_a_misspelt_step_does_nothing(tmp_path, capsys):
    assert release.main(["tga"], tmp_path) == 2
    assert "python -m crossproof_docs.release tag" in capsys.readouterr().err
