"""Decides how a Compose stack is run for a tier: the ports, names and health checks of the copy that is started."""

import copy
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crossproof.errors import BadCall, Fault
from crossproof.tiers.manifest import Infra, Network
from crossproof.tiers.readiness import Wanted

Model = dict[str, Any]
_GO = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_INTERVAL, _RETRIES = 30.0, 3  # Docker's own
_FASTER = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """A port of the tests' localhost, and the service's port behind it."""

    port: int
    service: str
    target: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What is started, how it is reached, and why so."""

    model: Model
    network: Network
    because: str
    services: Sequence[Wanted]
    forwards: Sequence[Forward] = ()  # every published TCP port, whether it is forwarded or on the machine itself
    networks: Sequence[str] = ()  # on which services can be reached, by their names in the engine
    variables: Mapping[str, str] = field(default_factory=dict)  # where services are, for `attach`


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageHealth:
    """The health check that an image brings along."""

    interval: float = _INTERVAL
    retries: int = _RETRIES


def prepare(
    model: Model,
    infra: Infra,
    project: str,
    labels: Mapping[str, str],
    image_health: Mapping[str, ImageHealth],
    *,
    host: str = "",
) -> Stack:
    """Make the copy of a resolved Compose model that is started; the file itself is never touched.

    `host` says why ports must stay on the machine's own localhost, where they must.
    """
    services: dict[str, Any] = model.get("services") or {}
    if not services:
        raise BadCall([Fault("infra.compose", "starts no service: the file has none, or all need a profile")])
    network, because = _network(services, infra, host)
    ours = copy.deepcopy(model)
    ours["name"] = project
    for name, service in ours["services"].items():
        _service(name, service, project, network, labels)
        if infra.health.accelerate:
            _accelerate(service, image_health.get(name))
    for kind in ("networks", "volumes"):
        _named(ours.get(kind) or {}, project, labels, rename=network is not Network.HOST)
    ports = [port for name in services for port in _ports(name, services[name])]
    return Stack(
        model=ours,
        network=network,
        because=because,
        services=[_wanted(name, service, services, image_health) for name, service in services.items()],
        forwards=_forwards(ports),
        networks=_joined(ours),
        variables=_variables(services) if network is Network.ATTACH else {},
    )


def _network(services: Mapping[str, Any], infra: Infra, host: str) -> tuple[Network, str]:
    if host and infra.network is not Network.NONE:
        return Network.HOST, host
    if infra.network is not Network.AUTO:
        return infra.network, "the manifest says so"
    for name, service in services.items():
        if service.get("network_mode") == "host":
            return Network.HOST, f"{name} uses the host's network"
        for port in service.get("ports") or ():
            published = str(port.get("published") or "")
            if port.get("protocol", "tcp") != "tcp":
                return Network.HOST, f"{name} publishes a {port['protocol']} port, and only TCP can be forwarded"
            if not published.isdecimal():
                what = "a range of ports" if published else "a port without a fixed number"
                return Network.HOST, f"{name} publishes {what}"
    return Network.ISOLATED, "ports are the tests' own, so that equal stacks run side by side"


def _service(name: str, service: dict[str, Any], project: str, network: Network, labels: Mapping[str, str]) -> None:
    service["labels"] = {**_labels(service.get("labels")), **labels}
    if network is not Network.HOST:
        service.pop("container_name", None)
        service.pop("ports", None)
    if build := service.get("build"):
        build["labels"] = _labels(build.get("labels"))
        # Named by what it is, not by the session: a machine that is kept must not fill up with images.
        service.setdefault("image", f"crossproof-tiers/{project.partition('-')[2] or 'tier'}-{name}".lower())


def _labels(written: Any) -> dict[str, str]:
    if isinstance(written, list):
        return dict(str(each).partition("=")[::2] for each in written)
    return {str(key): str(value) for key, value in (written or {}).items()}


def _accelerate(service: dict[str, Any], image: ImageHealth | None) -> None:
    """Ask twice a second instead, and as many times more: what never gets healthy fails at the same moment."""
    check = service.get("healthcheck")
    if check is None and image is None:
        return
    if check is not None and (check.get("disable") or check.get("test") in (["NONE"], "NONE")):
        return
    default = image or ImageHealth()
    written = check or {}
    interval = seconds(written["interval"]) if written.get("interval") else default.interval
    retries = int(written.get("retries") or default.retries)
    if interval > _FASTER:
        service["healthcheck"] = {
            **written,
            "interval": f"{_FASTER * 1000:.0f}ms",
            "retries": max(retries, math.ceil(interval * retries / _FASTER)),
        }


def _named(listed: dict[str, Any], project: str, labels: Mapping[str, str], *, rename: bool) -> None:
    for key, written in listed.items():
        one = written if isinstance(written, dict) else {}
        listed[key] = one
        if one.get("external"):
            continue
        one["labels"] = {**_labels(one.get("labels")), **labels}
        if rename or not one.get("name"):
            one["name"] = f"{project}_{key}"


def _ports(name: str, service: Mapping[str, Any]) -> Sequence[Forward]:
    return [
        Forward(port=int(port["published"]), service=name, target=int(port["target"]))
        for port in service.get("ports") or ()
        if str(port.get("published") or "").isdecimal() and port.get("protocol", "tcp") == "tcp"
    ]


def _forwards(ports: Sequence[Forward]) -> Sequence[Forward]:
    taken: dict[int, Forward] = {}
    for forward in ports:
        other = taken.setdefault(forward.port, forward)
        if other is not forward and (other.service, other.target) != (forward.service, forward.target):
            what = f"port {forward.port} is published by both {other.service} and {forward.service}"
            raise BadCall([Fault("infra.compose", what)])
    return list(taken.values())


def _joined(model: Model) -> Sequence[str]:
    """Name the networks on which services can be reached, in the engine's words."""
    used: dict[str, None] = {}
    networks = model.get("networks") or {}
    for service in model["services"].values():
        for key in service.get("networks") or ({} if service.get("network_mode") else {"default": None}):
            used.setdefault(str((networks.get(key) or {}).get("name") or f"{model['name']}_{key}"))
    return list(used)


def _variables(services: Mapping[str, Any]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, service in services.items():
        word = re.sub(r"[^A-Z0-9]", "_", name.upper())
        found[f"{word}_HOST"] = name
        for port in _ports(name, service)[:1]:
            found[f"{word}_PORT"] = str(port.target)
    return found


def _wanted(
    name: str, service: Mapping[str, Any], services: Mapping[str, Any], image_health: Mapping[str, ImageHealth]
) -> Wanted:
    check = service.get("healthcheck") or {}
    off = check.get("disable") or check.get("test") in (["NONE"], "NONE")
    awaited = any(
        (other.get("depends_on") or {}).get(name, {}).get("condition") == "service_completed_successfully"
        for other in services.values()
        if isinstance(other.get("depends_on"), dict)
    )
    return Wanted(
        name=name,
        health=not off and (bool(check) or name in image_health),
        # On the host's own network a service has no name under which it could be asked.
        ports=() if service.get("network_mode") else tuple(dict.fromkeys(p.target for p in _ports(name, service))),
        restarts=str(service.get("restart") or "no") not in {"no", ""},
        one_shot=awaited,
        containers=int((service.get("deploy") or {}).get("replicas", service.get("scale") or 1)),
    )


def seconds(text: str) -> float:
    """Read a span as Go writes it: 1m30s, 500ms."""
    parts = _GO.findall(text)
    if "".join(number + unit for number, unit in parts) != text or not parts:
        raise ValueError(f"{text!r} is no span of time")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
