"""Shards judged apart and merged prove what one call over all logs would have, or say which shard is missing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tracking import Step, event

from crossproof.errors import BadCall
from crossproof.outcome import Outcome
from crossproof.verdict import Exit

PLAN = """plan: 1
name: app
version: "1"
events:
  home: {match: {name: home}, params: {id: {type: string}, n: {presence: sometimes}}}
  article: {match: {name: article}, params: {id: {type: string, pattern: "^[a-z0-9]+$"}}, count: 1..3}
unique: [{key: /params/id}]
flows: [{before: [home, article]}]
timing: {gaps: [{from: home, to: article, p95: 5s, min_samples: 2}]}
"""


def matrix(*ids: str) -> str:
    return json.dumps({"include": [{"id": each, "scenario": "x"} for each in ids]})


def shard(name: str, log: str, *, attempt: int = 1, plan: str = PLAN, **given: str) -> dict[str, bytes]:
    """Judge a shard, and give the files it leaves, as downloaded by the merging job."""
    step = Step({"plan.yaml": plan})
    outcome = step.run({"app.jsonl": log}, shard=name, **given)
    report = {
        "schema": "crossproof/report/validate-tracking-logs/1",
        "reason": outcome.reason.word,
        "evidence": [{"path": each.path, "sha256": each.sha256} for each in outcome.evidence],
        "subject": {"sha": ""},
        "produced_by": {"run_id": 7, "run_attempt": attempt, "repository": "acme/app"},
        "details": dict(outcome.details) or {"shard": name},
    }
    folder = f"reports/{name}-{attempt}"
    files = {f"{folder}/report.json": json.dumps(report, default=str).encode()}
    return files | {f"{folder}/{path}": content for path, content in step.report.files.items() if path == "record.json"}


def merged(files: dict[str, bytes], *ids: str, **given: str) -> Outcome:
    asked = {"mode": "merge", "reports": "reports/*/report.json", "expected": matrix(*ids)}
    return Step({"plan.yaml": PLAN, **files}).run({}, **{**asked, **given})


HOME, ARTICLE = event("home", id="h1"), event("article", id="a1")


def test_an_event_that_only_one_shard_saw_is_not_missing_and_no_shard_says_it_is():
    files = shard("one", HOME) | shard("two", HOME.replace("h1", "h2") + "\n" + ARTICLE)
    assert json.loads(files["reports/one-1/report.json"])["reason"] == "part-judged"
    outcome = merged(files, "one", "two")
    assert (outcome.reason.word, outcome.exit) == ("as-planned", Exit.DONE)
    assert outcome.sentence == "2 of 2 expected events were seen in 2 logs with 3 events, all as plan app 1 says."
    assert [log["name"] for log in outcome.details["logs"]] == ["one/app.jsonl", "two/app.jsonl"]


def test_an_event_that_no_shard_saw_is_missing():
    outcome = merged(shard("one", HOME), "one")
    assert outcome.reason.word == "findings"
    assert json.loads(outcome.outputs["missing_events"]) == ["article"]


def test_an_id_that_two_shards_have_is_found_without_any_report_holding_it():
    files = shard("one", HOME + "\n" + ARTICLE) | shard("two", HOME)
    assert not any(b'"h1"' in content for content in files.values())
    outcome = merged(files, "one", "two")
    groups = [(each["rule"], each["examples"][0]) for each in outcome.details["groups"]]
    assert groups == [("id/duplicate", {"place": "two/app.jsonl:1", "shown": "first at one/app.jsonl:1"})]
    assert outcome.outputs["duplicate_ids"] == "1"


@pytest.mark.parametrize(
    ("files", "ids", "sentence"),
    [
        (shard("one", HOME), ("one", "two"), "'shard two': has no report."),
        (shard("one", HOME) | shard("three", HOME), ("one",), "'reports/three-1/report.json': is the report of shard three, which is not in the matrix."),
        (shard("one", HOME, plan=PLAN + "\n"), ("one",), "'shard one': was judged against another plan."),
        (shard("one", HOME, plan="plan: 2"), ("one",), "'shard one': ended before it could judge: plan-invalid."),
        ({}, ("one",), "'shard one': has no report; 'reports/*/report.json': names no report."),
        ({"reports/x/report.json": b"{}"}, ("one",), "'reports/x/report.json': cannot be merged: it is no report ('schema'); 'shard one': has no report."),
        (
            {path: content.replace(b'"events":1', b'"events":2') for path, content in shard("one", HOME).items()},
            ("one",),
            "'shard one': has a record.json that is not the one its report was written with.",
        ),
        (
            {path: content for path, content in shard("one", HOME).items() if "record" not in path},
            ("one",),
            "'shard one': has a report whose record.json cannot be used: there is no such file in the workspace.",
        ),
    ],
    ids=["missing", "foreign", "another plan", "invalid plan", "none", "no report", "changed", "no record"],
)  # fmt: skip
def test_a_merge_proves_nothing_unless_each_shard_has_its_one_report(files, ids, sentence):
    outcome = merged(files, *ids)
    assert (outcome.reason.word, outcome.exit) == ("shards-incomplete", Exit.NOT_FOUND_OUT)
    assert outcome.sentence == sentence


def test_of_several_attempts_of_a_shard_the_last_counts():
    files = shard("one", HOME) | shard("one", HOME + "\n" + ARTICLE, attempt=2)
    assert merged(files, "one").reason.word == "as-planned"


def test_two_reports_of_one_attempt_are_one_too_many():
    first = shard("one", HOME + "\n" + ARTICLE)
    second = {path.replace("one-1", "copy"): content for path, content in first.items()}
    assert merged(first | second, "one").reason.word == "shards-incomplete"


def test_a_shard_whose_log_was_empty_leaves_the_whole_unproven():
    assert merged(shard("one", HOME + "\n" + ARTICLE) | shard("two", ""), "one", "two").reason.word == "empty-log"


@pytest.mark.parametrize(
    ("expected", "fault"),
    [
        ("[", "is no JSON: Expecting value: line 1 column 2 (char 1)"),
        ("[]", 'is no matrix; write {"include": [{"id": "a"}, …]}'),
        ('{"include": []}', 'is no matrix; write {"include": [{"id": "a"}, …]}'),
        ('{"include": [{"id": "a"}, {"name": "b"}]}', "entry 2 has no `id` that is a text"),
        ('{"include": [{"id": "a"}, {"id": "a"}]}', "names the id a twice"),
    ],
)
def test_a_matrix_that_names_no_shards_is_a_fault_of_the_call(expected, fault):
    with pytest.raises(BadCall) as refused:
        merged({}, expected=expected)
    assert refused.value.faults[0].what == fault


events = st.builds(
    lambda name, number: event(name, id=f"{name[0]}{number}"), st.sampled_from(["home", "article"]), st.integers(0, 12)
) | st.sampled_from(
    [event("article", id="UPPER"), event("stranger"), event("home", id="x", n=1), event("home", id="y", n="1"), "{bad"]
)


@given(st.lists(st.lists(events, min_size=1, max_size=5), min_size=1, max_size=4))
def test_merging_shards_says_what_judging_their_logs_in_one_call_says(logs):
    files: dict[str, bytes] = {}
    for number, log in enumerate(logs):
        files |= shard(f"s{number}", "\n".join(log))
    apart = merged(files, *(f"s{number}" for number in range(len(logs))))
    together = Step({"plan.yaml": PLAN}).run({f"s{n}/app.jsonl": "\n".join(log) for n, log in enumerate(logs)})

    def said(outcome: Outcome) -> tuple:
        groups = [
            (each["rule"], each["severity"], each["count"], each["reason"].replace(" in another shard", " before"))
            for each in outcome.details["groups"]
            if each["rule"] != "log/repeated"
        ]
        summed: dict[tuple, int] = {}
        for rule, severity, count, reason in groups:  # a duplicate across shards is about no one event
            summed[rule, severity, reason] = summed.get((rule, severity, reason), 0) + count
        return summed, outcome.reason.word, outcome.outputs["coverage"], outcome.outputs["events"]

    assert said(apart) == said(together)
