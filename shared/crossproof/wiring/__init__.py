"""Builds the real world for one action: each has a module here, and only what it needs is imported."""

from importlib import import_module
from typing import Any

from crossproof.clock import Clock, SystemClock
from crossproof.files.report_dir import ReportDir
from crossproof.outcome import ReportFiles
from crossproof.runner.runner import Runner


def clock() -> Clock:
    """Give the real clock."""
    return SystemClock()


def report_files(action: str, asked: str | None, runner: Runner) -> ReportFiles:
    """Open the step's report directory."""
    context = runner.context
    run = f"{context.run_id}-{context.run_attempt}-{context.job}" if context.run_id else ""
    return ReportDir.open(context.workspace, action, asked, run)


def world_of(action: str, inputs: Any, runner: Runner, place: ReportFiles | None) -> Any:
    """Build the world of an action: `world(inputs, runner, place)` of the module that bears its name."""
    return import_module(f"crossproof.wiring.{action.replace('-', '_')}").world(inputs, runner, place)
