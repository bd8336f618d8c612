"""Finds out where this process stands: in which container, of which image, and what its folders are called outside.

Compose reads some paths here (env_file, build contexts) and hands others to the engine, which sees the host (bind
mounts): only a path that is right on both sides will do. So the workspace is given its host's path here too.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossproof.engine.docker import Docker
from crossproof.errors import CrossproofError
from crossproof.verdict import NO_ACCESS

_IN_MOUNTS = re.compile(r"/containers/(?:[\w-]+/)?([0-9a-f]{64})/")
_CONTAINER_SIGNS = (Path("/.dockerenv"), Path("/run/.containerenv"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """Where we stand. `container` and `image` are empty outside any container."""

    container: str
    image: str
    workspace: str  # as the engine sees it, and as it can be called here too
    scratch: str
    scratch_here: Path


def find(docker: Docker, workspace: Path, scratch: Path, env: Mapping[str, str]) -> Standpoint:
    """Find ourselves among the engine's containers, by what nobody else has: this step's own output file."""
    on_host = Standpoint(container="", image="", workspace=str(workspace), scratch=str(scratch), scratch_here=scratch)
    if not any(sign.exists() for sign in _CONTAINER_SIGNS):
        return on_host
    mark = env.get("GITHUB_OUTPUT", "")
    if found := _ourselves(docker, mark):
        return _stand(found, workspace, scratch)
    if (
        docker.ask("info", "--format", "{{.Name}}") == os.uname().nodename
    ):  # a container with an engine of its own in it
        return on_host
    raise CrossproofError(
        "This container cannot be found among the engine's containers.",
        why="The paths of the host are read from it; without them, what Compose mounts would be empty folders.",
        fix="Let the step and the engine be of one machine: a DOCKER_HOST elsewhere cannot see the workspace.",
        anchor="engine",
        reason=NO_ACCESS,
    )


def _ourselves(docker: Docker, mark: str) -> dict[str, Any] | None:
    """Look where our mounts and our name point to, then at every container that runs."""
    for found in docker.inspect("container", *_guesses()):
        if _is_us(found, mark):
            return found
    every = docker.ask("ps", "--quiet", "--no-trunc").split() if mark else []
    return next((found for found in docker.inspect("container", *every) if _is_us(found, mark)), None)


def _guesses() -> list[str]:
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        mounts = ""
    return list(dict.fromkeys([*_IN_MOUNTS.findall(mounts), os.uname().nodename]))


def _is_us(found: dict[str, Any], mark: str) -> bool:
    variables = (found.get("Config") or {}).get("Env") or []
    return bool(found.get("State", {}).get("Running")) and (not mark or f"GITHUB_OUTPUT={mark}" in variables)


def _stand(found: dict[str, Any], workspace: Path, scratch: Path) -> Standpoint:
    mounts = {str(m["Destination"]): str(m["Source"]) for m in found.get("Mounts") or [] if m.get("Type") == "bind"}
    outside, scratch_outside = _outside(workspace, mounts), _outside(scratch, mounts)
    mirror(outside, workspace)
    return Standpoint(
        container=str(found["Id"]),
        image=str(found["Image"]),
        workspace=outside,
        scratch=scratch_outside,
        scratch_here=scratch,
    )


def _outside(path: Path, mounts: Mapping[str, str]) -> str:
    """Translate a path of ours into the host's, by the mount it lies in."""
    for place in sorted(mounts, key=len, reverse=True):
        if path == Path(place) or path.is_relative_to(place):
            return str(Path(mounts[place]) / path.relative_to(place))
    raise CrossproofError(
        f"{path} is not mounted from the host, so containers beside this one could not see it.",
        seen=f"mounted are: {', '.join(mounts) or 'none'}",
        fix="Use a runner of version 2.329.0 or newer, which mounts its folders into container actions.",
        anchor="engine",
        reason=NO_ACCESS,
    )


def mirror(outside: str, inside: Path) -> None:
    """Let the host's path lead to the same folder here."""
    there = Path(outside)
    if there == inside or there.exists():
        if there.resolve() != inside.resolve():
            raise CrossproofError(
                f"{outside} is another folder in this container than on the host.",
                fix="Let the runner work in a folder that no image has, such as /home/runner/_work.",
                anchor="engine",
                reason=NO_ACCESS,
            )
        return
    there.parent.mkdir(parents=True, exist_ok=True)
    there.symlink_to(inside)
