"""Builds the real world for one action: only what it needs is imported."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from crossproof.actions.store_access import DIRECTORY
from crossproof.clock import Clock, SystemClock
from crossproof.errors import BadCall, Fault
from crossproof.files.report_dir import ReportDir
from crossproof.outcome import ReportFiles
from crossproof.runner.runner import Runner
from crossproof.units import RepoRef

if TYPE_CHECKING:  # each costs 100 ms and more: only the action that needs it imports it
    from crossproof.actions import archive_artifacts as archive_action
    from crossproof.actions import dispatch_and_wait as dispatch_action
    from crossproof.actions import doctor as doctor_action
    from crossproof.actions import fetch_artifacts as fetch_action
    from crossproof.actions import receive_results as receive_action
    from crossproof.actions.access import AwsAccess, GithubAccess
    from crossproof.actions.dispatch_contract import Inputs as DispatchInputs
    from crossproof.archive.store import ObjectStore
    from crossproof.aws.bucket import S3Bucket
    from crossproof.aws.id_token import IdTokens, Surroundings
    from crossproof.aws.session import Aws
    from crossproof.dispatch.ports import Outside
    from crossproof.doctor.seen import AwsView
    from crossproof.github.api import Api


_LARGEST_LOOKED_INTO = 10 * 1024**3  # what an archive may unpack to, to have its files listed in the manifest


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

    console, api_url = runner.console, inputs.api_url or runner.context.api_url
    if inputs.app_id and inputs.app_private_key:
        if home is None:
            raise BadCall(
                [Fault("repository", "is required with app_id: an App's installation is found by repository")]
            )
        from crossproof.github.app import AppAccess  # noqa: PLC0415 - it brings a signing library

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


def aws(inputs: "AwsAccess", runner: Runner) -> "Aws":
    """Open AWS as the role, or as whoever the surroundings say we are."""
    from crossproof.aws.session import ambient, as_role  # noqa: PLC0415

    # botocore reads AWS_DEFAULT_REGION alone; other tools, and people, write AWS_REGION.
    region = inputs.aws_region or os.environ.get("AWS_REGION") or None
    if not inputs.aws_role:
        return ambient(region=region)
    context = runner.context
    name = f"{context.repository or 'local'}-{context.run_id or ''}-{context.run_attempt}"
    return as_role(inputs.aws_role, name, _id_tokens(runner), _around(runner), region=region)


def _id_tokens(runner: Runner) -> "IdTokens":
    from crossproof.aws.id_token import RunnerIdTokens  # noqa: PLC0415

    return RunnerIdTokens(runner.context.id_token_url, runner.context.id_token_secret, _around(runner))


def _around(runner: Runner) -> "Surroundings":
    from crossproof.aws.id_token import Surroundings  # noqa: PLC0415

    return Surroundings(clock=clock(), announce=runner.console.line, mask=runner.console.mask)


def _aws_view(inputs: "AwsAccess", runner: Runner) -> "AwsView | None":
    """Let doctor look at AWS where an input says that AWS is wanted."""
    if not inputs.aws_role and not inputs.aws_region:
        return None
    from crossproof.aws.view import AwsEyes  # noqa: PLC0415

    return AwsEyes(lambda: aws(inputs, runner), _id_tokens(runner))


def doctor(inputs: "doctor_action.Inputs", runner: Runner, place: ReportFiles | None) -> "doctor_action.World":  # noqa: ARG001
    """Give doctor its eyes."""
    from crossproof.actions.doctor import World  # noqa: PLC0415
    from crossproof.files.surroundings import look  # noqa: PLC0415
    from crossproof.github.view import GithubEyes  # noqa: PLC0415

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
        now=clock().now(),
        say=runner.console.line,
    )


def fetch_artifacts(inputs: "fetch_action.Inputs", runner: Runner, place: ReportFiles | None) -> "fetch_action.World":
    """Give fetch-artifacts GitHub, the archive, and a bench in the workspace."""
    from crossproof.actions.fetch_artifacts import World  # noqa: PLC0415
    from crossproof.artifacts.delivery import MOST_AT_ONCE  # noqa: PLC0415
    from crossproof.files.bench import Bench, Target  # noqa: PLC0415
    from crossproof.github.deliveries import GithubDeliveries  # noqa: PLC0415
    from crossproof.github.pooled import PooledReads, Pools  # noqa: PLC0415
    from crossproof.github.recordings import GithubRecordings  # noqa: PLC0415
    from crossproof.parallel import Stop, all_of  # noqa: PLC0415

    stop = Stop()
    target = Target(runner.context.workspace, inputs.path)
    bench = Bench(target, keep_executable=inputs.preserve_executable, stop=stop)
    repository = inputs.repository or runner.context.repository
    recordings, deliveries = None, None
    if "github" in inputs.order:
        if repository is None:
            raise BadCall([Fault("repository", "is required outside a workflow run")])
        api, pools = github(inputs, runner, repository), Pools(MOST_AT_ONCE)
        links = api.reading_by(PooledReads(api.base_url, pools))
        recordings = GithubRecordings(api, repository)
        deliveries = GithubDeliveries(links, repository, pools, room=bench.room, stop=stop)
    return World(
        recordings=recordings,
        deliveries=deliveries,
        open_store=partial(_store, inputs, runner) if inputs.s3_bucket else None,
        bench=bench,
        together=partial(all_of, stop=stop),
        clock=clock(),
        say=runner.console.line,
        report=place,
        repository=repository,
    )


def archive_artifacts(
    inputs: "archive_action.Inputs",
    runner: Runner,
    place: ReportFiles | None,  # noqa: ARG001
) -> "archive_action.World":
    """Give archive-artifacts GitHub, the store, and the workspace's directories."""
    from crossproof import __version__  # noqa: PLC0415
    from crossproof.actions.archive_artifacts import World  # noqa: PLC0415
    from crossproof.archive.evidence import Archiver  # noqa: PLC0415
    from crossproof.artifacts.delivery import MOST_AT_ONCE  # noqa: PLC0415
    from crossproof.artifacts.zip_contents import read_contents  # noqa: PLC0415
    from crossproof.files.bench import Bench, Target  # noqa: PLC0415
    from crossproof.files.folder import leaves, packed  # noqa: PLC0415
    from crossproof.files.unpacking import listed  # noqa: PLC0415
    from crossproof.github.deliveries import GithubDeliveries  # noqa: PLC0415
    from crossproof.github.pooled import PooledReads, Pools  # noqa: PLC0415
    from crossproof.github.recordings import GithubRecordings  # noqa: PLC0415
    from crossproof.parallel import Stop, all_of  # noqa: PLC0415

    context, stop = runner.context, Stop()
    bench = Bench(Target(context.workspace, "."), keep_executable=False, stop=stop)
    repository = inputs.repository or context.repository
    recordings, deliveries, this_run = None, None, None
    if repository:
        api, pools = github(inputs, runner, repository), Pools(MOST_AT_ONCE)
        links = api.reading_by(PooledReads(api.base_url, pools))
        recordings = GithubRecordings(api, repository)
        deliveries = GithubDeliveries(links, repository, pools, room=bench.room, stop=stop)
        if context.repository and context.run_id:
            this_run = GithubRecordings(api, context.repository).this_run(context.run_id)
    directory = inputs.s3_bucket.startswith(DIRECTORY)
    return World(
        recordings=recordings,
        deliveries=deliveries,
        open_store=partial(_store, inputs, runner, writing=True, locked_days=inputs.object_lock),
        open_bucket=None if directory else partial(_bucket, inputs, runner),
        bench=bench,
        look=lambda content: listed(content, read_contents(content, most_bytes=_LARGEST_LOOKED_INTO), stop),
        leaves=partial(leaves, context.workspace),
        pack=lambda files: packed(files, bench.path("packed.zip")),
        together=partial(all_of, stop=stop),
        clock=clock(),
        say=runner.console.line,
        this_run=this_run,
        repository=context.repository,
        archiver=Archiver(action="archive-artifacts", version=__version__, run_url=context.run_url),
    )


