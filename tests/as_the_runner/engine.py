"""The Docker engine as the runner uses it: one build command, one run command, and what is left of a label."""

import fcntl
import hashlib
import subprocess
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.as_the_runner.action_yml import ROOT, ActionYml


def docker(*args: str) -> str:
    """Ask the engine something and give its answer."""
    said = subprocess.run(["docker", *args], capture_output=True, text=True, check=False)
    assert said.returncode == 0, f"docker {' '.join(args)} ended with {said.returncode}:\n{said.stderr}"
    return said.stdout


@cache
def missing() -> str:
    """Say why nothing can be run in a container here, or nothing."""
    try:
        said = subprocess.run(["docker", "version"], capture_output=True, text=True, check=False, timeout=30)
    except FileNotFoundError:
        return "no docker command here"
    return "" if said.returncode == 0 else "no Docker engine answers"


@cache
def pull(image: str) -> str:
    """Fetch a published image, as the runner does before the job's first step: without a login."""
    docker("pull", "--quiet", image)
    return image


def tag_for(what: str) -> str:
    """Name an image of this clone: another one on the same machine may be building too."""
    return f"crossproof-under-test-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}:{what}"


@cache
def build(dockerfile: Path) -> str:
    """Build an image with the runner's own command, once per run: it can name no target and no build argument.

    `--network host` is ours: on some machines a build finds its name servers only there.
    """
    tag = tag_for(dockerfile.name.lower())
    with alone(ROOT / ".cache/image-build"):
        said = subprocess.run(
            ["docker", "build", "--network", "host", "-t", tag, "-f", str(dockerfile), str(dockerfile.parent)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    assert said.returncode == 0, (
        f"{dockerfile.name} does not build (the base image comes from .ci/engine):\n{said.stdout}"
    )
    return docker("image", "inspect", "--format", "{{.Id}}", tag).strip()


def image_of(action: ActionYml) -> str:
    """Have the image that the runner would take: the published one of a release commit, else one built from the source."""
    return pull(action.published) if action.published else build(action.dockerfile)


def run_command(
    image: str, *, label: str, names: Sequence[str], mounts: Mapping[Path, str], entrypoint: str, args: Sequence[str]
) -> list[str]:
    """Write the runner's `docker run`: variables by name only, so that no value is on a command line.

    `--network host` is ours again: the sandbox listens on this machine's loopback, and plain http goes nowhere else.
    """
    command = ["docker", "run", "--name", f"crossproof_{uuid.uuid4().hex[:6]}", "--label", label]
    command += ["--workdir", "/github/workspace", "--rm", "--network", "host"]
    command += [part for name in names for part in ("-e", name)]
    command += ["-e", "GITHUB_ACTIONS=true", *([] if "CI" in names else ["-e", "CI=true"])]
    command += ["--entrypoint", entrypoint] if entrypoint else []
    command += ["-v", "/var/run/docker.sock:/var/run/docker.sock"]
    command += [part for host, inside in mounts.items() for part in ("-v", f"{host}:{inside}")]
    return [*command, image, *args]


def containers(label: str, *filters: str) -> list[str]:
    """List the containers of a label, in whatever state unless a filter says so."""
    wanted = [part for value in (f"label={label}", *filters) for part in ("--filter", value)]
    return docker("ps", "--all", "--quiet", *wanted).split()


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Let one process of this clone build at a time: the second finds every layer in the cache."""
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
