"""validate-tracking-logs as a user meets it: in the image and as a process, with good, bad, hostile, damaged and no logs."""

import gzip
import io
import json
import zipfile

import pytest
from markdown_it import MarkdownIt
from tests.as_the_runner import OWNER, Step
from tests.tracking import event

PLAN = """# yaml-language-server: $schema=tracking-plan.json
plan: 1
name: ios
version: "2026.6"
events:
  home:
    match: {name: home}
    params: {id: {type: string}, section: {type: string, pattern: "^[a-z]+$", presence: sometimes}}
  article:
    match: {name: article}
    params:
      id: {type: string}
      asset: {type: string, pattern: "^[0-9]+$"}
unique: [{key: /params/id}]
"""
HOME, ARTICLE = event("home", id="1"), event("article", id="2", asset="42")
GOOD = f"{HOME}\n{ARTICLE}\n"
# Each would do harm where a log, a page or a terminal took it at its word.
HOSTILE = "::error::owned\r\n::set-output name=verdict::passed\n<script>alert(1)</script>\x1b[31m![](http://evil.example/x)|`@octocat \u202egnp.exe"


@pytest.fixture
def judge(job, place):
    """Judge `logs/`, against a plan of two events."""
    job.write("plan.yaml", PLAN)

    def step(**inputs: str) -> Step:
        return Step(job=job, action="validate-tracking-logs", on=place, inputs={"plan": "plan.yaml", **inputs})

    return step


def put(job, path: str, content: bytes) -> None:
    file = job.workspace / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    job.hand_over()


def report_of(result) -> dict:
    return json.loads((result.step.job.workspace / result.outputs["report_path"]).read_text())


def test_a_good_log_passes_and_the_sentence_for_people_says_what_was_proven(judge, job):
    job.write("logs/app.jsonl", GOOD)
    result = judge(logs="logs").run()
    assert result.exit_code == 0, result.log
    assert (result.outputs["verdict"], result.outputs["reason"]) == ("passed", "as-planned")
    assert result.log.splitlines()[0] == "validate-tracking-logs: do the logs logs show what the plan plan.yaml says?"
    assert result.log.splitlines()[-1] == (
        "✅ passed (as-planned): 2 of 2 expected events were seen in 1 log with 2 events, all as plan ios 2026.6 says."
    )
    assert "passed validation: 2 of 2 expected events" in result.outputs["statement"]
    assert result.outputs["coverage"] == "1"
    assert not result.refused


def test_every_file_of_the_report_is_there_and_belongs_to_the_workspaces_owner(judge, job):
    job.write("logs/app.jsonl", GOOD)
    result = judge(logs="logs", shard="a").run()
    named = {result.outputs[name] for name in ("report_path", "junit_path", "html_path")}
    assert named <= set(result.created)
    assert set(result.created.values()) == {OWNER}
    evidence = {each["path"] for each in report_of(result)["evidence"]}
    folder = result.outputs["report_path"].rpartition("/")[0]
    assert {f"{folder}/{path}" for path in evidence} <= set(result.created)
    assert {"record.json", "plan/plan.yaml"} <= evidence


def test_a_bad_log_fails_on_the_plans_lines(judge, job):
    job.write("logs/app.jsonl", GOOD + event("article", id="1", asset="x") + "\n" + event("stranger"))
    result = judge(logs="logs").run()
    assert result.exit_code == 1, result.log
    assert (result.outputs["verdict"], result.outputs["reason"]) == ("failed", "findings")
    said = {said.properties["title"]: said.properties for said in result.ear.annotations("error")}
    lines = PLAN.splitlines()
    assert said["param/pattern: article.asset"]["file"] == "plan.yaml"
    assert "asset:" in lines[int(said["param/pattern: article.asset"]["line"]) - 1]
    assert "unique:" in lines[int(next(at for title, at in said.items() if title.startswith("id/"))["line"]) - 1]
    assert json.loads(result.outputs["unknown_events"]) == ["stranger"]
    assert "❌ | `param/pattern`" in result.summary


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({}, "no-log"),
        ({"logs/app.jsonl": b""}, "empty-log"),
        ({"logs/app.jsonl": b"\n\r\n"}, "empty-log"),
        ({"logs/app.jsonl.gz": gzip.compress(GOOD.encode() * 50)[:-9]}, "unreadable-log"),
        ({"logs/app.jsonl": b"PK\x03\x04 not really"}, "unreadable-log"),
    ],
)
def test_what_proves_nothing_is_unproven_and_no_softening_makes_it_green(judge, job, content, reason):
    for path, written in content.items():
        put(job, path, written)
    result = judge(logs="logs", fail_on="never").run()
    assert result.exit_code == 3, result.log
    assert (result.outputs["verdict"], result.outputs["reason"]) == ("unproven", reason)
    assert report_of(result)["reason"] == reason


