"""What comes next in a proof, and what its parts prove together: whatever they are, nothing that is not good is green."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from crossproof.dispatch.endings import CHILD_CANCELLED, CHILD_FAILED, DETACHED, SUCCEEDED
from crossproof.flows.deciding import PROVEN, UNFINISHED, Part, next_part, ruling, wanted
from crossproof.outcome import Outcome
from crossproof.verdict import NO_ACCESS, Exit, Reason, Verdict

GOOD = replace(PROVEN, word="good")
BAD = Reason(word="bad", verdict=Verdict.FAILED, exit=Exit.PROVEN_BAD, meaning="It is bad.")
SOFT = replace(DETACHED, word="soft")  # unproven, and the step is not red
REASONS = [GOOD, BAD, SOFT, NO_ACCESS, SUCCEEDED, CHILD_FAILED, CHILD_CANCELLED]
outcomes = st.builds(
    lambda reason, ran: Outcome(reason=reason, sentence="", outputs={"run_id": "7"} if ran else {}),
    st.sampled_from(REASONS),
    st.booleans(),
)
stories = st.dictionaries(st.sampled_from(Part), outcomes)


def outcome(reason: Reason) -> Outcome:
    return Outcome(reason=reason, sentence="", outputs={"run_id": "7"})


@given(stories, st.booleans())
def test_no_part_that_is_not_good_or_not_there_ends_in_a_proof(done, keeps):
    reason, led_by = ruling(done, keeps=keeps)
    all_good = all(part in done and done[part].verdict is Verdict.PASSED for part in wanted(keeps=keeps))
    assert (reason.verdict is Verdict.PASSED) == all_good
    assert (reason.exit is Exit.DONE) == all_good
    assert (led_by is None) == (reason in (PROVEN, UNFINISHED))


@given(stories, st.booleans())
def test_the_word_of_the_part_that_decided_is_the_word_of_the_proof(done, keeps):
    reason, led_by = ruling(done, keeps=keeps)
    assert led_by is None or reason.word == done[led_by].reason.word
    if reason.verdict is Verdict.FAILED:
        assert led_by in (Part.CHILD, Part.JUDGE)
        assert done[led_by].verdict is Verdict.FAILED
        assert led_by is Part.CHILD or done[Part.CHILD].verdict is Verdict.PASSED


@given(st.fixed_dictionaries(dict.fromkeys(Part, outcomes)), st.booleans())
def test_every_story_ends_and_no_part_is_played_twice(ends, keeps):
    done = {}
    while part := next_part(done, keeps=keeps):
        assert part not in done
        assert part is Part.CHILD or Part.CHILD in done
        assert part in wanted(keeps=keeps)
        done[part] = ends[part]
    assert Part.KEEP not in done or Part.JUDGE in done
    assert Part.JUDGE not in done or done[Part.FETCH].verdict is Verdict.PASSED


def test_what_a_failed_or_a_cancelled_run_recorded_is_fetched_judged_and_kept():
    for ending in (CHILD_FAILED, CHILD_CANCELLED):
        done = {Part.CHILD: outcome(ending)}
        assert next_part(done, keeps=True) is Part.FETCH
        done[Part.FETCH] = outcome(GOOD)
        assert next_part(done, keeps=True) is Part.JUDGE
        done[Part.JUDGE] = outcome(BAD)
        assert next_part(done, keeps=True) is Part.KEEP
        assert next_part(done, keeps=False) is None


def test_where_nothing_ran_there_is_nothing_to_fetch():
    assert next_part({Part.CHILD: replace(outcome(NO_ACCESS), outputs={})}, keeps=True) is None


def test_logs_that_a_cancelled_run_did_not_finish_condemn_nobody():
    done = {Part.CHILD: outcome(CHILD_CANCELLED), Part.FETCH: outcome(GOOD), Part.JUDGE: outcome(BAD)}
    reason, led_by = ruling(done, keeps=False)
    assert (reason.word, reason.verdict, led_by) == ("child-cancelled", Verdict.UNPROVEN, Part.CHILD)


def test_an_archive_that_was_tampered_with_does_not_make_the_change_bad():
    done = dict.fromkeys(Part, outcome(GOOD)) | {Part.KEEP: outcome(BAD)}
    reason, led_by = ruling(done, keeps=True)
    assert (reason.word, reason.verdict, reason.exit) == ("bad", Verdict.UNPROVEN, Exit.NOT_FOUND_OUT)
    assert led_by is Part.KEEP


def test_a_part_that_ended_without_being_red_is_red_in_a_proof():
    assert ruling({Part.CHILD: outcome(SOFT)}, keeps=False)[0].exit is Exit.NOT_FOUND_OUT
