"""resolve-dashboard-image as a user meets it: GitHub, a real registry or an AWS, the runner's event and its token."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest
from tests.as_the_runner import AsProcess, Job, Step
from tests.companions import push_image
from tests.registries import PASSWORD, USER, EcrPusher, missing, registry

from crossproof.images import manifests
from crossproof.units import RepoRef
from crossproof_sandbox import RunningClock, Sandbox, faults
from crossproof_sandbox.aws import ACCOUNT, REGION
from crossproof_sandbox.repository import Repository

ROOT = Path(__file__).parents[2]
GATEWAY, DASHBOARD = "acme/gateway", "acme/dashboard"
CONTENT = {"go.mod": "module g\n", "go.sum": "", "apidef/a.go": "a", "internal/otel/o.go": "o", "docs/d.md": "d"}
ECR = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


@dataclass
class Project:
    """Two repositories with a change in the first: acme/gateway, proposed as feat/x."""

    github: Sandbox
    gateway: Repository = field(init=False)
    dashboard: Repository = field(init=False)
    base: str = field(init=False)

    def __post_init__(self) -> None:
        self.gateway = self.github.repository(GATEWAY, private=True, default_branch="master")
        self.dashboard = self.github.repository(DASHBOARD, private=True, default_branch="master")
        self.base = self.gateway.commit(CONTENT)
        pin = f"v1.0.1-0.20260102030405-{self.base[:12]}"
        self.dashboard.commit({"go.mod": f"module d\nrequire github.com/{GATEWAY} {pin}\n", "main.go": "m"})
        self.gateway.commit({"docs/d.md": "better"}, branch="feat/x")

    @property
    def event(self) -> dict:
        head = self.gateway.history.branches["feat/x"]
        home = {"full_name": GATEWAY, "default_branch": "master"}
        pull = {
            "number": 7, "state": "open", "body": "", "merge_commit_sha": "b" * 40,
            "head": {"ref": "feat/x", "sha": head, "repo": home},
            "base": {"ref": "master", "sha": self.base, "repo": home},
        }  # fmt: skip
        return {
            "action": "synchronize",
            "number": 7,
            "pull_request": pull,
            "repository": home,
            "sender": {"login": "ann"},
        }

    def own_image(self, to, branch: str, *tags: str, **more) -> str:
        """The companion's own build of a branch."""
        revision = self.dashboard.history.branches[branch]
        labels = {manifests.REVISION: revision, **more.pop("labels", {})}
        return push_image(to, "dashboard", *(tags or (f"sha-{revision}",)), labels=labels, **more)


@pytest.fixture
def project():
    with Sandbox(clock=RunningClock()) as github:
        yield Project(github)


@pytest.fixture
def images(tmp_path):
    if why := missing():
        pytest.skip(why)
    folder = tmp_path / "registry"
    folder.mkdir()
    with registry(folder, password=True) as running:
        yield running


@dataclass
class Steps:
    """Makes steps of this action in jobs of acme/gateway."""

    project: Project
    place: object
    folder: Path
    made: int = 0

    def step(self, host: str, env: dict[str, str] | None = None, **inputs: str) -> Step:
        """One step in a fresh job."""
        self.made += 1
        github = {"repository": GATEWAY, "event_name": "pull_request", "ref": "refs/pull/7/merge", "sha": "b" * 40}
        job = Job(work=self.folder / f"job{self.made}", github=github, event=self.project.event)
        job.secrets = {
            "OURS": self.project.github.actions_token(GATEWAY, {"contents": "read", "metadata": "read"}),
            "THEIRS": self.project.github.token(
                {"contents": "read", "metadata": "read", "pull_requests": "read"}, repositories=[DASHBOARD]
            ),
            "PASSWORD": PASSWORD,
        }
        job.secrets_known += job.secrets.values()
        given = {
            "companion_repository": DASHBOARD,
            "ecr_registry": host,
            "token": "${{ secrets.OURS }}",
            "org_gh_token": "${{ secrets.THEIRS }}",
            "api_url": self.project.github.url,
            **(
                {}
                if "amazonaws" in host
                else {"registry_username": USER, "registry_password": "${{ secrets.PASSWORD }}"}
            ),
            **inputs,
        }
        return Step(job=job, action="resolve-dashboard-image", on=self.place, inputs=given, env=env or {})


