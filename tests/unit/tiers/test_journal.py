"""What the plugin wrote down is believed as far as it came; what was running when it stopped is named."""

import json

from hypothesis import given
from hypothesis import strategies as st
from tests.journals import Written

from crossproof.tiers.cases import Ended
from crossproof.tiers.journal import read


def ended(journal, **more):
    return {case.id: case.ended for case in journal.cases(over=True, **more)}


def test_each_test_ends_as_it_was_reported():
    journal = read(
        Written()
        .test("t.py::good")
        .test("t.py::bad", call="failed")
        .test("t.py::no_setup", setup="failed")
        .test("t.py::no_teardown", teardown="failed")
        .test("t.py::left_out", setup="skipped")
        .end(1)
    )
    assert ended(journal) == {
        "t.py::good": Ended.PASSED,
        "t.py::bad": Ended.FAILED,
        "t.py::no_setup": Ended.ERROR,
        "t.py::no_teardown": Ended.ERROR,
        "t.py::left_out": Ended.SKIPPED,
    }


def test_a_test_that_passed_after_failing_is_flaky_and_never_passed():
    journal = read(Written().test("t.py::a", tries=["rerun", "rerun", "passed"]).end(0))
    (case,) = journal.cases(over=True)
    assert case.ended is Ended.FLAKY
    assert [attempt.ended for attempt in case.attempts] == [Ended.FAILED, Ended.FAILED, Ended.PASSED]


def test_a_test_that_always_fails_is_one_failure_however_often_it_was_tried():
    journal = read(Written().test("t.py::a", tries=["rerun", "rerun", "failed"]).end(1))
    assert ended(journal) == {"t.py::a": Ended.FAILED}


def test_a_crash_keeps_what_came_before_and_names_what_was_running():
    written = Written()
    for number in range(6):
        written.test(f"t.py::test_{number}")
    journal = read(written.begun("t.py::test_6"))
    assert journal.in_flight == ["t.py::test_6"]
    assert journal.exit is None
    assert list(ended(journal).values()) == [*[Ended.PASSED] * 6, Ended.CRASHED]
    assert ended(journal, timed_out=["t.py::test_6"])["t.py::test_6"] is Ended.TIMED_OUT


def test_a_crash_in_the_third_attempt_keeps_the_first_two():
    written = Written().test("t.py::a", tries=["rerun"], done=False)
    written.phase("t.py::a", "setup", "passed")
    (case,) = read(written).cases(over=True)
    assert [attempt.ended for attempt in case.attempts] == [Ended.FAILED, Ended.CRASHED]


def test_nothing_is_said_of_a_test_that_still_runs():
    assert read(Written().begun("t.py::a")).cases(over=False) == []


def test_what_could_not_be_collected_is_an_error_of_its_own():
    journal = read(Written().add("uncollected", id="t.py", text="ImportError").end(2))
    (case,) = journal.cases(over=True)
    assert (case.ended, case.name, case.text) == (Ended.ERROR, "could not be collected", "ImportError")


def test_names_are_split_as_pytest_s_own_xml_does():
    journal = read(Written().test("tests/a/test_b.py::TestC::test_d[x::y/z.py]").end(0))
    (case,) = journal.cases(over=True)
    assert (case.classname, case.name) == ("tests.a.test_b.TestC", "test_d[x::y/z.py]")


@given(st.integers(0, 30))
def test_a_journal_cut_anywhere_never_shows_more_than_happened(cut):
    lines = list(Written().test("a.py::a").test("a.py::b", call="failed").test("a.py::c").end(1))
    whole = ended(read(lines))
    for case in read(lines[:cut]).cases(over=True):
        assert case.ended in {whole[case.id], Ended.CRASHED}


@given(st.lists(st.one_of(st.text(max_size=30), st.builds(json.dumps, st.dictionaries(st.sampled_from(["e", "id", "when"]), st.text(max_size=5))))))  # fmt: skip
def test_no_line_breaks_the_reading_and_what_is_no_line_of_ours_is_counted(lines):
    journal = read(lines)
    assert journal.broken <= len(lines)
    journal.cases(over=True)
