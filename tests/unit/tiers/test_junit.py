"""Foreign JUnit is read whoever wrote it, and ours is written so that everybody reads the same in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof.tiers.cases import Attempt, Case, Ended
from crossproof.tiers.junit_in import read
from crossproof.tiers.junit_out import write

GO = """<testsuites tests="2" failures="1"><testsuite name="acme/pkg" tests="2">
<testcase classname="acme/pkg" name="TestA" time="1,234.5"></testcase>
<testcase classname="acme/pkg" name="TestB" time="0.01"><failure message="Failed" type="">b_test.go:7: no</failure></testcase>
</testsuite></testsuites>"""
JEST = """<testsuites name="jest tests"><testsuite name="sum" errors="0"><testcase classname="sum adds" name="sum adds" time="0.003">
</testcase><testcase classname="sum x" name="sum x" time="0"><skipped/></testcase></testsuite></testsuites>"""
SUREFIRE = """<testsuite name="ATest" tests="3"><testcase name="flaky" classname="ATest" time="0.1">
<flakyFailure message="once" type="java.lang.AssertionError"><stackTrace>x</stackTrace></flakyFailure></testcase>
<testcase name="always" classname="ATest" time="0.1"><failure message="thrice"/><rerunFailure message="thrice"/></testcase>
<testcase name="broken" classname="ATest"><error message="NPE">trace</error></testcase></testsuite>"""
PLAYWRIGHT = """<testsuites id="" name=""><testsuite name="login.spec.ts" hostname="chromium">
<testcase name="logs in" classname="login.spec.ts" time="2.5"><failure message="t" type="FAILURE"><![CDATA[<b>]]></failure></testcase>
</testsuite></testsuites>"""


@pytest.mark.parametrize(
    ("report", "ended"),
    [
        (GO, ["passed", "failed"]),
        (JEST, ["passed", "skipped"]),
        (SUREFIRE, ["flaky", "failed", "error"]),
        (PLAYWRIGHT, ["failed"]),
        ('<testsuite><testsuite name="in"><testcase name="deep"/></testsuite></testsuite>', ["passed"]),
        ('<testsuite><testcase name="off" status="notrun"/></testsuite>', ["skipped"]),
        ('<testsuite name="s"><error message="no driver"/><testcase name="a"/></testsuite>', ["error", "passed"]),
        (
            '<testsuite><testcase name="a" status="failed"/><testcase name="b" result="error"/></testsuite>',
            ["failed"] * 2,
        ),
        ('<testsuite><testcase name="a" status="run" result="completed"/></testsuite>', ["passed"]),
        ("<testsuites/>", []),
    ],
)
def test_each_dialect_is_read(report, ended):
    assert [str(case.ended) for case in read(report.encode(), "r.xml")] == ended


def test_times_and_texts_are_those_of_the_report():
    first, second = read(GO.encode(), "r.xml")
    assert (first.seconds, second.text) == (1234.5, "Failed\nb_test.go:7: no")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no XML"),
        ("<html/>", "is no JUnit report"),
        ("<testsuite>", "is no XML"),
        ('<testsuite tests="3"/>', "announces 3 tests and holds none"),
        (
            '<testsuites><testsuite errors="1"/><testsuite><testcase name="a"/></testsuite></testsuites>',
            "announces 1 failures or errors and shows none",
        ),
        ('<testsuites failures="2"><testsuite><testcase name="a"/></testsuite></testsuites>', "and shows none"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><testsuite/>', "declares a document type"),
    ],
)
def test_what_is_no_report_is_refused_and_never_read_as_no_tests(text, said):
    with pytest.raises(ValueError, match=said):
        read(text.encode(), "r.xml")


def case(ended, *attempts, name="a", file="t.py"):
    return Case(
        id=f"t.py::{name}", suite="pytest", classname="t", name=name, ended=ended, file=file, line=3, attempts=attempts
    )


FAILED = Attempt(ended=Ended.FAILED, seconds=1, text="E   assert 1 == 2")
PASSED = Attempt(ended=Ended.PASSED, seconds=1)


def test_every_attempt_the_file_and_the_line_are_written():
    text = write({"unit": [case(Ended.FLAKY, FAILED, PASSED), case(Ended.FAILED, FAILED, FAILED, name="b")]})
    assert (
        text
        == """\
<?xml version="1.0" encoding="utf-8"?>
<testsuites tests="2" failures="1" errors="0" skipped="0">
<testsuite name="unit" tests="2" failures="1" errors="0" skipped="0" time="4.000">
<testcase name="a" classname="t" file="t.py" line="3" time="2.000">
<flakyFailure message="E   assert 1 == 2" type="failed">E   assert 1 == 2</flakyFailure>
</testcase>
<testcase name="b" classname="t" file="t.py" line="3" time="2.000">
<failure message="E   assert 1 == 2" type="failed">E   assert 1 == 2</failure>
<rerunFailure message="E   assert 1 == 2" type="failed">E   assert 1 == 2</rerunFailure>
</testcase>
</testsuite>
</testsuites>
"""
    )


@given(st.sampled_from(Ended), st.text(), st.text())
def test_what_is_written_is_read_back_no_better_than_it_was(ended, name, text):
    attempts = (
        [Attempt(ended=Ended.FAILED, text=text), PASSED] if ended is Ended.FLAKY else [Attempt(ended=ended, text=text)]
    )
    (back,) = read(write({"s": [case(ended, *attempts, name=name or "x")]}).encode("utf-8", "surrogatepass"), "r.xml")
    same = {Ended.CRASHED: Ended.ERROR, Ended.TIMED_OUT: Ended.FAILED}
    assert back.ended is same.get(ended, ended)
