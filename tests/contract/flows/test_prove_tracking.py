"""`crossproof prove-tracking` against a GitHub on loopback: how it ends, and each way it could be green and wrong."""

import hashlib
import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from jsonschema import Draft202012Validator

from crossproof.actions import ACTIONS
from crossproof.errors import NoAccess
from crossproof.flows import prove_tracking
from crossproof_sandbox import Upload, faults, tracktor

SCHEMAS = Path(__file__).parents[3] / "schemas"
SILENT = tracktor.WORKFLOW.replace(
    'run-name: "TRACKTOR [${{ github.event.client_payload.dispatch.id || inputs.correlation_id }}]"\n', ""
)
APP, TRACKING = "acme/ios-app", "acme/tracking"
PASSED, FAILED, UNPROVEN = "passed", "failed", "unproven"


def logs_of(laptop, extension: str, *, name: str = "", seed: str = "x") -> Upload:
    """What the tests of a good app would upload."""
    log = tracktor.record(extension, "stage", laptop.github.clock.now(), seed=seed)
    return Upload(name=name or "tracktor-logs-stage", content={"tracking.jsonl": log}, at=1.0)


# -- as it should be -----------------------------------------------------------------------------------------------------


def test_a_change_whose_tests_and_logs_are_good_is_proven_kept_and_told(laptop, baseline):
    said = laptop.prove("--baseline", baseline)
    sha = laptop.tracking.head.sha
    assert said.ended == (0, PASSED, "proven"), said.log
    assert said.parts == {
        "dispatch-and-wait": (PASSED, "succeeded"),
        "fetch-artifacts": (PASSED, "fetched"),
        "validate-tracking-logs": (PASSED, "as-planned"),
        "archive-artifacts": (PASSED, "archived"),
    }
    assert said.log.splitlines()[-1] == (
        f"✅ passed (proven): Commit {sha[:7]} of acme/tracking is proven in stage: the app's tests passed, 9 events "
        "are as planned, and the evidence is kept in file:evidence."
    )
    assert laptop.status(sha) == ["success"]
    (kept,) = laptop.archived(sha)
    assert (kept["verdict"], kept["conclusion"], kept["deployment"]["environment"]) == (PASSED, "success", "stage")


def test_the_app_is_told_the_four_things_that_were_agreed_and_one_of_ours(laptop):
    seen = []
    laptop.app.lives(lambda trigger: (seen.append(trigger), laptop.lives(trigger))[1])
    assert laptop.prove("--environment", "qa", GITHUB_ACTOR="octocat").code == 0
    (trigger,) = seen
    ours = trigger.client_payload["dispatch"]
    assert trigger.event_type == "run-tracktor-from-tracking-team"
    assert trigger.client_payload == {
        "commit_sha": laptop.tracking.head.sha,
        "triggered_by": "octocat",
        "environment": "qa",
        "callback_repo": "acme/tracking",
        "dispatch": ours,
    }


def test_a_workflow_can_be_started_by_its_name(laptop):
    assert laptop.prove("--workflow", "tracktor.yml").ended == (0, PASSED, "proven")
    assert [one.event for one in laptop.app.runs.values()] == ["workflow_dispatch"]


def test_the_evidence_says_by_hash_which_artifacts_were_judged(laptop):
    laptop.prove()
    (entry,) = laptop.archived(laptop.tracking.head.sha)
    manifest = json.loads((laptop.workspace / "evidence/crossproof" / entry["manifest"]).read_text("utf-8"))
    assert manifest["validation"]["bound"] is True
    assert manifest["subject"] == {"repository": "acme/tracking", "sha": laptop.tracking.head.sha}


def test_the_report_is_an_envelope_that_lists_the_reports_of_its_parts(laptop):
    said = laptop.prove()
    Draft202012Validator(json.loads((SCHEMAS / "report.json").read_text("utf-8"))).validate(said.report)
    details = json.loads((SCHEMAS / "prove-tracking.json").read_text("utf-8"))
    Draft202012Validator(details).validate(said.report["details"])
    listed = {one["path"] for one in said.report["evidence"]}
    assert listed == {f"{action}/report.json" for action in (*said.parts, "notify")}
    assert {name.partition("/")[0] for name in listed} <= set(ACTIONS)
    assert all((said.folder / name).is_file() for name in listed)


