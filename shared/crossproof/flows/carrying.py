"""Carries out one action within a flow as its own front door would: its own report, and whatever happens an outcome."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module

from crossproof import surfaces, wiring
from crossproof.actions import module_of
from crossproof.errors import Cancelled
from crossproof.mishap import ended_by
from crossproof.outcome import Evidence, Outcome, ReportFiles
from crossproof.runner.files import CommandFiles
from crossproof.runner.inputs import parse
from crossproof.runner.runner import Runner


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """How an action ended, its report among the flow's files, and whether it was cut short."""

    outcome: Outcome
    report: Evidence
    cancelled: Cancelled | None = None


def carry_out(
    action: str,
    asked: Mapping[str, str],
    runner: Runner,
    place: ReportFiles,
    *,
    raises: Callable[[BaseException], bool] = lambda _: False,
) -> Carried:
    """Carry out one action in a directory of its own below the flow's; nothing is said to later steps of a job.

    `raises` says of what goes wrong whether the caller wants to deal with it.
    """
    own = replace(runner, files=CommandFiles({}, runner.console, local=True))
    room = wiring.report_files(action, place.relative(action), own)
    clock = wiring.clock()
    began, cancelled = clock.now(), None
    module = import_module(module_of(action))
    try:
        inputs = parse(module.Inputs, asked.items())
        own.console.line(module.aim(inputs))
        outcome: Outcome = module.run(inputs, wiring.world_of(action, inputs, own, room))
    except BaseException as error:  # as at the front door: what one part met is no end of the flow
        if raises(error):
            raise
        cancelled = error if isinstance(error, Cancelled) else None
        outcome = ended_by(error, action, own)
    # What was known before the end is known after it: the run that a cancelled step had started, say.
    outcome = replace(outcome, outputs={**own.files.written, **outcome.outputs})
    text = surfaces.report(outcome, action, own.context, began, clock.now())
    written = room.write_text(surfaces.REPORT, own.console.scrub(text))
    return Carried(outcome=outcome, report=replace(written, path=f"{action}/{written.path}"), cancelled=cancelled)
