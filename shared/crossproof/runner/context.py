"""Says where this step runs: which repository, commit, run and job, on which runner, or on nobody's but a laptop."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crossproof.errors import CrossproofError
from crossproof.units import RepoRef, RunId, SecretStr, clip
from crossproof.verdict import BAD_INPUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The job as the runner describes it. A part that the runner did not tell is empty or None."""

    local: bool
    event_name: str
    event_path: str
    repository: RepoRef | None
    sha: str
    ref: str
    ref_name: str
    head_ref: str
    base_ref: str
    run_id: RunId | None
    run_attempt: int
    run_number: int | None
    job: str
    step: str  # its id, or a name that the runner makes up
    workflow: str
    actor: str
    server_url: str
    api_url: str
    graphql_url: str
    workspace: Path
    runner_temp: Path | None
    runner_os: str
    runner_arch: str
    runner_name: str
    runner_environment: str  # "github-hosted" | "self-hosted"
    runner_version: str
    debug: bool
    id_token_url: str
    id_token_secret: SecretStr | None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Context":
        """Read what the runner says. Never fails: a part that is missing is missed by the one who needs it."""

        def say(name: str, default: str = "") -> str:
            return env.get(name, "").strip() or default

        id_token = say("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
        temp = say("RUNNER_TEMP")
        run_id = _number(say("GITHUB_RUN_ID"))
        return cls(
            local=say("GITHUB_ACTIONS") != "true",
            event_name=say("GITHUB_EVENT_NAME"),
            event_path=say("GITHUB_EVENT_PATH"),
            repository=_repository(say("GITHUB_REPOSITORY")),
            sha=say("GITHUB_SHA"),
            ref=say("GITHUB_REF"),
            ref_name=say("GITHUB_REF_NAME"),
            head_ref=say("GITHUB_HEAD_REF"),
            base_ref=say("GITHUB_BASE_REF"),
            run_id=None if run_id is None else RunId(run_id),
            run_attempt=_number(say("GITHUB_RUN_ATTEMPT")) or 1,
            run_number=_number(say("GITHUB_RUN_NUMBER")),
            job=say("GITHUB_JOB"),
            step=say("GITHUB_ACTION"),
            workflow=say("GITHUB_WORKFLOW"),
            actor=say("GITHUB_ACTOR"),
            server_url=say("GITHUB_SERVER_URL", "https://github.com").rstrip("/"),
            api_url=say("GITHUB_API_URL", "https://api.github.com").rstrip("/"),
            graphql_url=say("GITHUB_GRAPHQL_URL", "https://api.github.com/graphql"),
            workspace=Path(say("GITHUB_WORKSPACE", ".")).absolute(),
            runner_temp=Path(temp) if temp else None,
            runner_os=say("RUNNER_OS"),
            runner_arch=say("RUNNER_ARCH"),
            runner_name=say("RUNNER_NAME"),
            runner_environment=say("RUNNER_ENVIRONMENT"),
            runner_version=say("RUNNER_VERSION"),
            debug=say("RUNNER_DEBUG") == "1",
            id_token_url=say("ACTIONS_ID_TOKEN_REQUEST_URL"),
            id_token_secret=SecretStr(id_token) if id_token else None,
        )

    @property
    def run_url(self) -> str:
        """Where a person looks at this attempt of this run; empty outside a runner."""
        if self.repository is None or self.run_id is None:
            return ""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}/attempts/{self.run_attempt}"

    @property
    def head_sha(self) -> str:
        """Name the commit that a person means: of a pull request its head, not the merge that GitHub tries out."""
        if not self.event_name.startswith("pull_request") or not self.event_path:
            return self.sha
        pull = self.event().get("pull_request")
        head = pull.get("head") if isinstance(pull, dict) else None
        return str(head.get("sha") or self.sha) if isinstance(head, dict) else self.sha

    def event(self) -> dict[str, object]:
        """Read what triggered the workflow; fails only here, where somebody needs it."""
        import json  # noqa: PLC0415 - most actions never look at the event

        if not self.event_path:
            raise _no_event("no event file is named", "GITHUB_EVENT_PATH is not set.")
        try:
            data = Path(self.event_path).read_bytes()
        except OSError as fault:
            raise _no_event(f"{fault.strerror or fault}", f"GITHUB_EVENT_PATH = {self.event_path}") from fault
        try:
            event = json.loads(data.decode("utf-8-sig"))
        except (UnicodeDecodeError, ValueError, RecursionError) as fault:
            kind = "it is not UTF-8" if isinstance(fault, UnicodeDecodeError) else "it is no JSON"
            raise _no_event(kind, f"{clip(self.event_path)}: {fault}") from fault
        if not isinstance(event, dict):
            raise _no_event("it holds no JSON object", f"{clip(self.event_path)} holds a {type(event).__name__}")
        return event


def _no_event(because: str, seen: str) -> CrossproofError:
    return CrossproofError(
        f"The event that started this workflow cannot be read: {because}.",
        why="The runner writes it to the file that GITHUB_EVENT_PATH names; outside a runner there is none.",
        seen=seen,
        fix="Give the value as an input instead of leaving it to the event; in a job, let no step write to that file.",
        anchor="event",
        reason=BAD_INPUT,
    )


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,19}", text, re.ASCII) else None


def _repository(text: str) -> RepoRef | None:
    try:
        return RepoRef.parse(text)
    except ValueError:
        return None
