"""Gives doctor its eyes."""

from typing import TYPE_CHECKING

from crossproof import wiring
from crossproof.actions.doctor import Inputs, World
from crossproof.files.surroundings import look
from crossproof.github.view import GithubEyes
from crossproof.outcome import ReportFiles
from crossproof.runner.runner import Runner
from crossproof.wiring.connections import aws, github, id_tokens

if TYPE_CHECKING:
    from crossproof.doctor.seen import AwsView


def world(inputs: Inputs, runner: Runner, place: ReportFiles | None) -> World:  # noqa: ARG001
    """Give doctor its eyes."""
    context = runner.context
    home = inputs.repository or context.repository
    return World(
        github=GithubEyes(github(inputs, runner, home), home),
        aws=_aws_view(inputs, runner),
        runner=look(
            in_runner=not context.local,
            id_token=context.id_token_secret is not None,
            os=context.runner_os,
            arch=context.runner_arch,
            environment=context.runner_environment,
        ),
        current=context.repository,
        now=wiring.clock().now(),
        say=runner.console.line,
    )


def _aws_view(inputs: Inputs, runner: Runner) -> "AwsView | None":
    """Let doctor look at AWS where an input says that AWS is wanted."""
    if not inputs.aws_role and not inputs.aws_region:
        return None
    from crossproof.aws.view import AwsEyes  # noqa: PLC0415

    return AwsEyes(lambda: aws(inputs, runner), id_tokens(runner))
