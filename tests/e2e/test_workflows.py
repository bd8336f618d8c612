"""The TRACKTOR flow as its users have it: whole workflows under a workflow engine, the app's repository in the sandbox."""

import json
from pathlib import Path

import boto3
import pytest
import yaml
from tests.as_the_runner.action_yml import ROOT
from tests.workflows import Act, missing

from crossproof_sandbox import RunningClock, Sandbox, Upload, faults
from crossproof_sandbox.aws import REGION

CREDENTIALS = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
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
def job_of(github, tmp_path):
    """A repository with its files, as a job of its workflows finds it."""
    if why := missing():
        pytest.skip(why)

    def make(repository, files, **more) -> Act:
        place = tmp_path / repository
        for name, text in files.items():
            (place / "checkout" / name).parent.mkdir(parents=True, exist_ok=True)
            (place / "checkout" / name).write_text(text)
            (place / "checkout" / name).chmod(0o755)
        return Act(
            work=place / "act",
            checkout=place / "checkout",
            api_url=github.url,
            repository=repository,
            sha=github.repository(repository).commit(files),
            token=github.actions_token(repository),
            **more,
        )

    return make


@pytest.fixture
def here(github, job_of) -> Act:
    """The tracking repository."""
    github.repository(HOME, private=True).workflow("receive.yml", RECEIVE)
    plans = {f"tracking/{name}.plan.yaml": PLAN for name in ("ios", "app")}
    return job_of(HOME, plans, secrets={"MOBILE_APP_TOKEN": github.token(repositories=[APP])})


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
        assert place.name == f"proof-stage-{here.sha}-{played.job('Prove').outputs['proof']['run_id']}"
        assert json.loads((place / "kept.json").read_text()) == {"days": "90"}
        assert kept(played)[place.name] == ["evidence/tracktor-logs-1/home.jsonl"]
        assert (place / "files/tealium-proof/index.html").is_file()
        assert "### ✅ tealium-proof: passed (proven)" in played.job("Prove").summary
        posts = played.job("Prove").posts
        assert (posts["child"], posts["fetch"]) == ("success", "success")

    def test_a_change_that_breaks_an_event_is_red_and_says_which_and_the_evidence_is_kept(self, here, github, app):
        app.lives(in_progress=1, artifacts=[logs(kind="article")])
        played = here.play(calling(), "push")
        assert ending(played) == (False, "failed", "findings", False), played.log
        assert states(github) == [(f"crossproof/verdict/{APP} stage", "failure")]
        assert [*kept(played).values()] == [["evidence/tracktor-logs-1/home.jsonl"]]
        assert "home.page\\_document\\_type is not 'home'" in played.job("Prove").summary

    def test_tests_that_failed_are_no_proof_though_their_logs_are_as_planned(self, here, github, app):
        app.lives(in_progress=1, conclusion="failure", artifacts=[logs()])
        played = here.play(calling(s3_bucket="file:.crossproof/kept"), "push")
        assert ending(played) == (False, "failed", "child-failed", False), played.log
        assert states(github) == [(f"crossproof/verdict/{APP} stage", "failure")]
        proof = played.job("Prove").outputs["proof"]
        assert (proof["child_verdict"], proof["logs_verdict"]) == ("failed", "passed")
        # The archive has what was recorded and how it was judged, and knows no newer proof.
        store = only(played.artifacts) / "files/kept/crossproof"
        assert [*store.rglob("tealium-proof/report.json"), *store.rglob("*/report.json")] != []
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
        app.lives(in_progress=1, artifacts=[logs(f"tracktor-logs-{here.sha}"), logs(f"tracktor-logs-{'b' * 40}")])
        played = here.play(calling(s3_bucket="file:.crossproof/kept"), "push")
        assert ending(played) == (False, "unproven", "foreign-artifact", False), played.log
        store = only(played.artifacts) / "files/kept/crossproof"
        assert (store / "index/v1").is_dir()
        assert not (store / "index/v1/latest").exists()
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

    def test_an_app_starts_a_workflow_with_the_same_four_where_no_event_is_wanted(self, here, github, app):
        prover = github.app("prover", {"actions": "write", "contents": "read", "metadata": "read"})
        github.install(prover, APP.partition("/")[0], [APP])
        here.secrets = {"KEY": prover.private_key}
        app.lives(in_progress=1, artifacts=[logs()])
        call = calling(event_type="", workflow="tracktor-tests.yml", environment="qa", app_id=str(prover.id))
        call = call.replace("token: ${{ secrets.MOBILE_APP_TOKEN }}", "app_private_key: ${{ secrets.KEY }}")
        played = here.play(call, "push")
        assert ending(played) == (True, "passed", "proven", True), played.log
        [started] = github.log.of("POST", "*/workflows/*/dispatches")
        assert {"commit_sha", "triggered_by", "environment", "callback_repo"} < set(started.body["inputs"])
        assert states(github) == [(f"crossproof/verdict/{APP} qa", "success")]
        assert "PRIVATE KEY" not in played.log


