"""Decides whether a request can work at all, before anything is sent; each fault names the nearest thing that would."""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crossproof.dispatch.correlation import Echo, Expected
from crossproof.dispatch.endings import PREFLIGHT
from crossproof.dispatch.request import Request, SendEvent, StartWorkflow
from crossproof.dispatch.workflow_file import CALLBACK_EVENT_INPUT, InputOf, WorkflowFile
from crossproof.errors import BadCall, Fault
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import clip

OURS = "dispatch"  # the one payload key that holds everything of ours
MOST_INPUTS, MOST_KEYS, MOST_CHARACTERS, LONGEST_TYPE = 25, 10, 65_535, 100
_SHA = re.compile(r"[0-9a-fA-F]{40}", re.ASCII)
_TITLE_OF_EVENT = 'run-name: "… [${{ github.event.client_payload.dispatch.id }}]"'
_TITLE_OF_WORKFLOW = 'run-name: "… [${{ inputs.correlation_id }}]"'


class Refusal(BadCall):
    """The request cannot work; nothing was sent."""

    reason = PREFLIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """One workflow of the target: what GitHub lists of it, and what its file says (where that could be read)."""

    id: int
    name: str
    path: str
    state: str
    file: Probe[WorkflowFile]

    @property
    def active(self) -> bool:
        """Whether GitHub would start it."""
        return self.state == "active"


def faults_of(request: Request) -> list[Fault]:
    """Find what is wrong with a request whatever the target is like."""
    match request:
        case StartWorkflow(ref=ref, inputs=inputs):
            found = _ref_faults(ref) + _size_faults("inputs", inputs)
            if len(inputs) > MOST_INPUTS:
                found.append(Fault("inputs", f"has {len(inputs)} entries; GitHub takes at most {MOST_INPUTS}"))
            return found
        case SendEvent(event_type=event_type, client_payload=payload):
            found = _size_faults("client_payload", payload)
            if not 1 <= len(event_type) <= LONGEST_TYPE:
                found.append(Fault("event_type", f"must have 1 to {LONGEST_TYPE} characters"))
            if OURS in payload:
                found.append(Fault("client_payload", f"must leave the key {OURS!r} free: our own data goes there"))
            if len(payload) >= MOST_KEYS:
                keys = (
                    f"has {len(payload)} top-level keys; GitHub takes {MOST_KEYS}, and one is ours. Nest some of them"
                )
                found.append(Fault("client_payload", keys))
            return found


def check_workflow(request: StartWorkflow, workflow: Workflow, *, must_echo: bool, calls_back: bool) -> list[Fault]:
    """Find what the named workflow would refuse; what could not be read refuses nothing."""
    if not workflow.active:
        return [Fault("workflow", f"{workflow.path} is not active ({workflow.state}); enable it on its page first")]
    match workflow.file:
        case Absent(proof):
            return [Fault("ref", f"{clip(request.ref)} holds no {workflow.path}: {proof}")]
        case Unknown(why):
            return unread_faults(why) if must_echo else []
        case Present(file):
            return _file_faults(request, workflow.path, file, must_echo=must_echo, calls_back=calls_back)


def _file_faults(
    request: StartWorkflow, path: str, file: WorkflowFile, *, must_echo: bool, calls_back: bool
) -> list[Fault]:
    if not file.dispatchable:
        has = f"only {', '.join(file.triggers)}"
        return [Fault("workflow", f"{path} at {clip(request.ref)} has no `workflow_dispatch` trigger ({has})")]
    found = _input_faults(request.inputs, file.inputs)
    if must_echo and file.echo(request.event) is not Echo.TITLE:
        found.append(_must_echo(path, _TITLE_OF_WORKFLOW))
    if calls_back and CALLBACK_EVENT_INPUT not in file.inputs:
        found.append(Fault("callback_event", f"{path} declares no input `{CALLBACK_EVENT_INPUT}` to be told by"))
    return found


