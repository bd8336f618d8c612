"""What a tier needs of the machine it runs on: a stage for its services and tests, and what can be seen of it."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Protocol

from crossproof.errors import CrossproofError
from crossproof.outcome import ReportFiles
from crossproof.parallel import Stop
from crossproof.tiers.environment import Variables
from crossproof.tiers.manifest import Tier
from crossproof.tiers.readiness import Seen
from crossproof.tiers.stack import Stack
from crossproof.units import SecretStr
from crossproof.verdict import Exit, unproven

INFRA_FAILED = unproven(
    "infra-failed",
    Exit.NOT_FOUND_OUT,
    "A tier's services did not become ready, so its tests proved nothing.",
    "The summary shows each service with its state, its last health probes and the end of its log.",
)


class StageTrouble(CrossproofError):
    """The services or the tests' container cannot be brought up."""

    reason = INFRA_FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What is seen of the services at one moment."""

    up_exit: int | None = 0
    up_said: str = ""
    seen: Sequence[Seen] = ()
    open_ports: AbstractSet[tuple[str, int]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the tests' container has come. `over`: nothing in it runs any more."""

    phase: str = ""
    exits: Mapping[str, int] = field(default_factory=dict)
    over: bool = False
    exit: int | None = None
    oom: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the tests left: new reports by name, and patterns that found none."""

    junit: Mapping[str, bytes] = field(default_factory=dict)
    coverage: Mapping[str, bytes] = field(default_factory=dict)
    unmet: Sequence[str] = ()


class Tests(Protocol):
    """The container (or process) of the tests: it sets up at once, and goes on when it is let."""

    def let_go_on(self) -> None:
        """Services are ready: migrate and test."""

    def progress(self) -> Progress:
        """Look how far it is."""

    def said(self) -> Sequence[str]:
        """Give the lines that came since the last call."""

    def recorded(self) -> Mapping[str, Sequence[str]]:
        """Give the lines of each journal that came since the last call."""

    def interrupt(self) -> None:
        """Ask everything in it to end, as Ctrl-C does."""

    def kill(self) -> None:
        """End it."""

    def written(self) -> Written:
        """Give the reports that were written since it was started."""


class Stage(Protocol):
    """One tier's own corner of the machine."""

    def resolve(self, secrets: Mapping[str, SecretStr]) -> Stack | None:
        """Read the Compose files and fetch or build the images; None without services. Raises `StageTrouble`."""

    def raise_services(self, stack: Stack) -> None:
        """Begin to start them; does not wait."""

    def services(self) -> Services:
        """Look at them."""

    def log(self, container: str, lines: int) -> str:
        """Give the end of a service's log."""

    def environment_of_image(self) -> Mapping[str, str]:
        """Give the variables that the tests' image sets."""

    def tests(self, stack: Stack | None, give: Variables) -> Tests:
        """Start the tests' container; its first phase runs while services come up."""

    def clear(self) -> None:
        """Remove everything of this corner; never raises for what is gone already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backstage:
    """Whom a running tier talks to."""

    clock: "Ticking"
    stop: Stop
    say: Callable[[str], None]
    show: Callable[[str], None]  # foreign text, as it comes
    report: ReportFiles


class Ticking(Protocol):
    """A clock that only goes forward, and waits."""

    def monotonic(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Corner:
    """Everything that one tier is run with."""

    id: str
    tier: Tier
    shard: int
    shards: int
    stage: Stage
    secrets: Mapping[str, SecretStr]
    around: Mapping[str, str]
    more: Mapping[str, str] = field(default_factory=dict)
    sha: str = ""
    manifest: str = ""
    reproduce: str = ""
    live: bool = True  # its output is shown line by line; else in one piece at its end
