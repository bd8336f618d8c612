"""What doctor looks at, and the ports it looks through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from crossproof.probe import Probe
from crossproof.units import RepoRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the credentials speak for, and what GitHub itself says they may."""

    kind: str  # in words, for people
    login: str = ""
    expires_at: datetime | None = None
    scopes: Sequence[str] = ()  # classic tokens: GitHub lists them in every answer
    permissions: Mapping[str, str] | None = None  # Apps: GitHub lists them when the token is made; None = not listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """The repository asked about, as the credentials see it."""

    name: RepoRef
    private: bool
    default_branch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The API that answered."""

    url: str
    version: str  # the API version that was accepted
    limit: int | None
    remaining: int | None
    resets_at: datetime | None
    skew: timedelta | None  # the server's clock minus ours


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerFacts:
    """The machine and the container the action runs in."""

    in_runner: bool
    in_container: bool
    docker_socket: bool
    runner_temp: bool  # /github/runner_temp is mounted: runner 2.329.0 or newer
    id_token: bool
    os: str = ""
    arch: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who AWS says we are."""

    account: str
    arn: str


class GithubView(Protocol):
    """What the credentials let us see of GitHub."""

    def identity(self) -> Probe[Identity]: ...
    def repository(self, name: RepoRef) -> Probe[Repository]: ...
    def server(self) -> Probe[Server]: ...
    def try_permission(self, permission: str, level: str, repository: Repository) -> Probe[str]:
        """Find out by asking: Present says how it was proven, Absent what GitHub answered."""
        ...

    def remedy(self, permission: str, level: str, name: RepoRef) -> str:
        """Say what to grant, in the words of the credential in use."""
        ...


class AwsView(Protocol):
    """What the role or the ambient credentials let us see of AWS."""

    def claims(self) -> Probe[Mapping[str, str]]: ...
    def caller(self) -> Probe[Caller]: ...
    def reach(self, service: str) -> Probe[str]: ...
