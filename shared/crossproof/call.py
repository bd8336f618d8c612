"""Carries out one call of one action: parse, build the world, run, and turn whatever happens into one outcome."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TextIO

from crossproof import surfaces, wiring
from crossproof.actions import module_of
from crossproof.commands import module_of as command_module_of
from crossproof.mishap import ended_by
from crossproof.outcome import Outcome, ReportFiles
from crossproof.runner.reading import read
from crossproof.runner.runner import Runner
from crossproof.verdict import Exit


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
        outcome = ended_by(error, action, runner)
    try:
        return show(outcome, place)
    except Exception as error:  # noqa: BLE001 - what cannot be shown was not proven to anybody: say that, where it goes
        ended = ended_by(error, action, runner)
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
        outcome = ended_by(error, action, runner)
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
        return ended_by(error, name, runner).exit
    return done
