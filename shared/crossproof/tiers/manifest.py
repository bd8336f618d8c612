"""What a repository says of its tests: the tiers, what each runs in, on what, and what must hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from crossproof.tiers.globs import Patterns
from crossproof.units import Duration

_TWO_MINUTES, _HALF_AN_HOUR = Duration(120), Duration(1800)
_THREE_SECONDS = Duration(3)  # a container that dies after two seconds must not have counted


class Network(StrEnum):
    """How tests reach their services."""

    AUTO = "auto"
    ISOLATED = "isolated"
    HOST = "host"
    ATTACH = "attach"
    NONE = "none"


class Flaky(StrEnum):
    """What a test that passed after failing means."""

    WARN = "warn"
    FAIL = "fail"
    QUARANTINE = "quarantine"


class Origin(StrEnum):
    """Where a secret comes from."""

    SSM = "ssm"
    SECRETS_MANAGER = "secretsmanager"
    ENV = "env"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSource:
    """One secret: the variable it is given in, and where it is kept."""

    name: str
    origin: Origin
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What tests run in: an image, or (without one) the action's own container."""

    image: str = ""
    docker: bool = False
    root: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """When services count as ready."""

    timeout: Duration = _TWO_MINUTES
    stable: Duration = _THREE_SECONDS
    accelerate: bool = True
    probe_ports: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Infra:
    """The services of a tier."""

    compose: Sequence[str]
    profiles: Sequence[str] = ()
    network: Network = Network.AUTO
    health: Health = Health()
    tail: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What makes the tests runnable."""

    run: str
    cache: Sequence[str] = ()
    key: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long things may take; None: as long as the tier may."""

    tier: Duration = _HALF_AN_HOUR
    test: Duration | None = None
    quiet: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """What must hold beyond green tests."""

    min_tests: int = 1
    max_flaky: int | None = None
    lines: float | None = None
    branches: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Require:
    """What must be there before anything starts."""

    env: Sequence[str] = ()
    commands: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """What the tests write themselves."""

    junit: Sequence[str] = ()
    coverage: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One tier. `command` is what a POSIX shell is given, whichever of run, script and argv said it."""

    name: str
    command: str
    runtime: Runtime | None  # None: nobody said
    description: str = ""
    owner: str = ""
    needs: Sequence[str] = ()
    tags: Sequence[str] = ()
    workdir: str = "."
    paths: Patterns | None = None  # None: every change selects it
    secrets: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    require: Require = Require()
    setup: Setup | None = None
    infra: Infra | None = None
    migrate: str = ""
    script: str = ""
    shards: int = 1
    shard_by: str = "duration"
    limits: Limits = Limits()
    retry_infra: int = 0
    reports: Reports = Reports()
    gates: Gates = Gates()
    flaky: Flaky = Flaky.WARN
    quarantine: Sequence[str] = ()
    runner: str = "ubuntu-latest"
    pass_aws: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All that is said of a repository's tests, and the file that says it (none: it was inferred)."""

    file: str
    sha256: str
    tiers: Mapping[str, Tier]
    secrets: Mapping[str, SecretSource] = field(default_factory=dict)
    aws_role: str = ""
    aws_region: str = ""

    def secrets_of(self, names: Sequence[str]) -> Sequence[SecretSource]:
        """Give the secrets of some tiers, each once."""
        wanted = dict.fromkeys(secret for name in names for secret in self.tiers[name].secrets)
        return [self.secrets[name] for name in wanted]