@pytest.fixture
def steps(project, place, tmp_path):
    return Steps(project, place, tmp_path)


@pytest.fixture
def quick(project, tmp_path):
    """The same as a bare process, where the container would add nothing."""
    return Steps(project, AsProcess(), tmp_path)


def test_the_matching_branch_s_own_image_is_proven_and_pinned(project, images, steps):
    project.dashboard.commit({"main.go": "for x"}, branch="feat/x")
    digest = project.own_image(images, "feat/x")
    result = steps.step(images.host).run()
    assert result.outputs["needs_build"] == "true", "nobody said which paths the dashboard uses, and docs differ"
    result = steps.step(images.host, relevant_paths="apidef internal/otel").run()
    assert result.exit_code == 0, result.log
    assert (result.outputs["verdict"], result.outputs["strategy"]) == ("passed", "existing-branch")
    assert result.outputs["dashboard_image"].endswith(f"@{digest}")
    assert result.outputs["dashboard_branch"] == "feat/x"
    assert result.outputs["needs_build"] == "false"
    assert result.log.splitlines()[0].startswith("resolve-dashboard-image: which image of")
    assert "### ✅ resolve-dashboard-image: passed" in result.summary
    assert not result.refused


def test_no_secret_is_anywhere_and_every_file_is_the_workspace_owner_s(project, images, steps):
    project.own_image(images, "master")
    step = steps.step(images.host, relevant_paths="none")
    result = step.run()
    assert result.exit_code == 0, result.log
    everything = result.raw + result.summary + json.dumps(result.outputs)
    everything += "".join(
        file.read_text() for file in (step.job.workspace / ".crossproof").rglob("*") if file.is_file()
    )
    for secret in step.job.secrets.values():
        assert secret not in everything.replace(f"::add-mask::{secret}", "")
    report = json.loads((step.job.workspace / result.outputs["report_path"]).read_text())
    assert report["subject"] == {
        "repository": GATEWAY, "sha": project.event["pull_request"]["head"]["sha"], "ref": "feat/x", "environment": ""
    }  # fmt: skip
    assert report["details"]["outputs"]["strategy"] == "existing-branch"


def test_a_token_that_does_not_reach_the_companion_ends_the_step_and_never_as_a_missing_branch(images, steps):
    result = steps.step(images.host, org_gh_token="").run()
    assert result.exit_code == 3
    assert (result.outputs["reason"], result.outputs["needs_build"]) == ("no-access", "false")
    assert "acme/dashboard does not exist, or this" in result.summary


def test_a_registry_that_is_closed_ends_the_step_and_never_as_a_missing_image(images, steps):
    result = steps.step(images.host, registry_username="", registry_password="").run()
    assert result.exit_code == 3
    assert result.outputs["reason"] == "no-access"
    assert "does not let us read dashboard" in result.summary


def test_a_step_that_is_cancelled_while_it_waits_for_a_build_ends_at_once(project, images, steps):
    project.dashboard.workflow("b.yml", "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n")
    head = project.dashboard.history.branches["master"]
    project.dashboard.ran("b.yml", ago=1, took=6000, event="push", sha=head)
    inputs = {"org_gh_token": project.github.token(), "relevant_paths": "none", "wait_seconds": "1h"}
    running = steps.step(images.host, **inputs).start()
    running.wait_for("waiting for the build of")
    result = running.cancel()
    assert (result.exit_code, result.outputs["reason"]) == (130, "cancelled")
    assert result.cancelled_within < 7


