"""receive-results: a callback is believed only as far as GitHub shows the same, and only for the commit it is bound to."""

import json
from dataclasses import dataclass, field, replace

import pytest
from inline_snapshot import snapshot
from tests.dispatching import CHILD, HOME, Ears, FakeGithub, Life, outside, refused, trouble

from crossproof.actions import receive_results as action
from crossproof.dispatch.runs import Artifact
from crossproof.dispatch.token import Key
from crossproof.errors import BadCall, CrossproofError, NoAccess, Unreachable
from crossproof.probe import Present
from crossproof.runner.inputs import parse

SHA, OTHER = "c3d0be41ecbe669545ee3e94d31ed9a4bc91ee3c", "d" * 40
KEY = Key({"from": "acme/app", "run_id": "77", "sha": SHA})
TOKEN = KEY.token(b"1")


@dataclass
class Desk:
    """A receiving job of acme/app."""

    github: FakeGithub = field(default_factory=FakeGithub)
    ears: Ears = field(default_factory=Ears)
    artifacts: list[str] = field(default_factory=list)

    def child(self, *, token=TOKEN, seconds=30.0, conclusion="success", event="repository_dispatch"):
        """Let a run be there, as if it had been dispatched by us."""
        self.github.lives = [Life(phases=(("in_progress", seconds),), conclusion=conclusion)]
        return self.github.begin(self.github.workflows_of[CHILD][0], CHILD, event, "main", token, "track").run

    def receive(self, payload, **given):
        names = enumerate(self.artifacts, 1)
        listed = tuple(Artifact(id=n, name=name, size=1, digest="", expired=False) for n, name in names)
        self.github.artifacts = lambda run: Present(listed)
        world = action.World(
            outside=outside(self.github, self.ears),
            event=lambda: payload if payload is None or "client_payload" in payload else {"client_payload": payload},
            here=HOME,
            server_url="https://github.example",
        )
        pairs = {"token": "t", "repository": str(CHILD), "workflow": "tests.yml", **given}
        return action.run(parse(action.Inputs, list(pairs.items())), world)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def seed(run, commit=SHA, status="success"):
    """The payload as the app team's workflow sends it, from before this action existed."""
    return {
        "run_id": str(run.id),
        "commit_sha": commit,
        "status": status,
        "artifact_url": f"https://github.example/acme/child/actions/runs/{run.id}",
    }


def ours(run, commit=SHA):
    return {"run_id": run.id, "commit_sha": commit, "answer_to": {"id": TOKEN, "key": KEY.text, "repo": "acme/app"}}


def test_the_agreed_payload_works_unchanged_bound_by_the_artifact_s_name(desk):
    run = desk.child(token="")
    desk.artifacts = [f"tracktor-logs-{SHA}"]
    outcome = desk.receive(seed(run))
    assert (outcome.reason.word, outcome.exit) == ("succeeded", 0)
    assert outcome.sentence == snapshot(
        "run 1000 of acme/child ended with success in 0s; it belongs to commit c3d0be4 (artifact-name)."
    )
    told = dict(outcome.outputs)
    assert json.loads(told.pop("artifacts"))[0]["name"] == f"tracktor-logs-{SHA}"
    assert told == snapshot(
        {
            "run_id": "1000",
            "run_url": "https://github.example/acme/child/actions/runs/1000",
            "run_attempt": "1",
            "conclusion": "success",
            "head_sha": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "commit_sha": "c3d0be41ecbe669545ee3e94d31ed9a4bc91ee3c",
            "bound_by": "artifact-name",
            "record_key": "acme/child/1000/1",
            "failed_jobs": "[]",
            "child_outputs": "{}",
        }
    )
    assert (str(outcome.subject.repository), outcome.subject.sha) == ("acme/app", SHA)


def test_it_waits_for_the_run_that_calls_back_from_one_of_its_own_jobs(desk):
    run = desk.child(seconds=300)
    assert desk.receive(ours(run)).reason.word == "succeeded"
    assert desk.github.clock.monotonic() >= 300


def test_the_token_in_the_title_binds_through_the_key_that_names_the_commit(desk):
    outcome = desk.receive(ours(desk.child()))
    assert (outcome.outputs["bound_by"], outcome.outputs["commit_sha"]) == ("token-in-title", SHA)


def test_what_github_says_counts_and_not_what_the_payload_says(desk):
    desk.artifacts = [f"tracktor-logs-{SHA}"]
    outcome = desk.receive(seed(desk.child(conclusion="failure"), status="success"))
    assert (str(outcome.verdict), outcome.reason.word, outcome.exit) == ("failed", "child-failed", 1)
    assert "the callback says 'success'; GitHub says 'failure', which counts" in desk.ears.lines


@pytest.mark.parametrize("conclusion", ["success", "failure"])
def test_an_old_run_proves_nothing_of_a_new_commit_neither_good_nor_bad(desk, conclusion):
    run = desk.child(conclusion=conclusion)
    desk.artifacts = [f"tracktor-logs-{OTHER}"]
    outcome = desk.receive(seed(run))
    assert (str(outcome.verdict), outcome.reason.word, outcome.exit) == ("unproven", "unbound-commit", 3)
    assert outcome.outputs["commit_sha"] == ""
    assert outcome.subject.sha == ""
    assert "run-name" in outcome.summary


def test_a_token_whose_key_is_of_another_commit_binds_nothing(desk):
    assert desk.receive(ours(desk.child(), commit=OTHER)).reason.word == "unbound-commit"