RUN = 30_433_642  # as act numbers the app's run
TRACKTOR = """\
#!/bin/sh
mkdir -p test-results/ios
echo 'LINE' > test-results/ios/home.jsonl
exit CODE
"""


@pytest.fixture
def there(github, job_of):
    """The app's repository, whose tests write a log and end as told; `ended` is how GitHub tells of that run."""

    def make(*, code=0, kind="home", event="repository_dispatch") -> Act:
        script = TRACKTOR.replace("LINE", log(kind)["home.jsonl"].strip()).replace("CODE", str(code))
        act = job_of(
            APP,
            {"e2e/tracktor.sh": script},
            secrets={
                "TRACKING_TEAM_ACCESS_TOKEN": github.token(
                    {"contents": "write", "actions": "read", "metadata": "read"}, repositories=[HOME]
                )
            },
        )
        github.repository(HOME)
        return act

    return make


def at_github(app, played, *, event, conclusion):
    """Let the sandbox know the run that act has played, with the artifacts that it left."""
    uploads = [
        Upload(
            name=place.name,
            content={
                str(file.relative_to(place / "files")): file.read_bytes() for file in (place / "files").rglob("*.jsonl")
            },
        )
        for place in played.artifacts.iterdir()
    ]
    app.ran("tracktor-tests.yml", ago=30, took=20, run_id=RUN, event=event, conclusion=conclusion, artifacts=uploads)


def called_back(github):
    [event] = github.log.of("POST", f"/repos/{HOME}/dispatches")
    assert event.body["event_type"] == "tracktor-results-ready"
    return {"action": "tracktor-results-ready", "client_payload": event.body["client_payload"]}


