"""A run's script, against time."""

import math
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crossproof_sandbox.life import Attempt, Job, Life, Upload

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
STATES = ("requested", "pending", "queued", "waiting", "in_progress")


def attempt(life, jobs=()):
    return Attempt(number=1, started_at=START, actor="ann", life=life, jobs=list(enumerate(jobs)))


def at(seconds):
    return START + timedelta(seconds=seconds)


phases = st.lists(st.tuples(st.sampled_from(STATES), st.floats(0, 100)), min_size=1, max_size=5).map(tuple)
moments = st.lists(st.floats(0, 1000), min_size=2, max_size=10).map(sorted)
jobs = st.lists(
    st.builds(Job, name=st.sampled_from("abc"), starts=st.floats(0, 50), takes=st.none() | st.floats(0, 50)), max_size=3
)


@given(phases, moments, jobs, st.floats(0, 600), st.booleans())
def test_time_only_ever_goes_forward_for_a_run_and_its_jobs(script, times, scripts, cancelled, cancels):
    one = attempt(Life(phases=script), scripts)
    if cancels:
        one.cancel(at(cancelled))
    order = {"queued": 0, "waiting": 0, "in_progress": 1, "completed": 2}
    last: dict[int, int] = {}
    over = False
    changed = START
    for moment in times:
        assert not over or one.status(at(moment)) == "completed"
        over = one.status(at(moment)) == "completed"
        assert (one.conclusion(at(moment)) is not None) == over
        assert changed <= one.changed_at(at(moment)) <= at(moment)
        changed = one.changed_at(at(moment))
        for job in one.jobs_seen(at(moment)):
            assert order[job.status] >= last.get(job.id, 0)
            last[job.id] = order[job.status]
            assert (job.completed_at is not None) == (job.status == "completed") == (job.conclusion is not None)
            assert job.started_at <= (job.completed_at or at(moment))
            assert not over or job.status == "completed"


@given(phases, st.floats(0, 600))
def test_a_run_ends_as_scripted_or_as_cancelled_and_never_otherwise(script, cancelled):
    one = attempt(Life(phases=script, conclusion="neutral"))
    one.cancel(at(cancelled))
    assert one.conclusion(at(10_000)) in {"neutral", "cancelled"}


def test_a_run_that_never_ends_has_no_conclusion():
    one = attempt(Life(phases=(("in_progress", math.inf),)))
    assert (one.status(at(1e9)), one.conclusion(at(1e9))) == ("in_progress", None)


def test_a_run_that_never_starts_leaves_no_jobs_and_no_artifacts():
    upload = Upload(name="a", content={}, at=0)
    one = attempt(Life(phases=(("queued", 5.0),), conclusion="startup_failure", artifacts=(upload,)), [Job(name="a")])
    assert one.conclusion(at(5)) == "startup_failure"
    assert one.jobs_seen(at(5)) == []
    assert math.isinf(one.upload_time(upload))


def test_a_job_knows_fewer_conclusions_than_a_run():
    one = attempt(Life(phases=(("in_progress", 1.0),), conclusion="stale"), [Job(name="a")])
    assert [job.conclusion for job in one.jobs_seen(at(1))] == ["failure"]
