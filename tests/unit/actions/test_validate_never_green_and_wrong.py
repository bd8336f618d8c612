"""Ways in which judging logs could be green and wrong: each was tried, and each ends otherwise."""

import json
from hashlib import sha256

import pytest
from tests.tracking import Step, event

from crossproof.errors import BadCall
from crossproof.outcome import Outcome
from crossproof.verdict import Exit, Verdict

HEAD = 'plan: 1\nname: app\nversion: "1"\n'
TWO = "events: {home: {match: {name: home}}, article: {match: {name: article}}}\n"


def judged(plan: str, logs: dict[str, str], **given: str) -> Outcome:
    return Step({"plan.yaml": HEAD + plan}).run(logs, **given)


def rules(outcome: Outcome) -> list[str]:
    return [group["rule"] for group in outcome.details["groups"]]


def test_a_misspelled_platform_is_refused_before_it_makes_events_unexpected():
    plan = "events: {home: {match: {name: home}}, widget: {match: {name: widget}, platforms: [ios]}}\n"
    with pytest.raises(BadCall, match="call") as refused:
        judged(plan, {"a.jsonl": event("home")}, platform="iOS")
    assert [str(fault.what) for fault in refused.value.faults] == ["'iOS' is not in the plan; it has ios"]
    assert judged(plan, {"a.jsonl": event("home")}, platform="ios").verdict is Verdict.FAILED
    assert judged(TWO, {"a.jsonl": event("home") + "\n" + event("article")}, platform="ios").verdict is Verdict.PASSED


def test_the_same_log_given_twice_does_not_make_up_for_events_that_are_missing():
    plan = "events: {home: {match: {name: home}, count: 2..*}}\n"
    outcome = judged(plan, {"a.jsonl": event("home"), "copy.jsonl": event("home")})
    assert (outcome.verdict, rules(outcome)) == (Verdict.FAILED, ["log/repeated"])


def test_two_logs_without_events_are_empty_and_no_copies():
    outcome = judged(TWO, {"a.jsonl": "", "b.jsonl": ""})
    assert (outcome.reason.word, outcome.verdict) == ("empty-log", Verdict.UNPROVEN)


def test_a_walk_of_which_no_log_was_given_takes_the_proof_away():
    """Its test broke off before it recorded anything, and the other walks' logs lie beside where it should."""
    walks = 'scenarios: {home: {files: "*home*", require: [home]}, article: {files: "*article*", require: [article]}}\n'
    outcome = judged(TWO + walks, {"home.jsonl": event("home")})
    assert (outcome.reason.word, outcome.exit) == ("no-log", Exit.NOT_FOUND_OUT)
    assert outcome.sentence == "'scenario article': no log of it was given."
    assert judged(TWO + walks, {"home.jsonl": event("home")}, scenario="home").verdict is Verdict.PASSED
    both = {"home.jsonl": event("home"), "article.jsonl": event("article")}
    assert judged(TWO + walks, both).verdict is Verdict.PASSED


def test_a_shard_is_no_proof_of_the_whole():
    outcome = judged(TWO, {"a.jsonl": event("home")}, shard="one")
    assert (outcome.verdict, outcome.reason.word, outcome.exit) == (Verdict.UNPROVEN, "part-judged", Exit.DONE)
    assert outcome.sentence == "1 events in 1 log are as plan app 1 says; what is missing is decided when merging."
    assert "could NOT be validated" in outcome.outputs["statement"]


@pytest.mark.parametrize(
    ("rule", "log"),
    [
        ("flows: [{before: [home, article], scope: /params/media}]\n", [event("article"), event("home", media="1")]),
        (
            "timing: {gaps: [{from: home, to: article, max: 1s, scope: /params/media}]}\n",
            [event("home", media="1"), event("article")],
        ),
        ("same: [{key: /params/user, scope: /params/media}]\n", [event("home", user="1"), event("article", user="2")]),
    ],
    ids=["before", "gap", "same"],
)
def test_an_event_without_the_value_that_tells_threads_apart_is_not_passed_over(rule, log):
    plan = TWO.replace("name: home}", "name: home}, unknown_param: 'off'").replace(
        "name: article}", "name: article}, unknown_param: 'off'"
    )
    outcome = judged(plan + rule, {"a.jsonl": "\n".join(log)})
    assert outcome.verdict is Verdict.FAILED
    assert set(rules(outcome)) == {"id/missing"}


