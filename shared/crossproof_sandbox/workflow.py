"""Reads a workflow file: what starts it, which inputs it takes, and what a run of it is called."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml

from crossproof_sandbox.expressions import interpolate
from crossproof_sandbox.refusal import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One input of `workflow_dispatch`."""

    type: str = "string"
    required: bool = False
    default: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One version of a workflow file."""

    path: str
    name: str
    run_name: str
    triggers: Mapping[str, Any]
    inputs: Mapping[str, Input] = field(default_factory=dict)
    jobs: tuple[str, ...] = ()

    def listens_to(self, event_type: str) -> bool:
        """Say whether a repository_dispatch of this type starts it; without `types` every one does."""
        if "repository_dispatch" not in self.triggers:
            return False
        types = (self.triggers["repository_dispatch"] or {}).get("types")
        return types is None or event_type in ([types] if isinstance(types, str) else types)

    def accept(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Check the inputs of a workflow_dispatch as GitHub does, and fill in the defaults."""
        unexpected = [name for name in given if name not in self.inputs]
        if unexpected:
            shown = ", ".join(f'"{name}"' for name in unexpected)
            raise Refused(422, f"Unexpected inputs provided: [{shown}]")
        return {name: self._value(name, declared, given.get(name)) for name, declared in self.inputs.items()}

    def _value(self, name: str, declared: Input, given: Any) -> Any:
        if given is None:
            if declared.required and not declared.default:
                raise Refused(422, f"Required input '{name}' not provided")
            given = declared.default
        if declared.options and given not in declared.options:
            raise Refused(422, f"Provided value '{given}' for input '{name}' not in the list of allowed values")
        if declared.type == "boolean":
            if given not in {"true", "false", ""}:
                raise Refused(422, f"Provided value '{given}' for input '{name}' is not a boolean")
            return given == "true"
        return given

    def title(self, github: Mapping[str, Any], inputs: Mapping[str, Any], fallback: str) -> str:
        """Work out what a run is called; a run-name of white space alone counts as none."""
        evaluated = interpolate(self.run_name, {"github": github, "inputs": inputs})
        return evaluated if evaluated.strip() else fallback


class _Yaml12(yaml.SafeLoader):
    """GitHub reads YAML 1.2: `on`, `yes` and `no` are texts."""


_Yaml12.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF")


@lru_cache(maxsize=256)
def read(path: str, text: str) -> Definition:
    """Read a workflow file; what GitHub would not take is a ValueError."""
    document = yaml.load(text, _Yaml12)  # noqa: S506 - a SafeLoader
    if not isinstance(document, dict) or "on" not in document or "jobs" not in document:
        raise ValueError(f"{path} is no workflow: it needs `on` and `jobs`")
    run_name = str(document.get("run-name") or "")
    interpolate(run_name, {"github": {}, "inputs": {}})  # the two contexts it may use
    triggers = document["on"]
    if isinstance(triggers, str):
        triggers = {triggers: None}
    elif isinstance(triggers, list):
        triggers = dict.fromkeys(triggers)
    dispatch = triggers.get("workflow_dispatch") or {}
    return Definition(
        path=path,
        name=str(document.get("name") or path),
        run_name=run_name,
        triggers=triggers,
        inputs={name: _input(declared or {}) for name, declared in (dispatch.get("inputs") or {}).items()},
        jobs=tuple(str((job or {}).get("name") or key) for key, job in document["jobs"].items()),
    )


def _input(declared: Mapping[str, Any]) -> Input:
    default = declared.get("default")
    return Input(
        type=declared.get("type", "string"),
        required=bool(declared.get("required", False)),
        default="" if default is None else str(default).lower() if isinstance(default, bool) else str(default),
        options=tuple(str(option) for option in declared.get("options", ())),
    )
