"""Starts the work of one plan: looks for what was started before, then sends the one request that can start it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeAlias, assert_never

from crossproof.dispatch.correlation import Echo, Expected, Search
from crossproof.dispatch.earlier import Attach, OnRerun, RunFailedAgain, StartNew, resume, runs_of
from crossproof.dispatch.endings import REJECTED
from crossproof.dispatch.journal import Entry, Phase
from crossproof.dispatch.pace import History, history_of
from crossproof.dispatch.ports import Listing, Outside
from crossproof.dispatch.preflight import OURS
from crossproof.dispatch.preparing import Plan
from crossproof.dispatch.request import SendEvent, StartWorkflow
from crossproof.dispatch.sending import (
    Accepted,
    Later,
    OlderForm,
    Refused,
    Reply,
    Sent,
    Silence,
    Unclear,
    moved,
    read_reply,
)
from crossproof.dispatch.workflow_file import CALLBACK_EVENT_INPUT, CALLBACK_REPOSITORY_INPUT, CORRELATION_INPUT
from crossproof.errors import CrossproofError
from crossproof.units import RunId
from crossproof.verdict import BAD_INPUT

LOOKED_BACK = 300  # runs of one workflow: three requests, and weeks or months of a usual one
_SKEW = timedelta(seconds=5)  # between the clocks behind `Date` and `created_at`
_CREATED_WITHIN = timedelta(seconds=30)  # of the answer; what comes later is somebody else's
_PATIENCE = 120.0  # for a request that provably did not start anything


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """Who starts: what goes along with the token, and whether this can be a repetition."""

    repository: str
    run_id: int
    attempt: int
    sha: str = ""
    callback_event: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A request was sent, and this is how to recognise what it started."""

    plan: Plan
    search: Search
    run_id: RunId | None  # where GitHub gave it
    page: str = ""  # of that run
    history: History
    shown: str = ""  # of an answer that left it unclear whether anything was started


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The work was there already: these runs of it count, and are not ours to cancel unless we have them run again."""

    plan: Plan
    runs: tuple[Attach | RunFailedAgain, ...]
    missing: tuple[str, ...]  # workflows that were started with them, and whose runs are not there
    history: History


Start: TypeAlias = Begun | Joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the call says about work that was started before."""

    on_rerun: OnRerun
    success: Collection[str]
    keyed: bool  # the caller gave an idempotency key


Known = Callable[[RunId, str], None]


def start(plan: Plan, parent: Parent, policy: Policy, outside: Outside, *, known: Known) -> Start:
    """Start one plan, or join what it started before; `known` is told of the run and its page at once."""
    looks_back = policy.keyed or (parent.attempt > 1 and policy.on_rerun is not OnRerun.NEW)
    listing = _read(plan, outside, LOOKED_BACK if looks_back else 100)
    history = history_of(listing.runs) if plan.list_of else History()
    if looks_back:
        if joined := _joined(plan, listing, policy, history):
            return joined
        outside.tell.line(_not_found(plan, listing))
    return _send_once(plan, parent, listing, history, outside, known)


def _joined(plan: Plan, listing: Listing, policy: Policy, history: History) -> Joined | None:
    """Take up the work where it stands, each workflow that it started by itself."""
    same = [run for run in runs_of(plan.key, listing.runs) if run.event == plan.request.event]
    paths = [each.path for each in plan.expected] if plan.expected else list(dict.fromkeys(run.path for run in same))
    runs: list[Attach | RunFailedAgain] = []
    missing: list[str] = []
    for path in paths:
        match resume([run for run in same if run.path == path], policy.on_rerun, policy.success):
            case StartNew():
                missing.append(path)
            case resumed:
                runs.append(resumed)
    return Joined(plan=plan, runs=tuple(runs), missing=tuple(missing), history=history) if runs else None


def _send_once(plan: Plan, parent: Parent, listing: Listing, history: History, outside: Outside, known: Known) -> Begun:
    token = plan.key.token(outside.randomness(16))
    after = max((run.id for run in listing.runs), default=RunId(0))
    entry = Entry(
        repository=str(plan.request.repository),
        phase=Phase.SENDING,
        token=token,
        event=plan.request.event,
        workflow=plan.list_of,
        paths=tuple(each.path for each in plan.expected or ()),
        after=after,
    )
    plan, sent = _send(plan, parent, entry, outside, known)
    search = Search(
        token=token,
        event=plan.request.event,
        after=after,
        not_before=listing.at - _SKEW if listing.at else None,
        not_after=sent.at + _CREATED_WITHIN if sent.at else None,
        sent_at=outside.time.monotonic(),
        expected=plan.expected if plan.sends_token or not plan.expected else _silent(plan.expected),
        branch=plan.branch or None,
        actor=_actor(plan, sent, outside),
        accepted=isinstance(sent, Accepted),
    )
    match sent:
        case Accepted(run_id, _, page):
            return Begun(plan=plan, search=search, run_id=run_id, page=page, history=history)
        case Unclear(shown):
            return Begun(plan=plan, search=search, run_id=None, history=history, shown=shown)
        case _:
            assert_never(sent)


