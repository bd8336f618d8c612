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
        for kind, found in left.items():
            _remove(docker, kind, found)
            removed += [f"{kind} {name[:12]}" for name in found]
    left = _listed(docker, session, spare)
    return Swept(removed=removed, stayed=[f"{kind} {name[:12]}" for kind, names in left.items() for name in names])


def sweep_corner(docker: Docker, session: str, project: str) -> None:
    """Remove one tier's corner: its Compose project and the containers that stand beside it."""
    for kind in _KINDS:
        _remove(docker, kind, docker.labelled(kind, f"{SESSION}={session}", f"{CORNER}={project}"))


CORNER = "dev.crossproof.corner"


def sweep_left_over(docker: Docker, session: Session) -> Sequence[str]:
    """Remove what earlier steps left: those of this runner, and those whose time is over."""
    owners: dict[str, None] = {}
    alive = set(docker.ask("ps", "--quiet", "--no-trunc").split())
    for kind in _KINDS:
        ids = docker.labelled(kind, SESSION)
        for found in docker.inspect(kind, *ids):
            labels = found.get("Labels") or (found.get("Config") or {}).get("Labels") or {}
            if is_left_over(labels, session, time.time(), alive):
                owners.setdefault(session_of(labels))
    return [what for owner in owners for what in sweep(docker, owner).removed]


def _remove(docker: Docker, kind: str, found: Sequence[str]) -> None:
    if found:
        forced = () if kind == "network" else ("--force",)
        volumes = ("--volumes",) if kind == "container" else ()
        docker.try_(kind, "rm", *forced, *volumes, *found, patience=_AT_ONCE)


def _listed(docker: Docker, session: str, spare: str) -> dict[str, list[str]]:
    return {kind: [name for name in _of(docker, kind, session) if name != spare] for kind in _KINDS}


def _of(docker: Docker, kind: str, session: str) -> list[str]:
    """Find what is ours, and what scripts started by Compose themselves: it carries the project that we gave them."""
    listing = ("ps", "--all", "--no-trunc") if kind == "container" else (kind, "ls")
    name = "{{json .Name}}" if kind == "volume" else "{{json .ID}}"
    labels = ", ".join(f'"{label}": {{{{json (.Label "{label}")}}}}' for label in (SESSION, COMPOSE_PROJECT))
    lines = docker.ask(*listing, "--format", f'{{"name": {name}, "labels": {{{labels}}}}}').splitlines()
    return [one["name"] for one in map(json.loads, lines) if session_of(one["labels"]) == session]
