"""An expected failure carries its remedy and its place in the table of endings."""

import pytest

from crossproof.errors import BadCall, Cancelled, CrossproofError, Fault, NoAccess, RateLimited, Unreachable
from crossproof.verdict import BAD_INPUT, INTERNAL, NO_ACCESS, RATE_LIMITED, UNREACHABLE, Exit, Verdict


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CrossproofError("x"), UNREACHABLE),
        (BadCall([Fault("a", "b")]), BAD_INPUT),
        (NoAccess("x"), NO_ACCESS),
        (RateLimited("x"), RATE_LIMITED),
        (Unreachable("x"), UNREACHABLE),
        (CrossproofError("x", reason=INTERNAL), INTERNAL),
    ],
)
def test_each_failure_has_its_ending_and_none_is_a_pass(error, reason):
    assert error.reason is reason
    assert error.reason.verdict is Verdict.UNPROVEN
    assert error.reason.exit is not Exit.DONE


def test_trouble_with_access_is_never_called_proven_bad():
    assert NoAccess("x").reason.exit is Exit.NOT_FOUND_OUT


def test_a_reason_given_to_one_failure_changes_no_other():
    CrossproofError("x", reason=INTERNAL)
    assert CrossproofError("y").reason is UNREACHABLE


def test_a_failure_says_what_happened_and_keeps_the_rest_for_the_renderer():
    error = NoAccess("It may not.", why="why", seen="seen", fix="fix", anchor="anchor")
    assert str(error) == "It may not."
    assert (error.what, error.why, error.seen, error.fix, error.anchor) == (
        "It may not.",
        "why",
        "seen",
        "fix",
        "anchor",
    )


def test_a_bad_call_counts_its_faults():
    assert str(BadCall([Fault("a", "b")])) == "The call cannot be carried out: one thing must change."
    assert str(BadCall([Fault("a", "b"), Fault("c", "d")])) == "The call cannot be carried out: 2 things must change."
    assert str(BadCall([Fault("a", "b")], what="The plan is empty.")) == "The plan is empty."


def test_no_handler_of_ordinary_failures_catches_a_cancellation():
    assert not issubclass(Cancelled, Exception)
    assert Cancelled(15).signal_number == 15
