"""The machine as tests use it: found once, cleared of what dead steps left, guarded, and left as it was."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crossproof.engine.docker import SOCKET, Docker, no_engine, reachable
from crossproof.engine.stage import Corner, Ground
from crossproof.engine.standpoint import Standpoint, find
from crossproof.engine.sweeping import sweep, sweep_left_over
from crossproof.errors import BadCall, Fault
from crossproof.tiers.environment import Places
from crossproof.tiers.labels import LIFE, Session
from crossproof.tiers.manifest import Tier
from crossproof.units import clip

PREFIX = "cptiers"
_LINUX = {"", "Linux"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the machine is told. `remember` tells the post step which session to clean up, before anything is made."""

    environment: Mapping[str, str]
    workspace: Path
    scratch: Path
    local: bool
    guarded: bool
    keep: bool
    remember: Callable[[str], None]
    durations: Mapping[str, Mapping[str, float]]


class EnginePlayhouse:
    """This machine and its engine."""

    def __init__(self, around: Around) -> None:
        """Nothing is asked or made yet."""
        self._env, self._workspace, self._local, self._keep = (
            around.environment,
            around.workspace,
            around.local,
            around.keep,
        )
        self._guarded, self._remember, self._durations = around.guarded, around.remember, around.durations
        self._id = f"{PREFIX}{os.urandom(4).hex()}"
        self._scratch = around.scratch / self._id
        self._ground: Ground | None = None
        self._guardian: subprocess.Popen[bytes] | None = None

    def session(self) -> str:
        """Name this step's stay."""
        return self._id

    def open(self, tiers: Sequence[Tier]) -> Sequence[str]:
        """Look for an engine if these tiers need one; clear away what dead steps of this runner left."""
        self._refuse_elsewhere()
        docker: Docker | None = Docker(self._commands())
        why = reachable(self._commands())
        needy = [t.name for t in tiers if t.infra or (t.runtime and (t.runtime.image or t.runtime.docker))]
        if why and needy:
            raise no_engine(f"{why}; wanted by {', '.join(needy)}", mounted=SOCKET.exists())
        if why:
            docker = None
        if docker and any(tier.infra for tier in tiers) and docker.try_("compose", "version").code:
            raise no_engine("`docker compose` (v2) is not there", mounted=SOCKET.exists())
        self._remember(self._id)
        self._scratch.mkdir(parents=True, exist_ok=True)
        stand = self._stand(docker)
        owner = self._workspace.stat()
        session = Session(
            id=self._id,
            place="" if self._local else f"{stand.scratch.rpartition('/')[0]}",
            expires=int(time.time()) + LIFE,
            kept=self._keep,
            step=stand.container,
        )
        self._ground = Ground(
            docker=docker,
            stand=stand,
            session=session,
            checkout=self._workspace,
            owner=(owner.st_uid, owner.st_gid),
            path=self._env.get("PATH", "/usr/local/bin:/usr/bin:/bin"),
            durations=self._durations,
        )
        removed = sweep_left_over(docker, session) if docker else ()
        if docker and self._guarded and stand.container and not self._keep:
            self._guard(docker, stand, session)
        return [f"removed what an earlier step left: {', '.join(removed)}"] if removed else []

    def corner(self, tier: Tier, shard: int, shards: int) -> tuple[Corner, Places]:
        """Give a tier its corner."""
        ground = self._ground
        if ground is None:
            raise RuntimeError("a house is opened before it is played in")
        corner = Corner(ground, tier, ground.session.project(tier.name), (shard, shards))
        return corner, corner.places()

    def close(self) -> Sequence[str]:
        """Remove everything of this step."""
        if self._ground is None or self._keep:
            return []
        stayed: Sequence[str] = ()
        if self._ground.docker:
            stayed = sweep(self._ground.docker, self._id).stayed
        shutil.rmtree(self._scratch, ignore_errors=True)
        return stayed

    def clean_up(self, session: str) -> Sequence[str]:
        """Finish what a kill cut off: the named session, or where no name was kept those whose folders are there."""
        marks = [path.name for path in self._scratch.parent.glob(f"{PREFIX}*") if path.is_dir()]
        docker = Docker(self._commands())
        stayed: list[str] = []
        found = [session] if session else marks
        if not found or reachable(self._commands()):
            return [f"session {name}: no engine answers" for name in found]
        for name in found:
            stayed += sweep(docker, name).stayed
            shutil.rmtree(self._scratch.parent / name, ignore_errors=True)
        return stayed

    def _stand(self, docker: Docker | None) -> Standpoint:
        if docker:
            return find(docker, self._workspace, self._scratch, self._env)
        return Standpoint(
            container="",
            image="",
            workspace=str(self._workspace),
            scratch=str(self._scratch),
            scratch_here=self._scratch,
        )

    def _refuse_elsewhere(self) -> None:
        system = self._env.get("RUNNER_OS", "")
        if system not in _LINUX and not self._local:
            raise BadCall([Fault("runs-on", f"the runner is {clip(system)}; container actions run on Linux only")])

    def _commands(self) -> dict[str, str]:
        """What docker and compose themselves run with: where the engine is and who may log in, nothing of the job."""
        kept = {name: value for name, value in self._env.items() if name.startswith("DOCKER_") or name in _OF_COMMANDS}
        return {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/root", **kept}

    def _guard(self, docker: Docker, stand: Standpoint, session: Session) -> None:
        """Let a container of its own wait for our end: it is there even when we are killed. Nobody waits for it."""
        labels = [part for name, value in session.labels.items() for part in ("--label", f"{name}={value}")]
        call = ["run", "--detach", "--rm", "--network", "none", "--name", f"{session.id}-guardian", *labels]
        call += ["--volume", f"{SOCKET}:{SOCKET}", "--entrypoint", "/opt/crossproof/bin/python", stand.image]
        call += ["-Iu", "-m", "crossproof.engine.guardian", stand.container, session.id, str(LIFE)]
        self._guardian = subprocess.Popen(
            ["docker", *call],
            env=docker.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


_OF_COMMANDS = frozenset(
    {"PATH", "HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
     "XDG_RUNTIME_DIR", "SSL_CERT_FILE"}
)  # fmt: skip