def test_a_zip_as_github_gives_it_is_read_as_the_logs_in_it(judge, job):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("run/home.jsonl", HOME)
        archive.writestr("run/article.jsonl", ARTICLE)
        archive.writestr("run/screenshot.png", b"\x89PNG")
    put(job, "logs.zip", packed.getvalue())
    result = judge(logs="logs.zip").run()
    assert result.exit_code == 0, result.log
    assert [log["name"] for log in report_of(result)["details"]["logs"]] == [
        "logs.zip!run/home.jsonl",
        "logs.zip!run/article.jsonl",
    ]


def test_a_plan_that_says_what_no_plan_can_say_is_refused_on_its_line(judge, job):
    job.write("plan.yaml", PLAN.replace("pattern:", "patern:"))
    job.write("logs/app.jsonl", GOOD)
    result = judge(logs="logs").run()
    assert (result.exit_code, result.outputs["reason"]) == (2, "plan-invalid")
    first = result.ear.annotations("error")[0]
    assert (first.properties["file"], first.properties["line"]) == ("plan.yaml", "8")
    assert "patern" in first.data


def test_a_step_that_is_cancelled_in_the_middle_says_so_at_once_and_claims_nothing(judge, job):
    """Members of one gzip, a million events: judging takes seconds."""
    put(job, "logs/app.jsonl.gz", gzip.compress(GOOD.encode() * 20_000) * 60)
    running = judge(logs="logs").start()
    running.wait_for("Plan ios 2026.6")
    result = running.cancel()
    assert result.exit_code == 130, result.log
    assert result.cancelled_within < 7
    assert (result.outputs["verdict"], result.outputs["reason"]) == ("unproven", "cancelled")
    report = report_of(result)
    assert (report["verdict"], report["reason"]) == ("unproven", "cancelled")
    assert set(result.created.values()) == {OWNER}


def test_shards_are_merged_and_a_missing_one_is_never_green(judge, job):
    for name, log in {"one": HOME, "two": ARTICLE}.items():
        job.write(f"logs/{name}.jsonl", log)
        result = judge(logs=f"logs/{name}.jsonl", shard=name, report_dir=f"reports/{name}").run()
        assert (result.exit_code, result.outputs["reason"]) == (0, "part-judged"), result.log
    asked = {"mode": "merge", "reports": "reports/*/report.json"}
    whole = judge(**asked, expected=json.dumps({"include": [{"id": "one"}, {"id": "two"}]})).run()
    assert (whole.exit_code, whole.outputs["reason"], whole.outputs["coverage"]) == (0, "as-planned", "1"), whole.log
    three = json.dumps({"include": [{"id": "one"}, {"id": "two"}, {"id": "three"}]})
    result = judge(**asked, expected=three).run()
    assert (result.exit_code, result.outputs["reason"]) == (3, "shards-incomplete"), result.log
    assert "shard three" in result.log


def test_what_a_log_says_is_only_ever_shown(judge, job):
    """As a value, as the name of an event, of a param and of a file: heard by no runner, rendered by no page."""
    lines = [event("home", id=HOSTILE, section=HOSTILE), event(HOSTILE, id="3"), event("home", **{HOSTILE: "1"})]
    job.write("logs/a ::error::%0A<b>.jsonl", "\n".join([GOOD, *lines, "::error::no JSON\x1b[31m"]))
    result = judge(logs="logs").run()
    assert (result.exit_code, result.outputs["reason"]) == (1, "findings"), result.log
    assert result.outputs["verdict"] == "failed"
    assert not result.refused
    assert {said.properties["title"].partition(":")[0] for said in result.ear.annotations("error")} >= {
        "param/pattern",
        "event/unknown",
    }
    assert not [
        said
        for level in ("error", "warning", "notice")
        for said in result.ear.annotations(level)
        if said.data.startswith(("owned", "no JSON"))
    ]
    page = (job.workspace / result.outputs["html_path"]).read_text()
    for text in (result.raw, result.summary, page, (job.workspace / result.outputs["junit_path"]).read_text()):
        assert not {"\x1b", "\u202e"} & set(text)
    assert "<script>alert" not in page + result.summary
    read = MarkdownIt("commonmark").enable("table").parse(result.summary)
    assert not {leaf.type for token in read for leaf in token.children or ()} & {"link_open", "image"}
    assert "@octocat" not in result.summary
