"""One tier's corner of the engine: its services, what gives them a localhost, and the container of its tests."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crossproof.engine import driver
from crossproof.engine.compose import Compose
from crossproof.engine.docker import Docker, socket_group
from crossproof.engine.performance import AsProcess, Folder, InContainer, Reports, create
from crossproof.engine.sockets import answers
from crossproof.engine.standpoint import Standpoint
from crossproof.engine.sweeping import CORNER, sweep_corner
from crossproof.tiers.environment import Places, Variables
from crossproof.tiers.labels import Session
from crossproof.tiers.manifest import Network, Runtime, Tier
from crossproof.tiers.planning import HOME
from crossproof.tiers.stack import Stack, prepare
from crossproof.tiers.stage import Services, Tests
from crossproof.units import SecretStr

_INSIDE = "/crossproof"  # where the tests' container finds its folder
_PYTHON = "/opt/crossproof/bin/python"
# What travels into the tests' container is copied, not imported: it is a program of another machine.
_PLUGIN = Path(__file__).with_name("tier_reporter.py")
_SHARDING = Path(__file__).parents[1] / "tiers/sharding.py"
_COMPOSE_SHIM = '#!/bin/sh\nexec docker compose "$@"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What all corners of a step stand on. `docker` is None where no engine is, or none is wanted."""

    docker: Docker | None
    stand: Standpoint
    session: Session
    checkout: Path
    owner: tuple[int, int]
    path: str  # PATH of this machine, for tests that run as a process of it
    durations: Mapping[str, Mapping[str, float]]