@pytest.mark.parametrize("content", ["[]", "[[]]", "{}", "null", '""', "[null]"])
def test_json_without_an_event_in_it_is_never_green(content):
    outcome = judged("policy: {unknown_event: 'off'}\n" + TWO, {"a.json": content})
    assert outcome.verdict is not Verdict.PASSED


def test_a_share_of_nothing_is_no_coverage():
    plan = "events: {home: {match: {name: home}, count: 0..*}}\n"
    assert judged(plan, {"a.jsonl": event("home")}, coverage_min="80%").verdict is Verdict.FAILED


def test_files_that_nobody_looked_into_are_named():
    """A recorder that rotates its logs leaves `app.jsonl.1` beside `app.jsonl`."""
    step = Step({"plan.yaml": HEAD + TWO}, passed_over=["logs/app.jsonl.1"])
    outcome = step.run({"logs/app.jsonl": event("home") + "\n" + event("article")})
    assert outcome.details["not_judged"] == ["1 file not looked into, being no log by name: 'logs/app.jsonl.1'"]


def shard(  # noqa: PLR0913 - a report is told with the sides that a test is about
    name: str,
    log: str,
    *,
    run: int = 7,
    attempt: int = 1,
    sha: str = "a" * 40,
    plan: str = TWO,
    log_name: str = "app.jsonl",
    platform: str = "",
) -> dict[str, bytes]:
    step = Step({"plan.yaml": HEAD + plan})
    outcome = step.run({log_name: log}, shard=name, subject_sha=sha, platform=platform)
    report = {
        "schema": "crossproof/report/validate-tracking-logs/1",
        "reason": outcome.reason.word,
        "subject": {"sha": sha},
        "evidence": [{"path": each.path, "sha256": each.sha256} for each in outcome.evidence],
        "produced_by": {"run_id": run, "run_attempt": attempt, "repository": "acme/tracking"},
        "details": dict(outcome.details),
    }
    folder = f"reports/{name}"
    return {
        f"{folder}/report.json": json.dumps(report, default=str).encode(),
        f"{folder}/record.json": step.report.files["record.json"],
    }


def merged(files: dict[str, bytes], *, plan: str = TWO, **given: str) -> Outcome:
    expected = json.dumps({"include": [{"id": "one"}, {"id": "two"}]})
    asked = {"mode": "merge", "reports": "reports/*/report.json", "expected": expected}
    return Step({"plan.yaml": HEAD + plan, **files}).run({}, **{**asked, **given})


def test_shards_of_one_run_and_commit_prove_the_whole():
    files = shard("one", event("home")) | shard("two", event("article"), attempt=2)
    assert merged(files).verdict is Verdict.PASSED
    assert merged(files, subject_sha="a" * 40).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("two", "given", "said"),
    [
        ({"run": 6}, {}, "'the reports': were made by several runs: acme/tracking run 6, acme/tracking run 7."),
        ({"sha": "b" * 40}, {}, "'shard two': is evidence for commit bbbbbbb, not for commit aaaaaaa."),
        (
            {},
            {"subject_sha": "c" * 40},
            "'shard one', 'shard two': is evidence for commit aaaaaaa, not for commit ccccccc.",
        ),
    ],
)
def test_a_report_of_another_run_or_commit_is_merged_with_nothing(two, given, said):
    outcome = merged(shard("one", event("home")) | shard("two", event("article"), **two), **given)
    assert (outcome.reason.word, outcome.exit, outcome.sentence) == ("shards-incomplete", Exit.NOT_FOUND_OUT, said)


def test_a_log_that_two_shards_judged_counts_as_a_copy():
    log = event("home") + "\n" + event("article")
    outcome = merged(shard("one", log) | shard("two", log))
    assert (outcome.verdict, rules(outcome)) == (Verdict.FAILED, ["log/repeated"])


