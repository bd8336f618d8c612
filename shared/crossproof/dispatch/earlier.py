"""Decides whether work that was started before is started again, joined, reused, or run again in its failed parts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from crossproof.dispatch.runs import Run
from crossproof.dispatch.token import Key, tokens_in


class OnRerun(StrEnum):
    """What a caller wants when the work was started before."""

    ATTACH = "attach"  # its result counts, whatever it is
    RERUN_FAILED = "rerun-failed"  # a good one is reused, a running one joined, of another the failed jobs run again
    NEW = "new"


@dataclass(frozen=True, slots=True)
class StartNew:
    """Nothing of it exists."""


@dataclass(frozen=True, slots=True)
class Attach:
    """Wait for this run, which somebody else started; its end may be there already."""

    run: Run


@dataclass(frozen=True, slots=True)
class RunFailedAgain:
    """Have the failed jobs of this run run again."""

    run: Run


Resumption: TypeAlias = StartNew | Attach | RunFailedAgain


def runs_of(key: Key, runs: Sequence[Run]) -> tuple[Run, ...]:
    """Find the runs of this work by the beginning of the token in their titles, oldest first."""
    found = (run for run in runs if any(token.startswith(key.prefix) for token in tokens_in(*run.titles)))
    return tuple(sorted(found, key=lambda run: run.id))


def resume(earlier: Sequence[Run], on_rerun: OnRerun, success: Collection[str]) -> Resumption:
    """Decide from the earlier runs of the same work."""
    # The loser of a race was cancelled for the winner's sake: it says nothing, unless it is all there is.
    standing = [run for run in earlier if run.conclusion != "cancelled"] or list(earlier)
    if on_rerun is OnRerun.NEW or not standing:
        return StartNew()
    running = [run for run in standing if not run.completed]
    if running:
        return Attach(running[0])
    good = [run for run in standing if run.conclusion in success]
    newest = (good or standing)[-1]
    if good or on_rerun is OnRerun.ATTACH:
        return Attach(newest)
    return RunFailedAgain(newest)


def winner(mine: Run, same_work: Sequence[Run]) -> Run:
    """Settle a race between parents that all dispatched: every one of them must come to the same answer alone.

    The lowest id wins among those that still stand, so the others cancel their own and join it.
    """
    standing = [run for run in same_work if run.conclusion != "cancelled"]
    mine_stands = [] if mine.conclusion == "cancelled" and standing else [mine]
    return min([*mine_stands, *standing], key=lambda run: run.id)