def _bucket(inputs: "archive_action.Inputs", runner: Runner) -> "S3Bucket":
    from crossproof.aws.bucket import S3Bucket  # noqa: PLC0415

    return S3Bucket(_s3(inputs, runner), inputs.s3_bucket)


def _s3(inputs: "fetch_action.Inputs | archive_action.Inputs", runner: Runner) -> "Aws":
    opened = aws(inputs, runner)
    return replace(opened, endpoint=inputs.s3_endpoint) if inputs.s3_endpoint else opened


def _store(
    inputs: "fetch_action.Inputs | archive_action.Inputs",
    runner: Runner,
    *,
    writing: bool = False,
    locked_days: int = 0,
) -> "ObjectStore":
    """Open the place where evidence is kept: a directory, or a bucket as whoever `aws_role` says."""
    bucket = inputs.s3_bucket or ""
    if bucket.startswith(DIRECTORY):
        from crossproof.files.object_store import FileStore  # noqa: PLC0415

        return FileStore(runner.context.workspace / bucket.removeprefix(DIRECTORY) / inputs.s3_prefix)
    from crossproof.aws.s3 import S3Store  # noqa: PLC0415

    until = clock().now() + timedelta(days=locked_days) if locked_days else None
    store = S3Store(_s3(inputs, runner), bucket, inputs.s3_prefix, clock=clock(), locked_until=until)
    if inputs.s3_endpoint and writing:
        store.prove_conditions()
    return store


