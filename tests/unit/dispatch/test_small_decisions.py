"""Earlier work, several children together, log ends, a child's outputs, the journal, and what a run is doing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.dispatch.test_correlation import AT, run

from crossproof.dispatch import endings, journal
from crossproof.dispatch.child_outputs import MOST_BYTES, read_outputs
from crossproof.dispatch.earlier import Attach, OnRerun, RunFailedAgain, StartNew, resume, runs_of, winner
from crossproof.dispatch.explaining import Approval, explain
from crossproof.dispatch.journal import Entry, Journal, Phase
from crossproof.dispatch.judging import superseded_by
from crossproof.dispatch.runs import Job, Jobs
from crossproof.dispatch.tails import tail
from crossproof.dispatch.together import all_together
from crossproof.dispatch.token import Key
from crossproof.verdict import NO_ACCESS, Reason, Verdict

KEY = Key({"key": "abc"})


def ended(number, conclusion, **more):
    return replace(run(number, **more), status="completed", conclusion=conclusion)


class TestEarlier:
    def test_runs_of_the_same_work_are_found_by_the_beginning_of_their_token(self):
        first, second = run(103, KEY.token(b"1")), run(101, KEY.token(b"2"))
        other = run(102, Key({"key": "abcd"}).token(b"1"))
        assert runs_of(KEY, [first, other, second, run(104)]) == (second, first)

    @pytest.mark.parametrize("how", OnRerun)
    def test_nothing_earlier_means_a_new_one(self, how):
        assert resume([], how, ("success",)) == StartNew()

    @pytest.mark.parametrize("how", [OnRerun.ATTACH, OnRerun.RERUN_FAILED])
    def test_a_running_one_is_joined_and_a_good_one_reused(self, how):
        running, good, bad = run(103), ended(101, "success"), ended(102, "failure")
        assert resume([good, bad, running], how, ("success",)) == Attach(running)
        assert resume([good, bad], how, ("success",)) == Attach(good)

    def test_of_a_failed_one_the_failed_jobs_run_again_or_its_result_counts(self):
        bad = ended(101, "failure")
        assert resume([bad], OnRerun.RERUN_FAILED, ("success",)) == RunFailedAgain(bad)
        assert resume([bad], OnRerun.ATTACH, ("success",)) == Attach(bad)
        assert resume([bad], OnRerun.NEW, ("success",)) == StartNew()

    def test_the_cancelled_loser_of_a_race_says_nothing_unless_it_is_all_there_is(self):
        loser, good = ended(103, "cancelled"), ended(101, "success")
        assert resume([good, loser], OnRerun.RERUN_FAILED, ("success",)) == Attach(good)
        assert resume([loser], OnRerun.RERUN_FAILED, ("success",)) == RunFailedAgain(loser)
        bad = ended(102, "failure")
        assert resume([bad, loser], OnRerun.ATTACH, ("success",)) == Attach(bad)

    @given(st.lists(st.integers(1, 50), min_size=2, max_size=9, unique=True), st.randoms())
    def test_racing_parents_all_name_the_same_winner(self, numbers, dice):
        runs = [run(number) for number in numbers]
        winners = {winner(mine, dice.sample(runs, len(runs))).id for mine in runs}
        assert winners == {min(numbers)}


class TestTogether:
    def test_any_failed_is_failed_else_any_unproven_is_unproven(self):
        good, bad, odd = endings.SUCCEEDED, endings.CHILD_FAILED, endings.NOT_VISIBLE
        assert all_together([good, good]) is good
        assert all_together([good, odd, bad]) is bad
        assert all_together([good, odd]) is odd

    def test_the_highest_exit_code_of_the_deciding_ones_speaks(self):
        assert all_together([endings.DETACHED, NO_ACCESS, endings.SUCCEEDED]) is NO_ACCESS

    def test_nothing_asked_is_nothing_proven(self):
        with pytest.raises(ValueError, match="nothing was asked for"):
            all_together([])

    @given(st.lists(st.sampled_from([r for r in vars(endings).values() if isinstance(r, Reason)]), min_size=1))
    def test_it_is_only_passed_if_every_one_is(self, reasons):
        passed = all_together(reasons).verdict is Verdict.PASSED
        assert passed == all(reason.verdict is Verdict.PASSED for reason in reasons)


class TestTail:
    def test_the_last_lines_without_time_stamps(self):
        log = "".join(f"2026-11-20T12:00:0{n}.1234567Z line {n}\r\n" for n in range(5))
        assert tail(log, 2) == "line 3\r\nline 4"

    def test_a_line_without_end_is_cut(self):
        assert len(tail("x" * 5000, 1)) == 1000

    @given(st.text(), st.integers(0, 60))
    def test_never_more_lines_than_asked(self, log, lines):
        assert len(tail(log, lines).split("\n")) <= max(1, lines)


class TestChildOutputs:
    def test_one_object_of_texts(self):
        assert read_outputs('\ufeff{"image": "a:1", "leer": ""}'.encode()) == {"image": "a:1", "leer": ""}

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"[]", "must be one JSON object, and is a list"),
            (b'{"a": 1}', "the value of 'a' must be a text"),
            (b'{"a": "1", "a": "2"}', "the name 'a' stands there twice"),
            (b"\xff", "it is no UTF-8"),
            (b"{", "it is no JSON"),
            (b"[" * 100_000, "it is no JSON"),
            (b" " * (MOST_BYTES + 1), "at most 1048576 are read"),
        ],
    )
    def test_anything_else_is_refused(self, content, said):
        with pytest.raises(ValueError, match=said):
            read_outputs(content)


class TestJournal:
    def test_each_change_is_written_at_once_and_what_is_over_is_left_out(self):
        kept = []
        notes = Journal(kept.append)
        entry = Entry(repository="acme/child", phase=Phase.SENDING, token="dw-x", event="repository_dispatch", after=7)
        notes.put("child", entry)
        notes.put("child", replace(entry, phase=Phase.RUNNING, run_id=9))
        assert [[e.phase for e in journal.read(text)] for text in kept] == [[Phase.SENDING], [Phase.RUNNING]]
        notes.over("child")
        assert journal.read(kept[-1]) == ()
        assert notes.open() == ()

    def test_what_was_written_is_read_back(self):
        entry = Entry(repository="a/b", phase=Phase.CANCELLING, run_id=5, eliminated=True)
        assert journal.read(journal.write([entry])) == (entry,)

    def test_no_state_is_no_work_and_a_broken_one_is_an_error(self):
        assert journal.read("") == ()
        with pytest.raises(ValueError, match="Expecting property name"):
            journal.read("{broken")


class TestExplain:
    @pytest.mark.parametrize(
        ("status", "said"),
        [
            ("pending", "pending: another run holds its concurrency group"),
            ("requested", "requested: GitHub has not queued it yet"),
            ("queued", "queued"),
            ("waiting", "waiting for an approval"),
            ("in_progress", "in progress"),
            ("paused", "paused: a status that this version does not know, so the wait goes on"),
        ],
    )
    def test_each_status_is_explained(self, status, said):
        assert explain(run(1, status=status)) == said

    def test_who_must_approve_is_named(self):
        approvals = [Approval(environment="prod", reviewers=("ann", "bob")), Approval(environment="dev")]
        assert (
            explain(run(1, status="waiting"), None, approvals)
            == "waiting for approval of environment prod by ann, bob; approval of environment dev"
        )

    def test_a_queue_names_the_runners_that_are_wanted(self):
        job = Job(id=1, name="t", status="queued", conclusion=None, url="", labels=("self-hosted", "mac"))
        jobs = Jobs(attempt=1, jobs=(job,), whole=True)
        assert (
            explain(run(1, status="queued"), jobs) == "queued: no runner has taken 1 job(s) that want self-hosted, mac"
        )

    def test_progress_is_counted(self):
        states = [("completed", "success"), ("completed", "failure"), ("in_progress", None), ("queued", None)]
        jobs = tuple(Job(id=n, name=f"j{n}", status=s, conclusion=c, url="") for n, (s, c) in enumerate(states))
        again = replace(run(1), attempt=2)
        said = explain(again, Jobs(attempt=2, jobs=jobs, whole=True))
        assert said == "in progress, attempt 2: 2 of 4 jobs done, 1 failed; now j2"


class TestSuperseded:
    def test_the_newer_run_just_before_the_end_is_named(self):
        cancelled = replace(ended(103, "cancelled"), updated_at=AT + timedelta(seconds=60))
        soon = run(104, created_at=AT + timedelta(seconds=55))
        later = run(110, created_at=AT + timedelta(seconds=59))
        assert superseded_by(cancelled, [later, soon, cancelled]) == soon

    def test_a_run_that_came_later_or_elsewhere_did_not_replace_it(self):
        cancelled = replace(ended(103, "cancelled"), updated_at=AT + timedelta(minutes=30))
        others = [
            run(104, created_at=AT + timedelta(minutes=31)),
            run(105, created_at=AT + timedelta(minutes=20)),
            run(106, branch="dev", created_at=AT + timedelta(minutes=29)),
            run(107, path="x", created_at=AT + timedelta(minutes=29)),
            run(99, created_at=AT + timedelta(minutes=29)),
        ]
        assert superseded_by(cancelled, others) is None
