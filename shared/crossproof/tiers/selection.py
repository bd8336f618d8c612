"""Decides which tiers run, and says for each why it does or does not; in doubt it runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from crossproof.errors import BadCall, Fault
from crossproof.probe import Present, Probe
from crossproof.tiers import graph
from crossproof.tiers.manifest import Manifest, Tier
from crossproof.units import clip

_LOCKS = frozenset(
    {"poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "requirements.txt", "package-lock.json", "pnpm-lock.yaml",
     "yarn.lock", "go.sum", "Cargo.lock", "Gemfile.lock", "pyproject.toml", "package.json", "go.mod"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the call asks for by name; empty: the changed files decide."""

    tiers: Sequence[str] = ()
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Every tier of the manifest, with why it runs or does not; the chosen ones in the order they may run."""

    chosen: Sequence[str]
    reasons: Mapping[str, str]
    failed_open: str = ""  # why everything runs although changed files were to decide


def select(
    manifest: Manifest, asked: Asked, changed: Probe[Sequence[str]], workflow: str, stacks: Mapping[str, Sequence[str]]
) -> Selection:
    """Choose. `workflow` is the file that calls; `stacks` are files and folders that a tier's Compose files read."""
    needs = {name: tier.needs for name, tier in manifest.tiers.items()}
    why: dict[str, str] = {}
    failed_open = ""
    if asked.tiers or asked.tags:
        why = _by_name(manifest, asked)
    elif isinstance(changed, Present):
        why = {
            name: reason
            for name, tier in manifest.tiers.items()
            if (reason := _by_path(tier, changed.value, manifest.file, workflow, stacks.get(name, ())))
        }
    else:
        failed_open = changed.proof if not hasattr(changed, "why") else changed.why
        why = dict.fromkeys(manifest.tiers, f"everything runs: {failed_open}")
    for name, asked_by in graph.closure(needs, why).items():
        why.setdefault(name, f"{asked_by} needs it")
    not_chosen = _not_chosen(asked, changed)
    return Selection(
        chosen=graph.ordered(needs, why),
        reasons={name: why.get(name, not_chosen) for name in manifest.tiers},
        failed_open=failed_open,
    )


def _by_name(manifest: Manifest, asked: Asked) -> dict[str, str]:
    tags = dict.fromkeys(tag for tier in manifest.tiers.values() for tag in tier.tags)
    faults = [*_unknown("tiers", asked.tiers, manifest.tiers), *_unknown("tags", asked.tags, tags)]
    if faults:
        raise BadCall(faults)
    chosen = {name: "asked for by name" for name in manifest.tiers if name in asked.tiers}
    for name, tier in manifest.tiers.items():
        if tagged := [tag for tag in tier.tags if tag in asked.tags]:
            chosen.setdefault(name, f"has the tag {', '.join(tagged)}")
    return chosen


def _unknown(where: str, asked: Iterable[str], known: Iterable[str]) -> list[Fault]:
    there = list(known)
    listed = ", ".join(there) or "none"
    return [
        Fault(where, f"{clip(word)} is not in the manifest; it has {listed}") for word in asked if word not in there
    ]


def _by_path(tier: Tier, changed: Sequence[str], manifest: str, workflow: str, stack: Sequence[str]) -> str:
    """Say which change selects a tier: its own paths, and what decides how it runs."""
    if tier.paths is None:
        return "has no `paths`: every change selects it" if changed else ""
    own = {manifest: "the manifest", workflow: "the workflow"}
    own |= dict.fromkeys([*stack, *(tier.infra.compose if tier.infra else ())], "its infrastructure")
    own |= dict.fromkeys(
        [*(tier.setup.key if tier.setup else ()), *([tier.script] if tier.script else [])], "its setup"
    )
    folders = {f"{each}/": each for each in stack}
    for path in changed:
        if pattern := tier.paths.decides(path):
            return f"{path} changed ({pattern})"
        if path in own and path:
            return f"{path} changed ({own[path]})"
        if folder := next((each for start, each in folders.items() if path.startswith(start)), ""):
            return f"{path} changed (its infrastructure reads {folder})"
        if _is_its_lock(path, tier.workdir):
            return f"{path} changed (what it depends on)"
    return ""


def _is_its_lock(path: str, workdir: str) -> bool:
    """Tell whether a file locks dependencies in the tier's folder or above."""
    folder = PurePosixPath(path).parent
    return PurePosixPath(path).name in _LOCKS and (
        PurePosixPath(workdir) == folder or folder in PurePosixPath(workdir).parents
    )


def _not_chosen(asked: Asked, changed: Probe[Sequence[str]]) -> str:
    if asked.tiers or asked.tags:
        return "not asked for"
    many = len(changed.value) if isinstance(changed, Present) else 0
    return f"none of {many} changed files fits its paths"