class TestTheCallback:
    @pytest.mark.parametrize(
        ("code", "result", "verdict"),
        [(0, "success", ("success", "proven")), (1, "failure", ("failure", "child-failed"))],
    )
    def test_whoever_left_is_called_back_however_the_tests_ended(self, here, there, github, app, code, result, verdict):
        asked = {"commit_sha": here.sha, "triggered_by": "ann", "environment": "stage", "callback_repo": HOME}
        ran = there(code=code).play(CHILD, "repository_dispatch", {"client_payload": asked})
        assert ran.green == (code == 0), ran.log
        assert kept(ran) == {f"tracktor-logs-{here.sha}": ["ios/home.jsonl"]}
        assert json.loads((only(ran.artifacts) / "kept.json").read_text()) == {"days": "90"}
        event = called_back(github)
        assert {name: event["client_payload"][name] for name in ("run_id", "commit_sha", "status", "event")} == {
            "run_id": str(RUN),
            "commit_sha": here.sha,
            "status": result,
            "event": "repository_dispatch",
        }
        at_github(app, ran, event="repository_dispatch", conclusion=result)
        received = here.play(RECEIVE, "repository_dispatch", event)
        state, reason = verdict
        assert received.green == (state == "success"), received.log
        assert states(github) == [(f"crossproof/verdict/{APP}", state)]
        assert received.job("results").outputs["proof"]["reason"] == reason
        assert kept(received) == {
            f"validated-tracktor-{here.sha}": [f"evidence/tracktor-logs-{here.sha}/ios/home.jsonl"]
        }

    @pytest.mark.parametrize("callback", [{"event": "tracktor-results-ready", "repo": HOME}, None])
    def test_whoever_asked_with_our_own_action_is_called_back_only_if_it_left(self, here, there, github, callback):
        ours = {"id": "dw-a-token", "repo": HOME, **({"callback": callback} if callback else {})}
        asked = {"commit_sha": here.sha, "environment": "stage", "callback_repo": HOME, "dispatch": ours}
        ran = there().play(CHILD, "repository_dispatch", {"client_payload": asked})
        assert ran.green, ran.log
        assert ran.ran("call-back") == bool(callback)
        if callback:
            assert called_back(github)["client_payload"]["answer_to"] == ours

    @pytest.mark.parametrize("deployed_at", ["2026-01-01T00:00:00Z", "2999-01-01T00:00:00Z"])
    def test_a_run_on_schedule_is_evidence_of_what_was_deployed_before_it(self, here, there, github, app, deployed_at):
        ran = there().play(CHILD, "schedule")
        assert ran.green, ran.log
        event = called_back(github)
        at_github(app, ran, event="schedule", conclusion="success")
        here.variables = {"TEALIUM_COMMIT": here.sha, "TEALIUM_DEPLOYED_AT": deployed_at}
        received = here.play(RECEIVE, "repository_dispatch", event)
        known = deployed_at.startswith("2026")
        assert received.green == known, received.log
        assert states(github) == ([(f"crossproof/verdict/{APP}", "success")] if known else [])

    def test_a_callback_that_names_another_run_proves_nothing(self, here, github, app):
        app.ran("tracktor-tests.yml", ago=900, run_id=RUN, event="workflow_dispatch", artifacts=[logs()])
        claimed = {"run_id": str(RUN), "commit_sha": here.sha, "status": "success"}
        received = here.play(RECEIVE, "repository_dispatch", {"client_payload": claimed})
        assert not received.green, received.log
        assert received.job("results").outputs["called"]["reason"] == "forged-callback"
        assert states(github) == []


# As the app's team wrote it before any of this: no token anywhere, logs and callback only of tests that passed.
THEIR_OWN = """\
name: TRACKTOR E2E Tests
on:
  repository_dispatch:
    types: [run-tracktor-from-tracking-team]
  workflow_dispatch:
  schedule:
    - cron: '0 8 * * 1,4'
jobs:
  run-tracktor-tests:
    runs-on: macos-latest
    steps:
      - uses: actions/checkout@v3
      - run: make e2e
      - if: github.event.action == 'run-tracktor-from-tracking-team'
        uses: actions/upload-artifact@v3
        with:
          name: tracktor-logs-${{ github.event.client_payload.commit_sha }}
          path: test-results/**/*.jsonl
          retention-days: 90
      - if: github.event.action == 'run-tracktor-from-tracking-team'
        uses: peter-evans/repository-dispatch@v3
        with:
          repository: example-org/tracking
          token: ${{ secrets.TRACKING_TEAM_ACCESS_TOKEN }}
          event-type: tracktor-results-ready
          client-payload: '{"run_id": "${{ github.run_id }}", "status": "${{ job.status }}"}'
"""


