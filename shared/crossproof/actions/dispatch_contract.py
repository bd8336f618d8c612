"""What dispatch-and-wait takes and what it tells: its contract with callers, and which calls contradict themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crossproof.actions.access import GithubAccess, Reporting
from crossproof.dispatch import reading
from crossproof.dispatch.earlier import OnRerun
from crossproof.dispatch.judging import ALLOWED_AS_SUCCESS
from crossproof.dispatch.pursuit import OnTimeout
from crossproof.dispatch.reading import Asked
from crossproof.errors import Fault
from crossproof.runner import inputs as given
from crossproof.runner import outputs as told
from crossproof.units import Duration, RepoRef, clip, flag, one_of, text, whole, words

_MOST_RERUNS = 50  # GitHub's own limit


class Mode(StrEnum):
    """What is asked for."""

    BOTH = "dispatch-and-wait"
    DISPATCH = "dispatch"
    WAIT = "wait"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs(GithubAccess, Reporting):
    """What to start, how long to wait, and what to bring back."""

    repository: RepoRef | None = given.optional(
        "Where the run is started, `owner/name`; by default the current repository.", read=RepoRef.parse
    )
    event: str | None = given.optional(
        "What is sent: `workflow_dispatch` or `repository_dispatch`; by default the one that fits the other inputs.",
        read=reading.event,
    )
    workflow: str = given.optional(
        "The workflow by file name, id or name. For repository_dispatch: the only one to wait for, of all that listen.",
        read=text,
        default="",
    )
    ref: str = given.optional(
        "Branch or tag to start the workflow on (never a commit); by default the target's default branch.",
        read=text,
        default="",
    )
    inputs: Mapping[str, str] | None = given.optional(
        "Inputs of the workflow, as a JSON or YAML map; each value is sent as it is written.", read=reading.inputs
    )
    event_type: str = given.optional("Type of the repository_dispatch event.", read=text, default="")
    client_payload: Mapping[str, object] | None = given.optional(
        "Payload of the event, as a JSON or YAML map of at most 9 keys. Our own data goes under the key `dispatch`.",
        read=reading.payload,
    )
    targets: tuple[Asked, ...] | None = given.optional(
        "Several targets in one step: a JSON or YAML list of maps with the keys `name`, `repository`, `event`, "
        "`workflow`, `ref`, `inputs`, `event_type`, `client_payload`.",
        read=reading.targets,
    )
    run_id: int | None = given.optional("The run that `mode: wait` and `mode: cancel` are about.", read=whole(1, 2**63))
    mode: Mode = given.optional(
        "What to do: `dispatch-and-wait`, `dispatch` (end at once), `wait` (for `run_id`) or `cancel` (`run_id`).",
        read=one_of(Mode),
        default="dispatch-and-wait",
    )
    timeout: Duration = given.optional(
        "How long a run may take once it left the queue, such as `90s`, `15m` or `1h30m`.",
        read=Duration.parse,
        default="60m",
    )
    start_timeout: Duration = given.optional(
        "How long a run may take to appear and to leave the queue.", read=Duration.parse, default="15m"
    )
    on_timeout: OnTimeout = given.optional(
        "What becomes of the run then: `fail` (it goes on, this step is red), `cancel`, or `detach` (not red).",
        read=one_of(OnTimeout),
        default="fail",
    )
    success_conclusions: tuple[str, ...] = given.optional(
        "Conclusions that count as success: `success`, and if wanted `neutral` and `skipped`.",
        read=words,
        default="success",
    )
    rerun_failed: int = given.optional(
        "How often the failed jobs of the child are run again before its failure counts.",
        read=whole(0, _MOST_RERUNS),
        default="0",
    )
    idempotency_key: str = given.optional(
        "One child per key (say, a commit): whoever asks again joins it. The child must show the token in `run-name`.",
        read=text,
        default="",
    )
    on_rerun: OnRerun = given.optional(
        "When this work was started before: `rerun-failed` (reuse a success, join a running one, run failed jobs "
        "again), `attach` (its result counts, whatever it is) or `new`.",
        read=one_of(OnRerun),
        default="rerun-failed",
    )
    child_outputs: str = given.optional(
        "Name of the child's artifact that holds one JSON object of texts.", read=text, default="dispatch-outputs"
    )
    log_tail: int = given.optional(
        "How many last lines of each failed job's log are shown.", read=whole(0, 1000), default="50"
    )
    commit_status: str = given.optional(
        "Keeps a commit status `crossproof/<this>` on the current commit: pending, then the result. Off by default.",
        read=text,
        default="",
    )
    callback_event: str = given.optional(
        "With `mode: dispatch`: the event type by which the child calls back (see receive-results).",
        read=text,
        default="",
    )
    fail_fast: bool = given.optional(
        "With several targets: cancel the others as soon as one failed.", read=flag, default="false"
    )
    cancel_on_cancel: bool = given.optional(
        "Cancel the run that this step started when this step is cancelled.", read=flag, default="true"
    )
    preflight: bool = given.optional(
        "Check the request against the target before anything is sent.", read=flag, default="true"
    )
    dry_run: bool = given.optional("Only check, and show what would be sent.", read=flag, default="false")
    matrix: str = given.optional(
        "What tells this job from its matrix siblings; leave it as it is.",
        read=text,
        default="",
        in_action="${{ toJSON(matrix) }}",
    )

    def faults(self) -> Sequence[Fault]:
        """What contradicts itself is refused as a whole."""
        found = list(self.access_faults())
        by_run = self.mode in (Mode.WAIT, Mode.CANCEL)
        alone = ("workflow", "event_type", "event", "ref", "inputs", "client_payload")
        said = [name for name in alone if getattr(self, name)]
        if self.targets and said:
            found.append(Fault(said[0], "does not go with `targets`: say it for each target"))
        if by_run and not self.run_id:
            found.append(Fault("run_id", f"is required with `mode: {self.mode}`"))
        if by_run and (self.targets or said):
            found.append(Fault("targets" if self.targets else said[0], f"does not go with `mode: {self.mode}`"))
        if self.run_id and not by_run:
            found.append(Fault("run_id", f"goes with `mode: wait` or `mode: cancel`, not with `mode: {self.mode}`"))
        return found + self._contradictions()

    def _contradictions(self) -> list[Fault]:
        found: list[Fault] = []
        odd = [each for each in self.success_conclusions if each not in ALLOWED_AS_SUCCESS]
        if odd or not self.success_conclusions:
            allowed = ", ".join(ALLOWED_AS_SUCCESS)
            found.append(
                Fault("success_conclusions", f"{clip(', '.join(odd))} cannot count as success; only {allowed}")
            )
        if self.callback_event and self.mode is not Mode.DISPATCH:
            found.append(Fault("callback_event", "goes with `mode: dispatch`: who waits needs no callback"))
        if self.idempotency_key and self.on_rerun is OnRerun.NEW:
            found.append(Fault("on_rerun", "`new` contradicts `idempotency_key`, which means one child per key"))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs(told.Outputs):
    """What later steps may read; of a single target, unless said otherwise."""

    run_id: str = told.says("The run's id, set the moment it is known.")
    run_url: str = told.says("The run's page, set the moment it is known.")
    run_attempt: str = told.says("The attempt that counted.")
    run_number: str = told.says("The run's number within its workflow.")
    status: str = told.says("The run's last status, such as `completed`.")
    conclusion: str = told.says("The run's conclusion, as GitHub says it.")
    correlation_id: str = told.says("The token that was sent along, or that the run shows which was joined.")
    correlation_method: str = told.says(
        "How the run was recognised: `returned-id`, `token-in-title`, `token-in-jobs`, `elimination` or `given`."
    )
    head_sha: str = told.says("The commit of the child's repository that was run.")
    queued_seconds: str = told.says("How long the run waited in the queue.")
    duration_seconds: str = told.says("How long the run took after that.")
    jobs: str = told.says("JSON list of the jobs: `[{id, name, conclusion, url}]`.", default="[]")
    failed_jobs: str = told.says("The same of those that failed.", default="[]")
    artifacts: str = told.says("JSON list of the artifacts: `[{id, name, size, digest, expired}]`.", default="[]")
    child_outputs: str = told.says(
        "The child's outputs as a JSON object of texts; with several targets one such object per target name.",
        default="{}",
    )
    targets: str = told.says("JSON list with all of the above for every target and each of its runs.", default="[]")
    api_calls: str = told.says("How many requests were made to GitHub; empty if the step ended before it could say.")
    api_calls_charged: str = told.says("How many of them counted against the rate limit.")
