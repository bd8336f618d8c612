"""Decides what several children prove together."""

from collections.abc import Sequence

from crossproof.verdict import Reason, Verdict

_WORST_FIRST = (Verdict.FAILED, Verdict.UNPROVEN, Verdict.PASSED)


def all_together(reasons: Sequence[Reason]) -> Reason:
    """Any failed makes it failed, else any unproven makes it unproven; the highest exit code of those speaks."""
    if not reasons:
        raise ValueError("nothing was asked for, so nothing is proven")
    for verdict in _WORST_FIRST:
        of_it = [reason for reason in reasons if reason.verdict is verdict]
        if of_it:
            return max(of_it, key=lambda reason: reason.exit)
    raise AssertionError("every reason has a verdict")
