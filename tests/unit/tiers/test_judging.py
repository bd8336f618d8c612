"""What a tier's record proves: no exit code, crash, empty run or unread report ends as passed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.journals import Written

from crossproof.tiers.cases import Attempt, Case, Ended
from crossproof.tiers.coverage import FileCoverage
from crossproof.tiers.journal import read
from crossproof.tiers.judging import Recorded, file_durations, judge
from crossproof.tiers.manifest import Flaky, Gates, Tier
from crossproof.tiers.result import Cause, State

TIER = Tier(name="unit", command="pytest", runtime=None)


def tier(**more):
    return Tier(name="unit", command="pytest", runtime=None, **more)


def verdict(recorded, tier=TIER, **more):
    judged = judge(tier, recorded, **more)
    return judged.state, judged.cause


def of(written, exit_code=0, **more):
    return Recorded(exit=exit_code, journals=[read(written)], **more)


def foreign(ended=Ended.PASSED, name="TestA", classname="pkg"):
    return Case(id=name, suite="go", classname=classname, name=name, ended=ended, attempts=[Attempt(ended=ended)])


GREEN = Written().collected(["t.py::a"]).test("t.py::a").end(0)


def test_green_tests_pass():
    judged = judge(TIER, of(GREEN))
    assert (judged.state, judged.sentence) == (State.PASSED, "1 passed.")


@pytest.mark.parametrize(
    ("recorded", "ends"),
    [
        (of(Written().test("t.py::a", call="failed").end(1), 1), (State.FAILED, Cause.TESTS)),
        (of(Written().test("t.py::a", setup="failed").end(1), 1), (State.FAILED, Cause.TESTS)),
        (of(Written().test("t.py::a", call="failed").end(1), 0), (State.FAILED, Cause.TESTS)),
        (of(Written().test("t.py::a").begun("t.py::b"), 9), (State.ERROR, Cause.CRASH)),
        (of(Written().test("t.py::a"), 0), (State.ERROR, Cause.CRASH)),
        (of(GREEN, None), (State.ERROR, Cause.CRASH)),
        (of(Written().test("t.py::a", call="failed").begun("t.py::b"), 137), (State.FAILED, Cause.TESTS)),
        (of(GREEN, 1), (State.FAILED, Cause.COMMAND)),
        (of(Written().collected([]).end(5), 5), (State.NO_TESTS, Cause.GATE)),
        (Recorded(exit=0), (State.NO_TESTS, Cause.GATE)),
        (Recorded(exit=3), (State.FAILED, Cause.COMMAND)),
        (Recorded(exit=137), (State.ERROR, Cause.CRASH)),
        (of(Written().test("t.py::a", setup="skipped").end(0)), (State.NO_TESTS, Cause.GATE)),
        (of(Written().add("uncollected", id="t.py", text="x").end(2), 2), (State.ERROR, Cause.COLLECT)),
        (of(GREEN, unreadable=["r.xml is no XML"]), (State.ERROR, Cause.REPORT)),
        (of([*GREEN, "{"]), (State.ERROR, Cause.REPORT)),
        (of(Written().begun("t.py::a"), None, late=["t.py::a"]), (State.FAILED, Cause.TESTS)),
        (of(Written().begun("t.py::a"), None, out_of_time="The tier took longer than 1m."), (State.TIMED_OUT, Cause.NONE)),
        (of(GREEN, foreign=[foreign(Ended.FAILED)]), (State.FAILED, Cause.TESTS)),
        (Recorded(exit=0, foreign=[foreign()]), (State.PASSED, Cause.NONE)),
        (Recorded(exit=0, foreign=[foreign(Ended.FLAKY)]), (State.FLAKY, Cause.NONE)),
    ],
)  # fmt: skip
def test_each_way_to_end_is_told_apart(recorded, ends):
    assert verdict(recorded) == ends


TWO = Written().collected(["t.py::a", "t.py::b"]).test("t.py::a")


def test_a_collected_test_that_never_ran_is_not_green_whatever_pytest_says_at_its_end():
    judged = judge(TIER, of([*TWO, *Written().end(0)[1:]]))
    assert (judged.state, judged.cause) == (State.ERROR, Cause.CRASH)
    assert judged.sentence == (
        "1 of 2 collected tests never ran, although pytest ended by itself (with 0); the first: t.py::b."
    )


def test_one_that_a_plugin_left_out_after_all_is_not_missed():
    left = Written().collected(["t.py::a", "t.py::b"]).add("left", ids=["t.py::a"]).test("t.py::a").end(0)
    assert verdict(of(left)) == (State.PASSED, Cause.NONE)


def test_one_that_no_worker_of_a_shard_ran_is_missed_too():
    worker = Written().collected(["t.py::a", "t.py::b", "u.py::c"], ["t.py::a", "t.py::b"])[1:]
    controller = Written().test("t.py::a").end(0)
    recorded = Recorded(exit=0, journals=[read(worker), read(worker), read(controller)])
    assert verdict(recorded, shards=2) == (State.ERROR, Cause.CRASH)


def test_a_quarantined_failure_that_stops_the_run_does_not_speak_for_the_tests_behind_it():
    kept = tier(flaky=Flaky.QUARANTINE, quarantine=["*::bad"])
    stopped = Written().collected(["t.py::a", "t.py::bad", "t.py::c"]).test("t.py::a")
    stopped = stopped.test("t.py::bad", call="failed").end(1)
    assert verdict(of(stopped, 1), kept) == (State.ERROR, Cause.CRASH)


@pytest.mark.parametrize(("code", "word"), [(2, "interrupted"), (3, "internal error"), (4, "usage error")])
def test_a_pytest_that_broke_off_is_not_green_because_a_script_went_on(code, word):
    judged = judge(TIER, Recorded(exit=0, journals=[read(GREEN), read(Written().end(code))]))
    assert (judged.state, judged.cause) == (State.ERROR, Cause.CRASH)
    assert judged.sentence == f"A pytest broke off ({word}, exit {code}), so tests may not have run."


def test_an_exit_code_that_a_script_swallowed_still_counts():
    swallowed = Recorded(exit=0, journals=[read([*GREEN[:-1], *Written().end(1)[1:]])])
    assert verdict(swallowed) == (State.FAILED, Cause.COMMAND)


def test_a_quarantined_failure_explains_the_exit_code_of_failed_tests_and_no_other():
    kept = tier(flaky=Flaky.QUARANTINE, quarantine=["*::bad"])
    ran = Written().test("t.py::bad", call="failed").test("t.py::good").end(1)
    assert verdict(of(ran, 1), kept) == (State.PASSED, Cause.NONE)
    assert verdict(of(ran, 7), kept) == (State.FAILED, Cause.COMMAND)


def test_a_part_of_a_test_that_failed_is_not_made_good_by_the_part_told_last():
    sub = Written().begun("t.py::a").phase("t.py::a", "setup", "passed").phase("t.py::a", "call", "failed")
    sub = sub.phase("t.py::a", "call", "passed").phase("t.py::a", "teardown", "passed").add("done", id="t.py::a")
    assert verdict(of(sub.end(1), 1)) == (State.FAILED, Cause.TESTS)


def test_the_exit_code_alone_counts_where_the_manifest_says_so():
    without = tier(gates=Gates(min_tests=0))
    assert verdict(Recorded(exit=0), without) == (State.PASSED, Cause.NONE)
    assert verdict(Recorded(exit=1), without) == (State.FAILED, Cause.COMMAND)
    assert verdict(Recorded(exit=None), without) == (State.ERROR, Cause.CRASH)


COVERED = {"a.py": FileCoverage(known=frozenset({1, 2, 3, 4, 5}), hit=frozenset({1, 2, 3, 4}))}


@pytest.mark.parametrize(
    ("gates", "covered", "ends"),
    [
        (Gates(min_tests=2), {}, (State.FAILED, Cause.GATE)),
        (Gates(lines=80), COVERED, (State.PASSED, Cause.NONE)),
        (Gates(lines=80.1), COVERED, (State.FAILED, Cause.GATE)),
        (Gates(lines=80), {}, (State.ERROR, Cause.REPORT)),
        (Gates(branches=1), COVERED, (State.ERROR, Cause.REPORT)),
        (Gates(max_flaky=0), {}, (State.PASSED, Cause.NONE)),
    ],
)
def test_gates_are_judged_and_what_nobody_measured_is_not_enough_nor_too_little(gates, covered, ends):
    assert verdict(of(GREEN, coverage=covered), tier(gates=gates)) == ends


FLAKY = Written().test("t.py::a", tries=["rerun", "passed"]).test("t.py::b").end(0)


@pytest.mark.parametrize(
    ("policy", "ends"),
    [
        (tier(), State.FLAKY),
        (tier(gates=Gates(max_flaky=0)), State.FAILED),
        (tier(flaky=Flaky.FAIL), State.FAILED),
        (tier(flaky=Flaky.QUARANTINE), State.FAILED),
        (tier(flaky=Flaky.QUARANTINE, quarantine=["*::a"]), State.PASSED),
    ],
)
def test_a_flaky_test_is_what_the_policy_says_and_never_simply_passed(policy, ends):
    judged = judge(policy, of(FLAKY))
    assert judged.state is ends
    assert judged.cases[0].ended is Ended.FLAKY


def test_a_quarantined_failure_is_forgiven_and_shown_but_a_crash_is_not_explained_by_it():
    kept = tier(flaky=Flaky.QUARANTINE, quarantine=["*::bad"])
    failing = Written().test("t.py::bad", call="failed").test("t.py::good")
    judged = judge(kept, of(Written() + failing + Written().end(1)[1:], 1))
    assert (judged.state, judged.sentence, judged.quarantined) == (
        State.PASSED,
        "1 passed. 1 quarantined test did badly.",
        ["t.py::bad"],
    )
    assert verdict(of(failing, 137), kept) == (State.ERROR, Cause.CRASH)


def test_pytest_s_own_xml_counts_each_test_once_and_the_worst_telling_is_believed():
    again = Case(id="x", suite="pytest", classname="t", name="a", ended=Ended.PASSED)
    worse = Case(id="x", suite="pytest", classname="t", name="a", ended=Ended.FAILED)
    assert len(judge(TIER, of(GREEN, foreign=[again])).cases) == 1
    assert verdict(of(GREEN, foreign=[worse]))[0] is State.FAILED


def test_the_same_test_run_twice_by_a_script_counts_as_the_worse_of_both():
    second = Written().test("t.py::a", call="failed").end(1)
    assert verdict(Recorded(exit=0, journals=[read(GREEN), read(second)]))[0] is State.FAILED


def test_a_shard_without_a_file_of_its_own_is_fine_and_one_that_saw_nothing_is_not():
    empty = Written().collected(["t.py::a"], []).end(5)
    assert verdict(of(empty, 5), shards=4) == (State.PASSED, Cause.NONE)
    assert verdict(of(Written().collected([]).end(5), 5), shards=4)[0] is State.NO_TESTS
    assert verdict(of(GREEN), tier(gates=Gates(min_tests=50)), shards=4)[0] is State.PASSED


@given(
    st.lists(st.sampled_from(["passed", "failed", "skipped"]), max_size=5),
    st.sampled_from([None, 0, 1, 2, 3, 5, 9, 137]),
    st.booleans(),
)
def test_passed_needs_a_test_that_passed_no_bad_one_a_whole_record_and_an_exit_of_zero(outcomes, code, whole):
    written = Written()
    for number, outcome in enumerate(outcomes):
        written.test(f"t.py::t{number}", **({"setup": "skipped"} if outcome == "skipped" else {"call": outcome}))
    if whole:
        written.end(0)
    passed = verdict(of(written, code))[0] is State.PASSED
    assert passed == (whole and code == 0 and "passed" in outcomes and "failed" not in outcomes)


def test_the_time_of_each_file_is_kept_for_the_next_run_s_shards():
    cases = judge(TIER, of(Written().test("a.py::x").test("a.py::y").test("b.py::z", setup="skipped").end(0))).cases
    assert file_durations(cases) == {"a.py": 3.0}
