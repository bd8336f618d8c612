"""`crossproof plan`: what a person reads and a shell learns of a plan that lies in a directory."""

import io
import json

import pytest
from inline_snapshot import snapshot

from crossproof.cli import main
from crossproof.verdict import Exit

PLAN = """\
plan: 1
name: app
version: "1"
events:
  home:
    match: {name: home}
    params: {id: {type: string, pattern: "^[0-9]+$"}}
    examples: {valid: [{name: home, timestamp: 1770370997, params: {id: "1"}}], invalid: [{drop: id, expect: param/missing}]}
"""
LOG = json.dumps({"name": "home", "timestamp": 1770370997, "params": {"id": "7"}}) + "\n"


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "app.jsonl").write_text(LOG)
    return tmp_path


def call(workspace, *arguments):
    said = io.StringIO()
    code = main(["plan", *arguments], {"GITHUB_WORKSPACE": str(workspace)}, said)
    return code, said.getvalue().strip()


def asked(workspace, *arguments):
    code, said = call(workspace, *arguments, "--json")
    return code, json.loads(said)["answer"]


def test_a_good_plan_is_remarked_on_with_nothing_and_a_loose_one_ends_red(workspace):
    assert call(workspace, "lint", "plan.yaml") == (0, "plan.yaml: nothing to remark on 1 event.")
    (workspace / "plan.yaml").write_text(PLAN.replace("^[0-9]+$", "[0-9]"))
    assert call(workspace, "lint", "plan.yaml") == snapshot(
        (
            Exit.PROVEN_BAD,
            """\
Rule       Where           What                                             Instead
  plan/lint  plan.yaml:7:33  the pattern '[0-9]' matches anywhere in a text.  Anchor it with ^ and $.\
""",
        )
    )


def test_examples_run_and_a_plan_without_any_is_not_called_tested(workspace):
    assert call(workspace, "test", "plan.yaml") == (0, "2 examples of plan.yaml do what they say.")
    (workspace / "plan.yaml").write_text(PLAN.replace('id: "1"', 'id: "x"'))
    code, answer = asked(workspace, "test", "plan.yaml")
    assert (code, answer["run"], len(answer["failed"])) == (Exit.PROVEN_BAD, 2, 1)
    (workspace / "plan.yaml").write_text(PLAN.partition("    examples")[0])
    assert call(workspace, "test", "plan.yaml") == (3, "plan.yaml has no examples: nothing was tested.")


@pytest.mark.parametrize(
    ("new", "code", "change"),
    [
        (PLAN, Exit.DONE, "same"),
        (PLAN.replace(', pattern: "^[0-9]+$"', ""), Exit.DONE, "wider"),
        (PLAN.replace("type: string,", "type: string, maxLength: 3,"), Exit.PROVEN_BAD, "narrower"),
        (PLAN.replace("name: home", "name: Home"), Exit.NOT_FOUND_OUT, "unknown"),
    ],
    ids=["same", "wider", "narrower", "unknown"],
)
def test_the_exit_code_of_a_comparison_says_whether_a_log_that_passed_may_fail(workspace, new, code, change):
    (workspace / "new.yaml").write_text(new)
    ended, answer = asked(workspace, "diff", "plan.yaml", "new.yaml")
    assert (ended, answer["change"]) == (code, change)


def test_a_comparison_needs_two_plans(workspace):
    code, said = call(workspace, "diff", "plan.yaml")
    assert code == Exit.CALL_MUST_CHANGE
    assert "must be two: the old plan, then the new one" in said


def test_strength_names_what_would_pass(workspace):
    assert call(workspace, "strength", "app.jsonl", "--plan", "plan.yaml") == snapshot(
        (Exit.DONE, "7 of 7 breaks of 1 good event were noticed: 100.0%.")
    )
    (workspace / "app.jsonl").write_text(LOG.replace('"7"', "7"))
    assert call(workspace, "strength", "app.jsonl", "--plan", "plan.yaml")[0] == Exit.NOT_FOUND_OUT


def test_a_draft_is_shown_or_kept_and_never_overwrites(workspace):
    assert "plan: 1" in call(workspace, "infer", "app.jsonl")[1]
    assert call(workspace, "infer", "app.jsonl", "--name", "shop", "--output", "plans/shop.yaml")[0] == 0
    assert "name: shop" in (workspace / "plans/shop.yaml").read_text()
    code, said = call(workspace, "infer", "app.jsonl", "--output", "plans/shop.yaml")
    assert (code, "is there already" in said) == (Exit.CALL_MUST_CHANGE, True)


def test_nothing_is_drafted_from_a_log_that_is_missing_or_half_read(workspace):
    assert call(workspace, "infer", "gone.jsonl")[0] == Exit.CALL_MUST_CHANGE
    (workspace / "app.jsonl").write_text(LOG + "{bad\n")
    assert call(workspace, "infer", "app.jsonl")[0] == Exit.NOT_FOUND_OUT


def test_docs_are_written_as_a_page_with_examples_of_logs(workspace):
    code, said = call(workspace, "docs", "plan.yaml", "--logs", "app.jsonl", "--output", "docs/plan.md")
    assert (code, said) == (0, "Wrote docs/plan.md. 1 event, 1 example.")
    assert 'id: "7"' in (workspace / "docs/plan.md").read_text()
    assert 'id: "7"' not in call(workspace, "docs", "plan.yaml", "--logs", "app.jsonl", "--redact", "all")[1]


def test_tealium_s_table_becomes_a_plan_or_is_refused_line_by_line(workspace):
    (workspace / "specs.csv").write_text("tealium_event,attribute,data type,required\nsearch,term,String,yes\n")
    assert "search" in call(workspace, "import-tealium", "specs.csv")[1]
    (workspace / "specs.csv").write_text("tealium_event,attribute,data type,required\nsearch,term,Strng,yes\n")
    code, said = call(workspace, "import-tealium", "specs.csv")
    assert code == Exit.CALL_MUST_CHANGE
    assert "line 2: 'Strng' is no data type" in said


def test_a_plan_that_cannot_be_read_is_told_with_its_lines(workspace):
    (workspace / "plan.yaml").write_text(PLAN.replace("match", "mtach"))
    code, said = call(workspace, "lint", "plan.yaml")
    assert code == Exit.CALL_MUST_CHANGE
    assert "plan.yaml:6:5" in said
