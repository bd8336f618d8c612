"""Calls Compose: resolves files, fetches and builds images, starts services, and looks at them."""

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crossproof.engine.docker import Docker, end
from crossproof.tiers.manifest import Infra
from crossproof.tiers.readiness import Seen
from crossproof.tiers.stack import ImageHealth, Model
from crossproof.tiers.stage import StageTrouble

_SERVICE = "com.docker.compose.service"
_BUILD = 1800.0
_NANO = 1e9
_PROBE = 300  # characters of a health probe


class Compose:
    """One project of one tier."""

    def __init__(self, docker: Docker, project: str, workspace: str, folder: Path) -> None:
        """`folder` is ours alone; `workspace` is the checkout by its host's path."""
        self._docker, self._project, self._workspace, self._folder = docker, project, workspace, folder
        self._ids: list[str] = []
        self._up: subprocess.Popen[bytes] | None = None
        self._up_said = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this

    def model(self, infra: Infra, variables: Mapping[str, str]) -> Model:
        """Resolve the files as Compose does: variables, includes, extends, profiles, all paths absolute."""
        files = [part for file in infra.compose for part in ("--file", f"{self._workspace}/{file}")]
        profiles = [part for profile in infra.profiles for part in ("--profile", profile)]
        said = self._docker.try_(
            "compose", "--project-name", self._project, *files, *profiles, "config", "--format", "json",
            more=variables, cwd=self._workspace,
        )  # fmt: skip
        if said.code:
            raise StageTrouble("The Compose files cannot be read.", seen=said.last)
        try:
            model: Model = json.loads(said.out)
        except ValueError:
            raise StageTrouble("Compose resolved its files to what is no JSON.", seen=said.out[:300]) from None
        return model

    def image_health(self, model: Model) -> Mapping[str, ImageHealth]:
        """Fetch or build all images, and tell which bring a health check along."""
        found: dict[str, ImageHealth] = {}
        for name, service in (model.get("services") or {}).items():
            if service.get("build"):
                continue
            image = self._docker.have(str(service["image"]))
            check = (image.get("Config") or {}).get("Healthcheck") or {}
            if check.get("Test") and check["Test"] != ["NONE"]:
                interval = float(check.get("Interval") or 0) / _NANO
                found[name] = ImageHealth(interval=interval or 30.0, retries=int(check.get("Retries") or 0) or 3)
        return found

    def write(self, model: Model) -> None:
        """Keep the copy that is started where only we can read it: variables may hold secrets."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / "compose.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(model), encoding="utf-8")

    def build(self) -> None:
        """Build what has to be built."""
        said = self._docker.try_(*self._call("build", "--quiet"), patience=_BUILD, cwd=self._workspace)
        if said.code:
            raise StageTrouble("An image of the services cannot be built.", seen=said.last)

    def create(self) -> None:
        """Make networks, volumes and containers; nothing runs yet."""
        said = self._docker.try_(*self._call("create", "--no-build"), patience=_BUILD, cwd=self._workspace)
        if said.code:
            raise StageTrouble("The services cannot be created.", seen=said.last)
        self._ids = self._docker.labelled("container", f"com.docker.compose.project={self._project}")

    def up(self) -> None:
        """Begin to start them in the order of their needs; `exit` tells when that has ended."""
        call = ["docker", *self._call("up", "--detach", "--no-build", "--quiet-pull")]
        self._up = subprocess.Popen(
            call,
            env=self._docker.environment,
            cwd=self._workspace,
            stdin=subprocess.DEVNULL,
            stdout=self._up_said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def exit(self) -> int | None:
        """How starting ended; None while it works."""
        return self._up.poll() if self._up else None

    @property
    def said(self) -> str:
        """What it said at last."""
        self._up_said.seek(0)
        lines = [line.strip() for line in self._up_said.read().decode("utf-8", "replace").splitlines() if line.strip()]
        return " ".join(lines[-2:])[-500:]

    def seen(self) -> Sequence[Seen]:
        """Look at every container of the project; a restart keeps its container, so they are listed once."""
        now = datetime.now(UTC)
        found = self._docker.inspect("container", *self._ids)
        return sorted((_seen(one, now) for one in found), key=lambda s: s.service)

    def log(self, container: str, lines: int) -> str:
        """Give the end of a container's log, both its streams."""
        said = self._docker.try_("logs", "--tail", str(lines), container, patience=10)
        return f"{said.out}{said.err}".strip()

    def abandon(self) -> None:
        """Stop starting."""
        if self._up:
            end(self._up)

    def _call(self, *words: str) -> tuple[str, ...]:
        return ("compose", "--project-name", self._project, "--file", str(self._folder / "compose.json"), *words)


def _seen(found: dict[str, Any], now: datetime) -> Seen:
    state: dict[str, Any] = found["State"]
    health: dict[str, Any] = state.get("Health") or {}
    return Seen(
        service=str(found["Config"]["Labels"].get(_SERVICE, "")),
        id=str(found["Id"]),
        state=str(state["Status"]),
        exit_code=int(state.get("ExitCode") or 0),
        health=str(health.get("Status") or "").replace("none", ""),
        oom=bool(state.get("OOMKilled")),
        restarts=int(found.get("RestartCount") or 0),
        running_for=_since(str(state.get("StartedAt") or ""), now),
        error=str(state.get("Error") or ""),
        probes=[f"exit {p.get('ExitCode')}: {_end_of(str(p.get('Output') or ''))}" for p in health.get("Log") or []],
        image=f"{found['Config'].get('Image', '')} {str(found.get('Image', ''))[:19]}",
    )


def _end_of(text: str) -> str:
    """Keep what was said last, where programs put what went wrong."""
    said = text.strip()
    return said if len(said) <= _PROBE else f"… {said[-_PROBE:]}"


def _since(started: str, now: datetime) -> float:
    """Count the seconds since the engine's time, which has nine digits below the second."""
    try:
        began = datetime.fromisoformat(started[:19]).replace(tzinfo=UTC)
        fraction = float(f"0.{started[20:29].rstrip('Z')}") if started[19:20] == "." else 0.0
    except ValueError:
        return 0.0
    return max(0.0, now.timestamp() - began.timestamp() - fraction) if began.year > 1 else 0.0
