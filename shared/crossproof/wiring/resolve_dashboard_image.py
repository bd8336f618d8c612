"""Gives resolve-dashboard-image two views of GitHub, the event, and a registry that is opened when it is needed."""

from dataclasses import replace
from urllib.parse import urlsplit

from crossproof import wiring
from crossproof.actions.resolve_dashboard_image import Inputs, World
from crossproof.github.sources import GithubSources
from crossproof.images.events import Event
from crossproof.images.ports import ImageRegistry
from crossproof.outcome import ReportFiles
from crossproof.runner.runner import Runner
from crossproof.wiring.connections import aws, github


def world(inputs: Inputs, runner: Runner, place: ReportFiles | None) -> World:  # noqa: ARG001
    """Look at the companion as the App or with `org_gh_token`, at the change with the job's own token."""
    theirs = github(replace(inputs, token=inputs.org_gh_token or inputs.token), runner, inputs.companion_repository)
    own = replace(inputs, app_id=None, app_private_key=None)
    ours = github(own, runner, None) if inputs.token else theirs
    opened: list[ImageRegistry] = []

    def registry() -> ImageRegistry:
        opened.append(_registry(inputs, runner))
        return opened[-1]

    return World(
        event=_event(inputs, runner),
        server=urlsplit(runner.context.server_url).hostname or "github.com",
        companion=GithubSources(theirs),
        subject=GithubSources(ours),
        registry=registry,
        clock=wiring.clock(),
        say=runner.console.line,
        cost=lambda: {
            "GitHub": sum(api.counted.all for api in {id(api): api for api in (theirs, ours)}.values()),
            "the registry": sum(each.asked for each in opened),
        },
    )


def _event(inputs: Inputs, runner: Runner) -> Event:
    """Read the event: the one that is named, else the runner's; a person at a terminal may have none."""
    context = runner.context
    if inputs.event:
        payload = replace(context, event_path=str(context.workspace / inputs.event)).event()
        return Event(payload=payload, repository=context.repository if context.local else None)
    if context.local and not context.event_path:
        return Event(repository=context.repository)
    return Event(
        name=context.event_name,
        payload=context.event(),
        repository=context.repository,
        sha=context.sha,
        ref=context.ref,
        actor=context.actor,
    )


def _registry(inputs: Inputs, runner: Runner) -> ImageRegistry:
    """Open ECR as whoever `aws_role` says, or any other registry with the password that was given."""
    host = inputs.ecr_registry
    if host.ecr:
        from crossproof.aws.ecr import EcrRegistry  # noqa: PLC0415 - it brings boto3

        return EcrRegistry(aws(replace(inputs, aws_region=inputs.aws_region or host.ecr.region), runner), host.ecr)
    from crossproof.registry.distribution import OciRegistry  # noqa: PLC0415
    from crossproof.registry.doors import Credentials  # noqa: PLC0415

    name, password = inputs.registry_username, inputs.registry_password
    credentials = Credentials(name, password) if name and password else None
    return OciRegistry(host, wiring.clock(), credentials=credentials, announce=runner.console.line)
