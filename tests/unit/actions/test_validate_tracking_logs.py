"""validate-tracking-logs: what a user sees of good logs, bad logs, and logs that prove nothing."""

import json
from hashlib import sha256

import pytest
from inline_snapshot import snapshot
from tests.tracking import Step, event

from crossproof.actions.validate_contract import Inputs
from crossproof.errors import BadCall
from crossproof.runner.inputs import parse
from crossproof.tracking.log.sniffing import UnreadableLog
from crossproof.tracking.ports import BudgetSpent
from crossproof.verdict import Exit

PLAN = """plan: 1
name: ios
version: "2026.6"
events:
  home:
    match: {name: home}
    params:
      id: {type: string}
      user: {type: string, presence: sometimes, sensitive: true}
  article: {match: {name: article}, params: {id: {type: string, pattern: "^[0-9]+$"}}}
unique: [{key: /params/id}]
"""


GOOD = "\n".join([event("home", id="1"), event("article", id="2")])


def test_logs_that_are_as_planned_pass_and_the_statement_can_be_sent_as_it_stands():
    outcome = Step({"plan.yaml": PLAN}).run({"app.jsonl": GOOD}, subject_sha="a" * 40)
    assert (outcome.reason.word, outcome.exit) == ("as-planned", Exit.DONE)
    assert outcome.sentence == "2 of 2 expected events were seen in 1 log with 2 events, all as plan ios 2026.6 says."
    assert outcome.outputs["statement"] == snapshot(
        "On 2026-06-02 09:30 UTC the tracking of commit aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa of acme/tracking passed validation: 2 of 2 expected events were seen among 2 recorded ones, judged against plan ios 2026.6 (sha256:4efb5c98e14e). Logs: app.jsonl sha256:1e4f7498833f. Run: https://github.com/acme/tracking/actions/runs/7"
    )
    assert outcome.outputs["coverage"] == "1"
    assert outcome.annotations == []


def test_the_summary_leads_with_the_checklist_and_says_what_was_not_judged():
    assert Step({"plan.yaml": PLAN}).run({"app.jsonl": GOOD}).summary == snapshot("""\
|  | Checklist |  |
| --- | --- | --- |
| ✅ | All expected events are present | 2 of 2 |
| ✅ | Required parameters are populated |  |
| ✅ | Tracking IDs are unique |  |
| ❔ | Event sequence is correct | the plan has no \\`flows\\` |
| ✅ | No unexpected events |  |
| ✅ | Parameter values match expectations |  |

<details><summary>Coverage: 2 of 2 expected events (100%)</summary>

| Event | Planned | Seen |  |
| --- | --- | ---: | --- |
| `home` | 1..* | 1 | ✅ |
| `article` | 1..* | 1 | ✅ |

</details>

<details><summary>Evidence</summary>

- plan `plan.yaml`: ios &#50;026.6, sha256 `4efb5c98e14ebd5540322e758bb0e9d8b87d006df790f5fda41c27d96fdaf038`
- log `app.jsonl`: 2 events, 132 bytes, sha256 `1e4f7498833f88527a6833085b85e8e874e49d03d3013fe93530c042d1d38cba`

</details>

> On 2026-06-02 09:30 UTC the tracking of no stated commit passed validation: 2 of 2 expected events were seen among 2 recorded ones, judged against plan ios 2026.6 (sha256:4efb5c98e14e). Logs: app.jsonl sha256:1e4f7498833f. Run: https://github.com/acme/tracking/actions/runs/7
""")


def test_a_finding_is_annotated_on_the_line_of_the_plan_that_it_breaks():
    outcome = Step({"plan.yaml": PLAN}).run({"app.jsonl": GOOD + "\n" + event("article", id="x1")})
    assert (outcome.reason.word, outcome.exit) == ("findings", Exit.PROVEN_BAD)
    assert outcome.sentence == snapshot(
        "1 error against plan ios 2026.6 in 1 log with 3 events; first: \"article.id does not match '^[0-9]+$'\"."
    )
    assert [(a.level, a.file, a.line, a.title, a.message) for a in outcome.annotations] == snapshot(
        [
            (
                "error",
                "plan.yaml",
                10,
                "param/pattern: article.id",
                """\
article.id does not match '^[0-9]+$', once; first at app.jsonl:3: "x1"
Correct the app, or `pattern`.\
""",
            )
        ]
    )


@pytest.mark.parametrize(
    ("logs", "reason", "sentence"),
    [
        ({}, "no-log", "'*.jsonl': there is no such file."),
        ({"app.jsonl": ""}, "empty-log", "'app.jsonl': holds no event."),
        ({"app.jsonl": "\n\n"}, "empty-log", "'app.jsonl': holds no event."),
        ({"a.jsonl": GOOD, "b.jsonl": " "}, "empty-log", "'b.jsonl': holds no event."),
        ({"app.jsonl": UnreadableLog("its gzip is damaged")}, "unreadable-log", "'app.jsonl': its gzip is damaged."),
        ({"app.jsonl": BudgetSpent("more than 10 bytes")}, "evidence-cut", "'app.jsonl': holds more than 10 bytes."),
    ],
)
def test_what_is_missing_empty_damaged_or_cut_is_never_green_whatever_softens(logs, reason, sentence):
    for softened in ("error", "never"):
        outcome = Step({"plan.yaml": PLAN}).run(logs, fail_on=softened)
        assert (outcome.reason.word, outcome.exit) == (reason, Exit.NOT_FOUND_OUT)
        assert outcome.sentence == sentence


