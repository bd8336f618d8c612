"""The stamp by which a message is found again, and what it says about order."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.telling import FAILED, PASSED, RUN, UNPROVEN, here, notice

from crossproof.telling.notice import Stamp
from crossproof.units import RunId
from crossproof.verdict import Verdict

START = datetime(2026, 11, 2, tzinfo=UTC)
STAMPS = st.builds(
    Stamp,
    topic=st.just("ab12"),
    report=st.sampled_from(["1", "2"]),
    verdict=st.sampled_from(Verdict),
    run=st.sampled_from([0, 7, 8]),
    attempt=st.sampled_from([1, 2]),
    ended_at=st.sampled_from([START, START + timedelta(hours=1)]),
)


@given(STAMPS)
def test_a_stamp_is_read_as_it_was_written(stamp):
    assert Stamp.read(stamp.written()) == stamp


@given(
    st.dictionaries(st.sampled_from([*notice().stamp.written(), "x"]), st.text(max_size=20) | st.none() | st.integers())
)
def test_whatever_else_is_written_there_is_no_stamp(written):
    found = Stamp.read(written)
    assert found is None or found.written().keys() == written.keys()


@given(STAMPS, STAMPS, STAMPS)
def test_newer_is_an_order(one, two, three):
    assert not one.newer_than(one)
    assert not (one.newer_than(two) and two.newer_than(one))
    if one.run and two.run and three.run and one.newer_than(two) and two.newer_than(three):
        assert one.newer_than(three)


def test_an_old_run_that_ends_late_is_not_newer():
    late = notice(run=RUN, at="2026-11-02T12:00:00+00:00").stamp
    assert notice(run=RUN + 1, at="2026-11-02T09:00:00+00:00").stamp.newer_than(late)
    assert notice(run=RUN, attempt=2).stamp.newer_than(late)


def test_of_one_attempt_the_worse_verdict_must_stay_in_sight_and_nothing_else_does():
    failed, passed, unproven = (notice(ended).stamp for ended in (FAILED, PASSED, UNPROVEN))
    assert passed.would_hide(failed)
    assert passed.would_hide(unproven)
    assert unproven.would_hide(failed)
    assert not failed.would_hide(passed)
    assert not failed.would_hide(failed)
    assert not notice(PASSED, attempt=2).stamp.would_hide(failed)
    assert not notice(PASSED, run=RUN + 1).stamp.would_hide(failed)


def test_a_report_that_claims_to_be_of_a_later_run_outdates_nothing():
    forged = notice(run=10**17, job=here(run_id=RunId(RUN)))
    assert forged.stamp.run == RUN
    assert notice(run=RUN + 1).stamp.newer_than(forged.stamp)
