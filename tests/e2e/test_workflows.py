"""The TRACKTOR flow as its users have it: whole workflows under a workflow engine, the app's repository in the sandbox."""

import json
from pathlib import Path

import pytest
from tests.as_the_runner.action_yml import ROOT
from tests.workflows import Act, missing

from crossproof_sandbox import RunningClock, Sandbox, Upload, faults

HOME, APP = "example-org/tracking", "example-org/mobile-app"
EXAMPLES = ROOT / "actions/tealium-proof/examples"
CHILD = (ROOT / "actions/dispatch-and-wait/examples/child.yml").read_text(encoding="utf-8")
RECEIVE = (EXAMPLES / "receive.yml").read_text(encoding="utf-8")
PLAN = """\
plan: 1
name: apps
version: "1"
events:
  home:
    match: {name: home}
    count: {min: 1}
    params:
      page_document_type: {const: home}
"""
CALLER = """\
name: Caller
on: push
permissions: {}
jobs:
  tracking:
    permissions: {contents: read, statuses: write, id-token: write}
    uses: crossproof/crossproof/.github/workflows/prove-tracking.yml@v1
    with:
      repository: example-org/mobile-app
      plan: tracking/ios.plan.yaml
MORE
    secrets:
      token: ${{ secrets.MOBILE_APP_TOKEN }}
  deploy:
    needs: tracking
    runs-on: ubuntu-latest
    steps:
      - env: {SAID: "${{ needs.tracking.outputs.verdict }} ${{ needs.tracking.outputs.reason }}"}
        run: echo "deployed after $SAID"
"""


def log(kind="home"):
    event = {"timestamp": 1770370997.3, "name": "home", "type": "view", "params": {"page_document_type": kind}}
    return {"home.jsonl": json.dumps(event) + "\n"}


def logs(name="tracktor-logs-1", kind="home"):
    return Upload(name=name, content=log(kind))


@pytest.fixture
def github():
    with Sandbox(clock=RunningClock()) as github:
        github.repository(APP, private=True).workflow("tracktor-tests.yml", CHILD)
        yield github


@pytest.fixture
def app(github):
    return github.repository(APP)


@pytest.fixture
def here(github, tmp_path) -> Act:
    """The tracking repository, as it is checked out."""
    if why := missing():
        pytest.skip(why)
    home = github.repository(HOME, private=True)
    home.workflow("receive.yml", RECEIVE)
    files = {"tracking/ios.plan.yaml": PLAN}
    for name, text in files.items():
        (tmp_path / "checkout" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "checkout" / name).write_text(text)
    return Act(
        work=tmp_path / "act",
        checkout=tmp_path / "checkout",
        api_url=github.url,
        repository=HOME,
        sha=home.commit(files),
        token=github.actions_token(HOME),
        secrets={"MOBILE_APP_TOKEN": github.token(repositories=[APP])},
    )


def calling(**inputs):
    """A workflow that calls ours, and has a job that is to run only after a proof."""
    more = "".join(f"      {name}: {json.dumps(value)}\n" for name, value in inputs.items())
    return CALLER.replace("MORE\n", more)


def ending(played):
    """What a person sees: red or green, why, what the commit was told, and whether the next job ran."""
    [prove] = [job for name, job in played.jobs.items() if name.endswith("/Prove")]
    said = prove.outputs.get("end", {})
    return played.green, said.get("verdict"), said.get("reason"), "deployed after" in played.log


def states(github):
    return [(one.context, one.state) for one in github.repository(HOME).discussion.statuses]


def kept(played) -> dict[str, list[str]]:
    """What the artifacts of the run hold, without the long tail of reports."""
    return {
        place.name: sorted(str(file.relative_to(place / "files")) for file in place.rglob("*.jsonl"))
        for place in played.artifacts.iterdir()
    }


def only(folder: Path):
    [found] = folder.iterdir()
    return found


