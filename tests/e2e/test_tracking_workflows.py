"""The examples of validate-tracking-logs, played whole: shards judged apart and merged, platforms, and an own past."""

import io
import json

import pytest
from tests.as_the_runner.action_yml import ROOT
from tests.tracking import event
from tests.workflows import Act, missing

from crossproof.cli import main
from crossproof_sandbox import RunningClock, Sandbox, Upload

HOME, APP = "example-org/tracking", "example-org/mobile-app"
EXAMPLES = ROOT / "actions/validate-tracking-logs/examples"
PLAN = """\
plan: 1
name: apps
version: "1"
events:
  home: {match: {name: home}, params: {n: {type: integer}}}
  play: {match: {name: play}, params: {n: {type: integer}}}
  widget: {match: {name: widget}, platforms: [ios], params: {n: {type: integer}}}
  shelf: {match: {name: shelf}, platforms: [android], params: {n: {type: integer}}}
unique: [{key: /params/n}]
scenarios:
  reading: {require: [home, widget, shelf]}
  video: {require: [home, play]}
"""
LOGS = {
    "reading-ios": [event("home", n=1), event("widget", n=2)],
    "video-ios": [event("home", n=3), event("play", n=4)],
    "reading-android": [event("home", n=5), event("shelf", n=6)],
}


@pytest.fixture
def github():
    with Sandbox(clock=RunningClock()) as github:
        github.repository(APP, private=True).workflow(
            "tests.yml", "on: push\njobs: {a: {runs-on: x, steps: [{run: a}]}}\n"
        )
        yield github


@pytest.fixture
def play(github, tmp_path):
    """Play an example against a run of the app that recorded these logs."""
    if why := missing():
        pytest.skip(why)

    def play(example: str, logs: dict[str, list[str]], files: dict[str, str] | None = None):
        kept = {"tracking/app.plan.yaml": PLAN, **(files or {})}
        for name, text in kept.items():
            (tmp_path / "checkout" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "checkout" / name).write_text(text)
        uploads = [
            Upload(name=f"tracktor-logs-{name}", content={"app.jsonl": "\n".join(log)}) for name, log in logs.items()
        ]
        run = github.repository(APP).ran("tests.yml", ago=60, artifacts=uploads)
        act = Act(
            work=tmp_path / "act",
            checkout=tmp_path / "checkout",
            api_url=github.url,
            repository=HOME,
            sha=github.repository(HOME).commit(kept),
            token=github.actions_token(HOME),
            secrets={"MOBILE_APP_TOKEN": github.token(repositories=[APP])},
        )
        text = (EXAMPLES / example).read_text().replace("fail-fast: false", "max-parallel: 1")  # they share one /tmp
        return act.play(text, "workflow_dispatch", {"inputs": {"run_id": str(run.id)}})

    return play


def said(played, job: str) -> tuple[str, str]:
    outputs = played.job(job).outputs["validate"]
    return outputs["verdict"], outputs["reason"]


def test_shards_of_a_matrix_are_judged_apart_and_only_all_of_them_are_a_proof(play):
    played = play("matrix.yml", LOGS)
    assert played.green, played.log
    assert said(played, "verdict") == ("passed", "as-planned")
    judged = [job.outputs["validate"]["reason"] for name, job in played.jobs.items() if "judge" in name]
    assert judged == ["part-judged"] * 3


def test_an_event_that_no_shard_saw_and_an_id_that_two_have_are_found_by_the_merge(play):
    played = play("matrix.yml", LOGS | {"video-ios": [event("home", n=1)]})
    assert not played.green
    assert said(played, "verdict") == ("failed", "findings")
    outputs = played.job("verdict").outputs["validate"]
    assert (json.loads(outputs["missing_events"]), outputs["duplicate_ids"]) == (["play"], "1")


def test_a_shard_without_logs_leaves_the_whole_unproven(play):
    played = play("matrix.yml", {name: log for name, log in LOGS.items() if name != "video-ios"})
    assert not played.green
    assert said(played, "verdict") == ("unproven", "shards-incomplete")


def test_what_is_new_to_the_baseline_is_told_and_softened_while_a_team_gets_used_to_it(play, tmp_path):
    good = LOGS["reading-ios"]
    for number in range(5):
        (tmp_path / f"run{number}.jsonl").write_text("\n".join(good).replace("1770370997", f"177037{number}997"))
    (tmp_path / "plan.yaml").write_text(PLAN)
    learn = ["baseline", "learn", "--plan", "plan.yaml", "--scenario", "reading", "--output", "base.json"]
    told = io.StringIO()
    done = main([*learn, *(f"run{n}.jsonl" for n in range(5))], {"GITHUB_WORKSPACE": str(tmp_path)}, told)
    assert done == 0, told.getvalue()
    past = {"tracking/baselines/reading.json": (tmp_path / "base.json").read_text()}
    played = play("baseline.yml", {"home": [*good, event("play", n=9)]}, past)
    assert said(played, "compare")[0] == "failed", played.log
    assert played.green
    assert played.job("compare").outputs["validate"]["baseline_verdict"] == "differs"
    assert "Something is new" in played.log