def test_events_of_which_the_plan_knows_none_prove_nothing():
    outcome = Step({"plan.yaml": PLAN + 'policy: {unknown_event: "off"}\nseverity: {event/missing: "off"}\n'}).run(
        {"app.jsonl": event("other")}
    )
    assert (outcome.reason.word, outcome.exit) == ("nothing-judged", Exit.NOT_FOUND_OUT)


def test_fewer_events_than_asked_for_prove_nothing():
    outcome = Step({"plan.yaml": PLAN}).run({"app.jsonl": GOOD}, min_events="3")
    assert (outcome.reason.word, outcome.exit) == ("empty-log", Exit.NOT_FOUND_OUT)
    assert outcome.sentence == "1 log: hold 2 events; fewer than 3 prove nothing."


def test_proven_bad_outweighs_a_lack_of_proof():
    outcome = Step({"plan.yaml": PLAN}).run({"a.jsonl": event("article", id="x"), "b.jsonl": ""})
    assert outcome.reason.word == "findings"


def test_fail_on_moves_what_counts_and_never_moves_only_the_exit():
    logs = {"app.jsonl": GOOD + "\n" + event("home", id="3", surplus=1)}
    assert Step({"plan.yaml": PLAN}).run(logs).reason.word == "as-planned"
    assert Step({"plan.yaml": PLAN}).run(logs, fail_on="warning").exit is Exit.PROVEN_BAD
    bad = {"app.jsonl": GOOD + "\n" + event("home")}
    outcome = Step({"plan.yaml": PLAN}).run(bad, fail_on="never")
    assert (outcome.reason.word, outcome.exit, outcome.softened_by) == ("findings", Exit.DONE, "fail_on: never")


def test_a_plan_that_cannot_be_used_is_annotated_fault_by_fault_and_nothing_is_judged():
    outcome = Step({"plan.yaml": PLAN.replace("pattern", "patern").replace("name: ios", "nmae: ios")}).run(
        {"app.jsonl": GOOD}
    )
    assert (outcome.reason.word, outcome.exit) == ("plan-invalid", Exit.CALL_MUST_CHANGE)
    assert [(a.file, a.line, a.message) for a in outcome.annotations] == snapshot(
        [
            ("plan.yaml", 1, "the key `name` is missing."),
            ("plan.yaml", 2, "the key 'nmae' is not known here. Did you mean `name`?"),
            ("plan.yaml", 10, "events.article.params.id: the key 'patern' is not known here. Did you mean `pattern`?"),
        ]
    )


def test_a_plan_that_is_not_there_and_a_scenario_it_does_not_have_are_faults_of_the_call():
    assert Step({}).run({"app.jsonl": GOOD}).exit is Exit.CALL_MUST_CHANGE
    with pytest.raises(BadCall) as refused:
        Step({"plan.yaml": PLAN}).run({"app.jsonl": GOOD}, scenario="checkout")
    assert refused.value.faults[0].what == "'checkout' is not in the plan; it has none"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"logs": ""}, "logs is required with `mode: validate`"),
        ({"reports": "r.json"}, "reports has no meaning with `mode: validate`"),
        ({"mode": "merge", "logs": "", "expected": "{}"}, "reports is required with `mode: merge`"),
        ({"mode": "merge", "reports": "r", "expected": "{}"}, "logs has no meaning with `mode: merge`"),
        ({"coverage_min": "80"}, "coverage_min '80' is no share; write 80% or 0.8"),
        ({"min_events": "0"}, "min_events '0' is no whole number from 1 to 1000000000"),
        ({"fail_on": "off"}, "fail_on 'off' is none of error, warning, notice, never"),
    ],
)
def test_a_call_that_makes_no_sense_is_told_what_to_change(given, fault):
    with pytest.raises(BadCall) as refused:
        parse(Inputs, {"plan": "p.yaml", "logs": "a.jsonl", **given}.items())
    assert fault in [f"{each.where} {each.what}" for each in refused.value.faults]


def test_everything_that_was_judged_by_is_kept_beside_the_report():
    step = Step({"plan.yaml": PLAN})
    outcome = step.run({"app.jsonl": GOOD})
    assert sorted(step.report.files) == ["index.html", "junit.xml", "plan/plan.yaml"]
    assert step.report.files["plan/plan.yaml"].decode() == PLAN
    assert {each.path for each in outcome.evidence} == {*step.report.files}


def test_the_same_log_given_twice_under_two_names_is_told():
    outcome = Step({"plan.yaml": PLAN}).run({"a.jsonl": GOOD, "b.jsonl": GOOD})
    assert "log/repeated" in {each["rule"] for each in outcome.details["groups"]}