def _send(plan: Plan, parent: Parent, entry: Entry, outside: Outside, known: Known) -> tuple[Plan, Accepted | Unclear]:
    """Send until it is accepted or unclear. It is repeated only where the request before provably started nothing."""
    began, details, followed = outside.time.monotonic(), outside.starts.gives_details, False
    while True:
        with outside.undisturbed():  # a torn request would leave a run that nobody knows the id of
            outside.journal.put(plan.name, entry)
            sent = read_reply(_post(plan, parent, entry.token, outside, details=details), asks_for_details=details)
            _write_down(plan, entry, sent, outside, known)
        match sent:
            case Accepted() | Unclear():
                return plan, sent
            case OlderForm():
                details = False
            case Later(after, error):
                if outside.time.monotonic() - began + after > _PATIENCE:
                    raise error
                outside.tell.line(f"Nothing was sent yet ({error.what}); trying again in {after:.0f} s.")
                outside.time.sleep(after)
            case Refused(_, error):
                name = outside.starts.moved_to(plan.request.repository) if moved(sent) and not followed else None
                if name is None:
                    raise _rejection(error)
                outside.tell.line(
                    f"{plan.request.repository} is now called {name}; nothing was started under the old name."
                )
                plan, followed = replace(plan, request=replace(plan.request, repository=name)), True
                entry = replace(entry, repository=str(name))
            case _:
                assert_never(sent)


def _actor(plan: Plan, sent: Accepted | Unclear, outside: Outside) -> str | None:
    """Ask as whom the run was started, where that may be needed to recognise it."""
    exact = isinstance(sent, Accepted) and sent.run_id is not None
    shows = plan.sends_token and plan.expected and all(each.echo is Echo.TITLE for each in plan.expected)
    return None if exact or shows else outside.targets.login()


def _write_down(plan: Plan, entry: Entry, sent: Sent, outside: Outside, known: Known) -> None:
    match sent:
        case Accepted(None):
            outside.journal.put(plan.name, replace(entry, phase=Phase.SENT))
        case Accepted(int() as number, _, page):
            run_id = RunId(number)
            outside.journal.put(plan.name, replace(entry, phase=Phase.RUNNING, run_id=run_id))
            known(run_id, page)
        case Unclear():
            pass  # as it stands: the post step looks for it
        case _:
            outside.journal.over(plan.name)


def _post(plan: Plan, parent: Parent, token: str, outside: Outside, *, details: bool) -> Reply | Silence:
    request = plan.request
    match request:
        case StartWorkflow():
            ours = {
                CORRELATION_INPUT: token,
                CALLBACK_EVENT_INPUT: parent.callback_event,
                CALLBACK_REPOSITORY_INPUT: parent.repository if parent.callback_event else "",
            }
            inputs = {**request.inputs, **{name: value for name, value in ours.items() if value and name in plan.takes}}
            return outside.starts.start_workflow(
                request.repository, request.workflow, request.ref, inputs, details=details
            )
        case SendEvent():
            payload = {**request.client_payload, OURS: _ours(plan, parent, token)}
            return outside.starts.send_event(request.repository, request.event_type, payload)
        case _:
            assert_never(request)


def _ours(plan: Plan, parent: Parent, token: str) -> Mapping[str, object]:
    """Give the one payload key that is ours: the token for the title, and what a callback needs to be verified."""
    ours: dict[str, object] = {
        "id": token,
        "repo": parent.repository,
        "run_id": parent.run_id,
        "attempt": parent.attempt,
        "key": plan.key.text,
    }
    if parent.callback_event:
        ours["callback"] = {"event": parent.callback_event, "repo": parent.repository}
    return ours


def _rejection(error: CrossproofError) -> CrossproofError:
    """A call that GitHub refuses as written is `rejected`; trouble with access keeps its own name."""
    if error.reason is BAD_INPUT:
        error.reason = REJECTED
    return error


def _silent(expected: Sequence[Expected]) -> tuple[Expected, ...]:
    """The token does not reach the child, so it shows nowhere."""
    return tuple(replace(each, echo=Echo.NONE) for each in expected)


def _read(plan: Plan, outside: Outside, most: int) -> Listing:
    return outside.runs.newest(plan.request.repository, workflow=plan.list_of, most=most)


def _not_found(plan: Plan, listing: Listing) -> str:
    if any(each.echo is not Echo.TITLE for each in plan.expected or ()):
        return "The child shows no token in its title, so a run of an earlier attempt cannot be found; starting one."
    oldest = min((run.created_at for run in listing.runs), default=None)
    span = f"since {oldest:%Y-%m-%d %H:%M} UTC" if oldest else "ever"
    return f"No earlier run of this work among the {len(listing.runs)} runs {span}; starting one."
