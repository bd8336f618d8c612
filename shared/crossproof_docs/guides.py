"""Writes the parts of the guides in docs/ that the code knows better than any page: permissions, policies, trust."""

import json
from collections.abc import Mapping, Sequence

from crossproof.archive import bucket_page
from crossproof.archive.bucket_page import Bucket
from crossproof.github.permissions import classic_scope
from crossproof.needs import Need, Where
from crossproof.units import RepoRef
from crossproof_docs import sections, tables
from crossproof_docs.shop import Action

_BUCKET = Bucket(
    name="example-org-evidence",
    prefix="crossproof",
    repository=RepoRef.parse("example-org/tracking"),
    owner_id="",
    repository_id="",
    environment="cross-repository",
)


def filled(page: str, suite: Sequence[Action], where: str) -> str:
    """Fill the sections that a guide marks."""
    written = _written(suite)
    marked = sections.marked(page)
    if unknown := set(marked) - set(written):
        raise ValueError(f"{where}: marks {sorted(unknown)}, but what is written there is {sorted(written)}")
    return sections.fill(page, {name: written[name] for name in marked}, where)


def _written(suite: Sequence[Action]) -> Mapping[str, str]:
    return {
        "permissions": _permissions(suite),
        "trust": _json(bucket_page.trust(_BUCKET)),
        "writer": _json(bucket_page.writer(_BUCKET)),
        "reader": _json(bucket_page.reader(_BUCKET)),
    }


def _permissions(suite: Sequence[Action]) -> str:
    rows = [(f"`{action.name}`", *_row(need)) for action in suite for need in action.needs]
    head = ("Action", "Where", "Job's token, App or fine-grained token", "Classic token", "What for", "Only with")
    return tables.table(head, rows)


def _row(need: Need) -> tuple[str, str, str, str, str]:
    scope = classic_scope(need.permission, need.level) if _is_granted_by_github(need) else ""
    return need.where, f"`{need}`", f"`{scope}`" if scope else "", need.why, need.when


def _is_granted_by_github(need: Need) -> bool:
    return need.where in (Where.TARGET, Where.CURRENT)


def _json(value: object) -> str:
    return f"```json\n{json.dumps(value, indent=2)}\n```"
