"""The family of expected failures: each says what happened, why we think so, what was seen and how to fix it.

CrossproofError
├── BadCall        the call must change (every fault at once)
├── NoAccess       the credentials may not
├── RateLimited    the budget is used up
└── Unreachable    no answer, or none that can be believed
Cancelled          a BaseException: no `except Exception` on the way may swallow it
"""

from collections.abc import Sequence
from dataclasses import dataclass

from crossproof.verdict import BAD_INPUT, NO_ACCESS, RATE_LIMITED, UNREACHABLE, Reason


class CrossproofError(Exception):
    """An expected ending short of a verdict. The front door renders it; nothing below prints or exits."""

    reason: Reason = UNREACHABLE

    def __init__(
        self, what: str, *, why: str = "", seen: str = "", fix: str = "", anchor: str = "", reason: Reason | None = None
    ) -> None:
        """Take the four parts of a message a reader can act on; `anchor` names the place in the docs."""
        super().__init__(what)
        self.what = what
        self.why = why
        self.seen = seen
        self.fix = fix
        self.anchor = anchor
        if reason is not None:
            self.reason = reason


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with the call: the input's name, and what to change."""

    where: str
    what: str


class BadCall(CrossproofError):
    """The call must change. Carries every fault, so that one run shows them all."""

    reason = BAD_INPUT

    def __init__(self, faults: Sequence[Fault], *, what: str = "", fix: str = "", anchor: str = "inputs") -> None:
        """Name the faults; the sentence is made from them unless given."""
        many = f"{len(faults)} things" if len(faults) != 1 else "one thing"
        super().__init__(what or f"The call cannot be carried out: {many} must change.", fix=fix, anchor=anchor)
        self.faults = tuple(faults)


class NoAccess(CrossproofError):
    """The credentials may not see or do what is needed."""

    reason = NO_ACCESS


class RateLimited(CrossproofError):
    """The API's budget is used up for longer than may be waited."""

    reason = RATE_LIMITED
    after: float = 60.0  # seconds that the API wants to pass


class Unreachable(CrossproofError):
    """A service did not answer, or not with anything that can be believed."""

    reason = UNREACHABLE


class Cancelled(BaseException):
    """The runner (or a person) asked to stop. Raised in the main thread by the signal handler."""

    def __init__(self, signal_number: int) -> None:
        """Remember which signal asked: the exit code tells."""
        super().__init__(f"signal {signal_number}")
        self.signal_number = signal_number
