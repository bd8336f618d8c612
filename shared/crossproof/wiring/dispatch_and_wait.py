"""Connects a dispatch to GitHub, to the log and to its own post step."""

from crossproof.actions.dispatch_and_wait import Here, World
from crossproof.actions.dispatch_contract import Inputs
from crossproof.github.commit_statuses import GithubStatuses
from crossproof.outcome import ReportFiles
from crossproof.runner.runner import Runner
from crossproof.wiring.connections import github
from crossproof.wiring.outside import outside


def world(inputs: Inputs, runner: Runner, _: ReportFiles | None) -> World:
    """Connect a dispatch to GitHub, to the log and to its own post step."""
    context = runner.context
    api = github(inputs, runner, inputs.repository or context.repository)
    return World(
        here=Here(
            repository=context.repository,
            sha=context.head_sha,
            run_id=context.run_id or 0,
            attempt=context.run_attempt,
            job=context.job,
            step=context.step,
            server_url=context.server_url,
        ),
        outside=outside(api, runner, cancels=inputs.cancel_on_cancel),
        statuses=GithubStatuses(api),
        remember=runner.files.state,
    )
