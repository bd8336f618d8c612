"""When people are told: what could not be found out never keeps a change or a failure from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from crossproof.probe import Absent, Present, Unknown
from crossproof.telling.deciding import Manner, When, decide
from crossproof.verdict import Verdict

BEFORE = [*map(Present, Verdict), Absent("no message"), Unknown("nobody answers")]


def test_the_whole_table():
    table = {
        f"{when}: {verdict}": " ".join(decide(when, verdict, before).manner.name for before in BEFORE)
        for when in When
        for verdict in Verdict
    }
    # before: passed, failed, unproven, nothing, not known
    assert table == snapshot(
        {
            "always: passed": "ALOUD ALOUD ALOUD ALOUD ALOUD",
            "always: failed": "ALOUD ALOUD ALOUD ALOUD ALOUD",
            "always: unproven": "ALOUD ALOUD ALOUD ALOUD ALOUD",
            "change: passed": "QUIETLY ALOUD ALOUD ALOUD ALOUD",
            "change: failed": "ALOUD QUIETLY ALOUD ALOUD ALOUD",
            "change: unproven": "ALOUD ALOUD QUIETLY ALOUD ALOUD",
            "failure: passed": "NOT_AT_ALL QUIETLY QUIETLY NOT_AT_ALL NOT_AT_ALL",
            "failure: failed": "ALOUD ALOUD ALOUD ALOUD ALOUD",
            "failure: unproven": "ALOUD ALOUD ALOUD ALOUD ALOUD",
        }
    )


@given(st.sampled_from(Verdict), st.sampled_from(BEFORE))
def test_whatever_is_not_passed_is_told_to_those_who_ask_for_failures(verdict, before):
    aloud = decide(When.FAILURE, verdict, before).manner is Manner.ALOUD
    assert aloud == (verdict is not Verdict.PASSED)


@given(st.sampled_from(Verdict), st.sampled_from(Verdict))
def test_a_change_is_told_aloud_and_only_a_change(before, now):
    assert (decide(When.CHANGE, now, Present(before)).manner is Manner.ALOUD) == (before is not now)


@given(st.sampled_from(Verdict))
def test_a_look_that_failed_is_told_and_said(verdict):
    decision = decide(When.CHANGE, verdict, Unknown("nobody answers"))
    assert (decision.manner, decision.why) == (
        Manner.ALOUD,
        "what was told last could not be found out: nobody answers",
    )


@pytest.mark.parametrize("when", When)
@given(st.sampled_from(Verdict), st.sampled_from(Verdict))
def test_no_message_goes_on_saying_what_is_over(when, said, now):
    if said is not now:
        assert decide(when, now, Present(said)).manner is not Manner.NOT_AT_ALL