class Corner:
    """A stage in the engine."""

    def __init__(self, ground: Ground, tier: Tier, project: str, shard: tuple[int, int]) -> None:
        """Nothing is made yet."""
        self._ground, self._tier, self._project, self._shard = ground, tier, project, shard
        self._runtime = tier.runtime or Runtime()
        self._folder = Folder(path=ground.stand.scratch_here / project)
        self._private = ground.stand.scratch_here / "private" / project
        self._outside = f"{ground.stand.scratch}/{project}"
        self._compose: Compose | None = None
        self._holder = ""
        self._playing: InContainer | AsProcess | None = None
        self._stack: Stack | None = None

    @property
    def as_process(self) -> bool:
        """Whether the tests run here and not in a container: without an image, outside a container or an engine."""
        plain = not self._runtime.image and not (self._runtime.docker and self._ground.stand.image)
        return plain and (self._ground.docker is None or not self._ground.stand.image)

    @property
    def image(self) -> str:
        """The image of the tests."""
        return self._runtime.image or self._ground.stand.image

    def places(self) -> Places:
        """Say where things are, as the tests see them."""
        folder = str(self._folder.path) if self.as_process else _INSIDE
        workspace = self._ground.stand.workspace
        home = f"{workspace}/{HOME}" if not self.as_process or os.geteuid() == 0 else str(Path.home())
        return Places(
            workspace=workspace,
            home=home,
            results=f"{folder}/results",
            plugin=f"{folder}/plugin",
            state=f"{folder}/state",
        )

    def resolve(self, secrets: Mapping[str, SecretStr]) -> Stack | None:
        """Read the Compose files, and have every image and network ready; nothing runs yet."""
        self._lay_out()
        infra, docker = self._tier.infra, self._ground.docker
        if infra is None or docker is None:  # without an engine, no tier with services is let in
            return None
        stand = self._ground.stand
        compose = self._compose = Compose(docker, self._project, stand.workspace, self._private)
        revealed = {name: secrets[name].reveal() for name in self._tier.secrets}
        model = compose.model(infra, {**self._tier.env, **revealed})
        stack = prepare(model, infra, self._project, self._labels, compose.image_health(model), host=self._on_host())
        compose.write(stack.model)
        if any(service.get("build") for service in stack.model["services"].values()):
            compose.build()
        compose.create()
        return stack

    def raise_services(self, stack: Stack) -> None:
        """Start them, and beside them the container that forwards and probes."""
        self._stack = stack
        if self._compose:
            self._compose.up()
        if self._ground.docker and self._ground.stand.image:
            self._hold(self._ground.docker, stack)

    def services(self) -> Services:
        """Look at them."""
        if self._compose is None:
            return Services()
        code = self._compose.exit
        seen = self._compose.seen()
        return Services(up_exit=code, up_said=self._compose.said if code else "", seen=seen, open_ports=self._open())

    def log(self, container: str, lines: int) -> str:
        """Give the end of a service's log."""
        return self._compose.log(container, lines) if self._compose else ""

    def environment_of_image(self) -> Mapping[str, str]:
        """Give the variables that the tests' image sets."""
        if self.as_process or self._ground.docker is None:
            return {}
        config = self._ground.docker.have(self.image).get("Config") or {}
        return dict(each.partition("=")[::2] for each in config.get("Env") or [])

    def tests(self, stack: Stack | None, give: Variables) -> Tests:
        """Start the tests' container; its first phase runs while services come up."""
        self._write_phases()
        plain = {**give.plain, "TIER_WORKDIR": f"{self._ground.stand.workspace}/{self._tier.workdir}"}
        plain |= self._shard_variables()
        if self._runtime.docker:
            plain["COMPOSE_PROJECT_NAME"] = self._project
        reports = Reports(
            root=self._ground.checkout / self._tier.workdir,
            junit=self._tier.reports.junit,
            coverage=self._tier.reports.coverage,
        )
        docker = self._ground.docker
        if self.as_process or docker is None:
            shim = f"{self._folder.path}/bin:" if self._runtime.docker else ""
            playing: InContainer | AsProcess = AsProcess(
                ["/bin/sh", str(self._folder.state / "driver.sh")],
                Variables(plain={"PATH": shim + self._ground.path, **plain}, secret=give.secret),
                self._ground.owner,
                self._folder,
                reports,
                self._ground.stand.workspace,
            )
        else:
            playing = self._in_container(docker, stack, Variables(plain=plain, secret=give.secret), reports)
        self._playing = playing
        return playing

    def clear(self) -> None:
        """Remove everything of this corner."""
        if self._compose:
            self._compose.abandon()
        if self._playing:
            self._playing.close()
        if self._ground.docker:
            sweep_corner(self._ground.docker, self._ground.session.id, self._project)
        for folder in (self._folder.path, self._private):
            shutil.rmtree(folder, ignore_errors=True)
        self._compose, self._playing, self._holder = None, None, ""

    @property
    def _labels(self) -> Mapping[str, str]:
        return {**self._ground.session.labels, CORNER: self._project}

    def _lay_out(self) -> None:
        self._folder.make(self._ground.owner)
        for source, name in ((_PLUGIN, "tier_reporter.py"), (_SHARDING, "tier_sharding.py")):
            shutil.copyfile(source, self._folder.plugin / name)
        home = self._ground.checkout / HOME
        for folder in (home.parent, home):
            folder.mkdir(exist_ok=True)
            _give(folder, self._ground.owner)
        ignore = home.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
            _give(ignore, self._ground.owner)

    def _write_phases(self) -> None:
        tier = self._tier
        texts = {"driver": driver.DRIVER, "run": driver.phase(tier.command)}
        if tier.require.commands:
            texts["require"] = driver.require(tier.require.commands)
        if tier.setup:
            texts["setup"] = driver.phase(tier.setup.run)
        texts["migrate"] = driver.phase(tier.migrate or ":")  # the gate stands before it
        for name, text in texts.items():
            (self._folder.state / f"{name}.sh").write_text(text, encoding="utf-8")
        if self._runtime.docker:
            shim = self._folder.path / "bin" / "docker-compose"
            shim.parent.mkdir(exist_ok=True)
            shim.write_text(_COMPOSE_SHIM, encoding="utf-8")
            shim.chmod(0o755)

    def _shard_variables(self) -> Mapping[str, str]:
        shard, shards = self._shard
        if shards == 1:
            return {}
        known = self._ground.durations.get(self._tier.name, {}) if self._tier.shard_by == "duration" else {}
        (self._folder.plugin / "durations.json").write_text(json.dumps(known), encoding="utf-8")
        return {"TIER_SHARD_OF": f"{shard}/{shards}", "TIER_DURATIONS": f"{self.places().plugin}/durations.json"}

    def _in_container(self, docker: Docker, stack: Stack | None, give: Variables, reports: Reports) -> InContainer:
        workspace = self._ground.stand.workspace
        arguments = ["--name", f"{self._project}-tests", *_labelled(self._labels)]
        arguments += ["--volume", f"{workspace}:{workspace}", "--volume", f"{self._outside}:{_INSIDE}"]
        arguments += ["--workdir", workspace, *self._network(stack)]
        if not self._runtime.root:
            arguments += ["--user", "{}:{}".format(*self._ground.owner)]
        if self._runtime.docker:
            group = socket_group()
            arguments += ["--volume", "/var/run/docker.sock:/var/run/docker.sock"]
            arguments += ["--group-add", str(group)] if group is not None and not self._runtime.root else []
            image = docker.have(self.image).get("Config") or {}
            path = dict(each.partition("=")[::2] for each in image.get("Env") or []).get("PATH", self._ground.path)
            more = {"PATH": f"{_INSIDE}/bin:{path}", "DOCKER_HOST": "unix:///var/run/docker.sock"}
            give = Variables(plain={**give.plain, **more}, secret=give.secret)
        container = create(docker, self.image, give, arguments, ["/bin/sh", f"{_INSIDE}/state/driver.sh"])
        return InContainer(docker, container, self._folder, reports)

    def _network(self, stack: Stack | None) -> Sequence[str]:
        if self._runtime.docker:
            return ["--network", "host"]
        if stack is None or stack.network is Network.NONE:
            return []
        if stack.network is Network.HOST or not self._holder:
            return ["--network", "host"]
        return ["--network", f"container:{self._holder}"]

    def _hold(self, docker: Docker, stack: Stack) -> None:
        """Start the container whose network the tests share."""
        probes = [(service.name, port) for service in stack.services for port in service.ports if not service.health]
        told = {
            "forwards": [(f.port, f.service, f.target) for f in stack.forwards if stack.network is Network.ISOLATED],
            "probes": probes,
            "state": f"{_INSIDE}/ports.json",
        }
        first, *others = stack.networks or ["bridge"]
        arguments = ["create", "--name", f"{self._project}-net", *_labelled(self._labels), "--network", first]
        arguments += ["--volume", f"{self._outside}:{_INSIDE}", "--entrypoint", _PYTHON, self._ground.stand.image]
        holder = docker.ask(*arguments, "-Iu", "-m", "crossproof.engine.forwarder", json.dumps(told)).split()[-1]
        for network in others:
            docker.ask("network", "connect", network, holder)
        docker.ask("start", holder)
        self._holder = holder

    def _on_host(self) -> str:
        if not self._ground.stand.image:
            return "outside the runner's container, ports are where Compose publishes them"
        return "the tests start containers themselves" if self._runtime.docker else ""

    def _open(self) -> frozenset[tuple[str, int]]:
        if not self._ground.stand.image and self._stack:
            return frozenset((f.service, f.target) for f in self._stack.forwards if answers("127.0.0.1", f.port))
        try:
            told = json.loads((self._folder.path / "ports.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return frozenset()
        return frozenset((str(service), int(port)) for service, port in told)


def _labelled(labels: Mapping[str, str]) -> list[str]:
    return [part for name, value in labels.items() for part in ("--label", f"{name}={value}")]


def _give(path: Path, owner: tuple[int, int]) -> None:
    if os.geteuid() == 0:
        os.chown(path, *owner)
