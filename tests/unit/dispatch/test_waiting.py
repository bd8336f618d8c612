"""What is decided while a run is waited for, for every state, ending and trouble."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof.dispatch import endings
from crossproof.dispatch.runs import Job, Jobs, Run
from crossproof.dispatch.waiting import (
    AskRepository,
    Ended,
    JobsSeen,
    Limited,
    Look,
    Missing,
    OutOfTime,
    ReadJobs,
    Refused,
    RepositorySeen,
    RerunFailed,
    Seen,
    Trouble,
    Watch,
    asked_to_rerun,
    next_step,
)
from crossproof.probe import Absent, Present, Unknown
from crossproof.units import RepoRef, RunId
from crossproof.verdict import NO_ACCESS, RATE_LIMITED, UNREACHABLE, Exit, Verdict

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
RUN = Run(
    id=RunId(5), repository=RepoRef("acme", "child"), url="u", name="Track", title="Track", event="workflow_dispatch",
    path=".github/workflows/tests.yml", workflow_id=7, number=1, attempt=1, status="in_progress", conclusion=None,
    actor="octocat", head_branch="main", head_sha="a" * 40, created_at=AT, started_at=AT, updated_at=AT,
)  # fmt: skip
STATUSES = ["queued", "pending", "waiting", "requested", "in_progress", "completed", "paused_by_aliens", ""]
CONCLUSIONS = [
    None, "success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required", "stale",
    "startup_failure", "something_new",
]  # fmt: skip


def watch(**changes) -> Watch:
    return replace(Watch(since=0.0, start_within=900.0, run_within=3600.0), **changes)


def seen(status="in_progress", conclusion=None, attempt=1) -> Seen:
    return Seen(replace(RUN, status=status, conclusion=conclusion, attempt=attempt))


def jobs(*conclusions, status="completed", whole=True, attempt=1) -> JobsSeen:
    made = tuple(Job(id=n, name=str(n), status=status, conclusion=c, url="u") for n, c in enumerate(conclusions))
    return JobsSeen(Jobs(attempt=attempt, jobs=made, whole=whole))


def after(*sights, start=None, times=None):
    """Show a watch one thing after the other, ten seconds apart; give the last step."""
    state, step = start or watch(), None
    for number, sight in enumerate(sights):
        if not isinstance(step, (Ended, OutOfTime)):
            state, step = next_step(state, sight, times[number] if times else number * 10.0)
    return state, step


@pytest.mark.parametrize("status", [each for each in STATUSES if each != "completed"])
def test_any_status_but_completed_goes_on_even_one_that_nobody_knows(status):
    assert after(seen(status))[1] == Look()


@pytest.mark.parametrize(
    ("conclusion", "word"),
    [
        ("success", "succeeded"),
        ("failure", "child-failed"),
        ("timed_out", "child-timed-out"),
        ("cancelled", "child-cancelled"),
        ("action_required", "child-needs-approval"),
        ("startup_failure", "child-did-not-start"),
        ("skipped", "child-inconclusive"),
        ("neutral", "child-inconclusive"),
        ("stale", "child-inconclusive"),
        ("something_new", "child-inconclusive"),
    ],
)
def test_a_conclusion_says_what_the_run_proved(conclusion, word):
    _, step = after(seen("completed", conclusion))
    assert isinstance(step, Ended)
    assert (step.reason.word, step.conclusion) == (word, conclusion)


def test_a_conclusion_that_the_caller_allows_counts_as_success_and_a_failure_never_does():
    assert (
        after(seen("completed", "skipped"), start=watch(success=("success", "skipped")))[1].reason is endings.SUCCEEDED
    )
    assert (
        after(seen("completed", "failure"), start=watch(success=("success", "failure")))[1].reason
        is endings.CHILD_FAILED
    )


def test_only_success_is_passed_and_only_failure_and_time_out_are_failed():
    reached = {c: after(*[seen("completed", c)] * 4 + [jobs()] * 3)[1] for c in CONCLUSIONS}
    verdicts = {c: step.reason.verdict for c, step in reached.items() if isinstance(step, Ended)}
    assert {c for c, verdict in verdicts.items() if verdict is Verdict.PASSED} == {"success"}
    assert {c for c, verdict in verdicts.items() if verdict is Verdict.FAILED} == {"failure", "timed_out"}


class TestNoConclusion:
    def test_it_is_read_again_three_times_and_then_the_jobs_are_asked(self):
        nothing = seen("completed", None)
        steps = [after(*[nothing] * n)[1] for n in (1, 2, 3, 4)]
        assert [type(step) for step in steps] == [Look, Look, Look, ReadJobs]

    def test_a_conclusion_that_comes_late_counts(self):
        assert (
            after(seen("completed"), seen("completed"), seen("completed", "failure"))[1].reason is endings.CHILD_FAILED
        )

    @pytest.mark.parametrize(
        ("listed", "word"),
        [
            (jobs("success", "skipped"), "succeeded"),
            (jobs("success", "failure"), "child-failed"),
            (jobs("success", "timed_out"), "child-timed-out"),
            (jobs("success", "cancelled"), "child-cancelled"),
        ],
    )
    def test_the_jobs_tell_where_they_can(self, listed, word):
        assert after(*[seen("completed")] * 4, listed)[1].reason.word == word

    @pytest.mark.parametrize(
        "listed",
        [jobs(), jobs("skipped"), jobs("success", whole=False), jobs("success", None), jobs("success", "neutral")],
    )
    def test_jobs_that_do_not_tell_are_read_again_and_never_end_as_success(self, listed):
        steps = [
            after(*[seen("completed"), seen("completed"), seen("completed")], *[seen("completed"), listed] * n)[1]
            for n in (1, 2, 3)
        ]
        assert isinstance(steps[0], Look)
        assert steps[-1].reason is endings.CHILD_INCONCLUSIVE


class TestTime:
    def test_the_start_clock_ends_a_wait_in_the_queue(self):
        assert after(seen("queued"), times=[899.0])[1] == Look()
        assert after(seen("queued"), times=[900.0])[1] == OutOfTime(endings.START_TIMEOUT)

    def test_the_run_clock_begins_when_the_run_leaves_the_queue(self):
        sights = [seen("queued"), seen("in_progress"), seen("in_progress")]
        assert after(*sights, times=[0.0, 800.0, 800.0 + 3599])[1] == Look()
        assert after(*sights, times=[0.0, 800.0, 800.0 + 3600])[1] == OutOfTime(endings.RUN_TIMEOUT)

    def test_a_run_that_ended_just_now_is_not_out_of_time(self):
        assert after(seen("completed", "success"), times=[10_000.0])[1].reason is endings.SUCCEEDED

    def test_nobody_sleeps_past_the_end_of_a_clock(self):
        _, step = after(
            Trouble("502"), Trouble("502"), Trouble("502"), Trouble("502"), times=[880.0, 885.0, 890.0, 895.0]
        )
        assert step.after == 5.0


class TestGone:
    def test_a_run_just_dispatched_may_be_invisible_for_a_minute(self):
        _, step = after(*[Missing("404")] * 5)
        assert step == Look(3.0, "not visible yet")

    def test_a_run_that_never_appears_is_asked_about_at_the_repository(self):
        state, step = after(*[Missing("404")] * 8)
        assert step == AskRepository()
        assert next_step(state, RepositorySeen(Present("acme/child")), 80.0)[1].reason is endings.NOT_VISIBLE

    def test_a_run_that_was_there_and_is_gone_was_deleted(self):
        state, step = after(seen(), Missing("404"), Missing("404"), Missing("404"))
        assert step == AskRepository()
        assert next_step(state, RepositorySeen(Present("acme/child")), 40.0)[1].reason is endings.DELETED

    def test_a_stray_404_is_not_believed(self):
        assert (
            after(seen(), Missing("404"), Missing("404"), seen("completed", "success"))[1].reason is endings.SUCCEEDED
        )

    def test_repository_gone_and_repository_unknown_are_told_apart(self):
        state, _ = after(seen(), Missing("404"), Missing("404"), Missing("404"))
        assert next_step(state, RepositorySeen(Absent("404")), 40.0)[1].reason is endings.REPOSITORY_GONE
        assert next_step(state, RepositorySeen(Unknown("502")), 40.0)[1].reason is UNREACHABLE


class TestRefusals:
    def test_one_stray_401_is_asked_again(self):
        assert after(seen(), Refused("401", expired=True), seen("completed", "success"))[1].reason is endings.SUCCEEDED

    def test_a_token_that_died_during_the_wait_is_told_from_one_that_never_worked(self):
        refusal = Refused("401", expired=True)
        assert after(seen(), refusal, refusal)[1].reason is endings.TOKEN_EXPIRED
        assert after(refusal, refusal)[1].reason is NO_ACCESS

    def test_a_permission_that_was_withdrawn_is_no_expiry(self):
        refusal = Refused("403", expired=False)
        assert after(seen(), refusal, refusal)[1].reason is NO_ACCESS


class TestTrouble:
    def test_server_trouble_only_makes_the_looks_rarer(self):
        waits = [after(seen(), *[Trouble("502")] * n)[1].after for n in (1, 2, 3, 4, 5, 6)]
        assert waits == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0]

    def test_a_rate_limit_is_obeyed_and_ends_the_wait_only_if_it_outlasts_it(self):
        assert after(seen(), Limited(60.0, "slow"))[1] == Look(60.0, "slow")
        assert after(seen(), Limited(4000.0, "slow"))[1] == Ended(RATE_LIMITED, shown="slow")

    def test_trouble_to_the_end_is_unreachable_and_not_a_slow_child(self):
        assert after(seen(), Trouble("502"), times=[0.0, 3600.0])[1].reason is UNREACHABLE


class TestWedged:
    def test_all_jobs_done_for_ten_minutes_and_the_run_going_on_is_wedged_if_they_are_still_done(self):
        done = jobs("success")
        assert after(seen(), done, seen(), times=[0.0, 10.0, 609.0])[1] == Look()
        assert after(seen(), done, seen(), times=[0.0, 10.0, 610.0])[1] == ReadJobs()
        assert after(seen(), done, seen(), done, times=[0.0, 10.0, 610.0, 610.0])[1] == Ended(endings.WEDGED)

    def test_a_job_that_came_meanwhile_ends_the_suspicion(self):
        more = jobs("success", None, status="in_progress")
        assert after(seen(), jobs("success"), seen(), more, times=[0.0, 10.0, 610.0, 610.0])[1] == Look()

    def test_a_run_that_waits_for_an_approval_is_not_wedged(self):
        assert after(seen("waiting"), jobs("success"), seen("waiting"), times=[0.0, 10.0, 800.0])[1] == Look()


class TestRunAgain:
    def test_a_failure_runs_again_while_re_runs_are_left(self):
        assert after(seen("completed", "failure"), start=watch(reruns_left=1))[1] == RerunFailed()
        assert after(seen("completed", "cancelled"), start=watch(reruns_left=1))[1].reason is endings.CHILD_CANCELLED

    def test_after_a_re_run_only_the_next_attempt_counts(self):
        state, _ = after(seen("completed", "failure"), start=watch(reruns_left=1))
        state = asked_to_rerun(state, 10.0)
        state, step = next_step(state, seen("completed", "failure"), 12.0)
        assert step == Look(3.0, "the new attempt is not visible yet")
        state, step = next_step(state, seen("queued", attempt=2), 15.0)
        assert step == Look()
        assert next_step(state, seen("completed", "success", attempt=2), 60.0)[1].reason is endings.SUCCEEDED

    def test_a_new_attempt_that_never_appears_leaves_the_old_result(self):
        state, _ = after(seen("completed", "failure"), start=watch(reruns_left=1))
        state = asked_to_rerun(state, 10.0)
        _, step = next_step(state, seen("completed", "failure"), 71.0)
        assert (step.reason, step.shown) == (endings.CHILD_FAILED, "attempt 2 never appeared")

    def test_the_new_attempt_has_clocks_of_its_own(self):
        state, _ = after(seen("completed", "failure"), start=watch(reruns_left=1), times=[3000.0])
        state = asked_to_rerun(state, 3000.0)
        assert next_step(state, seen("queued", attempt=2), 3899.0)[1] == Look()
        assert next_step(state, seen("queued", attempt=2), 3900.0)[1] == OutOfTime(endings.START_TIMEOUT)

    def test_an_attempt_that_somebody_else_started_is_followed(self):
        state, step = after(
            seen("in_progress"), seen("in_progress", attempt=2), seen("completed", "success", attempt=2)
        )
        assert step.reason is endings.SUCCEEDED
        assert state.run.attempt == 2


STATUS, CONCLUSION = st.sampled_from(STATUSES), st.sampled_from(CONCLUSIONS)
SIGHTS = st.one_of(
    st.builds(seen, STATUS, CONCLUSION, st.integers(1, 3)),
    st.builds(Missing, st.just("404")),
    st.builds(Refused, st.just("4xx"), expired=st.booleans()),
    st.builds(Limited, st.floats(0, 5000), st.just("slow")),
    st.builds(Trouble, st.just("502")),
    st.builds(
        lambda c, w, a: jobs(*c, whole=w, attempt=a), st.lists(CONCLUSION, max_size=3), st.booleans(), st.integers(1, 3)
    ),
    st.builds(RepositorySeen, st.sampled_from([Present("r"), Absent("404"), Unknown("502")])),
)


@given(
    st.lists(st.tuples(SIGHTS, st.floats(0, 600)), min_size=1, max_size=40),
    st.sampled_from([("success",), ("success", "neutral"), ("success", "skipped", "failure")]),
    st.integers(0, 2),
)
def test_whatever_is_seen_has_an_answer_and_only_a_good_conclusion_of_github_is_ever_passed(story, success, reruns):
    state, now = watch(success=success, reruns_left=reruns), 0.0
    for sight, passed in story:
        now += passed
        state, step = next_step(state, sight, now)
        if isinstance(step, RerunFailed):
            state = asked_to_rerun(state, now)
        if isinstance(step, Look) and step.after is not None:
            assert step.after <= max(0.5, state.deadline - now)
        if isinstance(step, Ended):
            assert step.reason.exit in (Exit.DONE, Exit.PROVEN_BAD, Exit.NOT_FOUND_OUT)
            if step.reason.verdict is Verdict.PASSED:
                assert state.run is not None
                assert state.run.status == "completed"
                said = state.run.conclusion or ("success" if isinstance(sight, JobsSeen) else None)
                assert said in {"success", "neutral", "skipped"} & set(success)
                if state.run.conclusion is None:
                    assert {job.conclusion for job in sight.jobs.jobs} <= {"success", "skipped"}
            return
        if isinstance(step, OutOfTime):
            assert now >= state.deadline
            return
        assert now < state.deadline or isinstance(step, (ReadJobs, AskRepository, Look, RerunFailed))


@given(st.lists(SIGHTS, min_size=1, max_size=60))
def test_no_wait_outlives_its_clocks_by_more_than_a_few_looks(story):
    """After both clocks are over, a handful of further looks always ends the wait."""
    state, now = watch(), 0.0
    late = 0
    for sight in story * 5:
        state, step = next_step(state, sight, now)
        if isinstance(step, (Ended, OutOfTime)):
            return
        if isinstance(step, RerunFailed):
            state = asked_to_rerun(state, now)
        now += 100.0 if now < 10_000 else 1.0
        late += now >= 10_000
        assert late < 20 + 2 * len(story)
