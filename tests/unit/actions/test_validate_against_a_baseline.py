"""validate-tracking-logs with a baseline: what differs from earlier runs is a finding like any other."""

import json
from datetime import date

import pytest
from tests.tracking import Step, event, plan_of

from crossproof.errors import BadCall
from crossproof.tracking.baseline.learning import OneRun
from crossproof.tracking.baseline.profile import About, total
from crossproof.tracking.baseline.reading import LogReader
from crossproof.tracking.baseline.written import written
from crossproof.tracking.judging.kinds import kinds_of
from crossproof.tracking.log.reading import open_log
from crossproof.verdict import Exit

PLAN = """plan: 1
name: ios
version: "1"
events:
  home: {match: {name: home}, params: {page: {type: string}, user: {type: string, sensitive: true}}}
  article: {match: {name: article}, count: 0..*}
"""


def log(page="home", *more):
    return "\n".join([event("home", page=page, user="Zoe"), event("article"), *more])


def baseline(runs=5, **about):
    plan = plan_of(PLAN)
    reader = LogReader(plan.source, kinds_of(plan, platform="", today=date.min))
    profiles = []
    for run in range(runs):
        one = OneRun(frozenset({"user"}))
        for sent in reader.events(open_log([log().encode()]), run):
            one.take(sent)
        profiles.append(one.learned(About(**{"plan": "ios", **about}), f"{run}"))
    return written(total(profiles))


def step(runs=5, **about):
    return Step({"plan.yaml": PLAN, "base.json": baseline(runs, **about)})


def groups(outcome):
    return [
        (g["rule"], g["severity"], g["reason"]) for g in outcome.details["groups"] if g["rule"].startswith("baseline")
    ]


def test_a_run_like_the_others_is_the_same():
    outcome = step().run({"app.jsonl": log()}, baseline="base.json")
    assert (outcome.exit, outcome.outputs["baseline_verdict"]) == (Exit.DONE, "same")


def test_without_a_baseline_nothing_is_said_of_one():
    assert step().run({"app.jsonl": log()}).outputs["baseline_verdict"] == ""


def test_a_value_that_never_varied_fails_the_step_though_the_plan_allows_it():
    outcome = step().run({"app.jsonl": log("start")}, baseline="base.json")
    assert groups(outcome) == [("baseline/value", "error", "was always home")]
    assert (outcome.exit, outcome.outputs["baseline_verdict"]) == (Exit.PROVEN_BAD, "differs")


def test_an_event_that_is_missing_is_told_though_the_plan_does_not_ask_for_it():
    outcome = step().run({"app.jsonl": event("home", page="home", user="Zoe")}, baseline="base.json")
    assert groups(outcome) == [("baseline/event-missing", "error", "did not happen; it did in every run")]


def test_what_luck_may_explain_is_a_warning_while_few_runs_are_known():
    outcome = step(3).run({"app.jsonl": log("start")}, baseline="base.json")
    assert groups(outcome) == [("baseline/value", "warning", "was always home")]
    assert (outcome.exit, outcome.outputs["baseline_verdict"]) == (Exit.DONE, "differs")


def test_too_few_runs_prove_no_sameness():
    outcome = step(2).run({"app.jsonl": log()}, baseline="base.json")
    assert outcome.outputs["baseline_verdict"] == "unproven"
    assert "it knows 2 of the 3 runs from which on they are compared in full" in outcome.summary


@pytest.mark.parametrize("about", [{"plan": "android"}, {"platform": "ios"}, {"scenario": "home"}])
def test_a_baseline_of_something_else_proves_nothing(about):
    outcome = step(**about).run({"app.jsonl": log()}, baseline="base.json")
    assert (outcome.reason.word, outcome.outputs["baseline_verdict"]) == ("baseline-unfit", "unproven")
    assert outcome.exit is not Exit.DONE


def test_a_baseline_that_is_not_there_is_a_bad_call_and_one_that_is_broken_is_told_on_its_lines():
    with pytest.raises(BadCall, match="one thing must change"):
        step().run({"app.jsonl": log()}, baseline="nowhere.json")
    broken = Step({"plan.yaml": PLAN, "base.json": "{}"}).run({"app.jsonl": log()}, baseline="base.json")
    assert (broken.reason.word, broken.exit) == ("plan-invalid", Exit.CALL_MUST_CHANGE)
    assert {said.file for said in broken.annotations} == {"base.json"}


def test_an_empty_log_is_never_the_same():
    outcome = step().run({"app.jsonl": "\n"}, baseline="base.json")
    assert outcome.outputs["baseline_verdict"] == "unproven"
    assert outcome.exit is not Exit.DONE


def test_a_sensitive_value_stays_hidden():
    bad = "\n".join([event("home", page="home", user=4711), event("article")])
    outcome = step().run({"app.jsonl": bad}, baseline="base.json")
    assert [rule for rule, _, _ in groups(outcome)] == ["baseline/type"]
    assert "4711" not in json.dumps(outcome.details)
