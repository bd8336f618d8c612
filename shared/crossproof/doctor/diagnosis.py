"""Weighs what was seen against what each action needs: the rows of doctor's table, and its verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crossproof.needs import Need, Where
from crossproof.probe import Absent, Present, Probe, Unknown


class State(StrEnum):
    """Whether a need is met. `could not find out` is an answer of its own."""

    MET = "met"
    MISSING = "missing"
    UNKNOWN = "could not find out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One need of one action, and what we know of it."""

    action: str
    need: Need
    state: State
    have: str
    fix: str = ""

    @property
    def counts(self) -> bool:
        """A need of a special case informs; it does not decide the verdict."""
        return not self.need.when


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All rows, and what follows from them."""

    rows: Sequence[Row]

    @property
    def missing(self) -> Sequence[Row]:
        """Needs that are provably not met."""
        return [row for row in self.rows if row.state is State.MISSING and row.counts]

    @property
    def undecided(self) -> Sequence[Row]:
        """Needs that could not be found out: never counted as met."""
        return [row for row in self.rows if row.state is State.UNKNOWN and row.counts]


def diagnose(
    needs: Mapping[str, Sequence[Need]], answers: Mapping[Need, Probe[str]], fixes: Mapping[Need, str]
) -> Diagnosis:
    """Judge every need; one that nobody answered is unknown, not met."""
    silent = Unknown("it was not looked at")
    return Diagnosis(
        rows=[
            _row(action, need, answers.get(need, silent), fixes.get(need, ""))
            for action, listed in needs.items()
            for need in listed
        ]
    )


def _row(action: str, need: Need, answer: Probe[str], fix: str) -> Row:
    match answer:
        case Present(have):
            return Row(action=action, need=need, state=State.MET, have=have)
        case Absent(proof):
            return Row(action=action, need=need, state=State.MISSING, have=proof, fix=fix)
        case Unknown(why=why, fix=own_fix):
            return Row(action=action, need=need, state=State.UNKNOWN, have=why, fix=own_fix or fix)


def where_of(need: Need) -> str:
    """Say whose permission it is, for people."""
    return "" if need.where is Where.RUNNER else f" on the {need.where}" if need.where is not Where.AWS else " in AWS"
