"""Connects notify to the report, to Slack and to GitHub, each only where it is told."""

from crossproof import wiring
from crossproof.actions.notify import Inputs, World
from crossproof.errors import BadCall, Fault
from crossproof.files import report_file
from crossproof.outcome import ReportFiles
from crossproof.report.received import LARGEST
from crossproof.runner.runner import Runner
from crossproof.telling.commit import CommitStatuses
from crossproof.telling.messages import Messages
from crossproof.telling.topic import Here
from crossproof.wiring.connections import github


def world(inputs: Inputs, runner: Runner, _: ReportFiles | None) -> World:
    """Open the places that were named."""
    context = runner.context
    places: list[Messages] = []
    statuses: CommitStatuses | None = None
    if inputs.slack_token and inputs.slack_channel:
        from crossproof.chat.slack import Slack  # noqa: PLC0415 - 72 ms

        places.append(
            Slack(inputs.slack_token, inputs.slack_channel, inputs.slack_api_url, wiring.clock(), runner.console.line)
        )
    if inputs.slack_webhook:
        from crossproof.chat.webhook import Webhook  # noqa: PLC0415 - 72 ms

        places.append(Webhook(inputs.slack_webhook, wiring.clock()))
    if inputs.pull_request or inputs.commit_status:
        home = inputs.repository or context.repository
        if home is None:
            raise BadCall([Fault("repository", "is required outside a workflow run")])
        api = github(inputs, runner, home)
        if inputs.pull_request:
            from crossproof.github.comments import Comments  # noqa: PLC0415

            places.append(Comments(api, home, inputs.pull_request))
        if inputs.commit_status:
            from crossproof.github.commit_statuses import GithubStatuses  # noqa: PLC0415

            statuses = GithubStatuses(api)
    return World(
        here=Here(
            repository=context.repository,
            sha=context.head_sha,
            ref=context.ref,
            workflow=context.workflow,
            run_id=context.run_id,
            attempt=context.run_attempt,
            server_url=context.server_url,
        ),
        report=lambda path: report_file.read(context.workspace, path, LARGEST),
        places=places,
        statuses=statuses,
        clock=wiring.clock(),
        say=runner.console.line,
    )
