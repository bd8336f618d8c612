"""receive-results: verifies what a callback tells of a run, by asking GitHub, and binds the run to the commit."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from crossproof.actions.access import GithubAccess, Reporting
from crossproof.dispatch import endings, reading
from crossproof.dispatch.callback import Binding, Claim, Expectation, Forged, bound_by, mistaken, read_claim
from crossproof.dispatch.campaign import Campaign
from crossproof.dispatch.earlier import OnRerun
from crossproof.dispatch.ports import Outside
from crossproof.dispatch.pursuit import Rules
from crossproof.dispatch.record import RunRecord, run_record
from crossproof.dispatch.results import RunResult
from crossproof.dispatch.runs import Run
from crossproof.dispatch.starting import Parent, Policy
from crossproof.dispatch.telling import ended
from crossproof.dispatch.vigil import Terms
from crossproof.dispatch.waiting import Missing, Refused, Seen
from crossproof.errors import CrossproofError, Fault, NoAccess, Unreachable
from crossproof.outcome import Outcome, Subject
from crossproof.page import Page
from crossproof.probe import Absent, Present, Unknown
from crossproof.report.markdown import code, inline, table
from crossproof.runner import inputs as given
from crossproof.runner import outputs as told
from crossproof.units import Duration, RepoRef, Sha, moment, text
from crossproof.verdict import BAD_INPUT, Reason

PAGE = Page(
    title="Crossproof receive results",
    promise="The run that called back is the expected one, belongs to the commit it names, and ended with success.",
    icon="inbox",
    color="green",
)
REASONS = (
    endings.SUCCEEDED,
    endings.CHILD_FAILED,
    endings.CHILD_TIMED_OUT,
    endings.FORGED_CALLBACK,
    endings.UNBOUND_COMMIT,
    endings.CHILD_CANCELLED,
    endings.SUPERSEDED,
    endings.CHILD_INCONCLUSIVE,
    endings.CHILD_NEEDS_APPROVAL,
    endings.CHILD_DID_NOT_START,
    endings.OUTPUTS_UNREADABLE,
    endings.START_TIMEOUT,
    endings.RUN_TIMEOUT,
    endings.WEDGED,
    endings.NOT_VISIBLE,
    endings.DELETED,
    endings.REPOSITORY_GONE,
    endings.TOKEN_EXPIRED,
)
_BIND = (
    "Let the child show the commit in its title (`run-name: … ${{ github.event.client_payload.commit_sha }}`) or in "
    "the name of an artifact (`logs-${{ github.event.client_payload.commit_sha }}`)."
)
_LOG_LINES = 50
SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs(GithubAccess, Reporting):
    """What is expected: from where, started how, by which workflow."""

    repository: RepoRef = given.required("The repository whose run is expected, `owner/name`.", read=RepoRef.parse)
    workflow: str = given.required("The workflow that is expected, by file name, path or id.", read=text)
    event: str = given.optional(
        "How the run is expected to have been started: `repository_dispatch`, `workflow_dispatch` or `schedule`.",
        read=lambda value: value if value == SCHEDULE else reading.event(value),
        default="repository_dispatch",
    )
    deployed_sha: Sha | None = given.optional(
        "With `schedule`, which no commit asked for: the commit that is deployed.", read=Sha.parse
    )
    deployed_at: datetime | None = given.optional(
        "When it was deployed, as `2026-05-01T12:00:00Z`; a run that began before proves nothing of it.", read=moment
    )
    timeout: Duration = given.optional(
        "How long to wait for the run's end: its callback comes from one of its own jobs, so it still runs.",
        read=Duration.parse,
        default="15m",
    )

    def faults(self) -> Sequence[Fault]:
        """The credentials must be whole, and so must what is known of a deployment."""
        faults = list(self.access_faults())
        if self.event == SCHEDULE:
            for name in ("deployed_sha", "deployed_at"):
                if getattr(self, name) is None:
                    faults.append(
                        Fault(name, "is required with `event: schedule`: such a run is asked for by no commit")
                    )
        return faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs(told.Outputs):
    """What later steps may read; all of it as GitHub says it, but `commit_sha`, which is what the callback names."""

    run_id: str = told.says("The run that called back.")
    run_url: str = told.says("Its page.")
    run_attempt: str = told.says("Its attempt that counted.")
    conclusion: str = told.says("Its conclusion.")
    head_sha: str = told.says("The commit of its own repository that was run.")
    commit_sha: str = told.says(
        "The commit of this repository that it was run for; empty unless the run is bound to it."
    )
    bound_by: str = told.says(
        "What binds the two: `token-in-title`, `commit-in-title`, `artifact-name` or `began-after-deployment`."
    )
    record_key: str = told.says("Key for whatever is recorded of it, `owner/name/run/attempt`: a replay has the same.")
    failed_jobs: str = told.says("JSON list of the jobs that failed: `[{id, name, conclusion, url}]`.", default="[]")
    artifacts: str = told.says("JSON list of its artifacts: `[{id, name, size, digest, expired}]`.", default="[]")
    child_outputs: str = told.says("Its outputs as a JSON object of texts.", default="{}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the report adds to the envelope."""

    commit_sha: str
    bound_by: str
    claimed_status: str
    record_key: str
    run: RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What this action works through."""

    outside: Outside
    event: Callable[[], Mapping[str, object]]  # what triggered this workflow
    here: RepoRef | None
    server_url: str


def aim(inputs: Inputs) -> str:
    """Say first what will be proven."""
    return f"receive-results: does a run of {inputs.workflow} of {inputs.repository} prove what it calls back for?"


def run(inputs: Inputs, world: World) -> Outcome:
    """Find the run, wait for its end, and bind it to the commit; the payload says only where to look."""
    claim = _claim(world)
    world.outside.tell.line(f"the callback names run {claim.run_id} and commit {claim.commit or '(none)'}")
    seen = _seen(inputs, claim, world)
    if forged := mistaken(claim, seen, Expectation(event=inputs.event, workflow=inputs.workflow)):
        raise _error(forged)
    result = _ended(inputs, seen, world)
    if inputs.deployed_sha and inputs.deployed_at and inputs.event == SCHEDULE:
        claim = replace(claim, commit=inputs.deployed_sha)
        binding = Binding.DEPLOYMENT if seen.created_at > inputs.deployed_at else None
    else:
        binding = bound_by(claim, result.run or seen, result.artifacts)
    return _outcome(inputs, claim, result, binding, world)


def _claim(world: World) -> Claim:
    payload = world.event().get("client_payload")
    if not isinstance(payload, Mapping):
        raise CrossproofError(
            "This workflow was not started by a repository_dispatch event with a payload.",
            why="A callback is such an event: its payload names the run.",
            fix="Use this action in a workflow with `on: repository_dispatch`, `types:` the callback's event.",
            anchor="callback",
            reason=BAD_INPUT,
        )
    try:
        return read_claim(payload, str(world.here or ""))
    except ValueError as fault:
        raise _error(Forged(f"the payload cannot be a callback: {fault}")) from None


def _seen(inputs: Inputs, claim: Claim, world: World) -> Run:
    """Look at the run in the repository that is expected, whatever the payload says of another."""
    view = world.outside.view
    sight = view.look(inputs.repository, claim.run_id)
    match sight:
        case Seen(seen):
            return seen
        case Missing(shown):
            match view.repository(inputs.repository):
                case Present(_):
                    raise _error(Forged(f"{inputs.repository} has no run {claim.run_id} ({shown})"))
                case Absent(why) | Unknown(why):
                    raise NoAccess(f"{inputs.repository} cannot be seen.", seen=why, anchor="not-found")
        case Refused(shown):
            raise NoAccess(
                f"Run {claim.run_id} of {inputs.repository} may not be seen.", seen=shown, anchor="permissions"
            )
        case _:
            raise Unreachable(f"Run {claim.run_id} of {inputs.repository} could not be looked at.", seen=sight.shown)


def _ended(inputs: Inputs, seen: Run, world: World) -> RunResult:
    seconds = inputs.timeout.seconds
    rules = Rules(
        parent=Parent(repository=str(world.here or ""), run_id=0, attempt=1),
        policy=Policy(on_rerun=OnRerun.ATTACH, success=("success",), keyed=False),
        terms=Terms(start_within=seconds, run_within=seconds, success=("success",), reruns=0, log_tail=_LOG_LINES),
        outputs_artifact="dispatch-outputs",
        server_url=world.server_url,
    )
    campaign = Campaign(rules, world.outside)
    campaign.watch(str(inputs.repository), inputs.repository, seen.id)
    [target] = campaign.carry_through()
    return target.runs[0]


def _outcome(inputs: Inputs, claim: Claim, result: RunResult, binding: Binding | None, world: World) -> Outcome:
    """A run that is bound to no commit proves nothing of one, good or bad."""
    reason: Reason = result.reason if binding else endings.UNBOUND_COMMIT
    commit = str(claim.commit) if binding else ""
    record = run_record(result)
    key = f"{inputs.repository}/{record.run_id}/{record.run_attempt or ''}"
    said = f"run {record.run_id} of {inputs.repository} {ended(result, result.reason)}"
    named = f"commit {claim.commit.short}" if claim.commit else "no commit at all"
    if binding:
        sentence = f"{said}; it belongs to {named} ({binding})."
    elif inputs.event == SCHEDULE:
        sentence = f"{said}, but it began before {inputs.deployed_at}, when what is live now was deployed."
    else:
        sentence = f"{said}, and nothing binds it to what the callback names: {named}."
    if claim.status and claim.status != record.conclusion:
        world.outside.tell.line(f"the callback says {claim.status!r}; GitHub says {record.conclusion!r}, which counts")
    texts = {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else str(value or "")
        for name, value in asdict(record).items()
        if name in Outputs().as_texts()
    }
    own = Outputs(commit_sha=commit, bound_by=binding or "", record_key=key).as_texts()
    row = [code(str(inputs.repository)), code(inputs.workflow), inline(record.run_url), inline(record.conclusion)]
    head = ("repository", "workflow", "run", "conclusion", "commit", "bound by")
    advice = "" if binding or inputs.event == SCHEDULE else f"\n**Fix:** {inline(_BIND)}\n"
    return Outcome(
        reason=reason,
        sentence=sentence,
        outputs={**own, **texts},
        subject=Subject(repository=world.here, sha=commit),
        details=asdict(
            Details(
                commit_sha=commit,
                bound_by=str(binding or ""),
                claimed_status=claim.status,
                record_key=key,
                run=record,
            )
        ),
        summary=table(head, [[*row, code(str(claim.commit or "")), inline(str(binding or "nothing"))]]) + advice,
    )


def _error(forged: Forged) -> CrossproofError:
    return CrossproofError(
        "The callback does not tell of the expected run.",
        why=f"{forged.why[:1].upper()}{forged.why[1:]}.",
        fix=forged.reason.fix,
        anchor="callback",
        reason=forged.reason,
    )
