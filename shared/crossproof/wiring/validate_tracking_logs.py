"""Gives validate-tracking-logs the logs, the workspace and the cores; it asks nobody outside."""

from crossproof import wiring
from crossproof.actions.validate_contract import Inputs
from crossproof.actions.validate_tracking_logs import World
from crossproof.files.cores import MachineCores
from crossproof.files.logs import WorkspaceLogs
from crossproof.files.workspace import WorkspaceFiles
from crossproof.outcome import ReportFiles
from crossproof.runner.runner import Runner


def world(inputs: Inputs, runner: Runner, place: ReportFiles | None) -> World:
    """Give it what lies in the workspace."""
    context = runner.context
    return World(
        logs=WorkspaceLogs(context.workspace, inputs.max_bytes),
        files=WorkspaceFiles(context.workspace),
        cores=MachineCores(),
        report=place,
        now=wiring.clock().now(),
        say=runner.console.line,
        repository=context.repository,
        run_url=context.run_url,
    )
