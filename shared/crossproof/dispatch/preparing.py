"""Finds out what a request will meet at its target, and refuses it with every fault before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crossproof.dispatch import preflight
from crossproof.dispatch.correlation import Expected
from crossproof.dispatch.ports import Targets
from crossproof.dispatch.preflight import Workflow
from crossproof.dispatch.request import Request, SendEvent, StartWorkflow
from crossproof.dispatch.token import Key
from crossproof.dispatch.workflow_file import CORRELATION_INPUT, OUR_INPUTS, WorkflowFile
from crossproof.errors import Fault, NoAccess, Unreachable
from crossproof.probe import Absent, Present, Probe, Unknown

_FILE = (".yml", ".yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What of the call decides how a target must be made."""

    look: bool = True  # `preflight`
    must_echo: bool = False  # an idempotency key is only worth something where the token shows
    calls_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One target, ready to be started."""

    name: str
    request: Request  # complete: nothing is left to a default
    key: Key
    expected: tuple[Expected, ...] | None = None  # None: nobody could say which workflows it starts
    branch: str = ""  # on which its runs will be; empty where that is not known
    takes: frozenset[str] = (
        frozenset()
    )  # of our own inputs, those that the workflow declares and the caller leaves free
    notices: tuple[str, ...] = ()

    @property
    def sends_token(self) -> bool:
        """Whether the token reaches the child at all."""
        return isinstance(self.request, SendEvent) or CORRELATION_INPUT in self.takes

    @property
    def list_of(self) -> str:
        """Name the workflow whose list of runs is read; empty for the list of the whole repository."""
        alone = self.expected[0] if self.expected and len(self.expected) == 1 else None
        return alone.path.rpartition("/")[2] if alone else ""


def prepare(name: str, request: Request, key: Key, wishes: Wishes, targets: Targets) -> tuple[Plan, Sequence[Fault]]:
    """Make the plan for one target, with whatever is wrong with it. Trouble on the way is raised."""
    faults = preflight.faults_of(request)
    if faults:
        return Plan(name=name, request=request, key=key), faults
    match request:
        case StartWorkflow():
            if not request.ref:
                request = replace(request, ref=targets.default_branch(request.repository))
            return _for_workflow(
                Plan(name=name, request=request, key=key, branch=_short(request.ref)), request, wishes, targets
            )
        case SendEvent():
            return _for_event(Plan(name=name, request=request, key=key), request, wishes, targets)


def _for_workflow(plan: Plan, request: StartWorkflow, wishes: Wishes, targets: Targets) -> tuple[Plan, Sequence[Fault]]:
    if not wishes.look:
        return replace(plan, expected=_by_name(request.workflow, certain=True)), []
    workflow = _found(targets.workflow(request.repository, request.workflow, request.ref))
    if isinstance(workflow, Fault):
        return plan, [workflow]
    faults = preflight.check_workflow(request, workflow, must_echo=wishes.must_echo, calls_back=wishes.calls_back)
    file = _file(workflow)
    plan = replace(
        plan,
        request=replace(request, workflow=workflow.path.rpartition("/")[2]),
        expected=(preflight.expected_of(workflow, request.event),),
        takes=frozenset(OUR_INPUTS) & set(file.inputs if file else ()) - set(request.inputs),
        notices=_unread([workflow]),
    )
    return plan, faults


def _for_event(plan: Plan, request: SendEvent, wishes: Wishes, targets: Targets) -> tuple[Plan, Sequence[Fault]]:
    if not wishes.look:
        return replace(plan, expected=_by_name(request.workflow, certain=False)), []
    named = _found(targets.workflow(request.repository, request.workflow, "")) if request.workflow else None
    if isinstance(named, Fault):
        return plan, [named]
    there = [named] if named else targets.workflows(request.repository)
    active = [each for each in there if each.active]
    if notices := _unread(active):
        faults = preflight.unread_faults(notices[0]) if wishes.must_echo else []
        return replace(plan, expected=_by_name(request.workflow, certain=False), notices=notices), faults
    files = [(each, file) for each in active if (file := _file(each))]
    listening = [each for each, file in files if file.hears_event(request.event_type)]
    heard = [kind for _, file in files for kind in file.hears or ()]
    expected = tuple(preflight.expected_of(each, request.event, request.event_type) for each in listening)
    return replace(plan, expected=expected), preflight.check_event(
        request, listening, heard, must_echo=wishes.must_echo
    )


def _unread(workflows: Sequence[Workflow]) -> tuple[str, ...]:
    """Say which files could not be read for want of a permission; any other trouble is no reason to go on blindly."""
    said: list[str] = []
    for each in workflows:
        if isinstance(each.file, Unknown):
            if each.file.error and not isinstance(each.file.error, NoAccess):
                raise each.file.error
            said.append(f"{each.path} could not be read, so the request was not checked against it: {each.file.why}")
    return tuple(said)


def _found(workflow: Probe[Workflow]) -> Workflow | Fault:
    match workflow:
        case Present(found):
            return found
        case Absent(proof):
            return Fault("workflow", proof)
        case Unknown(why, fix, error):
            raise error or Unreachable(why, fix=fix)


def _file(workflow: Workflow) -> WorkflowFile | None:
    return workflow.file.value if isinstance(workflow.file, Present) else None


def _by_name(workflow: str, *, certain: bool) -> tuple[Expected, ...] | None:
    """Without a look only a file name says where the runs will be."""
    path = f".github/workflows/{workflow.rpartition('/')[2]}"
    return (Expected(path=path, certain=certain),) if workflow.endswith(_FILE) else None


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