class TestTheAppsOwnWorkflow:
    @pytest.fixture
    def app(self, github):
        app = github.repository(APP, private=True)
        app.workflow("tracktor-tests.yml", THEIR_OWN)
        return app

    def test_what_it_sends_is_enough_bound_by_the_name_of_its_logs(self, here, github, app):
        named = logs(f"tracktor-logs-{here.sha}")
        app.ran("tracktor-tests.yml", ago=60, run_id=RUN, event="repository_dispatch", artifacts=[named])
        claimed = {"run_id": str(RUN), "commit_sha": here.sha, "status": "success", "artifact_url": "https://x.example"}
        received = here.play(RECEIVE, "repository_dispatch", {"client_payload": claimed})
        assert received.green, received.log
        assert received.job("results").outputs["called"]["bound_by"] == "artifact-name"
        assert states(github) == [(f"crossproof/verdict/{APP}", "success")]

    def test_of_tests_that_failed_it_uploads_nothing_and_so_nothing_binds_them_to_the_commit(self, here, github, app):
        app.ran("tracktor-tests.yml", ago=60, run_id=RUN, event="repository_dispatch", conclusion="failure")
        claimed = {"run_id": str(RUN), "commit_sha": here.sha, "status": "success"}
        received = here.play(RECEIVE, "repository_dispatch", {"client_payload": claimed})
        assert not received.green
        assert received.job("results").outputs["called"]["reason"] == "unbound-commit"
        assert "Let the child show the commit in its title" in received.log
        assert states(github) == []

    def test_started_as_a_workflow_it_would_not_know_for_which_commit_and_is_not_started(self, here, github, app):
        played = here.play(calling(event_type="", workflow="tracktor-tests.yml"), "push")
        assert not played.green
        assert github.log.of("POST", "*/dispatches") == []
        assert played.job("Prove").outputs["proof"]["verdict"] == "unproven"
        assert "commit_sha" in played.job("Prove").summary


class TestTheExamples:
    def test_by_hand_the_form_s_answers_arrive(self, here, github, app):
        app.lives(in_progress=1, artifacts=[logs()])
        form = {"environment": "prod", "repository": APP, "baseline": False}
        played = here.play((EXAMPLES / "by-hand.yml").read_text(), "workflow_dispatch", {"inputs": form})
        assert played.green, played.log
        assert states(github) == [(f"crossproof/verdict/{APP} prod", "success")]

    def test_before_a_release_each_app_is_proven_and_keeps_evidence_of_its_own(self, here, github, app):
        other = github.repository(f"{APP}-android", private=True)
        other.workflow("tracktor-tests.yml", CHILD)
        here.secrets = {"MOBILE_APP_TOKEN": github.token(repositories=[APP, other.full_name])}
        for one in (app, other):
            one.lives(in_progress=1, artifacts=[logs()])
        leave_out = (
            "      baseline: tracking/${{ matrix.platform }}.baseline.json\n",
            "      s3_bucket: example-org-evidence\n",
        )
        text = (EXAMPLES / "pre-release.yml").read_text()
        for line in leave_out:
            assert line in text
            text = text.replace(line, "")
        played = here.play(text, "push")
        assert played.green, played.log
        assert "deploy to Tealium" in played.log
        assert [*kept(played).values()] == [["evidence/tracktor-logs-1/home.jsonl"]] * 2
        told = [(f"crossproof/verdict/{one} stage", "success") for one in (APP, other.full_name)]
        assert sorted(states(github)) == told

    def test_after_a_deployment_that_broke_something_the_last_proven_version_is_named(self, here, github, app):
        text = (EXAMPLES / "post-deploy.yml").read_text().replace("      baseline: tracking/ios.baseline.json\n", "")
        here.env = github.aws.env
        bucket = boto3.client("s3", region_name=REGION, endpoint_url=github.aws.url, **CREDENTIALS)
        bucket.create_bucket(Bucket="example-org-evidence", CreateBucketConfiguration={"LocationConstraint": REGION})
        app.lives(in_progress=1, artifacts=[logs()])
        good = here.play(text, "push")
        assert good.green, good.log
        assert "Roll back" not in good.log
        # A proof that fails is played above; after one in a reusable workflow act starts no further job, as GitHub does.
        stages = yaml.safe_load(text)
        stages["jobs"]["prove"] = {"needs": "deploy", "runs-on": "ubuntu-latest", "steps": [{"run": "exit 1"}]}
        stages["on"] = stages.pop(True)  # to YAML 1.1 `on` is a flag
        bad = here.play(yaml.safe_dump(stages).replace("version=242", "version=243"), "push")
        assert not bad.green
        assert "Roll back to apps 242" in bad.log, bad.log
        assert here.sha in bad.log