# --- ECR -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def ecr(project):
    env = project.github.aws.env
    client = boto3.client(
        "ecr", endpoint_url=project.github.aws.url, region_name=REGION,
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"], aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
    client.create_repository(repositoryName="dashboard")
    return EcrPusher(client)


def build(to, outputs: dict[str, str], used: str = "apidef internal/otel") -> str:
    """Do what the reusable workflow does: push the image by its content, then under its tags."""
    annotations = {
        manifests.REVISION: outputs["dashboard_sha"],
        manifests.SUBJECT_REVISION: outputs["subject_sha"],
        manifests.BUILD_KEY: outputs["build_key"],
        manifests.USED_PATHS: used,
    }
    tags = [outputs[name].rpartition(":")[2] for name in ("build_image", "last_image")]
    return push_image(to, "dashboard", *tags, annotations=annotations, index=True)


def test_with_a_role_and_no_login_an_image_in_ecr_is_found_by_what_it_was_built_from(project, ecr, steps):
    oidc = project.github.oidc.job(project.gateway, event="pull_request", ref="refs/pull/7/merge")
    role = {"aws_role": f"arn:aws:iam::{ACCOUNT}:role/pull", "relevant_paths": "apidef internal/otel"}

    def resolve() -> dict[str, str]:
        step = steps.step(ECR, env={"AWS_ENDPOINT_URL": project.github.aws.url}, **role)
        step.job.id_token_url = oidc["ACTIONS_ID_TOKEN_REQUEST_URL"]
        step.job.id_token_request_token = oidc["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
        result = step.run()
        assert result.exit_code == 0, result.log
        return result.outputs

    wanted = resolve()
    assert (wanted["strategy"], wanted["needs_build"]) == ("build-required", "true")
    assert wanted["dashboard_image"].startswith(f"{ECR}/dashboard:xr-")
    digest = build(ecr, wanted)
    found = resolve()
    assert (found["verdict"], found["strategy"], found["digest"]) == ("passed", "existing-image", digest)
    assert found["image_path"] == f"dashboard@{digest}"


def test_a_masked_account_id_costs_the_full_name_and_not_the_path(project, ecr, quick):
    """The runner drops a job output that holds a secret; the one without the registry survives."""
    step = quick.step(ECR, env=project.github.aws.env, relevant_paths="apidef")
    build(ecr, step.run().outputs, used="apidef")
    again = quick.step(ECR, env=project.github.aws.env, relevant_paths="apidef")
    again.job.secrets_known.append(ACCOUNT)
    result = again.run()
    assert result.outputs["strategy"] == "existing-image"
    assert "dashboard_image" not in result.job_outputs
    assert result.job_outputs["image_path"] == result.outputs["image_path"]


# --- what it costs -------------------------------------------------------------------------------------------------


def asked(project: Project, step: Step) -> tuple[dict[str, str], int, int]:
    """Run a step; give its outputs, and the requests that GitHub and the registry saw."""
    before = len(project.github.log)
    result = step.run()
    assert result.exit_code in (0, 1), result.log
    report = json.loads((step.job.workspace / result.outputs["report_path"]).read_text())
    github = len(project.github.log) - before
    assert report["details"]["cost"]["GitHub"] == github, "the report says what GitHub saw"
    return result.outputs, github, report["details"]["cost"]["the registry"]


def test_a_warm_decision_costs_four_calls_to_github_and_two_to_ecr_at_most(project, ecr, quick):
    project.dashboard.commit({"main.go": "for x"}, branch="feat/x")
    env = project.github.aws.env
    first, github, registry = asked(project, quick.step(ECR, env=env))
    build(ecr, first)
    second, github, registry = asked(project, quick.step(ECR, env=env))
    build(ecr, second)
    warm, github, registry = asked(project, quick.step(ECR, env=env))
    assert warm["strategy"] == "existing-image"
    assert github <= 4
    assert registry <= 2


# --- on a laptop ---------------------------------------------------------------------------------------------------


def test_a_laptop_decides_the_same_for_the_event_of_a_run(project, images, tmp_path):
    project.own_image(images, "master")
    (tmp_path / "event.json").write_text(json.dumps(project.event))
    command = [
        sys.executable, "-m", "crossproof", "resolve-dashboard-image", "--event", "event.json",
        "--companion-repository", DASHBOARD, "--ecr-registry", images.host, "--api-url", project.github.url,
        "--relevant-paths", "none", "--registry-username", USER,
    ]  # fmt: skip
    env = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "shared"), "GH_TOKEN": project.github.token(),
        "INPUT_REGISTRY_PASSWORD": PASSWORD,
    }  # fmt: skip
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✅ passed (resolved)" in done.stdout.splitlines()[-1]
    assert "matching-branch" in done.stdout


def test_an_outage_in_the_middle_is_waited_out_or_said(project, images, quick):
    project.own_image(images, "master")
    project.github.faults.on("GET", "/git/ref/heads/master", faults.status(502), times=2)
    result = quick.step(images.host, relevant_paths="none").run()
    assert result.exit_code == 0, result.log
    assert RepoRef.parse(DASHBOARD).name in result.outputs["dashboard_image"]