def test_logs_are_held_against_the_manifest_of_what_was_fetched():
    def manifest(content: str, started: str = "2026-02-06T09:00:00+00:00") -> str:
        files = [{"path": "app.jsonl", "size": 1, "sha256": sha256(content.encode()).hexdigest()}]
        artifact = {"directory": "a", "files": files, "created_at": "2026-02-06T10:00:00+00:00"}
        run = {"started_at": started, "url": "", "head_sha": ""}
        return json.dumps({"schema": "crossproof/fetched/1", "root": "in", "run": run, "artifacts": [artifact]})

    window = PLAN + "timing: {window: {from: run_start, to: run_end}}\n"

    def ended(manifest: str, name: str = "in/a/app.jsonl") -> str:
        step = Step({"plan.yaml": window, "manifest.json": manifest})
        return step.run({name: GOOD}, manifest="manifest.json").reason.word

    assert ended(manifest(GOOD)) == "as-planned"
    assert ended(manifest("something else")) == "unreadable-log"
    assert ended(manifest(GOOD), "elsewhere.jsonl") == "unreadable-log"
    assert ended(manifest(GOOD), "in/a/app.jsonl!logs/home.jsonl") == "as-planned"
    assert ended(manifest("an archive that was changed since"), "in/a/app.jsonl!logs/home.jsonl") == "unreadable-log"
    assert ended(manifest(GOOD, "2026-02-06T09:50:00+00:00")) == "findings"
    with pytest.raises(BadCall, match="one thing must change"):
        ended('{"schema": "other"}')


def test_the_json_report_can_be_written_and_its_groups_have_stable_fingerprints():
    def fingerprints(log: str) -> list[str]:
        details = Step({"plan.yaml": PLAN}).run({"app.jsonl": log}).details
        json.dumps(details, default=str)
        return [each["fingerprint"] for each in details["groups"]]

    bad = event("article", id="x")
    assert fingerprints(GOOD + "\n" + bad) == fingerprints(GOOD + "\n\n\n" + bad + "\n" + bad.replace("x", "y"))


HOSTILE = "\x1b[31m::error::pwned\u202e<script>alert(1)</script>|`@octocat [x](javascript:1) ]]>&\x00"


def test_no_value_of_a_log_does_anything_on_any_surface():
    log = "\n".join(
        json.dumps({"name": name, "timestamp": 1770370997, "params": {"id": HOSTILE, HOSTILE: HOSTILE}})
        for name in ("article", HOSTILE)
    )
    step = Step({"plan.yaml": PLAN})
    outcome = step.run({"app.jsonl": GOOD + "\n" + log})
    page, junit = step.report.files["index.html"].decode(), step.report.files["junit.xml"].decode()
    for surface in (outcome.summary, page, junit):
        assert not {"\x1b", "\u202e", "\x00"} & set(surface)
    assert "<script>alert" not in page + junit + outcome.summary
    assert "@octocat" not in outcome.summary
    assert "]]>" not in junit


def test_values_of_sensitive_params_and_addresses_leave_on_no_surface():
    step = Step({"plan.yaml": PLAN.replace("user: {type: string", "user: {type: integer")})
    outcome = step.run(
        {"app.jsonl": GOOD + "\n" + event("home", id="jane@example.com", user="Jane Doe", more="jane@example.com")}
    )
    everything = json.dumps(outcome.details, default=str) + outcome.summary + str(outcome.annotations)
    everything += "".join(
        content.decode() for name, content in step.report.files.items() if not name.startswith("plan/")
    )
    assert "Jane Doe" not in everything
    assert "jane@example" not in everything
    assert "(text of 8 characters, hidden)" in everything


def test_with_redact_all_no_value_of_a_log_is_shown_anywhere():
    step = Step({"plan.yaml": PLAN})
    outcome = step.run({"app.jsonl": GOOD + "\n" + event("article", id="SECRET") + "\n{SECRET"}, redact="all")
    everything = json.dumps(outcome.details, default=str) + outcome.summary + str(outcome.annotations)
    everything += "".join(content.decode() for content in step.report.files.values())
    assert "SECRET" not in everything


@pytest.mark.parametrize(
    ("logs", "shown"),
    [
        (["fetched/run-1/a.jsonl"], ["a.jsonl:1"]),
        (["fetched/run-1/a.jsonl", "fetched/run-2/a.jsonl"], ["run-1/a.jsonl:1", "run-2/a.jsonl:1"]),
        (["a.jsonl", "fetched/b.jsonl"], ["a.jsonl:1", "fetched/b.jsonl:1"]),
    ],
)
def test_findings_name_a_log_by_where_it_lies_among_the_logs_and_the_evidence_by_its_whole_path(logs, shown):
    step = Step({"plan.yaml": PLAN})
    outcome = step.run({log: event("home", id=1, at=n) for n, log in enumerate(logs)})
    page = step.report.files["index.html"].decode()
    assert f"| `{shown[0]}` |" in outcome.summary
    for log, short in zip(logs, shown, strict=True):
        assert f"<code>{short}</code>" in page
        assert f"<code>{log}</code>" in page
        assert f"log `{log}`" in outcome.summary
