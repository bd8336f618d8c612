"""Carries out one call of one action: parse, build the world, run, and turn whatever happens into one outcome."""

import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TextIO

from crossproof import surfaces, wiring
from crossproof.actions import module_of
from crossproof.commands import module_of as command_module_of
from crossproof.errors import Cancelled, CrossproofError
from crossproof.outcome import Annotation, Outcome, ReportFiles
from crossproof.report import crash, trouble
from crossproof.runner.inputs import given_in_env, specs
from crossproof.runner.reading import read
from crossproof.runner.runner import Runner
from crossproof.verdict import CANCELLED, INTERNAL, Exit, unproven

_TERMINATED = unproven(CANCELLED.word, Exit.TERMINATED, CANCELLED.meaning, CANCELLED.fix)


def carry_out(action: str, arguments: Sequence[str], env: Mapping[str, str], stdout: TextIO) -> int:
    """Run an action and show how it ended, whatever happened."""
    runner = Runner.from_env(env, stdout)
    clock = wiring.clock()
    started_at = clock.now()
    place: ReportFiles | None = None
    declared: Mapping[str, str] = {}

    def show(outcome: Outcome, place: ReportFiles | None) -> int:
        return surfaces.show(
            outcome,
            action=action,
            runner=runner,
            place=place,
            declared=declared,
            started_at=started_at,
            ended_at=clock.now(),
        )

    try:
        runner.cancellation.install()
        module = import_module(module_of(action))
        declared = module.Outputs().as_texts()
        inputs = read(module.Inputs, arguments, runner)
        place = wiring.report_files(action, inputs.report_dir, runner)
        runner.console.line(module.aim(inputs))
        outcome = module.run(inputs, wiring.world_of(action, inputs, runner, place))
        runner.cancellation.settle()
    except BaseException as error:  # noqa: BLE001 - the front door: a step that does not say how it ended is worthless
        runner.cancellation.settle()
        outcome = _ended_by(error, action, env, runner)
    try:
        return show(outcome, place)
    except Exception as error:  # noqa: BLE001 - what cannot be shown was not proven to anybody: say that, where it goes
        ended = _ended_by(error, action, env, runner)
        with suppress(Exception):
            show(ended, None)
        return ended.exit


def clean_up(action: str, env: Mapping[str, str], stdout: TextIO) -> int:
    """Run an action's post step: finish what a kill cut off. It proves nothing, so it shows only trouble."""
    runner = Runner.from_env(env, stdout)
    try:
        runner.cancellation.install()
        module = import_module(module_of(action))
        inputs = read(module.Inputs, (), runner)
        module.clean_up(inputs, wiring.world_of(action, inputs, runner, None), runner.state)
    except BaseException as error:  # noqa: BLE001 - as above
        runner.cancellation.settle()
        outcome = _ended_by(error, action, env, runner)
        surfaces.annotate(outcome, runner)
        return outcome.exit
    return Exit.DONE


def command(name: str, arguments: Sequence[str], env: Mapping[str, str], stdout: TextIO) -> int:
    """Run a laptop command; it has its own flags and its own answer."""
    runner = Runner.from_env(env, stdout)
    try:
        runner.cancellation.install()
        done: int = import_module(command_module_of(name)).main(arguments, runner)
    except BaseException as error:  # noqa: BLE001 - as above
        runner.cancellation.settle()
        return _ended_by(error, name, env, runner).exit
    return done


def _ended_by(error: BaseException, action: str, env: Mapping[str, str], runner: Runner) -> Outcome:
    match error:
        case Cancelled(signal_number=number):
            reason = _TERMINATED if number == signal.SIGTERM else CANCELLED
            return Outcome(reason=reason, sentence=CANCELLED.meaning)
        case CrossproofError():
            return _troubled(error, runner)
        case _:
            return _crashed(error, action, env, runner)


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


def _crashed(error: BaseException, action: str, env: Mapping[str, str], runner: Runner) -> Outcome:
    text = crash.report(error, action=action, inputs=_shown_inputs(action, env), debug=runner.context.debug)
    scrubbed = runner.console.scrub(text)
    runner.console.line(scrubbed)
    return Outcome(
        reason=INTERNAL,
        sentence=f"A fault of crossproof itself ({type(error).__name__}): nothing was proven.",
        summary=crash.as_markdown(scrubbed),
        annotations=[Annotation(level="error", title="A fault of crossproof itself", message=INTERNAL.fix)],
    )


def _shown_inputs(action: str, env: Mapping[str, str]) -> Mapping[str, str]:
    """Name what was given; a value is shown only where the action's declaration says that it is no secret."""
    try:
        known = specs(import_module(module_of(action)).Inputs)
    except Exception:  # noqa: BLE001 - a command has no inputs, and a module that is broken is what is being reported
        return {}
    return {
        name: "***" if (spec := known.get(name.replace("-", "_"))) is None or spec.secret else value
        for name, value in given_in_env(env).items()
        if value
    }
