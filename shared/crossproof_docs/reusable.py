"""Writes what a caller of a reusable workflow must know, from the workflow itself: permissions, inputs, outputs."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from crossproof import HOME
from crossproof_docs import tables
from crossproof_docs.siblings import REUSABLE, SERIES

_LEAD = (
    "Whole jobs to call with `uses:`. GitHub starts a call only if the caller grants every permission that a job inside"
    " asks for."
)
_RANK = ("none", "read", "write")
_REASON = re.compile(r"^ +(?P<name>[a-z-]+): (?P<level>read|write) # (?P<why>.+)$", re.MULTILINE)


def section(root: Path) -> str:
    """Write the section of the catalog."""
    return "\n\n".join(["## Reusable workflows", _LEAD, *(_one(root, name) for name in REUSABLE)])


def permissions(workflow: Mapping[str, Any]) -> dict[str, str]:
    """Bring together what its jobs ask for: the caller must grant all of it."""
    asked: dict[str, str] = {}
    for job in workflow["jobs"].values():
        for name, level in job.get("permissions", {}).items():
            asked[name] = max(asked.get(name, "none"), level, key=_RANK.index)
    return asked


def _one(root: Path, name: str) -> str:
    text = (root / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
    read = yaml.safe_load(text)
    call = read[True]["workflow_call"]  # `on` is a yes to YAML 1.1
    parts = [
        f"### {name}",
        _opening(text),
        f"`uses: {HOME}/.github/workflows/{name}.yml@{SERIES}`",
        tables.table(("Permission", "What for"), _granted(read, text)),
        tables.table(("Input", "What it is", "Default"), [_input(key, spec) for key, spec in call["inputs"].items()]),
    ]
    if "secrets" in call:
        parts.append(tables.table(("Secret", "What it is"), _described(call["secrets"])))
    return "\n\n".join([*parts, tables.table(("Output", "What it says"), _described(call["outputs"]))])


def _opening(text: str) -> str:
    """Take the comment that the file begins with, without its lines about how it is named."""
    lines = [line.removeprefix("#").strip() for line in text.partition("\nname:")[0].splitlines()]
    return " ".join(line for line in lines if line and "uses:" not in line)


def _granted(read: Mapping[str, Any], text: str) -> Sequence[tuple[str, str]]:
    why: dict[str, list[str]] = {}
    for found in _REASON.finditer(text):
        why.setdefault(found["name"], []).append(found["why"])
    return [(f"`{name}: {level}`", "; ".join(dict.fromkeys(why[name]))) for name, level in permissions(read).items()]


def _input(name: str, spec: Mapping[str, Any]) -> tuple[str, str, str]:
    default = spec.get("default", "")
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    return f"`{name}`", spec["description"], "**required**" if spec.get("required") else f"`{shown}`" if shown else ""


def _described(entries: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(f"`{name}`", spec["description"]) for name, spec in entries.items()]
