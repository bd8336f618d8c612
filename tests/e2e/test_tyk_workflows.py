"""The gateway's jobs that test with the right dashboard, and the composite that does it in one step, under a workflow engine."""

import pytest
import yaml
from tests import registries
from tests.as_the_runner.action_yml import ROOT
from tests.companions import push_image
from tests.workflows import Act, missing

from crossproof.images import manifests
from crossproof_sandbox import RunningClock, Sandbox

GATEWAY, DASHBOARD = "example-org/gateway", "example-org/dashboard"
RELEASE = yaml.safe_load((ROOT / "actions/resolve-dashboard-image/examples/gateway-release.yml").read_text("utf-8"))
ONE_STEP = (ROOT / "actions/tyk-dashboard-env/examples/basic.yml").read_text("utf-8")
BUILT = f"registry/dashboard:built@sha256:{'d' * 64}"


@pytest.fixture
def github():
    with Sandbox(clock=RunningClock()) as github:
        yield github


@pytest.fixture
def images(tmp_path):
    if why := missing() or registries.missing():
        pytest.skip(why)
    folder = tmp_path / "registry"
    folder.mkdir()
    with registries.registry(folder) as running:
        yield running


@pytest.fixture
def dashboard(github):
    """The dashboard, whose go.mod takes the gateway from the very change."""
    gateway = github.repository(GATEWAY, private=True, default_branch="master")
    gateway.commit({"go.mod": "module g\n", "apidef/a.go": "a"})
    head = gateway.commit({"apidef/a.go": "better"}, branch="feat/x")
    dashboard = github.repository(DASHBOARD, private=True, default_branch="master")
    pin = f"v1.0.1-0.20260102030405-{head[:12]}"
    dashboard.commit({"go.mod": f"module d\nrequire github.com/{GATEWAY} {pin}\n", "main.go": "m"})
    return dashboard


@pytest.fixture
def gateway(github, images, dashboard, tmp_path) -> Act:
    """A job of a pull request of the gateway."""
    (tmp_path / "checkout").mkdir()
    return Act(
        work=tmp_path / "act",
        checkout=tmp_path / "checkout",
        api_url=github.url,
        repository=GATEWAY,
        sha="b" * 40,
        token=github.actions_token(GATEWAY),
        secrets={"ORG_GH_TOKEN": github.token(repositories=[DASHBOARD])},
        variables={"ECR_REGISTRY": images.host},
        env={"GITHUB_REF": "refs/pull/7/merge"},
    )


@pytest.fixture
def event(github, gateway):
    history = github.repository(GATEWAY).history
    home = {"full_name": GATEWAY, "default_branch": "master"}
    pull = {
        "number": 7, "state": "open", "body": "", "merge_commit_sha": "b" * 40,
        "head": {"ref": "feat/x", "sha": history.branches["feat/x"], "repo": home},
        "base": {"ref": "master", "sha": history.branches["master"], "repo": home},
    }  # fmt: skip
    return {"action": "synchronize", "number": 7, "pull_request": pull, "repository": home, "sender": {"login": "ann"}}


@pytest.fixture
def image(images, dashboard):
    """The dashboard's own image of its branch, by its digest."""
    revision = dashboard.history.branches["master"]
    return push_image(images, "dashboard", f"sha-{revision}", labels={manifests.REVISION: revision})


def release(*, build: str = "") -> str:
    """The example as it stands, but for the job that builds: a build needs what GitHub's runners have.

    One that is to be skipped gets no outputs: act would hand their expressions on as they stand.
    """
    jobs = {**RELEASE["jobs"]}
    of = {name: jobs["build-dashboard-image"][name] for name in ("needs", "if")}
    steps = [{"id": "built", "run": f"echo 'image={BUILT}' >>\"$GITHUB_OUTPUT\"; {build}"}]
    outputs = {"dashboard_image": "${{ steps.built.outputs.image }}"} if build else {}
    jobs["build-dashboard-image"] = {**of, "runs-on": "ubuntu-latest", "outputs": outputs, "steps": steps}
    for step in jobs["api-tests"]["steps"]:
        step["run"] = step["run"].replace(">>versions.env", "| tee -a versions.env")
    return yaml.safe_dump({"on": "pull_request", "permissions": {}, "jobs": jobs})


def handed_over(played) -> list[str]:
    """The images that the legs of the matrix got."""
    lines = [line for line in played.log.splitlines() if "tyk_analytics_image=" in line and "⭐" not in line]
    return [line.partition("tyk_analytics_image=")[2].strip() for line in lines if "echo" not in line]


class TestTheReleaseWorkflow:
    def test_where_there_is_an_image_nothing_is_built_and_all_legs_test_with_it(self, gateway, event, image):
        played = gateway.play(release(), "pull_request", event)
        assert played.green, played.log
        assert not played.ran("build-dashboard-image")
        assert [name.partition("@")[2] for name in handed_over(played)] == [image] * 4

    def test_where_it_is_built_the_legs_test_with_what_the_build_says(self, gateway, event, dashboard):
        played = gateway.play(release(build="true"), "pull_request", event)
        assert played.green, played.log
        assert handed_over(played) == [BUILT] * 4

    def test_where_the_build_fails_nothing_is_tested(self, gateway, event):
        played = gateway.play(release(build="exit 1"), "pull_request", event)
        assert not played.green, played.log
        assert played.ran("build-dashboard-image")
        assert handed_over(played) == []


class TestTheOneStep:
    def test_the_environment_gets_the_image_by_its_digest(self, gateway, event, image):
        played = gateway.play(ONE_STEP, "pull_request", event)
        assert played.green, played.log
        assert [name.partition("@")[2] for name in handed_over(played)] == [image] * 2

    def test_without_an_image_the_job_is_red_and_the_environment_gets_none(self, gateway, event):
        played = gateway.play(ONE_STEP, "pull_request", event)
        assert not played.green
        assert handed_over(played) == []
        assert "no image to test with" in played.log
