"""Runs the chosen tiers of one job, and leaves nothing of them behind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from crossproof.errors import Cancelled
from crossproof.outcome import ReportFiles
from crossproof.parallel import Stop
from crossproof.tiers.environment import Places
from crossproof.tiers.manifest import Manifest, Tier
from crossproof.tiers.result import TierResult
from crossproof.tiers.running import TierRun
from crossproof.tiers.scheduling import run_all
from crossproof.tiers.stage import Backstage, Corner, Stage, Ticking
from crossproof.units import SecretStr


class Playhouse(Protocol):
    """The machine, as far as tests use it."""

    def open(self, tiers: Sequence[Tier]) -> Sequence[str]:
        """Look for an engine if these tiers need one, and clear away what dead steps left; say what was found."""

    def corner(self, tier: Tier, shard: int, shards: int) -> tuple[Stage, Places]:
        """Give a tier its corner."""

    def close(self) -> Sequence[str]:
        """Remove everything of this step; name what would not go."""

    def clean_up(self, session: str) -> Sequence[str]:
        """Remove what a killed step of this name left; name what would not go."""

    def session(self) -> str:
        """Name this step's stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What one job is to run: tiers in their order, or one shard of one tier."""

    names: Sequence[str]
    shard: int = 1
    shards: int = 1
    id: str = ""  # of the job; empty: each tier has its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What they are run with."""

    house: Playhouse
    clock: Ticking
    say: Callable[[str], None]
    show: Callable[[str], None]
    report: ReportFiles
    around: Mapping[str, str]
    secrets: Mapping[str, SecretStr]
    sha: str
    reproduce: Callable[[str], str]


def play(
    manifest: Manifest, wanted: Wanted, means: Means, fresh: Mapping[str, TierResult], *, at_once: int
) -> Sequence[TierResult]:
    """Run them; whatever ends it, the machine is clean afterwards, and a cancellation in the middle is made up for."""
    stop = Stop()
    back = Backstage(clock=means.clock, stop=stop, say=means.say, show=means.show, report=means.report)
    side_by_side = min(at_once, len(wanted.names))

    def start(name: str) -> TierResult:
        tier = manifest.tiers[name]
        stage, places = means.house.corner(tier, wanted.shard, wanted.shards)
        corner = Corner(
            id=wanted.id or name,
            tier=tier,
            shard=wanted.shard,
            shards=wanted.shards,
            stage=stage,
            secrets={secret: means.secrets[secret] for secret in tier.secrets},
            around=means.around,
            sha=means.sha,
            manifest=manifest.sha256,
            reproduce=means.reproduce(name),
            live=side_by_side == 1,
        )
        result = TierRun(corner, back, places).run()
        if not corner.live:
            means.say(f"{name}: {result.state}. {result.sentence}")
        return result

    needs = {name: tier.needs for name, tier in manifest.tiers.items()}
    try:
        return run_all(wanted.names, needs, start, at_once=side_by_side, stop=stop, fresh=fresh)
    finally:
        _closed(means)


def _closed(means: Means) -> None:
    try:
        stayed = means.house.close()
    except Cancelled:
        means.house.close()
        raise
    if stayed:
        means.say(f"Could not be removed: {', '.join(stayed)}")
