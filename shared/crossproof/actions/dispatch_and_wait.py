"""dispatch-and-wait: starts a run in another repository, finds exactly that run, waits, brings back what it said."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from crossproof.actions.dispatch_contract import Inputs, Mode, Outputs
from crossproof.dispatch import aftermath, endings, journal, reading, statuses, summary, telling
from crossproof.dispatch.campaign import Campaign
from crossproof.dispatch.correlation import Method
from crossproof.dispatch.ports import CommitStatuses, Outside
from crossproof.dispatch.preflight import Refusal
from crossproof.dispatch.preparing import Plan, Wishes, prepare
from crossproof.dispatch.pursuit import Rules
from crossproof.dispatch.reading import Asked
from crossproof.dispatch.record import TargetRecord, target_record
from crossproof.dispatch.request import Request
from crossproof.dispatch.results import RunResult, TargetResult
from crossproof.dispatch.starting import Parent, Policy
from crossproof.dispatch.statuses import Place, Statuses
from crossproof.dispatch.together import all_together
from crossproof.dispatch.token import Key
from crossproof.dispatch.vigil import Terms
from crossproof.errors import BadCall, Cancelled, CrossproofError, Fault
from crossproof.outcome import Annotation, Outcome, Subject
from crossproof.page import Page
from crossproof.report.markdown import code, table
from crossproof.units import RepoRef, RunId
from crossproof.verdict import DRY_RUN, Exit, Verdict

PAGE = Page(
    title="Crossproof dispatch and wait",
    promise="Exactly the run that this step started (or joined) ended with a conclusion that counts as success.",
    icon="send",
    color="green",
    post=True,
)
REASONS = (
    endings.SUCCEEDED,
    endings.CHILD_FAILED,
    endings.CHILD_TIMED_OUT,
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
    endings.AMBIGUOUS,
    endings.LOST_DISPATCH,
    endings.DELETED,
    endings.REPOSITORY_GONE,
    endings.TOKEN_EXPIRED,
    endings.PREFLIGHT,
    endings.REJECTED,
    endings.DISPATCHED,
    endings.DETACHED,
    endings.STOPPED,
    DRY_RUN,
)
_SEARCHED_FOR = 60.0  # by `mode: dispatch`, for a run whose id GitHub does not give


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the report adds to the envelope."""

    targets: Sequence[TargetRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The job that asks."""

    repository: RepoRef | None
    sha: str
    run_id: int
    attempt: int
    job: str
    step: str
    server_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What this action works through."""

    here: Here
    outside: Outside
    statuses: CommitStatuses
    remember: Callable[[str, str], None]  # for the post step


def aim(inputs: Inputs) -> str:
    """Say first what will be proven."""
    where = inputs.repository or "the current repository"
    match inputs.mode:
        case Mode.WAIT:
            return f"dispatch-and-wait: does run {inputs.run_id} of {where} succeed?"
        case Mode.CANCEL:
            return f"dispatch-and-wait: cancel run {inputs.run_id} of {where}"
        case Mode.BOTH | Mode.DISPATCH:
            what = (
                f"{len(inputs.targets)} targets"
                if inputs.targets
                else f"{inputs.workflow or inputs.event_type} of {where}"
            )
            asked = "does exactly the run that this starts succeed?" if inputs.mode is Mode.BOTH else "only start it"
            return f"dispatch-and-wait: {what}: {asked}"


def run(inputs: Inputs, world: World) -> Outcome:
    """Do what the mode says; a cancellation on the way ends what was started."""
    try:
        match inputs.mode:
            case Mode.WAIT:
                return _wait(inputs, world)
            case Mode.CANCEL:
                return _cancel(inputs, world)
            case Mode.BOTH | Mode.DISPATCH:
                return _dispatch(inputs, world)
    except Cancelled:
        if inputs.cancel_on_cancel:
            aftermath.abandon(world.outside)
        raise


def clean_up(inputs: Inputs, world: World, state: Mapping[str, str]) -> None:
    """Finish what a kill cut off: end the runs that are ours, and leave no status pending."""
    statuses.settle(state.get(statuses.STATE, ""), world.statuses)
    if inputs.cancel_on_cancel:
        aftermath.finish(journal.read(state.get(journal.STATE, "")), world.outside)


def _dispatch(inputs: Inputs, world: World) -> Outcome:
    plans = _plans(inputs, world)
    for notice in (notice for plan in plans for notice in plan.notices):
        world.outside.tell.warning(notice, title="Not checked beforehand")
    if inputs.dry_run:
        return _only_planned(plans)
    with _status_kept(inputs, world, [plan.name for plan in plans]) as (outside, kept):
        campaign = Campaign(_rules(inputs, world, alone=len(plans) == 1), outside, fail_fast=inputs.fail_fast)
        for plan in plans:
            campaign.start(plan)
        if inputs.mode is Mode.BOTH:
            return _outcome(campaign.carry_through(), world, kept)
        if not inputs.callback_event:
            campaign.search_for(_SEARCHED_FOR)
        return _outcome(campaign.leave(endings.DISPATCHED), world, kept)


def _wait(inputs: Inputs, world: World) -> Outcome:
    repository = _repository(inputs, world)
    with _status_kept(inputs, world, [str(repository)]) as (outside, kept):
        campaign = Campaign(_rules(inputs, world, alone=True), outside)
        campaign.watch(str(repository), repository, RunId(inputs.run_id or 0))
        return _outcome(campaign.carry_through(), world, kept)


def _cancel(inputs: Inputs, world: World) -> Outcome:
    repository, run_id = _repository(inputs, world), RunId(inputs.run_id or 0)
    if inputs.dry_run:
        planned = asdict(Details(targets=[]))
        return Outcome(reason=DRY_RUN, sentence=f"Run {run_id} of {repository} would be cancelled.", details=planned)
    ended = aftermath.see_it_end(repository, run_id, world.outside)
    over = RunResult(
        run_id=run_id,
        url=ended.url,
        run=ended,
        method=Method.GIVEN,
        ours=False,
        reason=endings.STOPPED,
        conclusion=ended.conclusion,
    )
    return _outcome([TargetResult(name=str(repository), repository=repository, request=None, runs=[over])], world, None)


def _plans(inputs: Inputs, world: World) -> list[Plan]:
    """Make every plan before anything is sent, and refuse them together if one is wrong."""
    asked = inputs.targets or (_asked(inputs),)
    made = [reading.request_of(each, inputs.repository or world.here.repository) for each in asked]
    if faults := [each for each in made if isinstance(each, Fault)]:
        raise BadCall(faults)
    requests = [each for each in made if not isinstance(each, Fault)]
    wishes = Wishes(
        look=inputs.preflight,
        must_echo=bool(inputs.idempotency_key) and inputs.preflight,
        calls_back=bool(inputs.callback_event),
    )
    plans: list[Plan] = []
    for name, request in zip(reading.names_of(requests), requests, strict=True):
        plan, wrong = prepare(name, request, _key(inputs, world, name, request), wishes, world.outside.targets)
        plans.append(plan)
        head = f"{name} " if inputs.targets else ""
        faults += [Fault(head + fault.where, fault.what) for fault in wrong]
    if faults:
        raise Refusal(faults, what="Nothing was dispatched: the request cannot work as it is written.")
    return plans


def _key(inputs: Inputs, world: World, name: str, request: Request) -> Key:
    """Name the work: by the caller's key, else by the job, the step and the request; never by the attempt."""
    starts = f"{request.starts}@{name}" if inputs.targets else request.starts
    if inputs.idempotency_key:
        return Key.of_caller(inputs.idempotency_key, repository=request.repository, starts=starts)
    here = world.here
    return Key(
        {
            "from": str(here.repository or ""),
            "run_id": str(here.run_id),
            "job": here.job,
            "step": here.step,
            "matrix": hashlib.sha256(" ".join(inputs.matrix.split()).encode()).hexdigest()[:16],
            "sha": here.sha,
            "repository": str(request.repository).lower(),
            "starts": starts,
        }
    )


def _rules(inputs: Inputs, world: World, *, alone: bool) -> Rules:
    here = world.here
    return Rules(
        parent=Parent(
            repository=str(here.repository or ""),
            run_id=here.run_id,
            attempt=here.attempt,
            callback_event=inputs.callback_event,
        ),
        policy=Policy(on_rerun=inputs.on_rerun, success=inputs.success_conclusions, keyed=bool(inputs.idempotency_key)),
        terms=Terms(
            start_within=inputs.start_timeout.seconds,
            run_within=inputs.timeout.seconds,
            success=inputs.success_conclusions,
            reruns=inputs.rerun_failed,
            log_tail=inputs.log_tail,
        ),
        on_timeout=inputs.on_timeout,
        outputs_artifact=inputs.child_outputs,
        server_url=here.server_url,
        alone=alone,
    )


@contextmanager
def _status_kept(inputs: Inputs, world: World, names: Sequence[str]) -> Iterator[tuple[Outside, Statuses | None]]:
    """Keep the commit's status while the children run, if asked; an error on the way is its end."""
    if not inputs.commit_status or inputs.mode is Mode.DISPATCH:
        yield world.outside, None
        return
    if world.here.repository is None or not world.here.sha:
        raise BadCall([Fault("commit_status", "needs a job of a repository: this is none")])
    kept = Statuses(
        inputs.commit_status,
        Place(world.here.repository, world.here.sha, alone=len(names) == 1),
        world.statuses,
        world.outside.tell,
        lambda entries: world.remember(statuses.STATE, entries),
    )
    for name in names:
        kept.begin(name)
    try:
        yield replace(world.outside, known=kept.running), kept
    except CrossproofError as error:
        for name in names:
            kept.end(name, Verdict.UNPROVEN, error.what, "")
        raise


def _outcome(results: Sequence[TargetResult], world: World, kept: Statuses | None) -> Outcome:
    """Say once what became of it; every surface shows the same."""
    reason = all_together([result.reason for result in results])
    sentence = telling.sentence(results)
    if kept:
        for result in results:
            url = result.runs[0].url if result.runs else ""
            kept.end(result.name, result.reason.verdict, telling.sentence([result]), url)
    cost = f"{world.outside.spending.calls} requests, {world.outside.spending.charged} of them charged"
    remarks = []
    if reason.verdict is not Verdict.PASSED and reason.exit is not Exit.DONE:
        title = f"{reason.word}: {len(results)} targets" if len(results) > 1 else reason.word
        remarks = [Annotation(level="error", title=title, message=f"{sentence}\n{telling.fix(results)}".strip())]
    first = results[0].runs[0].run if results[0].runs else None
    return Outcome(
        reason=reason,
        sentence=sentence,
        outputs={**Outputs().as_texts(), **_texts(telling.outputs(results)), **_spent(world)},
        subject=Subject(
            repository=results[0].repository,
            sha=first.head_sha if first else "",
            ref=first.head_branch if first else "",
        ),
        details=asdict(Details(targets=[target_record(result) for result in results])),
        summary=summary.page(results, f"{cost}; {world.outside.spending.shown}."),
        annotations=remarks,
    )


def _only_planned(plans: Sequence[Plan]) -> Outcome:
    rows = [[code(plan.name), code(plan.request.starts), code(plan.branch), code(_expected(plan))] for plan in plans]
    planned = [
        TargetResult(
            name=plan.name, repository=plan.request.repository, request=plan.request, reason_without_run=DRY_RUN
        )
        for plan in plans
    ]
    return Outcome(
        reason=DRY_RUN,
        sentence=f"{len(plans)} target(s) would be started; nothing was sent.",
        outputs={**Outputs().as_texts(), **_texts(telling.outputs(planned))},
        subject=Subject(repository=plans[0].request.repository),
        details=asdict(Details(targets=[target_record(each) for each in planned])),
        summary=table(("target", "starts", "on", "expected runs"), rows),
    )


def _expected(plan: Plan) -> str:
    return ", ".join(f"{each.path} (token: {each.echo})" for each in plan.expected) if plan.expected else "not known"


def _asked(inputs: Inputs) -> Asked:
    return Asked(
        event=inputs.event or "",
        workflow=inputs.workflow,
        ref=inputs.ref,
        inputs=inputs.inputs,
        event_type=inputs.event_type,
        client_payload=inputs.client_payload,
    )


def _repository(inputs: Inputs, world: World) -> RepoRef:
    repository = inputs.repository or world.here.repository
    if repository is None:
        raise BadCall([Fault("repository", "is required: this is no job of a repository")])
    return repository


def _texts(outputs: Mapping[str, object]) -> Mapping[str, str]:
    return {name: str(value) for name, value in outputs.items()}


def _spent(world: World) -> Mapping[str, str]:
    spending = world.outside.spending
    return {"api_calls": str(spending.calls), "api_calls_charged": str(spending.charged)}
