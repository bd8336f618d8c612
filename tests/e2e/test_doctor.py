"""doctor as a user meets it: in the image and as a process, good, bad, cut off, and in a hostile workspace."""

import json

import pytest
from tests.as_the_runner import OWNER, Step

from crossproof_sandbox import RunningClock, Sandbox, faults

WORKFLOW = "on: workflow_dispatch\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"


@pytest.fixture
def github():
    with Sandbox(clock=RunningClock()) as github:
        github.repository("acme/app", private=True).workflow("e2e.yml", WORKFLOW)
        yield github


@pytest.fixture
def doctor(github, job, place):
    def step(token: str, **inputs: str) -> Step:
        job.secrets = {"TOKEN": token}
        given = {"token": "${{ secrets.TOKEN }}", "api_url": github.url, "needs": "doctor", **inputs}
        return Step(job=job, action="doctor", on=place, inputs=given)

    return step


def test_a_job_that_has_what_it_needs_is_told_so(doctor, github):
    result = doctor(github.token()).run()
    assert result.exit_code == 0, result.log
    assert (result.outputs["verdict"], result.outputs["reason"]) == ("passed", "ready")
    assert result.log.splitlines()[0].startswith("doctor: what can this job do on")
    assert result.log.splitlines()[-1] == "✅ passed (ready): Every need is met on acme/app (1 checked)."
    assert "### ✅ doctor: passed" in result.summary
    assert not result.refused


def test_its_files_belong_to_the_workspaces_owner_and_say_what_the_log_says(doctor, github, job):
    result = doctor(github.token()).run()
    assert set(result.created.values()) == {OWNER}
    report = json.loads((job.workspace / result.outputs["report_path"]).read_text())
    assert (report["verdict"], report["reason"]) == ("passed", "ready")
    assert (job.workspace / ".crossproof" / ".gitignore").read_text() == "*\n"


def test_the_token_is_nowhere(doctor, github, job):
    token = github.token()
    result = doctor(token).run()
    everything = result.raw.replace(f"::add-mask::{token}", "") + result.summary + json.dumps(result.outputs)
    everything += "".join(file.read_text() for file in (job.workspace / ".crossproof").rglob("*") if file.is_file())
    assert token not in everything


def test_a_repository_that_cannot_be_seen_is_unproven_and_names_what_to_grant(doctor, github):
    result = doctor(github.token({"metadata": "read"}, repositories=["acme/other"])).run()
    assert result.exit_code == 3
    assert result.outputs["reason"] == "not-found-out"
    assert "acme/app does not exist, or this fine-grained personal access token cannot see it" in result.summary
    assert "Metadata: read on acme/app" in result.summary


def test_an_outage_is_unproven_and_never_a_missing_permission(doctor, github):
    github.faults.on("GET", "/repos/acme/app", faults.status(404, "Not Found"))
    result = doctor(github.token()).run()
    assert result.exit_code == 3
    assert result.outputs["missing"] == "[]"


def test_a_typing_error_in_an_input_is_answered_with_the_nearest_name(doctor, github):
    result = doctor(github.token(), repositori="acme/app").run()
    assert result.exit_code == 2
    assert "repositori: is not an input of this action; did you mean repository?" in result.log
    assert result.outputs["missing"] == "[]"


def test_hyphenated_inputs_arrive(doctor, github):
    result = doctor(github.token(), **{"report-dir": "out"}).run()
    assert result.outputs["report_path"] == "out/report.json"


def test_a_step_that_is_cancelled_while_github_is_silent_ends_at_once_and_says_how(doctor, github):
    github.faults.on("GET", "/rate_limit", faults.slow(30))
    running = doctor(github.token()).start()
    running.wait_for("Asking GitHub")
    result = running.cancel()
    assert result.exit_code == 130
    assert result.cancelled_within < 7
    assert (result.outputs["verdict"], result.outputs["reason"]) == ("unproven", "cancelled")


def test_a_step_that_is_cancelled_before_it_began_ends_at_once(doctor, github):
    running = doctor(github.token()).start()
    result = running.cancel()
    assert result.exit_code in {130, 1, -2}
    assert result.cancelled_within < 7


def test_files_of_the_workspace_are_never_imported(doctor, github, job):
    job.write("json.py", "raise SystemExit(99)\n")
    job.write("github.py", "raise SystemExit(99)\n")
    assert doctor(github.token()).run().exit_code == 0


def test_a_role_taken_with_the_jobs_own_token_is_shown_by_its_claims_and_never_the_token(doctor, github, job):
    around = github.oidc.job(github.repository("acme/app"))
    job.id_token_url = around["ACTIONS_ID_TOKEN_REQUEST_URL"]
    job.id_token_request_token = around["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
    job.env = {"AWS_ENDPOINT_URL": github.aws.url}
    result = doctor(github.token(), aws_role="arn:aws:iam::123456789012:role/ci", aws_region="eu-west-1").run()
    assert result.exit_code == 0, result.log
    report = json.loads((job.workspace / result.outputs["report_path"]).read_text())
    seen = report["details"]["seen"]
    assert "sub repo:acme/app:ref:refs/heads/main" in seen["OIDC"]
    assert "assumed-role/ci/crossproof" in seen["AWS"]
    assert "eyJ" not in result.log + result.summary + json.dumps(report)


def test_a_role_without_the_permission_to_ask_for_tokens_is_unknown_and_shows_the_yaml(doctor, github):
    result = doctor(github.token(), aws_role="arn:aws:iam::123456789012:role/ci", aws_region="eu-west-1").run()
    assert result.exit_code == 3
    assert result.outputs["reason"] == "not-found-out"
    assert "id-token: write" in result.summary


def test_a_key_that_is_none_is_a_fault_of_the_call_and_not_ours(job, place):
    """In a process of its own: what it loads late, a process that has run other tests has loaded long ago."""
    inputs = {"app_id": "7", "app_private_key": "not a key", "token": ""}
    result = Step(job=job, action="doctor", inputs=inputs, on=place).run()
    assert (result.exit_code, result.outputs["reason"]) == (2, "bad-input"), result.log
    assert [said.properties["title"] for said in result.ear.annotations("error")] == ["Input app_private_key"]
