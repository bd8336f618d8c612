"""Reads the parts of a request that callers write as JSON or YAML; what is not perfectly clear is never sent."""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crossproof.dispatch.request import Request, SendEvent, StartWorkflow
from crossproof.errors import Fault
from crossproof.units import RepoRef, clip

if TYPE_CHECKING:  # 20 ms and a parser: only a call that writes YAML pays for it
    from crossproof.yaml12 import Marks, Tree

# As YAML, `{"debug": tru}` would be a map with a text: what looks like JSON must be JSON.
_AS_JSON = re.compile(r'\s*(\{\s*["}]|\[\s*(\]|"|\{\s*["}]))')
_KEYS = ("name", "repository", "event", "workflow", "ref", "inputs", "event_type", "client_payload")
_NAME = re.compile(r"[A-Za-z0-9._/-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One target as the caller wrote it; None and the empty text mean that nothing was said."""

    name: str = ""
    repository: RepoRef | None = None
    event: str = ""
    workflow: str = ""
    ref: str = ""
    inputs: Mapping[str, str] | None = None
    event_type: str = ""
    client_payload: Mapping[str, object] | None = None


def inputs(text: str) -> Mapping[str, str]:
    """Read the inputs of a workflow: names and single values, each sent as the text that was written."""
    return _inputs(_tree(text, "inputs", as_written=True))


def payload(text: str) -> Mapping[str, object]:
    """Read what goes along with an event: a map of anything."""
    return _map(_tree(text, "client_payload"))


def targets(text: str) -> tuple[Asked, ...]:
    """Read the list of targets; raise ValueError with everything that is wrong in it."""
    from crossproof.yaml12 import Marks  # noqa: PLC0415 - see above

    marks = Marks()
    typed, written = _tree(text, "targets", marks), _tree(text, "targets", as_written=True)
    if not isinstance(typed, list) or not isinstance(written, list) or not typed:
        raise ValueError(f"must be a list of targets, and is {_kind(typed)}")
    faults: list[str] = []
    found: list[Asked] = []
    for number, (each, texts) in enumerate(zip(typed, written, strict=True)):
        place = marks.at(typed, number) or f"target {number + 1}"
        if not isinstance(each, dict) or not isinstance(texts, dict):
            faults.append(f"{place}: must be a map, and is {_kind(each)}")
            continue
        unknown = [f"{marks.at(each, key) or place}: {_unknown(key)}" for key in each if key not in _KEYS]
        faults += unknown
        try:
            found.append(_asked(each, texts))
        except ValueError as fault:
            faults.append(f"{place}: {fault}")
    if faults:
        raise ValueError("; ".join(faults))
    return tuple(found)


def request_of(asked: Asked, current: RepoRef | None) -> Request | Fault:
    """Make a request of it; a part that belongs to the other event contradicts it, and is refused."""
    repository = asked.repository or current
    if repository is None:
        return Fault("repository", "is required: this is no job of a repository")
    kind = asked.event or ("repository_dispatch" if asked.event_type else "workflow_dispatch")
    return _workflow(asked, repository) if kind == "workflow_dispatch" else _event(asked, repository)


def event(text: str) -> str:
    """Read which of the two events is to be sent."""
    if text.strip() not in ("workflow_dispatch", "repository_dispatch"):
        raise ValueError(f"{clip(text)} is no event that can be sent; write workflow_dispatch or repository_dispatch")
    return text.strip()


def names_of(requests: Sequence[Request]) -> tuple[str, ...]:
    """Name each target: as it says itself, else by its repository, with a number where that is not enough."""
    wanted = [request.name or str(request.repository) for request in requests]
    numbered = [f"{name}#{wanted[: place + 1].count(name)}" for place, name in enumerate(wanted)]
    return tuple(many if wanted.count(one) > 1 else one for one, many in zip(wanted, numbered, strict=True))


def _workflow(asked: Asked, repository: RepoRef) -> StartWorkflow | Fault:
    if wrong := _said(event_type=asked.event_type, client_payload=asked.client_payload):
        return Fault(wrong, "does not go with workflow_dispatch, which takes `inputs`")
    if not asked.workflow:
        return Fault("workflow", "is required with workflow_dispatch: its file name, such as tests.yml")
    return StartWorkflow(
        repository=repository, workflow=asked.workflow, ref=asked.ref, inputs=asked.inputs or {}, name=asked.name
    )


def _event(asked: Asked, repository: RepoRef) -> SendEvent | Fault:
    if wrong := _said(ref=asked.ref, inputs=asked.inputs):
        return Fault(wrong, "does not go with repository_dispatch, which takes `client_payload` to the default branch")
    if not asked.event_type:
        return Fault("event_type", "is required with repository_dispatch")
    return SendEvent(
        repository=repository,
        event_type=asked.event_type,
        client_payload=asked.client_payload or {},
        workflow=asked.workflow,
        name=asked.name,
    )


def _asked(typed: Mapping[str, "Tree"], written: Mapping[str, "Tree"]) -> Asked:
    name, repository, kind = (_text(written.get(key), key) for key in ("name", "repository", "event"))
    if name and not _NAME.fullmatch(name):
        raise ValueError(f"`name` is {clip(name)}; it may have letters, digits and . _ / - only")
    inputs_tree, payload_tree = written.get("inputs"), typed.get("client_payload")
    return Asked(
        name=name,
        repository=RepoRef.parse(repository) if repository else None,
        event=event(kind) if kind else "",
        workflow=_text(written.get("workflow"), "workflow"),
        ref=_text(written.get("ref"), "ref"),
        inputs=None if inputs_tree is None else _inputs(inputs_tree),
        event_type=_text(written.get("event_type"), "event_type"),
        client_payload=None if payload_tree is None else _map(payload_tree),
    )


def _tree(text: str, name: str, marks: "Marks | None" = None, *, as_written: bool = False) -> "Tree":
    if not _AS_JSON.match(text):
        from crossproof.yaml12 import Marks, YamlFault, parse  # noqa: PLC0415 - see above

        try:
            return parse(text.encode(), name, marks or Marks(), as_written=as_written)
        except YamlFault as fault:
            raise ValueError(f"is no YAML: {fault}") from None
    number = str if as_written else None
    try:
        found: Tree = json.loads(
            text, object_pairs_hook=_no_duplicates, parse_constant=_no_number, parse_float=number, parse_int=number
        )
    except (json.JSONDecodeError, RecursionError) as fault:
        raise ValueError(f"is no JSON: {fault}") from None
    return found


def _inputs(found: "Tree") -> Mapping[str, str]:
    return {name: _text(value, name) for name, value in _map(found).items()}


def _map(found: "Tree") -> dict[str, "Tree"]:
    if isinstance(found, dict):
        return found
    raise ValueError(f"must be a map of names to values, and is {_kind(found)}")


def _text(value: "Tree", name: str) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():  # of JSON; YAML's are texts here already
            return "true" if value else "false"
        case _:
            raise ValueError(f"{clip(name)} must be a single value, and is {_kind(value)}; write it as JSON in quotes")


def _said(**parts: object) -> str:
    return next((name for name, value in parts.items() if value not in (None, "")), "")


def _unknown(key: str) -> str:
    near = difflib.get_close_matches(key, _KEYS, n=1) or [known for known in _KEYS if known.startswith(key)]
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(_KEYS)}"
    return f"{clip(key)} is no key of a target; {hint}"


def _no_duplicates(pairs: list[tuple[str, "Tree"]]) -> "Tree":
    found: dict[str, Tree] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {clip(key)} stands there twice")
        found[key] = value
    return found


def _no_number(word: str) -> "Tree":
    raise ValueError(f"{word} is no JSON")


def _kind(found: object) -> str:
    match found:
        case None:
            return "empty"
        case dict():
            return "a map"
        case list():
            return "a list" if found else "an empty list"
        case _:
            return "a single value"
