"""Builds the real world for one action: only what it needs is imported."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crossproof.clock import Clock, SystemClock
from crossproof.errors import BadCall, Fault
from crossproof.files.report_dir import ReportDir
from crossproof.outcome import ReportFiles
from crossproof.runner.runner import Runner
from crossproof.units import RepoRef

if TYPE_CHECKING:  # each costs 100 ms and more: only the action that needs it imports it
    from crossproof.actions import doctor as doctor_action
    from crossproof.actions.access import GithubAccess
    from crossproof.github.api import Api


def clock() -> Clock:
    """Give the real clock."""
    return SystemClock()


def report_files(action: str, asked: str | None, runner: Runner) -> ReportFiles:
    """Open the step's report directory."""
    context = runner.context
    run = f"{context.run_id}-{context.run_attempt}-{context.job}" if context.run_id else ""
    return ReportDir.open(context.workspace, action, asked, run)


def world_of(action: str, inputs: Any, runner: Runner, place: ReportFiles | None) -> Any:
    """Build the world of an action."""
    return _WORLDS[action](inputs, runner, place)


def github(inputs: "GithubAccess", runner: Runner, home: RepoRef | None) -> "Api":
    """Connect to GitHub as the App or with the token; `home` stands in where a request is about no repository."""
    from crossproof.github.access import TokenAccess  # noqa: PLC0415
    from crossproof.github.api import Api  # noqa: PLC0415
    from crossproof.github.app import AppAccess  # noqa: PLC0415

    console, api_url = runner.console, inputs.api_url or runner.context.api_url
    if inputs.app_id and inputs.app_private_key:
        if home is None:
            raise BadCall(
                [Fault("repository", "is required with app_id: an App's installation is found by repository")]
            )
        app = AppAccess(
            inputs.app_id,
            inputs.app_private_key,
            home=home,
            api_url=api_url,
            clock=clock(),
            mask=console.mask,
            announce=console.line,
        )
        return Api(app, api_url=api_url, clock=clock(), announce=console.line, trace=console.debug)
    if inputs.token is None:
        raise BadCall(
            [Fault("token", "is required: pass `token`, or `app_id` and `app_private_key`; locally set GH_TOKEN")]
        )
    access = TokenAccess(inputs.token)
    return Api(access, api_url=api_url, clock=clock(), announce=console.line, trace=console.debug)


def doctor(inputs: "doctor_action.Inputs", runner: Runner, place: ReportFiles | None) -> "doctor_action.World":  # noqa: ARG001
    """Give doctor its eyes."""
    from crossproof.actions.doctor import World  # noqa: PLC0415
    from crossproof.files.surroundings import look  # noqa: PLC0415
    from crossproof.github.view import GithubEyes  # noqa: PLC0415

    context = runner.context
    home = inputs.repository or context.repository
    return World(
        github=GithubEyes(github(inputs, runner, home), home),
        aws=None,
        runner=look(
            in_runner=not context.local,
            id_token=context.id_token_secret is not None,
            os=context.runner_os,
            arch=context.runner_arch,
            environment=context.runner_environment,
        ),
        current=context.repository,
        now=clock().now(),
        say=runner.console.line,
    )


_WORLDS: dict[str, Callable[[Any, Runner, ReportFiles | None], Any]] = {"doctor": doctor}
