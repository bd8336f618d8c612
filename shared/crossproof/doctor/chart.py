"""Puts what was seen into words: one line a fact, and the remarks a person should read before anything fails."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from crossproof.doctor.seen import Caller, Identity, Repository, RunnerFacts, Server
from crossproof.probe import Absent, Present, Probe

T = TypeVar("T")

_CLAIMS = ("iss", "aud", "sub")  # never the token itself
_EXPIRES_SOON = timedelta(days=7)
_SKEW_THAT_HURTS = timedelta(seconds=60)  # GitHub refuses an App's JWT whose `iat` lies in its future
_LITTLE_BUDGET = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything that was seen, before it is weighed. None = it was not asked for."""

    identity: Probe[Identity]
    repository: Probe[Repository]
    server: Probe[Server]
    runner: RunnerFacts
    claims: Probe[Mapping[str, str]] | None = None
    caller: Probe[Caller] | None = None


def chart(findings: Findings) -> dict[str, str]:
    """Name each fact; one that could not be found out says why instead of being left out."""
    facts = {
        "token": _said(findings.identity, _identity),
        "repository": _said(findings.repository, lambda r: f"{r.name}, {'private' if r.private else 'public'}"),
        "api": _said(findings.server, lambda s: f"{s.url}, version {s.version}"),
        "rate budget": _said(findings.server, _budget),
        "clock": _said(findings.server, _clock),
        "runner": _runner(findings.runner),
        "OIDC": _oidc(findings),
    }
    if findings.caller is not None:
        facts["AWS"] = _said(findings.caller, lambda caller: f"{caller.arn} in account {caller.account}")
    return facts


def remarks(findings: Findings, now: datetime) -> Iterator[str]:
    """Warn of what will fail later though nothing is missing today."""
    identity, server = findings.identity, findings.server
    if isinstance(identity, Present):
        end = identity.value.expires_at
        if end and end - now < _EXPIRES_SOON:
            yield f"The token expires at {end:%Y-%m-%d %H:%M} UTC: replace it before then, or use a GitHub App."
    if isinstance(server, Present):
        yield from _server_remarks(server.value)


def _server_remarks(server: Server) -> Iterator[str]:
    if server.skew is not None and abs(server.skew) > _SKEW_THAT_HURTS:
        yield (
            f"This machine's clock differs from the API's by {abs(server.skew).total_seconds():.0f} s: App and "
            "AWS signatures will be refused. Synchronise it (NTP)."
        )
    if server.remaining is not None and server.remaining < _LITTLE_BUDGET:
        yield f"Only {server.remaining} of {server.limit} API calls are left{_until(server)}."


def _said(answer: Probe[T], words: Callable[[T], str]) -> str:
    if isinstance(answer, Present):
        return words(answer.value)
    return f"none: {answer.proof}" if isinstance(answer, Absent) else f"could not find out: {answer.why}"


def _identity(identity: Identity) -> str:
    who = f" of {identity.login}" if identity.login else ""
    until = f", until {identity.expires_at:%Y-%m-%d %H:%M} UTC" if identity.expires_at else ""
    scopes = f", scopes {', '.join(identity.scopes)}" if identity.scopes else ""
    return f"{identity.kind}{who}{scopes}{until}"


def _budget(server: Server) -> str:
    if server.remaining is None:
        return "not limited, or not said by this server"
    return f"{server.remaining} of {server.limit} calls left{_until(server)}"


def _until(server: Server) -> str:
    return f" until {server.resets_at:%H:%M} UTC" if server.resets_at else ""


def _clock(server: Server) -> str:
    if server.skew is None:
        return "the server does not say its time"
    return f"{server.skew.total_seconds():+.0f} s against the API"


def _runner(facts: RunnerFacts) -> str:
    if not facts.in_runner:
        return "none: this is a local run"
    where = "in a container" if facts.in_container else "outside a container"
    age = "2.329.0 or newer" if facts.runner_temp else "older than 2.329.0, or not started as a container action"
    socket = "with" if facts.docker_socket else "without"
    return f"{facts.environment or 'unknown'} {facts.os} {facts.arch}, {where}, {socket} docker socket, runner {age}"


def _oidc(findings: Findings) -> str:
    if findings.claims is not None:
        return _said(findings.claims, lambda claims: ", ".join(f"{name} {claims.get(name, '?')}" for name in _CLAIMS))
    return "available" if findings.runner.id_token else "not granted (permissions: id-token: write)"
