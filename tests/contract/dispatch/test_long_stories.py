"""Stories that only a whole GitHub tells: races of parents, tokens that end, servers and names that are odd."""

import json
import random

import pytest
from jsonschema import Draft202012Validator
from tests.as_the_runner.action_yml import ROOT
from tests.at_sandbox import CHILD, ECHOING, HOME, Step
from tests.clocks import Turns
from tests.contract.dispatch.test_many_dispatchers import Parent

from crossproof.clock import Clock
from crossproof.github.access import TokenAccess
from crossproof.github.api import Api
from crossproof.github.app import AppAccess
from crossproof.units import RepoRef, SecretStr
from crossproof_sandbox import Job, Life, Sandbox


@pytest.mark.parametrize("parents", [2, 5])
def race(parents, dice):
    """Let so many parents start the same work within three seconds; give the child's repository and their outcomes."""
    with Sandbox() as github:
        github.repository(HOME)
        child = github.repository(CHILD)
        child.workflow("tests.yml", ECHOING)
        phases = (("queued", 2), ("in_progress", 90))
        child.lives(lambda trigger: Life(phases=phases, visible_after=dice.uniform(0, 6)))
        github.clock.advance(60)

        def parent(number):
            def part(clock: Clock):
                clock.sleep(dice.uniform(0, 3))
                return Parent(github, clock, dice, number + 1).run(event_type="track", idempotency_key="c" * 40)

            return part

        ends = Turns(github.clock).play(*(parent(number) for number in range(parents)))
        asked = [each.path for each in github.log.of("POST", "*/cancel")]
        assert len(asked) == len(set(asked)) == len(child.runs) - 1
        return child, ends


@pytest.mark.parametrize("parents", [2, 5])
def test_parents_that_race_for_one_key_end_with_one_child_and_one_answer(parents, times):
    for seed in range(times(few=3, many=200)):
        child, ends = race(parents, random.Random(seed))
        standing = [run for run in child.runs.values() if run.latest.conclusion(child.clock.now()) != "cancelled"]
        assert len(standing) == 1, seed
        assert {end.outputs["run_id"] for end in ends} == {str(standing[0].id)}, seed
        assert {str(end.verdict) for end in ends} == {"passed"}, seed


def test_an_app_outlives_its_hourly_tokens(github, child):
    app = github.app("crossproof")
    github.install(app, "acme")
    child.lives(queued=5, in_progress=5000)
    step = Step(github)
    access = AppAccess(
        str(app.id),
        SecretStr(app.private_key),
        home=RepoRef.parse(CHILD),
        api_url=github.url,
        clock=github.clock,
        mask=step.ears.line,
        announce=step.ears.line,
    )
    step.api = Api(access, api_url=github.url, clock=github.clock)
    assert step.run(workflow="tests.yml", timeout="2h").reason.word == "succeeded"
    assert len(github.log.of("POST", "*/access_tokens")) >= 2


def test_a_token_that_ends_during_the_wait_leaves_the_child_and_says_how_to_go_on(github, child):
    child.lives(in_progress=5000)
    step = Step(github, github.token(expires_in=1800))
    outcome = step.run(workflow="tests.yml", timeout="2h")
    assert (outcome.reason.word, outcome.exit) == ("token-expired", 3)
    [run] = child.runs.values()
    assert outcome.outputs["run_id"] == str(run.id)
    assert github.log.of("POST", "*/cancel") == []
    again = Step(github).run(mode="wait", run_id=outcome.outputs["run_id"], timeout="2h")
    assert again.reason.word == "succeeded"


def test_a_repository_that_is_renamed_during_the_wait_is_followed(github, child):
    child.lives(in_progress=300)
    github.after(60, lambda: github.rename(child, "acme/renamed"))
    assert Step(github).run(workflow="tests.yml").reason.word == "succeeded"


def test_a_repository_that_is_deleted_during_the_wait_is_told_from_a_deleted_run(github, child):
    child.lives(in_progress=300)
    github.after(60, lambda: github.delete(child))
    outcome = Step(github).run(workflow="tests.yml")
    assert outcome.reason.word == "repository-gone"


def test_a_file_name_with_a_blank_is_a_name_like_any_other(github, child):
    child.workflow("my tests.yml", ECHOING)
    child.lives(in_progress=5)
    assert Step(github).run(workflow="my tests.yml").reason.word == "succeeded"
    assert Step(github).run(event_type="track", workflow="my tests.yml").reason.word == "succeeded"


def test_the_usual_duration_and_the_share_that_passes_are_shown_from_the_list_that_was_read_anyway(github, child):
    for day in range(1, 21):
        child.ran("tests.yml", ago=86_400 * day, took=600, conclusion="failure" if day % 10 == 0 else "success")
    child.lives(queued=2, in_progress=590, jobs=[Job(name="test")])
    outcome = Step(github).run(workflow="tests.yml")
    assert "18 of 20 pass, 10m" in outcome.summary
    assert int(outcome.outputs["api_calls"]) <= 70
    assert int(outcome.outputs["api_calls_charged"]) <= 12
    assert len(github.log.of("GET", "*/workflows/tests.yml/runs")) == 1


def test_a_commit_status_follows_the_child(github, child):
    child.lives(in_progress=20, conclusion="failure")
    Step(github).run(workflow="tests.yml", commit_status="app-tests")
    written = [each.body for each in github.log.of("POST", "*/statuses/*")]
    assert [(each["state"], each["context"]) for each in written] == [
        ("pending", "crossproof/app-tests"),
        ("pending", "crossproof/app-tests"),
        ("failure", "crossproof/app-tests"),
    ]
    assert written[1]["target_url"].endswith(f"/runs/{next(iter(child.runs))}")


@pytest.mark.parametrize(
    "given",
    [
        {"workflow": "tests.yml"},
        {"event_type": "track", "mode": "dispatch"},
        {"workflow": "tests.yml", "dry_run": "true"},
        {"workflow": "tests.yml", "timeout": "1s"},
        {"targets": '[{"repository": "acme/child", "workflow": "tests.yml"}]'},
    ],
)
def test_the_details_follow_their_published_schema(github, child, given):
    child.lives(in_progress=10, conclusion="failure", jobs=[Job(name="test", log="y")])
    outcome = Step(github).run(**given)
    schema = Draft202012Validator(json.loads((ROOT / "schemas" / "dispatch-and-wait.json").read_text()))
    schema.validate(json.loads(json.dumps(dict(outcome.details))))


def test_hostile_names_reach_the_page_and_the_report_as_text(github, child):
    child.lives(in_progress=5, conclusion="failure", jobs=[Job(name="<script>|@all ::error::x", log="y")])
    outcome = Step(github).run(workflow="tests.yml")
    assert "<script>" not in outcome.summary
    assert json.loads(outcome.outputs["failed_jobs"])[0]["name"] == "<script>|@all ::error::x"


def test_no_credential_is_in_what_is_sent_said_or_reported(github, child):
    token = github.token()
    child.lives(in_progress=5, conclusion="failure", jobs=[Job(name="test", log="y")])
    step = Step(github, token)
    outcome = step.run(event_type="track", client_payload='{"a": "b"}')
    everything = json.dumps(
        [dict(outcome.outputs), dict(outcome.details), outcome.summary, step.ears.lines], default=str
    )
    bodies = json.dumps([each.body for each in github.log.of("POST", "*")], default=str)
    assert token not in everything + bodies
    assert not [each for each in github.blobs.log if each.caller != "anonymous"]
    assert isinstance(step.api.access, TokenAccess)
