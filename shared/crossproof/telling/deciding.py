"""Decides whether people are told, from what they were told before: aloud, quietly in place, or not at all."""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import assert_never

from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.verdict import Verdict


class When(StrEnum):
    """Which verdicts people asked to be told of."""

    ALWAYS = "always"
    CHANGE = "change"
    FAILURE = "failure"  # and whatever else is not proven good


class Manner(Enum):
    """How a verdict is told."""

    ALOUD = auto()
    QUIETLY = auto()  # what stands is brought up to date where it stands, and nobody is disturbed
    NOT_AT_ALL = auto()


@dataclass(frozen=True, slots=True)
class Decision:
    """How, and why so."""

    manner: Manner
    why: str


def decide(when: When, verdict: Verdict, before: Probe[Verdict]) -> Decision:
    """Compare with what the same topic's message says. A look that failed silences no failure and no change."""
    match when:
        case When.ALWAYS:
            return Decision(Manner.ALOUD, "")
        case When.CHANGE:
            return _on_change(verdict, before)
        case When.FAILURE:
            return _on_failure(verdict, before)
        case never:
            assert_never(never)


def _on_change(verdict: Verdict, before: Probe[Verdict]) -> Decision:
    match before:
        case Present(said) if said is verdict:
            return Decision(Manner.QUIETLY, f"the last message says {said} too")
        case Present(said):
            return Decision(Manner.ALOUD, f"the last message says {said}")
        case Absent(proof):
            return Decision(Manner.ALOUD, f"nothing was told before: {proof}")
        case Unknown(why):
            return Decision(Manner.ALOUD, f"what was told last could not be found out: {why}")
        case never:
            assert_never(never)


def _on_failure(verdict: Verdict, before: Probe[Verdict]) -> Decision:
    if verdict is not Verdict.PASSED:
        return Decision(Manner.ALOUD, f"{verdict} is not passed")
    match before:
        case Present(said) if said is not Verdict.PASSED:
            return Decision(Manner.QUIETLY, f"the last message says {said}, which is over")
        case Present(_) | Absent(_):
            return Decision(Manner.NOT_AT_ALL, "it passed, and no message says otherwise")
        case Unknown(why):
            return Decision(Manner.NOT_AT_ALL, f"it passed; whether a message says otherwise is not known: {why}")
        case never:
            assert_never(never)
