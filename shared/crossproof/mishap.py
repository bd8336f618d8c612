"""Turns whatever ended a step before its time into one outcome: a failure, a cancellation, a fault of ours."""

import signal
from collections.abc import Mapping, Sequence
from importlib import import_module

from crossproof.actions import module_of
from crossproof.errors import Cancelled, CrossproofError
from crossproof.outcome import Annotation, Outcome
from crossproof.report import crash, trouble
from crossproof.runner.inputs import specs
from crossproof.runner.runner import Runner
from crossproof.verdict import CANCELLED, INTERNAL, Exit, unproven

_TERMINATED = unproven(CANCELLED.word, Exit.TERMINATED, CANCELLED.meaning, CANCELLED.fix)


def ended_by(error: BaseException, action: str, runner: Runner) -> Outcome:
    """Say how it ended, and tell whoever reads the log what happened and what to do about it."""
    match error:
        case Cancelled(signal_number=number):
            reason = _TERMINATED if number == signal.SIGTERM else CANCELLED
            return Outcome(reason=reason, sentence=CANCELLED.meaning)
        case CrossproofError():
            return _troubled(error, runner)
        case _:
            return _crashed(error, action, runner)


def _troubled(error: CrossproofError, runner: Runner) -> Outcome:
    runner.console.line(trouble.as_text(error))
    return Outcome(
        reason=error.reason,
        sentence=error.what,
        details={"error": trouble.as_details(error)},
        # A person at a terminal has just read it.
        summary="" if runner.context.local else trouble.as_markdown(error),
        annotations=[
            Annotation(level="error", title=title, message=message)
            for title, message in trouble.as_annotations(error)
            if not runner.context.local
        ],
    )


def _crashed(error: BaseException, action: str, runner: Runner) -> Outcome:
    text = crash.report(error, action=action, inputs=_shown_inputs(action, runner.given), debug=runner.context.debug)
    scrubbed = runner.console.scrub(text)
    runner.console.line(scrubbed)
    return Outcome(
        reason=INTERNAL,
        sentence=f"A fault of crossproof itself ({type(error).__name__}): nothing was proven.",
        summary=crash.as_markdown(scrubbed),
        annotations=[Annotation(level="error", title="A fault of crossproof itself", message=INTERNAL.fix)],
    )


def _shown_inputs(action: str, given: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Name what was given; a value is shown only where the action's declaration says that it is no secret."""
    try:
        known = specs(import_module(module_of(action)).Inputs)
    except Exception:  # noqa: BLE001 - a command has no inputs, and a module that is broken is what is being reported
        return {}
    return {
        name: "***" if (spec := known.get(name.replace("-", "_"))) is None or spec.secret else value
        for name, value in given
        if value
    }
