"""A job on a runner: its folders on the host, its contexts, and what earlier steps left for later ones."""

import json
import os
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

# The user of GitHub's hosted runners. As root, a workspace of our own would hide every fault of ownership.
OWNER = 1001 if os.geteuid() == 0 else os.getuid()
_GITHUB = {
    "actor": "octocat",
    "actor_id": "583231",
    "api_url": "https://api.github.com",
    "base_ref": "",
    "event_name": "push",
    "graphql_url": "https://api.github.com/graphql",
    "head_ref": "",
    "job": "prove",
    "ref": "refs/heads/main",
    "ref_name": "main",
    "ref_protected": "false",
    "ref_type": "branch",
    "repository": "acme/app",
    "repository_id": "1296269",
    "repository_owner": "acme",
    "repository_owner_id": "9919",
    "retention_days": "90",
    "run_attempt": "1",
    "run_id": "30433642",
    "run_number": "562",
    "server_url": "https://github.com",
    "sha": "c3d0be41ecbe669545ee3e94d31ed9a4bc91ee3c",
    "triggering_actor": "octocat",
    "workflow": "CI",
    "workflow_ref": "acme/app/.github/workflows/ci.yml@refs/heads/main",
    "workflow_sha": "c3d0be41ecbe669545ee3e94d31ed9a4bc91ee3c",
}


@dataclass(kw_only=True)
class Job:
    """One job; `work` is an empty folder of the test, and the rest is what a workflow and GitHub would give it."""

    work: Path
    token: str = "a-token-of-this-job-only"
    github: Mapping[str, str] = field(default_factory=dict)  # over the defaults above
    event: Mapping[str, object] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)  # `${{ secrets.NAME }}`
    env: dict[str, str] = field(default_factory=dict)  # of workflow and job, and what steps export
    id_token_url: str = ""  # of the service that `permissions: id-token: write` opens
    id_token_request_token: str = "a-token-to-ask-for-id-tokens"
    debug: bool = False
    runner_environment: str = "github-hosted"
    runner_os: str = "Linux"
    secrets_known: list[str] = field(default_factory=list)  # to the runner: it blanks them in every step's log
    label: str = field(default_factory=lambda: uuid.uuid4().hex[:6])  # a runner's own; here a job's, to run in parallel
    steps: int = 0
    at_end: ExitStack = field(default_factory=ExitStack)  # ends the steps that a failed test left running

    def __post_init__(self) -> None:
        """Lay the folders out as the runner does, owned by the user it runs as."""
        self.context = {**_GITHUB, "token": self.token, **self.github}
        self.secrets_known += [self.token, self.id_token_request_token, *self.secrets.values()]
        for folder in (self.workspace, self.temp, self.home, self.workflow, self.file_commands):
            folder.mkdir(parents=True)
        (self.workflow / "event.json").write_text(json.dumps(self.event), encoding="utf-8")
        self.hand_over()

    @property
    def workspace(self) -> Path:
        name = self.context["repository"].rpartition("/")[2]
        return self.work / name / name

    @property
    def temp(self) -> Path:
        return self.work / "_temp"

    @property
    def home(self) -> Path:
        return self.temp / "_github_home"

    @property
    def workflow(self) -> Path:
        return self.temp / "_github_workflow"

    @property
    def file_commands(self) -> Path:
        return self.temp / "_runner_file_commands"

    @property
    def contexts(self) -> dict[str, Mapping[str, str]]:
        """What expressions in inputs may name."""
        runner = {"os": "Linux", "arch": "X64", "name": "runner-1", "temp": str(self.temp)}
        return {
            "github": {**self.context, "workspace": str(self.workspace)},
            "secrets": {"GITHUB_TOKEN": self.token, **self.secrets},
            "runner": runner,
            "env": self.env,
        }

    def write(self, path: str, content: str) -> Path:
        """Put a file into the workspace, as a checkout would."""
        file = self.workspace / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        self.hand_over()
        return file

    def hand_over(self) -> None:
        """Make everything the runner's user's, who owns what the runner lays out; without root it already is."""
        if os.geteuid() != 0:
            return
        for folder, _, files in os.walk(self.work):
            for entry in (folder, *(Path(folder) / file for file in files)):
                os.chown(entry, OWNER, -1, follow_symlinks=False)

    def environment(self) -> dict[str, str]:
        """Give GITHUB_*, RUNNER_* and ACTIONS_* with the host's paths."""
        github = {f"GITHUB_{name.upper()}": value for name, value in self.context.items() if name != "token"}
        github |= {"GITHUB_WORKSPACE": str(self.workspace), "GITHUB_EVENT_PATH": str(self.workflow / "event.json")}
        runner = {
            "RUNNER_ARCH": "X64",
            "RUNNER_ENVIRONMENT": self.runner_environment,
            "RUNNER_NAME": "runner-1",
            "RUNNER_OS": self.runner_os,
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_TOOL_CACHE": "/opt/hostedtoolcache",  # not mounted: a path of the host
            "RUNNER_WORKSPACE": str(self.workspace.parent),  # leaks too
        }
        actions = {"ACTIONS_RUNTIME_URL": "https://pipelines.example/", "ACTIONS_RUNTIME_TOKEN": "a-runtime-token"}
        if self.debug:
            runner["RUNNER_DEBUG"] = "1"
        if self.id_token_url:
            actions["ACTIONS_ID_TOKEN_REQUEST_URL"] = self.id_token_url
            actions["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = self.id_token_request_token
        return {"HOME": str(self.home), **github, **runner, **actions}
