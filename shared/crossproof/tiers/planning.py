"""Decides the jobs of a matrix: a tier or one shard of it each, never more than GitHub runs."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from crossproof.errors import BadCall, Fault
from crossproof.tiers.manifest import Manifest, Tier
from crossproof.units import clip

MOST_JOBS = 256
_MARGIN = 10  # minutes that a job gets beyond its tier: checkout, images, clean-up
HOME = ".crossproof/home"  # of the tests, in the workspace: where caches can be kept between runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job of the matrix; `id` is what `job` is given in mode run, and what merge expects back."""

    id: str
    tier: str
    shard: int
    shards: int
    runner: str
    timeout: int  # minutes
    cache_paths: str = ""
    cache_key: str = ""


def jobs(manifest: Manifest, chosen: Sequence[str], shards: int | None, hashes: Mapping[str, str]) -> Sequence[Job]:
    """List the jobs. `shards` overrides the manifest's numbers; more than fit are folded, in proportion."""
    wanted = {
        name: shards if shards and manifest.tiers[name].shards > 1 else manifest.tiers[name].shards for name in chosen
    }
    if len(chosen) > MOST_JOBS:
        raise BadCall(
            [Fault("tiers", f"{len(chosen)} tiers are more than the {MOST_JOBS} jobs that a matrix can have")]
        )
    room = MOST_JOBS - len(chosen)
    over = sum(count - 1 for count in wanted.values())
    if over > room:
        wanted = {name: 1 + math.floor((count - 1) * room / over) for name, count in wanted.items()}
    return [job for name in chosen for job in _of(manifest.tiers[name], wanted[name], hashes.get(name, ""))]


def _of(tier: Tier, shards: int, fingerprint: str) -> Sequence[Job]:
    minutes = math.ceil(tier.limits.tier.seconds / 60) + _MARGIN
    paths = tier.setup.cache if tier.setup else ()
    return [
        Job(
            id=job_id(tier.name, shard, shards),
            tier=tier.name,
            shard=shard,
            shards=shards,
            runner=tier.runner,
            timeout=minutes,
            cache_paths="\n".join(_in_workspace(path, tier.workdir) for path in paths),
            cache_key=f"tiers-{tier.name}-{fingerprint}" if paths else "",
        )
        for shard in range(1, shards + 1)
    ]


def job_id(tier: str, shard: int, shards: int) -> str:
    """Name a job; the name says all that is needed to run it."""
    return tier if shards == 1 else f"{tier}-{shard}of{shards}"


def find(listed: Sequence[Job], wanted: str) -> Job:
    """Find a job by its id."""
    for job in listed:
        if job.id == wanted:
            return job
    raise BadCall([Fault("job", f"{clip(wanted)} is none of this plan's jobs: {', '.join(job.id for job in listed)}")])


def as_matrix(listed: Sequence[Job]) -> str:
    """Write the matrix. It is never empty text, which `fromJSON` refuses; no job at all is an empty list."""
    return json.dumps({"include": [asdict(job) for job in listed]}, separators=(",", ":"))


def from_matrix(text: str) -> Sequence[Job]:
    """Read a matrix back; what is none is refused."""
    try:
        listed = json.loads(text)["include"]
        return [Job(**{**each, "shard": int(each["shard"]), "shards": int(each["shards"])}) for each in listed]
    except (ValueError, TypeError, KeyError) as fault:
        raise BadCall(
            [Fault("expected", f"is no matrix of mode plan ({type(fault).__name__}: {clip(str(fault), 80)})")]
        ) from None


def _in_workspace(path: str, workdir: str) -> str:
    if path == "~" or path.startswith("~/"):
        return HOME + path[1:]
    return path if path.startswith("/") or workdir == "." else f"{workdir}/{path}"
