"""What a workflow's file declares about being started from outside: triggers, inputs, and where it shows a token."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crossproof.dispatch.correlation import Echo

# The two ways in which our token reaches a workflow. `toJSON(…client_payload)` shows it too.
_OF_EVENT = re.compile(r"client_payload\s*(\.\s*dispatch\b|\)|\}\}|\[\s*'dispatch')", re.IGNORECASE)
_OF_INPUT = re.compile(r"\binputs\s*\.\s*correlation_id\b", re.IGNORECASE)

CORRELATION_INPUT, CALLBACK_EVENT_INPUT, CALLBACK_REPOSITORY_INPUT = OUR_INPUTS = (
    "correlation_id",
    "callback_event",
    "callback_repository",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputOf:
    """One declared input of `workflow_dispatch`."""

    required: bool = False
    kind: str = "string"
    options: tuple[str, ...] = ()
    has_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowFile:
    """One workflow file, as far as a dispatch is concerned."""

    dispatchable: bool  # has `workflow_dispatch`
    inputs: Mapping[str, InputOf] = field(default_factory=dict)
    hears: tuple[str, ...] | None = None  # types of `repository_dispatch`; () means all, None means none
    triggers: tuple[str, ...] = ()
    run_name: str = ""
    names: tuple[str, ...] = ()  # of jobs and steps

    def hears_event(self, event_type: str) -> bool:
        """Whether an event of this type starts it."""
        return self.hears is not None and (not self.hears or event_type in self.hears)

    def echo(self, event: str) -> Echo:
        """Where a run that was started by this event shows its token."""
        shown_by = _OF_EVENT if event == "repository_dispatch" else _OF_INPUT
        if shown_by.search(self.run_name):
            return Echo.TITLE
        return Echo.JOBS if any(shown_by.search(name) for name in self.names) else Echo.NONE


def read_workflow(document: object) -> WorkflowFile | None:
    """Read a parsed file; None if it is no workflow that we can make sense of (which proves nothing)."""
    if not isinstance(document, Mapping):
        return None
    # YAML 1.1 readers turn the key `on` into True; ours does not.
    triggers = _triggers(document.get("on"))
    if triggers is None:
        return None
    heard = triggers.get("repository_dispatch")
    return WorkflowFile(
        dispatchable="workflow_dispatch" in triggers,
        inputs=_inputs(triggers.get("workflow_dispatch")),
        hears=_types(heard) if "repository_dispatch" in triggers else None,
        triggers=tuple(triggers),
        run_name=str(document.get("run-name") or ""),
        names=tuple(_names(document.get("jobs"))),
    )


def _triggers(on: object) -> Mapping[str, object] | None:
    match on:
        case str():
            return {on: None}
        case list():
            return {str(name): None for name in on}
        case Mapping():
            return {str(name): value for name, value in on.items()}
        case _:
            return None


def _types(trigger: object) -> tuple[str, ...]:
    types = trigger.get("types") if isinstance(trigger, Mapping) else None
    match types:
        case str():
            return (types,)
        case list():
            return tuple(str(each) for each in types)
        case _:
            return ()


def _inputs(trigger: object) -> Mapping[str, InputOf]:
    declared = trigger.get("inputs") if isinstance(trigger, Mapping) else None
    if not isinstance(declared, Mapping):
        return {}
    return {str(name): _input(spec if isinstance(spec, Mapping) else {}) for name, spec in declared.items()}


def _input(spec: Mapping[str, object]) -> InputOf:
    options = spec.get("options")
    return InputOf(
        required=spec.get("required") is True,
        kind=str(spec.get("type") or "string"),
        options=tuple(_as_written(each) for each in options) if isinstance(options, list) else (),
        has_default=spec.get("default") is not None,
    )


def _names(jobs: object) -> Sequence[str]:
    found: list[str] = []
    for job in jobs.values() if isinstance(jobs, Mapping) else ():
        if isinstance(job, Mapping):
            steps = job.get("steps")
            found.append(str(job.get("name") or ""))
            found += [
                str(step.get("name") or "")
                for step in (steps if isinstance(steps, list) else ())
                if isinstance(step, Mapping)
            ]
    return found


def _as_written(option: object) -> str:
    return str(option).lower() if isinstance(option, bool) else str(option)
