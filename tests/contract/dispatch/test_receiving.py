"""A whole round over real sockets: ask and leave, the child answers, the receiver proves what it says."""

import pytest
from tests.at_sandbox import CHILD, HOME, Step

from crossproof.actions import receive_results
from crossproof.errors import CrossproofError
from crossproof.runner.inputs import parse
from crossproof.units import RepoRef
from crossproof_sandbox import Upload

SEED = """
name: TRACKTOR E2E Tests
on:
  repository_dispatch:
    types: [run-tracktor-from-tracking-team]
jobs:
  run-tracktor-tests: {runs-on: macos-latest, steps: [{run: make test}]}
"""


def receive(github, payload, **given):
    step = Step(github)
    world = receive_results.World(
        outside=step.outside(),
        event=lambda: {"client_payload": payload},
        here=RepoRef.parse(HOME),
        server_url="https://github.example",
    )
    pairs = {"token": "t", "repository": CHILD, "workflow": "tests.yml", **given}
    return receive_results.run(parse(receive_results.Inputs, list(pairs.items())), world)


def test_asked_with_a_callback_the_child_s_answer_is_proven_by_its_token(github, child):
    child.lives(in_progress=20)
    asked = Step(github).run(event_type="track", mode="dispatch", callback_event="track-results")
    assert asked.reason.word == "dispatched"
    [run] = child.runs.values()
    payload = github.log.of("POST", "*/dispatches")[0].body["client_payload"]["dispatch"]
    assert payload["callback"] == {"event": "track-results", "repo": HOME}
    sha = github.repository(HOME).history.branches["main"]
    outcome = receive(github, {"run_id": run.id, "commit_sha": sha, "answer_to": payload})
    assert (outcome.reason.word, outcome.outputs["bound_by"]) == ("succeeded", "token-in-title")


def test_the_app_team_s_workflow_needs_no_change_to_be_proven(github, child):
    child.workflow("tracktor-tests.yml", SEED)
    sha = "a" * 39 + "1"
    logs = Upload(name=f"tracktor-logs-{sha}", content={"events.jsonl": "{}"}, at=1)
    child.lives(queued=1, in_progress=30, artifacts=[logs])
    Step(github).run(
        mode="dispatch",
        event_type="run-tracktor-from-tracking-team",
        callback_event="tracktor-results-ready",
        client_payload=f'{{"commit_sha": "{sha}"}}',
    )
    [run] = child.runs.values()
    github.clock.advance(5)  # the callback is the last step of a job that still runs
    payload = {"run_id": str(run.id), "commit_sha": sha, "status": "success", "artifact_url": "https://x"}
    outcome = receive(github, payload, workflow="tracktor-tests.yml")
    assert (outcome.reason.word, outcome.outputs["bound_by"]) == ("succeeded", "artifact-name")
    stale = receive(github, {**payload, "commit_sha": "b" * 40}, workflow="tracktor-tests.yml")
    assert stale.reason.word == "unbound-commit"


def test_a_forged_run_is_refused(github, child):
    other = child.ran("tests.yml", ago=100, took=1, event="push")
    with pytest.raises(CrossproofError) as refusal:
        receive(github, {"run_id": other.id, "commit_sha": "a" * 40})
    assert refusal.value.reason.word == "forged-callback"