class TestTheReusableWorkflow:
    def test_a_good_change_is_green_its_evidence_kept_its_commit_told(self, here, github, app):
        app.lives(in_progress=1, artifacts=[logs()])
        played = here.play(calling(), "push")
        assert ending(played) == (True, "passed", "proven", True), played.log
        assert "deployed after passed proven" in played.log
        assert states(github) == [(f"crossproof/verdict/{APP} stage", "success")]
        [event] = github.log.of("POST", f"/repos/{APP}/dispatches")
        sent = event.body["client_payload"]
        assert {name: value for name, value in sent.items() if name != "dispatch"} == {
            "commit_sha": here.sha,
            "triggered_by": "octocat",
            "environment": "stage",
            "callback_repo": HOME,
        }
        assert event.body["event_type"] == "run-tracktor-from-tracking-team"
        place = only(played.artifacts)
        assert place.name == f"proof-stage-{here.sha}"
        assert json.loads((place / "kept.json").read_text()) == {"days": "90"}
        assert kept(played)[place.name] == ["evidence/tracktor-logs-1/home.jsonl"]
        assert (place / "files/tealium-proof/index.html").is_file()
        assert "### ✅ tealium-proof: passed (proven)" in played.job("Prove").summary

    def test_a_change_that_breaks_an_event_is_red_and_says_which_and_the_evidence_is_kept(self, here, github, app):
        app.lives(in_progress=1, artifacts=[logs(kind="article")])
        played = here.play(calling(), "push")
        assert ending(played) == (False, "failed", "findings", False), played.log
        assert states(github) == [(f"crossproof/verdict/{APP} stage", "failure")]
        assert kept(played) == {f"proof-stage-{here.sha}": ["evidence/tracktor-logs-1/home.jsonl"]}
        assert "home.page\\_document\\_type is not 'home'" in played.job("Prove").summary

    def test_tests_that_failed_are_no_proof_though_their_logs_are_as_planned(self, here, github, app):
        app.lives(in_progress=1, conclusion="failure", artifacts=[logs()])
        played = here.play(calling(s3_bucket="file:.crossproof/kept"), "push")
        assert ending(played) == (False, "failed", "child-failed", False), played.log
        assert states(github) == [(f"crossproof/verdict/{APP} stage", "failure")]
        proof = played.job("Prove").outputs["proof"]
        assert (proof["child_verdict"], proof["logs_verdict"]) == ("failed", "passed")
        # The archive has what was recorded, and knows no newer proof.
        store = played.artifacts / f"proof-stage-{here.sha}/files/kept/crossproof"
        assert (store / "index/v1").is_dir()
        assert not (store / "index/v1/latest").exists()

    def test_logs_that_may_not_be_read_prove_nothing(self, here, github, app):
        app.lives(in_progress=1, artifacts=[logs()])
        github.faults.on("GET", "*/artifacts/*/zip", faults.status(403))
        played = here.play(calling(), "push")
        assert ending(played) == (False, "unproven", "no-access", False), played.log
        assert states(github) == [(f"crossproof/verdict/{APP} stage", "error")]

    def test_a_green_run_that_recorded_nothing_proves_nothing(self, here, github, app):
        app.lives(in_progress=1)
        played = here.play(calling(), "push")
        assert ending(played) == (False, "unproven", "none-found", False), played.log
        assert states(github) == [(f"crossproof/verdict/{APP} stage", "error")]

    def test_logs_of_another_commit_prove_nothing_of_this_one(self, here, github, app):
        app.lives(in_progress=1, artifacts=[logs(f"tracktor-logs-{'b' * 40}")])
        played = here.play(calling(), "push")
        assert ending(played) == (False, "unproven", "foreign-artifact", False), played.log
        assert "success" not in [state for _, state in states(github)]

    def test_logs_of_a_run_that_was_cut_off_condemn_nothing(self, here, github, app):
        app.lives(in_progress=1, conclusion="cancelled", artifacts=[logs(kind="article")])
        played = here.play(calling(), "push")
        assert ending(played) == (False, "unproven", "child-cancelled", False), played.log
        assert states(github) == [(f"crossproof/verdict/{APP} stage", "error")]

    def test_what_could_not_be_kept_is_not_proven(self, here, github, app):
        app.lives(in_progress=1, artifacts=[logs()])
        played = here.play(calling(s3_bucket="file:../elsewhere"), "push")
        assert ending(played) == (False, "unproven", "not-kept", False), played.log
        assert "success" not in [state for _, state in states(github)]

    def test_an_environment_that_nobody_knows_starts_nothing(self, here, github):
        played = here.play(calling(environment="staging"), "push")
        assert ending(played) == (False, "unproven", "bad-input", False), played.log
        assert github.log.of("POST", f"/repos/{APP}/dispatches") == []
        assert [state for _, state in states(github)] == []

    def test_a_workflow_is_started_with_the_same_four_where_no_event_is_wanted(self, here, github, app):
        app.lives(in_progress=1, artifacts=[logs()])
        played = here.play(calling(event_type="", workflow="tracktor-tests.yml", environment="qa"), "push")
        assert ending(played) == (True, "passed", "proven", True), played.log
        [started] = github.log.of("POST", "*/workflows/*/dispatches")
        assert {"commit_sha", "triggered_by", "environment", "callback_repo"} < set(started.body["inputs"])
        assert states(github) == [(f"crossproof/verdict/{APP} qa", "success")]
