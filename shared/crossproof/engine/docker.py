"""Calls the Docker command, bounded in time, and takes a refusal for what it is."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossproof.errors import CrossproofError
from crossproof.tiers.stage import StageTrouble
from crossproof.verdict import BAD_INPUT

SOCKET = Path("/var/run/docker.sock")
_PATIENCE = 60.0
_PULL = 1800.0


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> str:
        """What it said at last: that is where commands put what went wrong."""
        lines = [line.strip() for line in (self.err or self.out).splitlines() if line.strip()]
        return " ".join(lines[-3:])[-600:]


class Docker:
    """One engine, reached through the command line so that contexts, sockets and TLS are as the user has set them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """`environment` is what the command itself runs with; the tests' never is."""
        self.environment = dict(environment)
        self._images: dict[str, dict[str, Any]] = {}

    def try_(
        self, *args: str, patience: float = _PATIENCE, more: Mapping[str, str] | None = None, cwd: str | None = None
    ) -> Said:
        """Call it and give the ending, whatever it is. A time-out is an ending too."""
        command = ["docker", *args]
        process = subprocess.Popen(
            command,
            env={**self.environment, **(more or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C at a terminal is ours to answer
        )
        try:
            out, err = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            end(process)
            return Said(124, "", f"`docker {' '.join(args[:2])}` gave no answer for {patience:.0f} s")
        except BaseException:  # a cancellation: the command must not go on without us
            end(process)
            raise
        return Said(process.returncode, out, err)

    def ask(self, *args: str, patience: float = _PATIENCE, more: Mapping[str, str] | None = None) -> str:
        """Call it and give what it says; a refusal is trouble."""
        said = self.try_(*args, patience=patience, more=more)
        if said.code:
            raise StageTrouble(f"`docker {' '.join(args[:2])}` ended with {said.code}.", seen=said.last)
        return said.out.strip()

    def inspect(self, kind: str, *names: str) -> list[dict[str, Any]]:
        """Look at things; those that are gone are left out."""
        if not names:
            return []
        said = self.try_(kind, "inspect", *names)
        try:
            found: list[dict[str, Any]] = json.loads(said.out or "[]")
        except ValueError:
            raise StageTrouble(f"`docker {kind} inspect` answered with what is no JSON.", seen=said.last) from None
        if said.code and "no such" not in said.err.lower() and "not found" not in said.err.lower():
            raise StageTrouble(f"`docker {kind} inspect` ended with {said.code}.", seen=said.last)
        return found

    def labelled(self, kind: str, *labels: str) -> list[str]:
        """List the ids of what carries all these labels: containers, networks or volumes."""
        listing = ["ps", "--all", "--no-trunc"] if kind == "container" else [kind, "ls"]
        wanted = [part for label in labels for part in ("--filter", f"label={label}")]
        return self.ask(*listing, "--quiet", *wanted).split()

    def have(self, image: str) -> dict[str, Any]:
        """Give an image's description, fetching the image first where it is missing; asked once, it is remembered."""
        if image in self._images:
            return self._images[image]
        found = self.inspect("image", image)
        if not found:
            said = self.try_("pull", "--quiet", image, patience=_PULL)
            if said.code:
                raise StageTrouble(
                    f"The image {image} cannot be pulled.",
                    seen=said.last,
                    fix="Check its name, and log in first if it is private.",
                )
            found = self.inspect("image", image)
        if not found:
            raise StageTrouble(f"The image {image} was pulled, and is not there.")
        return self._images.setdefault(image, found[0])


def end(process: "subprocess.Popen[Any]") -> None:
    """End a child and reap it."""
    if process.poll() is None:
        process.kill()
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


def reachable(environment: Mapping[str, str]) -> str:
    """Say why no engine can be used here; empty where one answers."""
    try:
        said = Docker(environment).try_("version", "--format", "{{.Server.Version}}", patience=20)
    except FileNotFoundError:
        return "there is no docker command here"
    return "" if said.code == 0 and said.out.strip() else said.last or "no engine answered"


def no_engine(why: str, *, mounted: bool) -> CrossproofError:
    """Say what to do where there is no engine."""
    kubernetes = "" if mounted else " The runner mounted no socket: runners in Kubernetes mode have none."
    return CrossproofError(
        "No Docker engine can be reached, and the chosen tiers need one.",
        why=f"Tiers with `infra`, an image, or `docker: true` run in containers beside this one.{kubernetes}",
        seen=why,
        fix="Run on a Linux runner with Docker (GitHub-hosted, or self-hosted with /var/run/docker.sock; for ARC, the "
        "dind mode), or give the tier `runtime: self` and no `infra`.",
        anchor="engine",
        reason=BAD_INPUT,
    )


def socket_group() -> int | None:
    """Tell which group may use the engine's socket."""
    try:
        return SOCKET.stat().st_gid
    except OSError:
        return None


def names(environment: Mapping[str, str]) -> Sequence[str]:
    """Write variables by name only: their values go through the command's own environment, never its arguments."""
    return [part for name in environment for part in ("--env", name)]
