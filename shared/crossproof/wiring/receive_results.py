"""Connects a receiver to GitHub, and to the event that started it."""

from crossproof.actions.receive_results import Inputs, World
from crossproof.outcome import ReportFiles
from crossproof.runner.runner import Runner
from crossproof.wiring.connections import github
from crossproof.wiring.outside import outside


def world(inputs: Inputs, runner: Runner, _: ReportFiles | None) -> World:
    """Connect a receiver to GitHub, and to the event that started it."""
    return World(
        outside=outside(github(inputs, runner, inputs.repository), runner, cancels=False),
        event=runner.context.event,
        here=runner.context.repository,
        server_url=runner.context.server_url,
    )
