"""Decides when services are ready, still coming, or will never be: nothing that dies, loops or only listens counts.

`docker compose up --wait` is no such gate: it takes a container that dies two seconds later, or one that is restarted
for ever, for healthy, and one that has done its work and ended for a failure (docker/compose#10596, #12424).
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeAlias

from crossproof.report.amounts import counted
from crossproof.tiers.manifest import Health

_MOST_RESTARTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A service as the Compose file describes it."""

    name: str
    health: bool = False  # it has a health check
    ports: Sequence[int] = ()  # its own ports that are published
    restarts: bool = False  # the engine starts it again when it ends
    one_shot: bool = False  # another waits for it to end
    containers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One container as the engine sees it now."""

    service: str
    id: str
    state: str  # created, running, paused, restarting, exited, dead
    exit_code: int = 0
    health: str = ""  # "", starting, healthy, unhealthy
    oom: bool = False
    restarts: int = 0
    running_for: float = 0.0  # seconds since it was last started
    error: str = ""
    probes: Sequence[str] = ()
    image: str = ""


@dataclass(frozen=True, slots=True)
class Ready:
    """All services are; these did something worth knowing."""

    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Not yet, and this is why for each service that is not."""

    missing: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Broken:
    """It will never be, because of this service."""

    service: str
    why: str


Step: TypeAlias = Ready | Waiting | Broken


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Everything that is known at one moment."""

    elapsed: float
    up_exit: int | None  # of `docker compose up`; None while it works
    seen: Sequence[Seen]
    open_ports: AbstractSet[tuple[str, int]] = frozenset()  # (service, port) that answered


def next_step(wanted: Sequence[Wanted], health: Health, look: Look) -> Step:
    """Judge one look."""
    missing: dict[str, str] = {}
    for service in wanted:
        containers = [seen for seen in look.seen if seen.service == service.name]
        for seen in containers:
            if why := _broken(service, seen):
                return Broken(service.name, why)
        whys = [_missing(service, seen, health, look.open_ports) for seen in containers]
        if why := "not created yet" if len(containers) < service.containers else next(filter(None, whys), ""):
            missing[service.name] = why
    if look.up_exit:
        return Broken("", f"`docker compose up` ended with {look.up_exit}")
    if not missing and look.up_exit == 0:
        return Ready(tuple(_remark(seen) for seen in look.seen if seen.restarts))
    if look.elapsed > health.timeout.seconds:
        name, why = next(iter(missing.items()), ("", "`docker compose up` has not ended"))
        return Broken(name, f"was not ready within {health.timeout}: {why}")
    return Waiting(missing)


def _remark(seen: Seen) -> str:
    return f"{seen.service} was restarted {counted(seen.restarts, 'time')} before it was ready"


def _broken(service: Wanted, seen: Seen) -> str:  # noqa: PLR0911 - one line for each way to be beyond hope
    if seen.oom:
        return "was killed for using too much memory"
    if seen.restarts > _MOST_RESTARTS:
        return f"ends again and again ({counted(seen.restarts, 'restart')}, last with {seen.exit_code})"
    if seen.state == "created" and seen.error:
        return f"cannot be started: {seen.error}"
    if seen.health == "unhealthy" and seen.state == "running":
        last = f": {seen.probes[-1]}" if seen.probes else ""
        return f"is unhealthy{last}"
    if seen.state not in {"exited", "dead"}:
        return ""
    if seen.exit_code:
        return "" if service.restarts else f"ended with {seen.exit_code}" + (f" ({seen.error})" if seen.error else "")
    if service.ports and not service.one_shot:
        return "ended with 0, although it publishes ports and so should run on"
    return ""


def _missing(  # noqa: PLR0911 - one line for each thing that may still come
    service: Wanted, seen: Seen, health: Health, open_ports: AbstractSet[tuple[str, int]]
) -> str:
    if seen.state in {"exited", "dead"}:
        return "ended, and will be started again" if seen.exit_code or service.restarts else ""
    if seen.state != "running":
        return seen.state
    if service.one_shot:
        return "has not ended yet"
    if service.health and seen.health != "healthy":
        return f"health: {seen.health or 'not asked yet'}"
    stable = health.stable.seconds
    if (not service.health or seen.restarts) and seen.running_for < stable:
        return f"has run for {seen.running_for:.1f} s, less than {stable} s"
    if not service.health and health.probe_ports:
        closed = [port for port in service.ports if (service.name, port) not in open_ports]
        return f"port {closed[0]} does not answer" if closed else ""
    return ""