def test_without_a_store_nothing_is_kept_and_the_proof_stands(laptop):
    said = laptop.prove("--s3-bucket", "")
    assert said.ended == (0, PASSED, "proven")
    assert "archive-artifacts" not in said.parts
    assert not (laptop.workspace / "evidence").exists()


@pytest.fixture
def bucket(laptop, monkeypatch):
    """Let the laptop be somebody in AWS."""
    aws = laptop.github.aws
    given = {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox", "AWS_REGION": "eu-west-1"}
    for name, value in {**given, "AWS_ENDPOINT_URL": aws.url}.items():
        monkeypatch.setenv(name, value)
    s3 = boto3.client("s3", region_name="eu-west-1")
    s3.create_bucket(Bucket="evidence", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.close()
    return "evidence"


def test_evidence_can_be_kept_in_a_bucket(laptop, bucket):
    said = laptop.prove("--s3-bucket", bucket)
    assert said.ended == (0, PASSED, "proven"), said.log
    assert "the evidence is kept in evidence." in said.log


def test_an_archive_that_cannot_be_used_is_found_before_the_tests_run(laptop, bucket):
    said = laptop.prove("--s3-bucket", "somebody-elses-bucket")
    assert said.ended == (3, UNPROVEN, "unreachable")
    assert "The specified bucket does not exist" in said.log
    (laptop.workspace / "evidence").write_text("no directory")
    assert laptop.prove().ended == (3, UNPROVEN, "unreachable")
    assert laptop.started() == 0


def test_a_bucket_that_refuses_in_the_end_leaves_the_change_unproven(laptop, bucket):
    laptop.app.lives(lambda trigger: (laptop.github.aws.reset(), laptop.lives(trigger))[1])
    said = laptop.prove("--s3-bucket", bucket)
    assert (said.code, said.ended[1]) == (2, UNPROVEN), said.log
    assert said.parts["validate-tracking-logs"] == (PASSED, "as-planned")
    assert said.parts["archive-artifacts"] == (UNPROVEN, "bad-input")


# -- a change that is bad ------------------------------------------------------------------------------------------------


def test_an_event_that_lost_a_param_is_proven_bad_and_named(laptop, baseline):
    sha = laptop.deploy(tracktor.BROKEN)
    said = laptop.prove("--baseline", baseline)
    assert said.ended == (1, FAILED, "findings"), said.log
    assert "article.page_headline is missing; it was always there" in said.report["sentence"]
    assert laptop.status(sha) == ["failure"]
    assert [one["verdict"] for one in laptop.archived(sha)] == [FAILED]


def test_a_failed_run_is_fetched_judged_and_kept_and_good_logs_make_no_proof_of_it(laptop):
    laptop.life = {"conclusion": "failure", "jobs": ()}
    sha = laptop.tracking.head.sha
    said = laptop.prove()
    assert said.ended == (1, FAILED, "child-failed"), said.log
    assert said.parts["validate-tracking-logs"] == (PASSED, "as-planned")
    (kept,) = laptop.archived(sha)
    assert (kept["verdict"], kept["conclusion"]) == (FAILED, "failure")
    judgement = json.loads((said.folder / "judgement/report.json").read_text("utf-8"))
    listed = {one["path"]: one["sha256"] for one in judgement["evidence"]}
    assert {"index.html", "validate-tracking-logs.json", f"plan/{tracktor.PLAN}"} <= set(listed)
    assert all(
        hashlib.sha256((said.folder / "judgement" / name).read_bytes()).hexdigest() == digest
        for name, digest in listed.items()
    )
    assert "statement" not in said.log.partition("outputs:")[2]
    latest = laptop.crossproof("evidence", "find", "--s3-bucket", "file:evidence", "--latest", "stage")
    assert (latest.code, "Nothing" in latest.log) == (3, True)


# -- what could not be found out -----------------------------------------------------------------------------------------


def test_a_run_without_artifacts_proves_nothing(laptop):
    laptop.life = {"artifacts": ()}
    said = laptop.prove()
    assert said.ended == (3, UNPROVEN, "none-found")
    assert laptop.archived(laptop.tracking.head.sha) == []
    assert laptop.status(laptop.tracking.head.sha) == ["error"]


def test_an_artifact_without_a_file_proves_nothing(laptop):
    laptop.life = {"artifacts": (Upload(name="tracktor-logs-x", content={}),)}
    assert laptop.prove().ended == (3, UNPROVEN, "empty")


def test_logs_that_are_none_prove_nothing(laptop):
    laptop.life = {"artifacts": (Upload(name="tracktor-logs-x", content={"screenshot.png": b"\x89PNG"}),)}
    assert laptop.prove().ended == (3, UNPROVEN, "no-log")


def test_logs_of_another_commit_prove_nothing_of_this_one(laptop):
    laptop.life = {"artifacts": (logs_of(laptop, tracktor.GOOD, name=f"tracktor-logs-{'c' * 40}"),)}
    said = laptop.prove()
    assert said.ended == (3, UNPROVEN, "foreign-artifact")
    assert "validate-tracking-logs" not in said.parts
    assert laptop.archived(laptop.tracking.head.sha) == []


def test_old_logs_prove_nothing_of_a_new_run(laptop):
    old = tracktor.record(tracktor.GOOD, "stage", laptop.github.clock.now().replace(year=2025), seed="old")
    laptop.life = {"artifacts": (Upload(name="tracktor-logs-x", content={"tracking.jsonl": old}),)}
    assert laptop.prove().ended == (1, FAILED, "findings")


def test_a_run_that_somebody_cancelled_is_kept_and_never_green(laptop):
    laptop.life = {"conclusion": "cancelled", "jobs": (), "artifacts": (logs_of(laptop, tracktor.GOOD),)}
    said = laptop.prove()
    assert said.ended == (3, UNPROVEN, "child-cancelled"), said.log
    assert said.parts["validate-tracking-logs"] == (PASSED, "as-planned")
    assert [one["verdict"] for one in laptop.archived(laptop.tracking.head.sha)] == [UNPROVEN]


def test_what_a_cancelled_run_did_not_send_condemns_nobody(laptop):
    half = logs_of(laptop, tracktor.GOOD)
    first = str(half.content["tracking.jsonl"]).splitlines(keepends=True)[0]
    laptop.life = {
        "conclusion": "cancelled",
        "jobs": (),
        "artifacts": (replace(half, content={"tracking.jsonl": first}),),
    }
    said = laptop.prove()
    assert said.ended == (3, UNPROVEN, "child-cancelled")
    assert said.parts["validate-tracking-logs"] == (FAILED, "findings")


@pytest.fixture
def occupied(laptop):
    """While the tests run, a file takes the archive's place."""
    evidence = laptop.workspace / "evidence"
    laptop.app.lives(lambda trigger: (evidence.write_text("no directory"), laptop.lives(trigger))[1])


@pytest.mark.usefixtures("occupied")
def test_a_proof_that_could_not_be_kept_is_not_green(laptop):
    said = laptop.prove()
    assert (said.code, said.ended[1]) == (3, UNPROVEN), said.log
    assert said.parts["validate-tracking-logs"] == (PASSED, "as-planned")
    assert laptop.status(laptop.tracking.head.sha) == ["error"]


@pytest.mark.usefixtures("occupied")
def test_a_bad_change_stays_proven_bad_where_it_could_not_be_kept(laptop):
    laptop.deploy(tracktor.BROKEN)
    said = laptop.prove()
    assert said.ended == (1, FAILED, "findings")
    assert "Besides, archive-artifacts: " in said.report["sentence"]


def test_two_workflows_that_listen_leave_open_whose_logs_count(laptop):
    laptop.app.workflow("other.yml", tracktor.WORKFLOW.replace("TRACKTOR E2E Tests", "Other"))
    said = laptop.prove()
    assert said.ended == (3, UNPROVEN, "several-runs")
    assert "--workflow" in said.log
    event = ("--event-type", tracktor.EVENT)
    assert laptop.prove("--workflow", "tracktor.yml", *event).ended == (0, PASSED, "proven")


def test_a_token_that_may_not_start_anything_is_told_what_it_lacks(laptop):
    blind = laptop.github.token({"metadata": "read"}, repositories=["acme/tracking"])
    said = laptop.prove(GH_TOKEN=blind)
    assert said.ended == (3, UNPROVEN, "no-access")
    assert laptop.started() == 0


def test_a_call_that_started_nothing_says_what_must_change_and_nothing_about_the_commit(laptop):
    said = laptop.prove("--event-type", "run-tractor")
    assert said.ended == (2, UNPROVEN, "preflight")
    assert "listens to 'run-tractor'; it listens to run-tracktor-from-tracking-team." in said.log.splitlines()[-1]
    assert laptop.status(laptop.tracking.head.sha) == []
    assert laptop.prove(GH_TOKEN="").ended == (2, UNPROVEN, "bad-input")


def test_a_status_that_could_not_be_set_turns_nothing(laptop):
    laptop.github.faults.on("POST", "*/statuses/*", faults.status(403, "Not accessible"))
    said = laptop.prove()
    assert said.ended == (0, PASSED, "proven")
    where = f"crossproof/verdict/{APP} stage on {TRACKING}@{laptop.tracking.head.sha[:7]}"
    assert f"{where}: not-told" in said.log
    assert said.report["verdict"] == PASSED


def test_each_app_and_environment_has_a_status_of_its_own(laptop):
    laptop.prove()
    laptop.life = {"conclusion": "cancelled", "jobs": ()}
    laptop.prove("--environment", "qa")
    said = {one.context: one.state for one in laptop.tracking.discussion.statuses}
    assert said == {f"crossproof/verdict/{APP} stage": "success", f"crossproof/verdict/{APP} qa": "error"}


def test_who_is_interrupted_while_the_evidence_is_kept_has_no_proof_though_all_was_well_so_far(laptop):
    laptop.github.faults.on("GET", "*/zip", before=lambda: os.kill(os.getpid(), signal.SIGINT), skip=1)
    said = laptop.prove()
    assert said.ended == (130, UNPROVEN, "cancelled"), said.log
    assert said.parts["validate-tracking-logs"] == (PASSED, "as-planned")
    assert said.parts["archive-artifacts"] == (UNPROVEN, "cancelled")
    assert "It was cut off at archive-artifacts." in said.log.splitlines()[-1]
    assert laptop.status(laptop.tracking.head.sha) == []
    assert laptop.archived(laptop.tracking.head.sha) == []


# -- once, and not twice -------------------------------------------------------------------------------------------------


def test_who_asks_again_joins_the_run_and_is_told_so(laptop):
    first, second = laptop.prove(), laptop.prove()
    assert (first.ended, second.ended) == ((0, PASSED, "proven"), (0, PASSED, "proven"))
    assert laptop.started() == 1
    assert "Not started anew" in second.log
    assert second.parts["archive-artifacts"] == (PASSED, "already-archived")


def test_another_commit_environment_or_deployment_is_another_proof(laptop):
    laptop.prove()
    laptop.prove("--environment", "qa")
    laptop.prove("--tealium-profile", "bild-apps", "--tealium-version", "242")
    laptop.deploy(tracktor.GOOD + "// touched\n")
    laptop.prove()
    assert laptop.started() == 4


def test_an_answer_that_got_lost_starts_nothing_twice(laptop):
    laptop.github.faults.on("POST", "/dispatches", after_accept=faults.status(502), times=1)
    assert laptop.prove().ended == (0, PASSED, "proven")
    assert laptop.prove().ended == (0, PASSED, "proven")
    assert (laptop.started(), len(laptop.app.runs)) == (1, 1)


def test_an_app_that_shows_no_token_is_proven_too_and_the_caller_knows_the_price(laptop):
    laptop.app.workflow("tracktor.yml", SILENT)
    said = laptop.prove()
    assert said.ended == (0, PASSED, "proven"), said.log
    assert "Whoever asks for this proof again starts the tests again" in said.log


# -- before anything is sent ---------------------------------------------------------------------------------------------


def test_a_plan_that_cannot_be_used_is_found_before_the_tests_run(laptop):
    laptop.tracking.commit({tracktor.PLAN: "plan: 1\nname: x\n"})
    laptop.deploy(tracktor.GOOD)
    assert laptop.prove().ended == (2, UNPROVEN, "plan-invalid")
    assert laptop.prove("--plan", "nowhere.yaml").code == 2
    assert laptop.started() == 0


def test_a_baseline_of_another_kind_is_found_before_the_tests_run(laptop, baseline):
    assert laptop.prove("--baseline", baseline, "--platform", "android").ended == (3, UNPROVEN, "baseline-unfit")
    assert laptop.prove("--baseline", "nowhere.json").ended == (2, UNPROVEN, "bad-input")
    assert laptop.started() == 0


def test_a_dry_run_shows_everything_and_sends_nothing(laptop):
    said = laptop.prove("--dry-run")
    assert said.ended == (0, UNPROVEN, "dry-run")
    assert f'"commit_sha": "{laptop.tracking.head.sha}"' in said.log
    for part in ("sent", "fetched", "judged", "kept", "told", "callback_repo"):
        assert part in said.log
    assert [one for one in laptop.github.log if one.method != "GET"] == []
    assert not (laptop.workspace / "evidence").exists()


def test_a_dry_run_of_what_cannot_work_says_so(laptop):
    said = laptop.prove("--dry-run", "--event-type", "run-tractor")
    assert said.ended == (2, UNPROVEN, "preflight")
    assert laptop.started() == 0


def test_what_is_not_committed_is_not_proven_and_the_caller_knows(laptop):
    (laptop.workspace / tracktor.EXTENSION).write_text(tracktor.BROKEN)
    said = laptop.prove()
    assert said.log.startswith("Warning: Not committed")
    assert tracktor.EXTENSION in said.log.splitlines()[0]
    assert "Not committed" not in laptop.prove("--commit", laptop.tracking.head.sha).log


def test_outside_of_a_checkout_the_commit_must_be_named(laptop, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    said = laptop.prove(GITHUB_WORKSPACE=str(tmp_path / "elsewhere"))
    assert said.code == 2
    assert "--subject-repository: is required" in said.log


def test_help_lists_the_flags_and_no_secret(laptop):
    said = laptop.crossproof("prove-tracking", "--help")
    assert said.code == 0
    assert "--repository (required)" in said.log
    assert "--token" not in said.log


# -- after a deployment --------------------------------------------------------------------------------------------------


def live(version: str) -> tuple[str, ...]:
    return ("--environment", "prod", "--tealium-profile", "bild-apps", "--tealium-version", version)


def test_a_bad_deployment_names_the_version_that_was_proven_last(laptop):
    assert laptop.prove(*live("241")).ended == (0, PASSED, "proven")
    laptop.deploy(tracktor.BROKEN)
    said = laptop.prove(*live("242"))
    assert said.ended == (1, FAILED, "findings")
    assert said.report["details"]["roll_back"]["state"] == "known"
    assert said.report["details"]["roll_back"]["version"] == "241"
    assert "Roll back to bild-apps 241: it was proven in prod, on 2026-11-02 by run" in said.log


def test_a_version_that_was_good_yesterday_is_not_blamed_alone(laptop):
    laptop.prove(*live("241"))
    laptop.prove(*live("242"))
    laptop.deploy(tracktor.BROKEN)
    said = laptop.prove(*live("242"))
    assert said.report["details"]["roll_back"]["version"] == "241"
    assert "But bild-apps 242 was proven there itself, on 2026-11-02 by run" in said.report["sentence"]


def test_what_was_proven_elsewhere_or_never_is_nothing_to_go_back_to(laptop):
    laptop.prove("--environment", "stage", *live("241")[2:])
    laptop.deploy(tracktor.BROKEN)
    said = laptop.prove(*live("242"))
    assert said.report["details"]["roll_back"]["state"] == "none"
    assert "No other version of bild-apps was ever proven in prod" in said.report["sentence"]


@pytest.mark.parametrize("trouble", ["no store", "damaged"])
def test_an_archive_that_cannot_be_read_does_not_say_that_there_is_nothing(laptop, trouble):
    laptop.prove(*live("241"))
    laptop.deploy(tracktor.BROKEN)
    if trouble == "damaged":
        (index,) = (laptop.workspace / "evidence").rglob("deployment/bild-apps/241.json")
        index.write_text("{")
    said = laptop.prove(*live("242"), *(("--s3-bucket", "") if trouble == "no store" else ()))
    assert said.report["details"]["roll_back"]["state"] == "unknown"
    assert "Which version of bild-apps was proven last is not known: " in said.report["sentence"]


def test_an_archive_that_is_lost_on_the_way_does_not_lose_the_verdict(laptop, monkeypatch):
    laptop.deploy(tracktor.BROKEN)
    opened = [prove_tracking.store]

    def store(*given):
        if not opened:
            raise NoAccess("The role was taken back.")
        return opened.pop()(*given)

    monkeypatch.setattr(prove_tracking, "store", store)
    said = laptop.prove(*live("242"))
    assert said.ended == (1, FAILED, "findings")
    assert (
        "Which version of bild-apps was proven last is not known: The role was taken back." in said.report["sentence"]
    )


def test_a_deployment_has_a_profile_and_a_version(laptop):
    assert laptop.prove("--tealium-version", "241").code == 2
