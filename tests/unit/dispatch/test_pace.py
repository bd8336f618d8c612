"""How often a run is looked at: sparsely while its end is unlikely, densely when it is likely, never too often."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof.dispatch.pace import FIXED, History, history_of, pause, reads_jobs
from crossproof.dispatch.runs import Run
from crossproof.units import RepoRef, RunId

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
RUN = Run(
    id=RunId(5), repository=RepoRef("acme", "child"), url="u", name="Track", title="Track", event="push",
    path="p", workflow_id=7, number=1, attempt=1, status="completed", conclusion="success", actor="o",
    head_branch="main", head_sha="a" * 40, created_at=AT, started_at=AT, updated_at=AT + timedelta(seconds=600),
)  # fmt: skip
USUAL = History(passed=20, judged=20, durations=tuple(570.0 + 3 * n for n in range(20)))


def wait(seconds, history=USUAL, looks=0, **more):
    return pause(running=seconds, waited=seconds, looks=looks, history=history, **more)


def test_it_looks_rarely_until_the_end_is_likely():
    assert wait(30.0) == 15.0
    assert wait(200.0) == 75.0


def test_it_never_sleeps_into_the_likely_time():
    assert wait(500.0) == pytest.approx(570 * 0.94 - 500)


def test_it_looks_densely_while_the_end_is_likely_and_like_a_plain_poller_after_it():
    assert wait(600.0) == 4.5
    assert wait(2000.0) == FIXED


def test_without_history_it_looks_like_a_plain_poller_and_slower_after_ten_minutes():
    assert wait(300.0, History()) == FIXED
    assert wait(900.0, History()) == 9.0
    assert wait(5000.0, History()) == 15.0


def test_in_the_queue_the_history_says_nothing():
    assert pause(running=None, waited=550.0, looks=0, history=USUAL) == FIXED


def test_the_last_tenth_of_a_rate_limit_is_stretched():
    assert wait(600.0, budget=0.09) == 30.0


@given(
    st.lists(st.floats(0.1, 7200), max_size=20).map(sorted),
    st.floats(1, 5000),
    st.booleans(),
)
def test_never_more_looks_than_a_plain_poller_whatever_the_history_says(durations, real, queued):
    history, now, looks = History(durations=tuple(durations)), 0.0, 0
    while now < real:
        looks += 1
        assert looks <= now / FIXED + 1
        now += pause(running=None if queued else now, waited=now, looks=looks, history=history)


def test_jobs_are_read_after_a_change_and_ever_more_rarely():
    assert not reads_jobs(changed=False, elapsed=1000.0, last_read=0.0)
    assert not reads_jobs(changed=True, elapsed=59.0, last_read=0.0)
    assert reads_jobs(changed=True, elapsed=60.0, last_read=0.0)
    assert not reads_jobs(changed=True, elapsed=1000.0, last_read=600.0)
    assert reads_jobs(changed=True, elapsed=1000.0, last_read=500.0)


def test_the_history_counts_the_last_twenty_that_passed_or_failed_and_times_those_that_passed_at_once():
    runs = [
        RUN,
        replace(RUN, conclusion="failure"),
        replace(RUN, conclusion="cancelled"),
        replace(RUN, status="in_progress", conclusion=None),
        replace(RUN, attempt=2, updated_at=AT + timedelta(seconds=5)),
        *[replace(RUN, conclusion="timed_out")] * 30,
    ]
    history = history_of(runs)
    assert (history.passed, history.judged, history.durations) == (2, 20, (600.0,))
    assert history.median == 600.0


def test_a_workflow_without_a_past_has_no_history():
    assert history_of([]) == History()
    assert History().median is None
