"""A step as a process of its own: its action says an output, waits for ever, and cleans up on the way out."""

import os
import signal
import sys
from dataclasses import dataclass
from types import ModuleType

from crossproof import call, wiring
from crossproof.errors import Cancelled
from crossproof.runner.inputs import optional
from crossproof.runner.outputs import Outputs, says
from crossproof.units import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    report_dir: str | None = optional("A directory.", read=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Outputs):
    run_id: str = says("The run that was started.")


def run(inputs, runner):
    runner.files.output("run_id", "42\n43")
    runner.files.state("run_id", "42\n43")
    runner.files.summary("### started 42")
    try:
        with runner.console.group("Wait"):
            runner.console.foreign("a log\n" * 50_000)
            runner.console.line("ready")
            signal.pause()
    except Cancelled:
        runner.console.line("cleaning up")
        sys.stdin.readline()  # the second signal comes here: it neither ends nor repeats the clean-up
        runner.console.line("clean")
        raise
    raise AssertionError("nobody stopped it")


module = ModuleType("crossproof.actions.stand_in")
module.Inputs, module.Outputs, module.run, module.aim = Inputs, Said, run, lambda inputs: "Waiting."
sys.modules[module.__name__] = module
wiring.world_of = lambda action, inputs, runner, place: runner

if __name__ == "__main__":
    raise SystemExit(call.carry_out("stand-in", [], os.environ, sys.stdout))
