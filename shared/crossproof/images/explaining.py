"""Explains a resolution: what was tried, what is pinned, and the two calls that show the same to anybody."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from crossproof.images.counterparts import Commit, Name
from crossproof.images.hosts import Registry
from crossproof.images.journal import Tried
from crossproof.images.manifests import ACCEPTED
from crossproof.report.markdown import block, code, details, inline, table
from crossproof.units import RepoRef

_SIGNS = {"present": "✅", "absent": "·", "unknown": "❔"}


def tried_table(tried: Sequence[Tried]) -> str:
    """Show every look, in order."""
    rows = [
        [str(number), _looked_for(each), f"{_SIGNS[each.outcome]} {each.outcome}", inline(each.detail)]
        for number, each in enumerate(tried, 1)
    ]
    return table(["#", "looked for", "outcome", "detail"], rows)


def _looked_for(each: Tried) -> str:
    what = " ".join(code(part) for part in (each.ref, each.tag) if part)
    return f"{inline(each.kind)} {what}".strip()


def pinned_table(pinned: Mapping[str, str]) -> str:
    """Show what is settled."""
    return table(["", ""], [[inline(name), code(value)] for name, value in pinned.items() if value])


def plan_table(names: Sequence[Name], tags: Sequence[str], image: str) -> str:
    """Show what would be looked for."""
    rows = [["companion's commit", inline(name.by), code(name.text or str(name.where))] for name in names]
    rows += [["image", inline("companion's-own"), code(f"{image}:{tag}")] for tag in tags]
    return table(["for", "by", "what"], rows)


def reproduce(companion: RepoRef, commit: Commit | None, registry: Registry, repository: str, tag: str) -> str:
    """Write the two calls by which anybody sees the same."""
    lines = []
    if commit:
        ref = f"git/ref/heads/{commit.branch}" if commit.branch else f"commits/{commit.tag or commit.sha}"
        lines.append(f"gh api 'repos/{companion}/{ref}'")
    if tag and registry.ecr:
        account = f"--region {registry.ecr.region} --registry-id {registry.ecr.account}"
        lines.append(f"aws ecr batch-get-image {account} --repository-name {repository} --image-ids imageTag={tag}")
    elif tag:
        url = f"{registry.base_url}/v2/{registry.path_of(repository)}/manifests/{tag}"
        lines.append(f"curl --fail-with-body -H 'Accept: {', '.join(ACCEPTED)}' {url}")
    return details("Reproduce", block("\n".join(lines), "console")) if lines else ""


def cost(counts: Mapping[str, int]) -> str:
    """Say what it took."""
    return ", ".join(f"{count} {'call' if count == 1 else 'calls'} to {whom}" for whom, count in counts.items())


def as_json(tried: Sequence[Tried]) -> str:
    """Write the looks for a later step."""
    return json.dumps([asdict(each) for each in tried], ensure_ascii=False)