def check_event(
    request: SendEvent, listening: Sequence[Workflow], heard: Sequence[str], *, must_echo: bool
) -> list[Fault]:
    """Find why an event would be sent in vain. `heard` are all types that any workflow listens to."""
    if not listening:
        near = _nearest(request.event_type, heard)
        types = f"; it listens to {', '.join(sorted(set(heard)))}" if heard else "; none listens to repository_dispatch"
        return [
            Fault(
                "event_type",
                f"no active workflow on the default branch of {request.repository} listens to "
                f"{clip(request.event_type)}{near or types}",
            )
        ]
    if must_echo:
        return [
            _must_echo(each.path, _TITLE_OF_EVENT)
            for each in listening
            if isinstance(each.file, Present) and each.file.value.echo(request.event) is not Echo.TITLE
        ]
    return []


def unread_faults(why: str) -> list[Fault]:
    """Say that a key cannot be kept where nobody knows whether the token shows."""
    said = (
        f"needs to find earlier runs by their titles, but whether the target shows the token could not be read: {why}"
    )
    return [Fault("idempotency_key", said)]


def expected_of(workflow: Workflow, event: str, event_type: str = "") -> Expected:
    """Say what a run of this workflow will look like."""
    if not isinstance(workflow.file, Present):
        return Expected(path=workflow.path)
    file = workflow.file.value
    # Without a run-name GitHub titles the run by the event's type (wp-trigger-github#4).
    default = event_type or None if not file.run_name.strip() else None
    return Expected(path=workflow.path, echo=file.echo(event), default_title=default)


def unknown_workflow(name: str, known: Sequence[str]) -> Fault:
    """Say that the target has no such workflow, and which it has."""
    near = _nearest(name, known)
    return Fault("workflow", f"{clip(name)} is no workflow of the target" + (near or f"; it has {', '.join(known)}"))


def _size_faults(where: str, sent: Mapping[str, object]) -> list[Fault]:
    size = len(json.dumps(dict(sent), ensure_ascii=False))
    if size <= MOST_CHARACTERS - 1000:  # our own part and the frame around it
        return []
    return [Fault(where, f"has {size} characters; GitHub takes {MOST_CHARACTERS} with everything around it")]


def _ref_faults(ref: str) -> list[Fault]:
    if _SHA.fullmatch(ref):
        return [
            Fault(
                "ref",
                f"{ref[:7]}… is a commit; workflows start on branches and tags only. Pass the commit as an input",
            )
        ]
    if ref.startswith("refs/") and not ref.startswith(("refs/heads/", "refs/tags/")):
        return [
            Fault(
                "ref",
                f"{clip(ref)} is neither a branch nor a tag; for a pull request use its branch (`github.head_ref`)",
            )
        ]
    return []


def _input_faults(given: Mapping[str, str], declared: Mapping[str, InputOf]) -> list[Fault]:
    found: list[Fault] = []
    for name, value in given.items():
        if name not in declared:
            has = f"; it has {', '.join(declared)}" if declared else "; it has none"
            found.append(
                Fault(f"inputs.{name}", "is not declared by the workflow" + (_nearest(name, list(declared)) or has))
            )
        else:
            found += _value_faults(name, value, declared[name])
    missing = [
        name for name, spec in declared.items() if spec.required and not spec.has_default and not given.get(name)
    ]
    return found + [Fault(f"inputs.{name}", "is required by the workflow and has no default") for name in missing]


def _value_faults(name: str, value: str, spec: InputOf) -> list[Fault]:
    if spec.kind == "choice" and spec.options and value not in spec.options:
        return [Fault(f"inputs.{name}", f"{clip(value)} is none of {', '.join(spec.options)}")]
    if spec.kind == "boolean" and value not in ("true", "false"):
        return [Fault(f"inputs.{name}", f"{clip(value)} is neither true nor false")]
    if spec.kind == "number" and not re.fullmatch(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?", value, re.ASCII):
        return [Fault(f"inputs.{name}", f"{clip(value)} is no number")]
    return []


def _must_echo(path: str, line: str) -> Fault:
    return Fault(
        "idempotency_key",
        f"needs to find earlier runs by their titles, but {path} does not show the token; add `{line}`",
    )


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""