def test_a_walk_requires_on_each_platform_what_is_planned_for_it():
    plan = """\
events:
  home: {match: {name: home}}
  widget: {match: {name: widget}, platforms: [ios]}
scenarios: {all: {files: "*", require: [home, widget]}}
"""
    log = {"a.jsonl": event("home")}
    assert judged(plan, log, platform="ios").verdict is Verdict.FAILED
    assert judged(plan, log).verdict is Verdict.FAILED
    both = plan.replace("{name: home}}", "{name: home}, platforms: [ios, android]}")
    assert judged(both, log, platform="android").verdict is Verdict.PASSED


ARRAY = f"[{event('home')},\n{event('article')}"


@pytest.mark.parametrize("content", [ARRAY, ARRAY + ",", ARRAY + ",\n", f"[{ARRAY}]", f"{ARRAY}]\n[{event('home')}"])
def test_an_array_that_is_not_closed_was_cut_off_also_between_two_events(content):
    """The app was killed while it wrote; nobody knows what would have come."""
    outcome = judged(TWO, {"a.json": content})
    assert (outcome.verdict, "log/truncated" in rules(outcome)) == (Verdict.FAILED, True)
    assert judged(TWO, {"a.json": ARRAY + "\n]\n"}).verdict is Verdict.PASSED


def test_an_array_that_was_never_opened_lost_its_beginning():
    pretty = f"{{\n{event('home')[1:]},\n{event('article')}\n]"
    assert "log/parse-error" in rules(judged(TWO, {"a.json": pretty}))


def test_no_surface_is_green_where_nothing_was_judged():
    step = Step({"plan.yaml": HEAD + TWO + "policy: {unknown_event: 'off'}\nseverity: {event/missing: 'off'}\n"})
    outcome = step.run({"a.jsonl": event("other")})
    assert outcome.verdict is Verdict.UNPROVEN
    assert b"nothing was judged" in step.report.files["junit.xml"]


def test_which_walks_a_merge_needs_is_said_by_the_matrix():
    walks = 'scenarios: {home: {files: "*home*", require: [home]}, article: {files: "*article*", require: [article]}}\n'
    files = {}
    for name in ("home", "article"):
        files |= shard(name, event(name), plan=TWO + walks, log_name=f"{name}.jsonl")
    expected = json.dumps({"include": [{"id": "home"}]})
    assert (
        merged(
            {path: file for path, file in files.items() if "article" not in path}, plan=TWO + walks, expected=expected
        ).verdict
        is Verdict.PASSED
    )


def test_a_shard_that_was_judged_as_another_platform_than_the_matrix_says_proves_nothing_of_it():
    plan = "events: {home: {match: {name: home}, platforms: [ios, android]}}\n"
    files = shard("one", event("home", n="1"), plan=plan, platform="ios")
    files |= shard("two", event("home", n="2"), plan=plan, platform="ios")
    expected = {"include": [{"id": "one", "platform": "ios"}, {"id": "two", "platform": "android"}]}
    outcome = merged(files, plan=plan, expected=json.dumps(expected))
    assert outcome.sentence == "'shard two': was judged as platform ios; the matrix says android."
    assert outcome.reason.word == "shards-incomplete"


def test_files_of_the_run_that_were_not_asked_for_are_named():
    files = [
        {"path": f"{name}.jsonl", "size": 1, "sha256": sha256(event(name).encode()).hexdigest()}
        for name in ("home", "more")
    ]
    artifact = {"directory": "a", "files": files, "created_at": "2026-02-06T10:00:00+00:00"}
    run = {"started_at": "2026-02-06T09:00:00+00:00", "url": "", "head_sha": ""}
    manifest = {"schema": "crossproof/fetched/1", "root": "in", "run": run, "artifacts": [artifact]}
    plan = "events: {home: {match: {name: home}}}\n"
    step = Step({"plan.yaml": HEAD + plan, "manifest.json": json.dumps(manifest)})
    outcome = step.run({"in/a/home.jsonl": event("home")}, manifest="manifest.json")
    assert outcome.details["not_judged"] == ["1 file of the manifest not asked for: 'in/a/more.jsonl'"]
