"""Gives check-go-module the workspace."""

from crossproof.actions.check_go_module import Inputs, World
from crossproof.files.checked_out import CheckedOut
from crossproof.outcome import ReportFiles
from crossproof.runner.runner import Runner


def world(inputs: Inputs, runner: Runner, place: ReportFiles | None) -> World:  # noqa: ARG001
    """Let it read files there, and nothing else."""
    return World(files=CheckedOut(runner.context.workspace))
