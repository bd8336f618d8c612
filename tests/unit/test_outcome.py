"""An input may ask that a step stay green; none can make a verdict better than it is."""

import pytest

from crossproof.outcome import Outcome
from crossproof.verdict import BAD_INPUT, CANCELLED, INTERNAL, NO_ACCESS, SUITE_REASONS, Exit, Reason, Verdict

FAILED = Reason(word="child-failed", verdict=Verdict.FAILED, exit=Exit.PROVEN_BAD, meaning="The child failed.")


@pytest.mark.parametrize("reason", [FAILED, NO_ACCESS])
def test_a_softening_input_moves_the_exit_code_and_never_the_verdict(reason):
    hard = Outcome(reason=reason, sentence="It is so.")
    soft = Outcome(reason=reason, sentence="It is so.", softened_by="fail_on: never")
    assert (hard.exit, soft.exit) == (reason.exit, Exit.DONE)
    assert hard.verdict is soft.verdict is reason.verdict


@pytest.mark.parametrize("reason", [BAD_INPUT, INTERNAL, CANCELLED])
def test_nothing_softens_a_call_that_must_change_a_fault_of_ours_or_a_cancellation(reason):
    assert Outcome(reason=reason, sentence="It is so.", softened_by="fail_on: never").exit is reason.exit


@pytest.mark.parametrize("reason", SUITE_REASONS)
def test_no_outcome_of_the_suite_passes(reason):
    assert Outcome(reason=reason, sentence="It is so.").verdict is Verdict.UNPROVEN