def dispatch_and_wait(inputs: "DispatchInputs", runner: Runner, _: ReportFiles | None) -> "dispatch_action.World":
    """Connect a dispatch to GitHub, to the log and to its own post step."""
    from crossproof.actions.dispatch_and_wait import Here, World  # noqa: PLC0415
    from crossproof.github.commit_statuses import GithubStatuses  # noqa: PLC0415

    context = runner.context
    api = github(inputs, runner, inputs.repository or context.repository)
    return World(
        here=Here(
            repository=context.repository,
            sha=_head_sha(runner),
            run_id=context.run_id or 0,
            attempt=context.run_attempt,
            job=context.job,
            step=context.step,
            server_url=context.server_url,
        ),
        outside=_outside(api, runner, cancels=inputs.cancel_on_cancel),
        statuses=GithubStatuses(api),
        remember=runner.files.state,
    )


def receive_results(inputs: "receive_action.Inputs", runner: Runner, _: ReportFiles | None) -> "receive_action.World":
    """Connect a receiver to GitHub, and to the event that started it."""
    from crossproof.actions.receive_results import World  # noqa: PLC0415

    return World(
        outside=_outside(github(inputs, runner, inputs.repository), runner, cancels=False),
        event=runner.context.event,
        here=runner.context.repository,
        server_url=runner.context.server_url,
    )


def _outside(api: "Api", runner: Runner, *, cancels: bool) -> "Outside":
    """Put together what a dispatch touches; without cancelling there is nothing for a post step to know."""
    from crossproof.dispatch.journal import STATE, Journal  # noqa: PLC0415
    from crossproof.dispatch.ports import Outside  # noqa: PLC0415
    from crossproof.github.run_yield import GithubYield  # noqa: PLC0415
    from crossproof.github.runs import GithubRuns  # noqa: PLC0415
    from crossproof.github.workflows import GithubWorkflows  # noqa: PLC0415
    from crossproof.runner.cancellation import FLUSHED_BY  # noqa: PLC0415

    workflows, runs = GithubWorkflows(api), GithubRuns(api)
    return Outside(
        targets=workflows,
        starts=workflows,
        runs=runs,
        view=runs,
        control=runs,
        yields=GithubYield(api),
        spending=api.counted,
        time=clock(),
        tell=runner.console,
        output=runner.files.output,
        known=lambda name, url: None,  # noqa: ARG005
        journal=Journal((lambda text: runner.files.state(STATE, text)) if cancels else (lambda text: None)),  # noqa: ARG005
        undisturbed=runner.cancellation.held,
        randomness=os.urandom,
        seconds_left=lambda: runner.cancellation.seconds_left(FLUSHED_BY),
    )


def _head_sha(runner: Runner) -> str:
    """Name the commit that a person means: of a pull request its head, not the merge that GitHub tries out."""
    if not runner.context.event_name.startswith("pull_request") or not runner.context.event_path:
        return runner.context.sha
    pull = runner.context.event().get("pull_request")
    head = pull.get("head") if isinstance(pull, dict) else None
    return str(head.get("sha") or runner.context.sha) if isinstance(head, dict) else runner.context.sha


_WORLDS: dict[str, Callable[[Any, Runner, ReportFiles | None], Any]] = {
    "doctor": doctor,
    "fetch-artifacts": fetch_artifacts,
    "dispatch-and-wait": dispatch_and_wait,
    "receive-results": receive_results,
    "archive-artifacts": archive_artifacts,
}
