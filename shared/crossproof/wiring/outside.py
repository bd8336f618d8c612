"""Puts together what a dispatch touches."""

import os

from crossproof import wiring
from crossproof.dispatch.journal import STATE, Journal
from crossproof.dispatch.ports import Outside
from crossproof.github.api import Api
from crossproof.github.run_yield import GithubYield
from crossproof.github.runs import GithubRuns
from crossproof.github.workflows import GithubWorkflows
from crossproof.runner.cancellation import FLUSHED_BY
from crossproof.runner.runner import Runner


def outside(api: Api, runner: Runner, *, cancels: bool) -> Outside:
    """Put together what a dispatch touches; without cancelling there is nothing for a post step to know."""
    workflows, runs = GithubWorkflows(api), GithubRuns(api)
    return Outside(
        targets=workflows,
        starts=workflows,
        runs=runs,
        view=runs,
        control=runs,
        yields=GithubYield(api),
        spending=api.counted,
        time=wiring.clock(),
        tell=runner.console,
        output=runner.files.output,
        known=lambda name, url: None,  # noqa: ARG005
        journal=Journal((lambda text: runner.files.state(STATE, text)) if cancels else (lambda text: None)),  # noqa: ARG005
        undisturbed=runner.cancellation.held,
        randomness=os.urandom,
        seconds_left=lambda: runner.cancellation.seconds_left(FLUSHED_BY),
    )