def test_a_callback_that_names_no_commit_is_bound_to_none(desk):
    payload = {"run_id": desk.child(token="").id}
    assert desk.receive(payload).reason.word == "unbound-commit"


def test_a_replay_has_the_same_record_key(desk):
    payload = ours(desk.child())
    first, second = desk.receive(payload), desk.receive(payload)
    assert first.outputs == second.outputs
    assert first.outputs["record_key"] == "acme/child/1000/1"


class TestForgeries:
    def word(self, desk, payload, **given):
        with pytest.raises(CrossproofError) as refusal:
            desk.receive(payload, **given)
        assert refusal.value.reason.exit == 3
        return refusal.value.reason.word, refusal.value.why

    def test_a_run_that_is_not_there(self, desk):
        word, why = self.word(desk, {"run_id": 999, "commit_sha": SHA})
        assert (word, why) == ("forged-callback", "Acme/child has no run 999 (run 999 was answered 404).")

    def test_a_run_of_another_event_workflow_or_title(self, desk):
        assert self.word(desk, seed(desk.child(event="workflow_dispatch")))[0] == "forged-callback"
        assert self.word(desk, seed(desk.child()), workflow="other.yml")[0] == "forged-callback"
        assert self.word(desk, ours(desk.child(token=Key({"x": "y"}).token(b"2"))))[0] == "forged-callback"

    @pytest.mark.parametrize("payload", [{}, {"run_id": "no number"}, {"run_id": 1, "commit_sha": "short"}])
    def test_a_payload_that_is_none(self, desk, payload):
        assert self.word(desk, {"client_payload": payload})[0] == "forged-callback"


def test_outside_a_repository_dispatch_the_call_must_change(desk):
    with pytest.raises(CrossproofError) as refusal:
        desk.receive({"client_payload": None})
    assert (refusal.value.reason.word, refusal.value.reason.exit) == ("bad-input", 2)


def test_trouble_on_the_way_is_no_forgery(desk):
    run = desk.child()
    desk.github.spoil("look", trouble("502"))
    with pytest.raises(Unreachable):
        desk.receive(ours(run))
    desk.github.spoil("look", refused(expired=False))
    with pytest.raises(NoAccess):
        desk.receive(ours(run))
    desk.github.repository_there = False
    with pytest.raises(NoAccess):
        desk.receive({"run_id": 999, "commit_sha": SHA})


def test_a_run_that_does_not_end_in_time_is_unproven_and_is_not_cancelled(desk):
    run = desk.child(seconds=10_000)
    outcome = desk.receive(ours(run), timeout="1m")
    assert (outcome.reason.word, desk.github.cancels) == ("run-timeout", [])


def test_a_repository_named_in_the_payload_is_not_looked_at(desk):
    run = desk.child()
    elsewhere = replace(CHILD, name="evil")
    payload = {**ours(run), "repository": str(elsewhere), "artifact_url": "https://evil.example"}
    assert desk.receive(payload).reason.word == "succeeded"


DEPLOYED = {"event": "schedule", "deployed_sha": OTHER, "deployed_at": "2026-01-01T00:00:00Z"}


def test_a_run_on_schedule_is_evidence_of_what_was_deployed_before_it_began(desk):
    run = desk.child(token="", event="schedule", conclusion="failure")
    outcome = desk.receive({"run_id": run.id, "commit_sha": SHA, "event": "schedule"}, **DEPLOYED)
    assert (outcome.reason.word, outcome.outputs["commit_sha"]) == ("child-failed", OTHER)
    assert outcome.outputs["bound_by"] == "began-after-deployment"


def test_a_run_on_schedule_from_before_the_deployment_proves_nothing_of_it(desk):
    run = desk.child(token="", event="schedule")
    after = run.created_at.isoformat()
    outcome = desk.receive({"run_id": run.id, "commit_sha": ""}, **{**DEPLOYED, "deployed_at": after})
    assert (outcome.reason.word, outcome.outputs["commit_sha"]) == ("unbound-commit", "")
    assert outcome.sentence.endswith(f"but it began before {run.created_at}, when what is live now was deployed.")


def test_a_dispatched_run_is_not_bound_by_a_deployment(desk):
    run = desk.child(token="")
    with pytest.raises(CrossproofError, match="does not tell of the expected run"):
        desk.receive({"run_id": run.id, "commit_sha": SHA}, **DEPLOYED)
    outcome = desk.receive({"run_id": run.id, "commit_sha": SHA}, **{**DEPLOYED, "event": "repository_dispatch"})
    assert (outcome.reason.word, outcome.outputs["commit_sha"]) == ("unbound-commit", "")


@pytest.mark.parametrize("missing", ["deployed_sha", "deployed_at"])
def test_of_a_run_on_schedule_the_deployment_must_be_known(missing):
    pairs = {"token": "t", "repository": str(CHILD), "workflow": "tests.yml", **DEPLOYED}
    del pairs[missing]
    with pytest.raises(BadCall) as refused:
        parse(action.Inputs, list(pairs.items()))
    assert [fault.where for fault in refused.value.faults] == [missing]


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00", "yesterday", "12:00"])
def test_a_time_without_its_zone_is_refused(text):
    pairs = {"token": "t", "repository": str(CHILD), "workflow": "tests.yml", **DEPLOYED, "deployed_at": text}
    with pytest.raises(BadCall):
        parse(action.Inputs, list(pairs.items()))
