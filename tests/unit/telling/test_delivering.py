"""A notice reaches a place once, whatever breaks off on the way and whoever tells the same at the same time."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.telling import FAILED, PASSED, RUN, UNPROVEN, Board, Killed, down, lost, notice

from crossproof.telling.deciding import When
from crossproof.telling.delivering import LOOKS, Did, deliver, foresee
from crossproof.verdict import Verdict


@pytest.fixture
def board():
    return Board()


def tell(board, ended=FAILED, when=When.ALWAYS, **changes):
    return deliver(board, notice(ended, **changes), when, board.clock)


def said(board):
    return [(str(one.notice.verdict), [str(below.notice.verdict) for below in board.below(one)]) for one in board.roots]


class TestOneMessagePerTopic:
    def test_the_first_is_posted_and_later_ones_go_into_its_thread_and_change_it_in_place(self, board):
        assert tell(board).did is Did.POSTED
        assert tell(board, PASSED, run=RUN + 1).did is Did.REPLIED
        assert said(board) == [("passed", ["passed"])]

    def test_a_place_without_threads_is_only_changed_in_place(self, board):
        board.threaded = False
        tell(board)
        assert tell(board, PASSED, run=RUN + 1).did is Did.UPDATED
        assert said(board) == [("passed", [])]

    def test_another_topic_has_its_own(self, board):
        tell(board)
        tell(board, subject="ios")
        assert len(board.roots) == 2

    def test_the_channel_sees_a_reply_only_where_the_verdict_changed(self, board):
        tell(board)
        tell(board, run=RUN + 1)
        tell(board, PASSED, run=RUN + 2)
        assert [one.everybody for one in board.messages if one.under] == [False, True]

    def test_the_link_is_that_of_the_message_that_stands(self, board):
        assert tell(board).url == tell(board, PASSED, run=RUN + 1).url == "https://board.example/1"


class TestWhen:
    def test_an_unchanged_verdict_disturbs_nobody_and_is_brought_up_to_date(self, board):
        tell(board, when=When.CHANGE)
        delivery = tell(board, run=RUN + 1, when=When.CHANGE)
        assert (delivery.did, delivery.why) == (Did.UPDATED, "the last message says failed too")
        assert said(board) == [("failed", [])]
        assert board.roots[0].notice.stamp.run == RUN + 1

    def test_a_failure_that_is_over_is_taken_back_quietly(self, board):
        tell(board, when=When.FAILURE)
        assert tell(board, PASSED, run=RUN + 1, when=When.FAILURE).did is Did.UPDATED
        assert said(board) == [("passed", [])]

    def test_what_passed_is_not_told_to_those_who_ask_for_failures(self, board):
        assert tell(board, PASSED, when=When.FAILURE).did is Did.SILENT
        assert board.messages == []

    def test_a_look_that_failed_is_told_in_a_new_message_which_says_why(self, board):
        tell(board)
        board.spoil("find", down(), times=2)
        delivery = tell(board, run=RUN + 1, when=When.CHANGE)
        assert (delivery.did, delivery.remark) == (
            Did.POSTED,
            "An earlier message could not be looked for, so this one is new: nobody answers",
        )
        assert board.messages[-1].notice.remark == delivery.remark
        assert tell(board, PASSED, run=RUN + 2).did is Did.REPLIED
        assert said(board) == [("passed", ["passed"])]

    def test_a_message_that_is_seen_only_after_the_post_is_gone_on_with(self, board):
        tell(board)
        board.spoil("find", down())
        delivery = tell(board, PASSED, run=RUN + 1, when=When.CHANGE)
        assert (delivery.did, delivery.remark) == (Did.REPLIED, "")
        assert said(board) == [("passed", ["passed"])]
        assert {one.notice.remark for one in board.messages} == {""}

    def test_what_passed_is_not_silently_kept_where_a_failure_may_still_stand(self, board):
        board.spoil("find", down())
        delivery = tell(board, PASSED, when=When.FAILURE)
        assert (delivery.did, delivery.error.what) == (Did.FAILED, "nobody answers")

    def test_a_place_that_remembers_nothing_is_told_each_time_but_of_failures_only_failures(self, board):
        board.remembers = False
        for when in (When.ALWAYS, When.CHANGE, When.FAILURE):
            assert tell(board, when=when).did is Did.POSTED
        assert tell(board, PASSED, when=When.FAILURE).did is Did.SILENT
        assert tell(board, PASSED, when=When.CHANGE).why == (
            "what was told last could not be found out: this place shows nothing of what it was told"
        )


class TestOrder:
    def test_an_old_run_that_ends_late_takes_no_newer_one_s_place(self, board):
        tell(board, FAILED, run=RUN + 1)
        board.threaded = False
        assert tell(board, PASSED, run=RUN).did is Did.OUTDATED
        assert said(board) == [("failed", [])]

    def test_it_is_told_in_the_thread_all_the_same(self, board):
        tell(board, PASSED, run=RUN + 1)
        assert tell(board, FAILED, run=RUN).did is Did.REPLIED
        assert said(board) == [("passed", ["failed"])]

    def test_two_reports_of_one_attempt_never_hide_the_worse_one(self, board):
        tell(board, FAILED)
        delivery = tell(board, PASSED, sentence="another")
        assert delivery.did is Did.FAILED
        assert "subject" in delivery.error.fix
        assert said(board) == [("failed", [])]

    def test_the_worse_one_takes_the_better_one_s_place(self, board):
        tell(board, PASSED)
        assert tell(board, UNPROVEN).did is Did.REPLIED
        assert said(board) == [("unproven", ["unproven"])]


class TestNeverTwice:
    def test_a_post_that_arrived_though_its_answer_was_lost_is_found_and_not_sent_again(self, board):
        board.spoil("post", lost(), after=True)
        assert tell(board).did is Did.POSTED
        assert (len(board.messages), board.calls.count("post")) == (1, 1)

    def test_one_that_the_place_shows_only_later_is_waited_for(self, board):
        board.lag = sum(LOOKS[:3])
        board.spoil("post", lost(), after=True)
        tell(board)
        assert (len(board.messages), board.calls.count("post")) == (1, 1)

    def test_one_that_did_not_arrive_is_sent_once_more_and_that_is_said(self, board):
        board.spoil("post", lost())
        delivery = tell(board)
        assert delivery.did is Did.POSTED
        assert delivery.remark.startswith("Sent twice, because the first was nowhere to be seen")
        assert len(board.messages) == 1

    def test_one_that_arrives_after_all_leaves_one_message(self, board):
        board.lag = sum(LOOKS) + 1
        board.spoil("post", lost(), after=True)
        assert tell(board).did is Did.POSTED
        board.clock.jump(100)
        board.lag = 0
        assert tell(board, run=RUN + 1).did is Did.REPLIED
        assert len(board.roots) == 1

    def test_where_nobody_can_look_it_is_perhaps_told_and_not_sent_again(self, board):
        board.spoil("post", lost(), after=True)
        board.spoil("find", lambda: None)
        board.spoil("find", down(), times=len(LOOKS))
        delivery = tell(board)
        assert (delivery.did, board.calls.count("post")) == (Did.DOUBTFUL, 1)

    def test_a_place_that_shows_nothing_is_never_sent_the_same_again(self, board):
        board.remembers = False
        board.spoil("post", lost(), after=True)
        assert (tell(board).did, board.calls, board.clock.slept) == (Did.DOUBTFUL, ["post"], [])

    def test_two_lost_posts_are_enough(self, board):
        board.spoil("post", lost(), times=2)
        assert (tell(board).did, board.calls.count("post")) == (Did.DOUBTFUL, 2)

    def test_a_reply_that_was_lost_is_looked_for_too(self, board):
        tell(board)
        board.spoil("reply", lost(), after=True)
        tell(board, PASSED, run=RUN + 1)
        assert said(board) == [("passed", ["passed"])]

    def test_the_same_report_is_told_once_however_often_the_job_is_run_again(self, board):
        tell(board)
        assert tell(board).did is Did.KEPT
        assert board.calls.count("post") == 1

    @pytest.mark.parametrize("call", ["find", "post", "reply", "update", "replies"])
    @pytest.mark.parametrize("after", [False, True])
    def test_a_kill_anywhere_leaves_nothing_that_the_next_run_of_the_job_tells_twice(self, board, call, after):
        tell(board)
        for ended, run in ((PASSED, RUN + 1), (FAILED, RUN + 2)):
            board.spoil(call, Killed(), after=after)
            for _ in range(2):
                try:
                    tell(board, ended, run=run)
                except Killed:
                    continue
            board._spoiled.clear()
            tell(board, ended, run=run)
        assert said(board) == [("failed", ["passed", "failed"])]

    @pytest.mark.parametrize("after", [False, True])
    def test_a_kill_at_the_first_post_leaves_one_message(self, board, after):
        board.spoil("post", Killed(), after=after)
        with pytest.raises(Killed):
            tell(board)
        tell(board)
        assert said(board) == [("failed", [])]


class TestRaces:
    def test_of_two_runs_that_post_at_once_the_second_goes_into_the_first_one_s_thread(self, board):
        board.spoil("post", lambda: tell(board, PASSED, run=RUN + 1))
        delivery = tell(board, FAILED)
        assert (delivery.did, delivery.why) == (Did.REPLIED, "another run had told of it first")
        assert said(board) == [("passed", ["failed"])]

    def test_the_first_one_removes_the_second_one_s_message_if_it_sees_it_first(self, board):
        second = notice(PASSED, run=RUN + 1)
        board.spoil("find", lambda: None)
        board.spoil("find", lambda: board._add(second))
        assert tell(board, FAILED).did is Did.POSTED
        assert said(board) == [("failed", [])]
        assert deliver(board, second, When.ALWAYS, board.clock).did is Did.REPLIED
        assert said(board) == [("passed", ["passed"])]

    @pytest.mark.parametrize(
        ("written_over", "stands"),
        [
            (notice(PASSED, run=RUN), "ours"),  # older
            (notice(PASSED, run=RUN + 1), "ours"),  # of the same attempt, and better
            (notice(UNPROVEN, run=RUN + 2), "theirs"),  # newer
        ],
    )
    def test_what_a_run_that_looked_before_us_writes_over_it_stands_only_if_it_should(
        self, board, written_over, stands
    ):
        board.threaded = False
        tell(board, UNPROVEN)
        ours = notice(FAILED, run=RUN + 1)
        board.spoil("find", lambda: None)
        board.spoil("find", lambda: setattr(board.roots[0], "notice", written_over))
        assert deliver(board, ours, When.ALWAYS, board.clock).did is Did.UPDATED
        assert board.roots[0].notice.stamp == (ours if stands == "ours" else written_over).stamp

    def test_doubles_that_a_killed_run_left_are_tidied_by_the_next(self, board):
        for ended, run in ((FAILED, RUN), (UNPROVEN, RUN + 1), (PASSED, RUN + 2)):
            board._add(notice(ended, run=run))
        tell(board, FAILED, run=RUN + 3)
        assert said(board) == [("failed", ["failed"])]

    def test_a_double_that_cannot_be_removed_is_said_and_keeps_nothing_from_being_told(self, board):
        board._add(notice(FAILED))
        board._add(notice(FAILED, run=RUN + 1))
        board.spoil("remove", down())
        delivery = tell(board, PASSED, run=RUN + 2)
        assert (delivery.did, delivery.remark) == (
            Did.REPLIED,
            "A second message of this topic could not be removed: nobody answers",
        )

    def test_where_the_look_after_a_post_fails_it_is_told_and_said(self, board):
        board.spoil("find", lambda: None)
        board.spoil("find", down())
        delivery = tell(board)
        assert (delivery.did, delivery.remark) == (
            Did.POSTED,
            "Whether another run told the same at once is not known: nobody answers",
        )


@pytest.mark.parametrize("call", ["post", "update", "reply"])
def test_a_place_that_refuses_is_told_nothing_and_says_why(board, call):
    if call != "post":
        tell(board)
    board.spoil(call, down())
    delivery = tell(board, PASSED, run=RUN + 1)
    assert (delivery.did, delivery.why) == (Did.FAILED, "nobody answers")


@pytest.mark.parametrize("when", When)
def test_foreseeing_sends_nothing(board, when):
    assert foresee(board, notice(), when).did is Did.PLANNED
    tell(board)
    assert foresee(board, notice(PASSED, run=RUN + 1), when).did is Did.PLANNED
    board._spoiled.clear()
    assert set(board.calls) == {"find", "post"}
    assert board.calls.count("post") == 1


CALLS = st.sampled_from(["find", "post", "reply", "update", "remove"])
TROUBLES = st.tuples(CALLS, st.sampled_from([lost, down, Killed]), st.booleans())
# Who cannot look whether a reply of a killed run arrived replies: twice is better than not at all.
ALL_TROUBLES = TROUBLES | st.tuples(st.just("replies"), st.just(Killed), st.booleans())
HISTORY = st.lists(
    st.tuples(
        st.sampled_from([PASSED, FAILED, UNPROVEN]),
        st.integers(0, 4),
        st.sampled_from(When),
        st.lists(ALL_TROUBLES, max_size=3),
    ),
    min_size=1,
    max_size=8,
)


@given(HISTORY, st.booleans())
def test_after_any_troubles_one_undisturbed_run_leaves_one_message_that_says_the_newest(history, threaded):
    """Whatever happened before: no second message, no verdict of an older run, no reply twice."""
    board = Board(threaded=threaded)
    for ended, run, when, troubles in history:
        for call, error, after in troubles:
            board.spoil(call, error(), after=after)
        with suppress(Killed):
            deliver(board, notice(ended, run=RUN + run), when, board.clock)
        board._spoiled.clear()
    last = notice(FAILED, run=RUN + 9)
    deliver(board, last, When.ALWAYS, board.clock)
    [root] = board.roots
    assert root.notice.stamp == last.stamp
    told = [one.notice.stamp.report for one in board.messages if one.under]
    assert len(set(told)) == len(told)
    assert root.notice.verdict is Verdict.FAILED
