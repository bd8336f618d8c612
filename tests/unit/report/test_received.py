"""A report is read strictly: it may come from another run, or from anybody who can upload a file."""

import json
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hostile import any_text
from tests.telling import HOME, RUN, SHA, report, tree

from crossproof import surfaces
from crossproof.outcome import Outcome, Subject
from crossproof.report.received import LARGEST, Report, read
from crossproof.runner.context import Context
from crossproof.units import RepoRef, Sha
from crossproof.verdict import SUITE_REASONS, Verdict

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_a_report_says_who_proved_what_of_which_change():
    found = read(report())
    assert (found.action, found.verdict, found.reason) == ("dispatch-and-wait", Verdict.FAILED, "child-failed")
    assert found.run is not None
    assert (str(found.run.repository), found.run.id, found.run.attempt) == (HOME, RUN, 1)
    assert (str(found.repository), found.sha, found.ref) == ("acme/child", Sha("a" * 40), "main")


@pytest.mark.parametrize("reason", SUITE_REASONS, ids=lambda reason: reason.word)
def test_whatever_our_actions_write_can_be_told_however_they_ended(reason):
    subject = Subject(repository=RepoRef.parse(HOME), sha=SHA, environment="prod")
    context = Context.from_env({"GITHUB_REPOSITORY": HOME, "GITHUB_RUN_ID": "7", "GITHUB_JOB": "a"})
    moment = read(report()).ended_at
    written = surfaces.report(
        Outcome(reason=reason, sentence="So it ended.", subject=subject), "doctor", context, moment, moment
    )
    found = read(written.encode())
    assert (found.verdict, found.reason, found.sha, found.environment) == (
        reason.verdict,
        reason.word,
        Sha(SHA),
        "prod",
    )
    nowhere = surfaces.report(Outcome(reason=reason, sentence=""), "doctor", Context.from_env({}), moment, moment)
    assert read(nowhere.encode()).run is None


WRONG = {
    "it is no JSON: line 1, Expecting value": b"",
    "it is not UTF-8": b"\xff{}",
    "it holds no JSON object": b"[]",
    "`action` is missing or of another kind than a report has there": b"{}",
    "a key stands in it twice, and readers differ in which one counts": report().replace(
        b'"verdict": "failed"', b'"verdict": "failed", "verdict": "passed"'
    ),
    "NaN is no JSON number": report(details={"x": float("nan")}),
    "it is nested too deeply": b'{"a":' * 100_000,
    "`verdict` cannot be used: 'green' is not a valid Verdict": report(("green", "x")),
    "`reason` is '::error::x', which is no word of the catalog": report(("passed", "::error::x")),
    "`action` is '../doctor', which is no word of the catalog": report(action="../doctor"),
    "`schema` is 'crossproof/report/doctor/1', and crossproof/report/dispatch-and-wait/1 is the one that is known": report(
        schema="crossproof/report/doctor/1"
    ),
    "`schema` is 'crossproof/report/dispatch-and-wait/2', and crossproof/report/dispatch-and-wait/1 is the one that is known": report(
        schema="crossproof/report/dispatch-and-wait/2"
    ),
    "`sentence` is longer than 20000 characters": report(sentence="x" * 20_001),
    "`repository` cannot be used: 'a/b/c' is no repository; write owner/name": report(
        subject={**tree()["subject"], "repository": "a/b/c"}
    ),
    "`sha` cannot be used: 'abc' is no full commit SHA (40 hexadecimal digits)": report(
        subject={**tree()["subject"], "sha": "abc"}
    ),
    "`run_id` is missing or of another kind than a report has there": report(
        produced_by={**tree()["produced_by"], "run_id": True}
    ),
    "`produced_by` names no run": report(run=-1),
    "`ended_at` cannot be used: it has no offset from UTC": report(at="2026-11-02T09:05:00"),
}


@pytest.mark.parametrize("said", WRONG, ids=lambda said: said[:40])
def test_what_is_no_report_is_named_by_what_is_wrong_with_it(said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        read(WRONG[said])


def test_a_report_has_a_size():
    with pytest.raises(ValueError, match="larger than 16 MiB"):
        read(b" " * (LARGEST + 1))


def test_keys_that_a_later_version_adds_do_not_hide_what_is_known():
    assert read(report(more={"x": 1})).verdict is Verdict.FAILED


@given(JSON, st.sampled_from([*tree(), "subject.sha", "subject.ref", "produced_by.run_id", "produced_by.job"]))
def test_any_value_in_any_place_is_read_or_refused_and_never_a_crash(value, place):
    outer, _, inner = place.partition(".")
    changed = tree()
    if inner:
        changed[outer] = {**changed[outer], inner: value}
    else:
        changed[outer] = value
    with suppress(ValueError):
        assert isinstance(read(json.dumps(changed).encode()), Report)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(content):
    with pytest.raises(ValueError, match=r"\w"):
        read(content)
