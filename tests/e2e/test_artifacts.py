"""fetch-artifacts and archive-artifacts as a user meets them: whose the files are, and what a cancel or a kill leaves."""

import hashlib
import os

import boto3
import pytest
from tests.as_the_runner import OWNER, Step

from crossproof_sandbox import RunningClock, Sandbox, Upload, faults

CREDENTIALS = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
WORKFLOW = "on: workflow_dispatch\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"
LOGS = {"logs/home.jsonl": b'{"name":"home"}\n' * 50, "logs/deep/article.jsonl": b'{"name":"article"}\n'}


@pytest.fixture
def github():
    with Sandbox(clock=RunningClock()) as github:
        github.repository("acme/ios-app").workflow("tracktor.yml", WORKFLOW)
        yield github


@pytest.fixture
def ran(github):
    def tell(*uploads: Upload):
        return github.repository("acme/ios-app").ran("tracktor.yml", ago=600, artifacts=uploads)

    return tell


@pytest.fixture
def step(github, job, place):
    job.secrets = {"TOKEN": github.token()}

    def make(action: str, **inputs: object) -> Step:
        given = {
            "token": "${{ secrets.TOKEN }}",
            "api_url": github.url,
            "repository": "acme/ios-app",
            **{name: str(value) for name, value in inputs.items()},
        }
        return Step(job=job, action=action, on=place, inputs=given)

    return make


def tree(job) -> dict[str, str]:
    """Everything of the workspace but our reports."""
    return {
        str(path.relative_to(job.workspace)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "/"
        for path in sorted(job.workspace.rglob("*"))
        if ".crossproof" not in path.relative_to(job.workspace).parts
    }


def test_what_is_fetched_belongs_to_the_workspaces_owner(step, ran, job):
    job.write("README.md", "mine")
    result = step("fetch-artifacts", run_id=ran(Upload(name="tracktor-logs", content=LOGS)).id).run()
    assert result.exit_code == 0, result.log
    assert {"artifacts/tracktor-logs/logs/home.jsonl", "artifacts/tracktor-logs/logs/deep/article.jsonl"} <= set(
        result.created
    )
    assert set(result.created.values()) == {OWNER}
    folders = [path for path in (job.workspace / "artifacts").rglob("*") if path.is_dir()]
    assert {path.stat().st_uid for path in [job.workspace / "artifacts", *folders]} == {OWNER}
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o755}
    assert result.post().exit_code == 0


def test_a_cancelled_download_leaves_the_workspace_as_it_was(step, ran, job, github):
    job.write("README.md", "mine")
    before = tree(job)
    github.blobs.bytes_per_second = 200_000
    run = ran(*(Upload(name=f"video-{n}", content=os.urandom(4_000_000)) for n in range(3)))
    running = step("fetch-artifacts", run_id=run.id).start()
    running.wait_for("video-2")
    result = running.cancel()
    assert result.exit_code == 130, result.log
    assert result.cancelled_within < 7
    assert (result.outputs["verdict"], result.outputs["reason"]) == ("unproven", "cancelled")
    assert tree(job) == before


def test_a_cancel_while_storage_is_silent_ends_in_time_all_the_same(step, ran, job, github):
    before = tree(job)
    github.blobs.faults.on("GET", "*/blobs/*", after_accept=faults.slow(25))
    run = ran(*(Upload(name=f"logs-{n}", content=LOGS) for n in range(3)))
    running = step("fetch-artifacts", run_id=run.id).start()
    running.wait_for("logs-2")
    result = running.cancel()
    assert result.exit_code == 130, result.log
    assert result.cancelled_within < 7
    assert tree(job) == before


def test_a_kill_leaves_nothing_half_placed_and_the_post_step_sweeps(step, ran, job, github):
    job.write("README.md", "mine")
    before = tree(job)
    github.blobs.bytes_per_second = 200_000
    running = step("fetch-artifacts", run_id=ran(Upload(name="video", content=os.urandom(4_000_000))).id).start()
    running.wait_for("  video (")
    running.end()
    half = tree(job)
    assert not any(path.startswith("artifacts") for path in half)
    post = running.step.start(entrypoint=running.step.metadata.post_entrypoint).finish()
    assert post.exit_code == 0, post.log
    assert tree(job) == before


def test_evidence_is_kept_and_brought_back_when_github_has_nothing_any_more(step, ran, job, github):
    run = ran(Upload(name="tracktor-logs", content=LOGS))
    kept = step("archive-artifacts", run_id=run.id, s3_bucket="file:kept", subject_sha="b" * 40).run()
    assert kept.exit_code == 0, kept.log
    assert (kept.outputs["reason"], set(kept.created.values())) == ("archived", {OWNER})
    github.faults.on("GET", "/zip", faults.status(410, "Artifact has expired"))
    brought = step("fetch-artifacts", run_id=run.id, s3_bucket="file:kept", sources="s3").run()
    assert brought.exit_code == 0, brought.log
    assert (job.workspace / "artifacts/tracktor-logs/logs/home.jsonl").read_bytes() == LOGS["logs/home.jsonl"]


def test_evidence_in_s3_with_a_role_taken_by_the_jobs_own_token(step, ran, job, github, place):
    around = github.oidc.job(github.repository("acme/app"))
    job.id_token_url = around["ACTIONS_ID_TOKEN_REQUEST_URL"]
    job.id_token_request_token = around["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
    job.env = {"AWS_ENDPOINT_URL": github.aws.url}
    s3 = boto3.client("s3", endpoint_url=github.aws.url, region_name="eu-west-1", **CREDENTIALS)
    s3.create_bucket(Bucket="evidence", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.close()
    where = {"s3_bucket": "evidence", "aws_role": "arn:aws:iam::123456789012:role/evidence", "aws_region": "eu-west-1"}
    run = ran(Upload(name="tracktor-logs", content=LOGS))
    kept = step("archive-artifacts", run_id=run.id, subject_sha="b" * 40, **where).run()
    assert kept.exit_code == 0, kept.log
    brought = step("fetch-artifacts", run_id=run.id, sources="s3", **where).run()
    assert (brought.exit_code, brought.outputs["source"]) == (0, "s3"), brought.log
