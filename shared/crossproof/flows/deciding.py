"""Decides what comes next in a proof of tracking, and what its parts prove together; what is not good is not green."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TypeAlias

from crossproof.outcome import Outcome
from crossproof.verdict import Exit, Reason, Verdict, unproven


class Part(StrEnum):
    """The parts of a proof, in order; each is an action."""

    CHILD = "dispatch-and-wait"
    FETCH = "fetch-artifacts"
    JUDGE = "validate-tracking-logs"
    KEEP = "archive-artifacts"


Done: TypeAlias = Mapping[Part, Outcome]

PROVEN = Reason(
    word="proven",
    verdict=Verdict.PASSED,
    exit=Exit.DONE,
    meaning="The app's tests passed, what they recorded is as planned, and (where asked) it is kept as evidence.",
)
FOREIGN_ARTIFACT = unproven(
    "foreign-artifact",
    Exit.NOT_FOUND_OUT,
    "An artifact of the run is named after another commit than the one to be proven.",
    "Let the app's workflow name it after `github.event.client_payload.commit_sha`; old logs prove nothing new.",
)
SEVERAL_RUNS = unproven(
    "several-runs",
    Exit.NOT_FOUND_OUT,
    "More than one workflow listens to the event, and which run recorded the logs is not known.",
    "Name the workflow that runs the tests with `--workflow`.",
)
UNFINISHED = unproven(
    "unfinished", Exit.NOT_FOUND_OUT, "Not every part of the proof was carried out.", "Run the command again."
)
_RUN_ID = "run_id"


def wanted(*, keeps: bool) -> Sequence[Part]:
    """Say which parts a proof has."""
    return [part for part in Part if keeps or part is not Part.KEEP]


def next_part(done: Done, *, keeps: bool) -> Part | None:
    """Say what comes next, or that there is nothing more to be done.

    What a failed or cancelled run recorded is fetched, judged and kept as well: it is what people look into.
    """
    if Part.CHILD not in done:
        return Part.CHILD
    if not done[Part.CHILD].outputs.get(_RUN_ID):
        return None  # nothing ran, so nothing was recorded
    if Part.FETCH not in done:
        return Part.FETCH
    if done[Part.FETCH].verdict is not Verdict.PASSED:
        return None  # neither a judgement nor evidence can be made of what is not there, or not ours
    return next((part for part in wanted(keeps=keeps) if part not in done), None)


def ruling(done: Done, *, keeps: bool) -> tuple[Reason, Part | None]:
    """Say what is proven, and which part a person must look at first."""
    parts = wanted(keeps=keeps)
    if all(part in done and done[part].verdict is Verdict.PASSED for part in parts):
        return PROVEN, None
    bad = _proven_bad(done)
    if bad:
        return done[bad].reason, bad
    first = next((part for part in parts if part in done and done[part].verdict is not Verdict.PASSED), None)
    return (_open(done[first].reason), first) if first else (UNFINISHED, None)


def _proven_bad(done: Done) -> Part | None:
    """Find what condemns the change: its tests, or their logs. A run that was cut off condemns nothing it did not send.

    An archive that was tampered with is no fault of the change either.
    """
    child, judge = done.get(Part.CHILD), done.get(Part.JUDGE)
    if child and child.verdict is Verdict.FAILED:
        return Part.CHILD
    whole = child is not None and child.verdict is Verdict.PASSED
    return Part.JUDGE if whole and judge and judge.verdict is Verdict.FAILED else None


def _open(reason: Reason) -> Reason:
    """Keep the word; whatever a part made of it, the proof as a whole was asked for and could not be had."""
    red = reason.exit if reason.exit not in {Exit.DONE, Exit.PROVEN_BAD} else Exit.NOT_FOUND_OUT
    return replace(reason, verdict=Verdict.UNPROVEN, exit=red)
