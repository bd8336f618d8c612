"""A release, rehearsed: the steps of release.yml against a registry and a remote of this machine, then all of them again.

What only GitHub has is not in it: two architectures, attestations, the release page.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests import registries
from tests.as_the_runner import engine
from tests.as_the_runner.action_yml import ROOT, find

from crossproof import HOME, __version__
from crossproof.actions import ACTIONS
from crossproof_docs.siblings import COMPOSITES, REUSABLE, SERIES

TAG = f"v{__version__}"
# A job that has what it needs, in the image and without one; the suite's own workflow; what a release commit must be.
PROOFS = (
    "tests/e2e/test_doctor.py::test_a_job_that_has_what_it_needs_is_told_so",
    "tests/e2e/test_image.py::test_every_action_has_its_launcher_and_one_for_its_post_step",
    "tests/e2e/test_workflows.py::TestTheReusableWorkflow::test_an_environment_that_nobody_knows_starts_nothing",
    "tests/conformance/test_shop_window.py::test_a_commit_builds_its_images_or_names_published_ones_never_both",
)


@pytest.fixture
def registry(tmp_path, in_container):
    if why := registries.missing():
        pytest.skip(why)
    folder = tmp_path / "registry"
    folder.mkdir()
    with registries.registry(folder) as running:
        yield running
    name = f"{running.host}/{HOME}"
    for form in ("{{.Repository}}:{{.Tag}}", "{{.Repository}}@{{.Digest}}"):
        if left := [each for each in engine.docker("images", "--format", form, name).split() if "<none>" not in each]:
            engine.docker("rmi", *left)


@pytest.fixture
def remote(tmp_path, monkeypatch) -> Path:
    """Put what would be committed here on the main of a remote, with the changelog's day written as a release wants it."""
    key, config = tmp_path / "key", tmp_path / "gitconfig"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    config.write_text(f"[user]\nname=a\nemail=a@example.org\nsigningkey={key}\n[gpg]\nformat=ssh\n")
    for name, value in (("GIT_CONFIG_GLOBAL", str(config)), ("GIT_CONFIG_NOSYSTEM", "1")):
        monkeypatch.setenv(name, value)
    main, home = tmp_path / "main", tmp_path / "remote.git"
    for name in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if (source := ROOT / name).is_file():
            (main / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, main / name)
    changelog = main / "CHANGELOG.md"
    changelog.write_text(
        re.sub(r"^(## \S+ · ).*", r"\g<1>2026-12-01", changelog.read_text(), count=1, flags=re.MULTILINE)
    )
    git(tmp_path, "init", "--quiet", "--bare", str(home))
    git(home, "config", "uploadpack.allowAnySHA1InWant", "true")  # as GitHub does
    git(main, "init", "--quiet")
    git(main, "add", "--all")
    git(main, "commit", "--quiet", "--message", "main")
    git(main, "push", "--quiet", str(home), "HEAD:main")
    return home


def git(where: Path, *call: str) -> str:
    return subprocess.run(["git", *call], cwd=where, capture_output=True, text=True, check=True).stdout.strip()


def run(where: Path, *call: str) -> str:
    """Run Python in a checkout, on that checkout's own code."""
    env = {**os.environ, "PYTHONPATH": str(where / "shared")}
    done = subprocess.run([sys.executable, *call], cwd=where, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


class Release:
    """The jobs of release.yml, each in a checkout of its own."""

    def __init__(self, remote: Path, host: str) -> None:
        self.remote, self.host, self.jobs, self.pushed = remote, host, 0, 0

    def checkout(self, what: str) -> Path:
        self.jobs += 1
        place = self.remote.parent / f"job-{self.jobs}"
        git(self.remote, "init", "--quiet", str(place))
        git(place, "remote", "add", "origin", f"file://{self.remote}")
        git(place, "fetch", "--quiet", "--no-tags", "--depth=1", "origin", what)
        git(place, "checkout", "--quiet", "--detach", "FETCH_HEAD")
        return place

    def step(self, what: str, *call: str) -> str:
        return run(self.checkout(what), "-m", "crossproof_docs.release", *call)

    def push_image(self, dockerfile: str) -> str:
        """Build it as the runner would and push it; the digest is the registry's answer."""
        name = f"{self.host}/{HOME}"
        engine.docker("tag", engine.build(ROOT / dockerfile), f"{name}:{dockerfile.lower()}")
        said = engine.docker("push", f"{name}:{dockerfile.lower()}")
        self.pushed += 1
        return f"{dockerfile}={name}@{re.search('digest: (sha256:[0-9a-f]{64})', said)[1]}"

    def whole(self) -> str:
        """Do everything once, from wherever an earlier run left it."""
        checked = dict(line.split("=", 1) for line in self.step("main", "check").splitlines())
        assert checked["tag"] == TAG
        sha = checked["sha"]
        if not sha:
            images = [self.push_image("Dockerfile"), self.push_image("Dockerfile.tiers")]
            sha = self.step("main", "commit", *images).removeprefix("sha=")
        proving = self.checkout(sha)
        for dockerfile in proving.glob("Dockerfile*"):
            dockerfile.unlink()  # whatever runs now was pulled
        (proving / ".cache").symlink_to(ROOT / ".cache")  # the tools that are there already
        run(proving, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PROOFS)
        self.step(sha, "tag")
        assert "validate-tracking-logs" in self.step(sha, "notes")
        self.step(sha, "series")
        assert self.step(sha, "images").splitlines()[0].startswith(f"{__version__} {self.host}/{HOME}@sha256:")
        return sha


@pytest.mark.timeout(1200)  # it pushes whole images: a hang is ended, slowness is not judged
def test_a_release_is_rehearsed_and_a_second_run_of_it_finds_everything_done(remote, registry):
    release = Release(remote, registry.host)
    sha = release.whole()
    refs = git(remote, "for-each-ref")
    assert f"refs/tags/{TAG}" in refs
    assert git(remote, "rev-parse", "v1^{commit}") == git(remote, "rev-parse", f"{TAG}^{{commit}}") == sha
    assert "refs/heads/release/" not in refs
    assert release.pushed == 2

    assert release.whole() == sha
    assert git(remote, "for-each-ref") == refs, "a second run made or moved something"
    assert release.pushed == 2, "a second run pushed an image"

    place = release.checkout("v1")
    read = {name: yaml.safe_load((place / "actions" / name / "action.yml").read_text()) for name in ACTIONS}
    images = {name: metadata["runs"]["image"] for name, metadata in read.items()}
    assert all(
        re.fullmatch(rf"docker://{registry.host}/{HOME}@sha256:[0-9a-f]{{64}}", each) for each in images.values()
    )
    assert {name for name in ACTIONS if images[name] != images["doctor"]} == {
        name for name in ACTIONS if find(name).image.endswith(".tiers")
    }
    strung = [*(place / f".github/workflows/{name}.yml" for name in REUSABLE)]
    strung += [place / "actions" / name / "action.yml" for name in COMPOSITES]
    for file in strung:
        named = set(re.findall(rf"uses: {HOME}/\S+?@(\S+)", file.read_text()))
        assert named == {TAG}, f"{file.name}: pinned, it would run what the series names by then"
    shown = set(re.findall(rf"uses: {HOME}/\S+?@(\S+)", (place / "README.md").read_text()))
    assert shown == {SERIES}, "a reader is shown the series"
