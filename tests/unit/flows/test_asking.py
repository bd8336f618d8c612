"""What each action of a proof is asked: exactly this run, exactly these artifacts, for exactly this commit."""

import json
from importlib import import_module

import pytest

from crossproof.actions import module_of
from crossproof.flows import asking
from crossproof.flows.asking import Proof
from crossproof.flows.deciding import PROVEN, Part
from crossproof.flows.prove_contract import Change, Inputs
from crossproof.outcome import Outcome
from crossproof.runner.inputs import parse
from crossproof.units import RepoRef, Sha

COMMIT = Sha("b" * 40)
DONE = {
    Part.CHILD: Outcome(reason=PROVEN, sentence="", outputs={"run_id": "17", "run_attempt": "2"}),
    Part.FETCH: Outcome(
        reason=PROVEN,
        sentence="",
        outputs={"path": "logs", "manifest_path": "f/manifest.json", "artifacts": '[{"id": 5}, {"id": 6}]'},
    ),
}


def proof(**given: str) -> Proof:
    needed = {"repository": "acme/ios-app", "plan": "plan.yaml", "token": "made-up"}
    inputs = parse(Inputs, {**needed, **given}.items())
    return Proof(inputs=inputs, change=Change(repository=RepoRef("acme", "tracking"), commit=COMMIT, actor="manual"))


def asked(made: Proof):
    yield Part.CHILD, asking.child(made, keyed=True)
    yield Part.CHILD, asking.child(made, keyed=False, dry_run=True)
    yield Part.FETCH, asking.fetch(made, DONE, "logs")
    yield Part.JUDGE, asking.judge(made, DONE)
    yield "notify", asking.tell(made, "report.json")
    if made.keeps:
        yield Part.KEEP, asking.keep(made, DONE, "judged")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"s3_bucket": "file:evidence", "tealium_profile": "bild-apps", "tealium_version": "242"},
        {"workflow": "tracktor.yml", "environment": "prod"},
        {"workflow": "tracktor.yml", "event_type": "run", "app_id": "1", "app_private_key": "made-up"},
        {"s3_bucket": "evidence", "aws_role": "arn:aws:iam::123456789012:role/x", "s3_prefix": "team"},
    ],
)
def test_every_action_understands_what_it_is_asked(given):
    for action, texts in asked(proof(**given)):
        parse(import_module(module_of(action)).Inputs, texts.items())


def test_the_very_attempt_and_the_very_artifacts_are_fetched_judged_and_kept():
    made = proof(s3_bucket="file:evidence")
    fetch, judge, keep = asking.fetch(made, DONE, "logs"), asking.judge(made, DONE), asking.keep(made, DONE, "judged")
    assert (fetch["run_id"], fetch["run_attempt"], fetch["artifacts"]) == ("17", "2", "tracktor-logs-*")
    assert (judge["logs"], judge["manifest"], judge["subject_sha"]) == ("logs", "f/manifest.json", COMMIT.hex)
    assert (keep["run_id"], keep["run_attempt"], keep["artifact_ids"]) == ("17", "2", "5,6")
    assert (keep["subject_sha"], keep["validation_report"], keep["latest_when"]) == (COMMIT.hex, "judged", "passed")


def test_an_event_carries_the_four_agreed_keys_and_a_workflow_only_what_it_declares():
    sent = json.loads(asking.child(proof(), keyed=True)["client_payload"])
    assert sent == {
        "commit_sha": COMMIT.hex,
        "triggered_by": "manual",
        "environment": "stage",
        "callback_repo": "acme/tracking",
    }
    by_name = asking.child(proof(workflow="tracktor.yml"), keyed=True)
    assert "client_payload" not in by_name
    assert set(json.loads(by_name["inputs"])) == {"commit_sha", "triggered_by", "environment"}


def test_commit_environment_and_deployment_make_an_occasion_and_nothing_else_does():
    occasions = {
        proof(**given).occasion
        for given in (
            {},
            {"environment": "prod"},
            {"tealium_profile": "bild-apps", "tealium_version": "241"},
            {"tealium_profile": "bild-apps", "tealium_version": "242"},
        )
    }
    assert len(occasions) == 4
    assert proof(plan="other.yaml", s3_bucket="x").occasion == proof().occasion
