"""Gives tiers of tests their machine: the checkout, the event, the engine, and where secrets are kept."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crossproof import wiring
from crossproof.actions.run_tiered_tests import Event, Inputs, World
from crossproof.engine.git import Git
from crossproof.engine.playhouse import Around, EnginePlayhouse
from crossproof.errors import CrossproofError
from crossproof.files.checkout import Workspace
from crossproof.outcome import ReportFiles
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.runner.runner import Runner
from crossproof.tiers.changes import Between
from crossproof.tiers.fetching import ParameterStore
from crossproof.tiers.history import FILE as HISTORY
from crossproof.tiers.history import History
from crossproof.wiring.connections import aws, github

_SELF_HOSTED = "self-hosted"


def world(inputs: Inputs, runner: Runner, place: ReportFiles | None) -> World:
    """Put it together; nothing is asked of anybody yet."""
    context, env = runner.context, dict(os.environ)
    local = context.local or inputs.local
    workspace = Workspace(context.workspace)
    git = Git(context.workspace, env.get("PATH", ""))
    history = workspace.read(HISTORY) if workspace.is_file(HISTORY) else b"{}"
    return World(
        checkout=workspace,
        event=Event(
            name=context.event_name,
            body=context.event,
            sha=_tested(git, context.sha, local=local),
            announced=context.sha,
            ref=context.ref,
            workflow=_workflow(env),
            repository=context.repository,
        ),
        changed=_Changes(git, inputs, runner),
        earlier=lambda: _earlier(inputs, runner),
        parameters=lambda role, region: _parameters(inputs, runner, role, region),
        house=EnginePlayhouse(
            Around(
                environment=env,
                workspace=context.workspace,
                scratch=context.runner_temp or Path(env.get("TMPDIR", "/tmp")) / f"crossproof-{os.getuid()}",  # noqa: S108
                local=local,
                guarded=context.runner_environment == _SELF_HOSTED,
                keep=inputs.keep_infra,
                remember=lambda session: runner.files.state("session", session),
                durations=History.read(history).files,
            )
        ),
        clock=wiring.clock(),
        around=env,
        report=place or wiring.report_files("run-tiered-tests", inputs.report_dir, runner),
        say=runner.console.line,
        show=runner.console.foreign,
        mask=runner.console.mask,
    )


def _tested(git: Git, announced: str, *, local: bool) -> str:
    """Name the commit that is checked out; an event may be about another, and changed files are of none."""
    head = git.head()
    if local and not git.untouched():
        return ""
    return head.value if isinstance(head, Present) else announced


@dataclass(frozen=True, slots=True)
class _Changes:
    """Changed files, of a pull request from GitHub and else from git."""

    git: Git
    inputs: Inputs
    runner: Runner

    def between(self, question: Between) -> Probe[Sequence[str]]:
        return self.git.between(question)

    def of_pull(self, number: int) -> Probe[Sequence[str]]:
        from crossproof.github.pulls import files_of  # noqa: PLC0415 - only where a pull request is tested

        repository = self.runner.context.repository
        if repository is None or not (self.inputs.token or self.inputs.app_id):
            return Unknown("there is no token to ask GitHub with")
        try:
            return files_of(github(self.inputs, self.runner, repository), repository, number)
        except CrossproofError as error:
            return Unknown.of(error)


def _earlier(inputs: Inputs, runner: Runner) -> Probe[str]:
    """Bring the results of earlier attempts, if there were any."""
    context = runner.context
    if context.run_attempt < 2 or context.run_id is None or context.repository is None:  # noqa: PLR2004 - the second
        return Absent("this is the first attempt of this run")
    if not (inputs.token or inputs.app_id):
        return Unknown("there is no token to ask GitHub with")
    from crossproof.wiring.earlier_results import bring_earlier  # noqa: PLC0415 - only where something is resumed

    return bring_earlier(inputs, runner, context.repository, context.run_id)


def _parameters(inputs: Inputs, runner: Runner, role: str, region: str) -> ParameterStore:
    from crossproof.aws.ssm import SsmParameters  # noqa: PLC0415 - 150 ms that tiers without secrets do not pay

    access = replace(inputs, aws_role=role or None, aws_region=region or None)
    return SsmParameters(lambda: aws(access, runner), runner.console.mask)


def _workflow(env: dict[str, str]) -> str:
    """Name the file of the workflow: `owner/name/.github/workflows/ci.yml@refs/heads/main`."""
    path = env.get("GITHUB_WORKFLOW_REF", "").partition("@")[0]
    return path.split("/", 2)[2] if path.count("/") > 1 else ""
