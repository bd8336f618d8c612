"""Removes what carries our label from an engine, all at once and whatever state it is in; nothing else, ever."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from crossproof.engine.docker import Docker
from crossproof.tiers.labels import COMPOSE_PROJECT, SESSION, Session, is_left_over, session_of

_KINDS = ("container", "network", "volume")
_AT_ONCE = 15.0
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What was removed, and what would not go."""

    removed: Sequence[str] = ()
    stayed: Sequence[str] = ()


def sweep(docker: Docker, session: str, *, spare: str = "") -> Swept:
    """Remove a session. Each kind is listed again after it was removed: what was being created may come late."""
    removed: list[str] = []
    for _ in range(_TRIES):
        left = _listed(docker, session, spare)
        if not any(left.values()):
            return Swept(removed=removed)
        for kind in _KINDS:
            if found := left[kind]:
                forced = () if kind == "network" else ("--force",)
                volumes = ("--volumes",) if kind == "container" else ()
                docker.try_(kind, "rm", *forced, *volumes, *found, patience=_AT_ONCE)
                removed += [f"{kind} {name[:12]}" for name in found]
    left = _listed(docker, session, spare)
    return Swept(removed=removed, stayed=[f"{kind} {name[:12]}" for kind, names in left.items() for name in names])


def sweep_corner(docker: Docker, session: str, project: str) -> None:
    """Remove one tier's corner: its Compose project and the containers that stand beside it."""
    for kind in _KINDS:
        own = set(docker.labelled(kind, f"{SESSION}={session}"))
        of_project = set(docker.labelled(kind, f"{COMPOSE_PROJECT}={project}"))
        beside = set(docker.labelled(kind, f"{CORNER}={project}"))
        if found := sorted(own & (of_project | beside)):
            forced = () if kind == "network" else ("--force",)
            docker.try_(kind, "rm", *forced, *(("--volumes",) if kind == "container" else ()), *found)


CORNER = "dev.crossproof.corner"


def sweep_left_over(docker: Docker, session: Session) -> Sequence[str]:
    """Remove what earlier steps left: those of this runner, and those whose time is over."""
    owners: dict[str, None] = {}
    for kind in _KINDS:
        ids = docker.labelled(kind, SESSION)
        for found in docker.inspect(kind, *ids):
            labels = found.get("Labels") or (found.get("Config") or {}).get("Labels") or {}
            if is_left_over(labels, session, time.time()):
                owners.setdefault(session_of(labels))
    return [what for owner in owners for what in sweep(docker, owner).removed]


def _listed(docker: Docker, session: str, spare: str) -> dict[str, list[str]]:
    found = {kind: dict.fromkeys(docker.labelled(kind, f"{SESSION}={session}")) for kind in _KINDS}
    for kind, ids in found.items():
        ids.update(dict.fromkeys(_of_scripts(docker, kind, session)))
        ids.pop(spare, None)
    return {kind: list(ids) for kind, ids in found.items()}


def _of_scripts(docker: Docker, kind: str, session: str) -> list[str]:
    """Find what scripts started by Compose themselves: it carries the project's name that we gave them."""
    listing = ("ps", "--all", "--no-trunc") if kind == "container" else (kind, "ls")
    shape = '{"id":"{{.ID}}","project":{{json (.Label "com.docker.compose.project")}}}'
    if kind == "volume":
        shape = shape.replace("{{.ID}}", "{{.Name}}")
    lines = docker.ask(*listing, "--filter", f"label={COMPOSE_PROJECT}", "--format", shape).splitlines()
    listed = [json.loads(line) for line in lines]
    return [str(one["id"]) for one in listed if session_of({COMPOSE_PROJECT: str(one["project"])}) == session]
