"""Decides which files are generated, and what each must say right now."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from crossproof.flows import prove_contract
from crossproof.report.envelope import Envelope
from crossproof.tiers.grammar import MANIFEST
from crossproof.tracking.baseline.grammar import GRAMMAR as BASELINE
from crossproof.tracking.plan.grammar import PLAN
from crossproof_docs import catalog, dockerfile, guides, reusable, schemas, sections, siblings, tables, troubleshooting
from crossproof_docs.composites import NOT_KEPT, Composite, composites
from crossproof_docs.metadata import action_yml
from crossproof_docs.rules_page import rules_page
from crossproof_docs.shop import Action, actions

PROOF = troubleshooting.Command(prove_contract.NAME, (*prove_contract.REASONS, NOT_KEPT))
_BESIDES = "Besides these: [the endings of every action](../../action-catalog.md#endings-of-every-action)."
_AUTHOR = "The Crossproof maintainers"
# Files that people write, and in which only the names of the suite's actions are ours.
_NAMES_SIBLINGS = ("actions/*/examples/*.yml", ".github/workflows/*.yml", "docs/**/*.md")


def files(root: Path) -> dict[Path, str]:
    """Give every generated file with its text. Nothing is written here."""
    suite, together = list(actions(root)), composites(root)
    trouble = (Path(__file__).parent / "trouble.md").read_text(encoding="utf-8")
    texts = {
        root / "action-catalog.md": siblings.rewrite(f"{catalog.catalog(suite, together)}\n{reusable.section(root)}\n"),
        root / "schemas" / "report.json": schemas.schema_of(Envelope, "A report of any action"),
        root / "Dockerfile.tiers": dockerfile.with_tools((root / "Dockerfile").read_text(encoding="utf-8")),
        root / "schemas" / "tiers.json": json.dumps(MANIFEST, indent=2, ensure_ascii=False) + "\n",
        root / "schemas" / "tracking-plan.json": json.dumps(PLAN, indent=2, ensure_ascii=False) + "\n",
        root / "schemas" / "prove-tracking.json": schemas.schema_of(
            prove_contract.Details, "Details of a prove-tracking report"
        ),
        root / "schemas" / "baseline.json": json.dumps(BASELINE, indent=2, ensure_ascii=False) + "\n",
    }
    for action in suite:
        home = root / "actions" / action.name
        texts[home / "action.yml"] = action_yml(action, _AUTHOR)
        texts[home / "README.md"] = _page(home / "README.md", root, action)
        if action.details is not None:
            title = f"Details of a {action.name} report"
            texts[root / "schemas" / f"{action.name}.json"] = schemas.schema_of(action.details, title)
    for composite in together:
        home = root / "actions" / composite.name
        texts[home / "action.yml"] = siblings.rewrite((home / "action.yml").read_text(encoding="utf-8"))
        texts[home / "README.md"] = _filled(home / "README.md", root, composite.parts)
    texts |= _front(root, suite, together)
    for pattern in _NAMES_SIBLINGS:
        texts |= {path: siblings.rewrite(path.read_text(encoding="utf-8")) for path in sorted(root.glob(pattern))}
    for path in sorted(root.glob("docs/*.md")):
        texts[path] = guides.filled(texts[path], suite, str(path.relative_to(root)))
    texts[root / "docs" / "rules.md"] = siblings.rewrite(rules_page())
    texts[root / "docs" / "troubleshooting.md"] = siblings.rewrite(
        troubleshooting.page([*suite, *together, PROOF], trouble)
    )
    return texts


def stale(root: Path, texts: Mapping[Path, str]) -> list[Path]:
    """Find files that only a generator writes and that no action stands behind any more."""
    only_ours = [*root.glob("actions/*/action.yml"), *root.glob("schemas/*.json")]
    return sorted(path for path in only_ours if path not in texts)


def differing(texts: Mapping[Path, str]) -> list[Path]:
    """Find files that are missing or say something else."""
    return [path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]


def _page(path: Path, root: Path, action: Action) -> str:
    parts = {
        "needs": tables.needs(action),
        "inputs": tables.inputs(action),
        "outputs": tables.outputs(action),
        "endings": f"{tables.endings(action.reasons)}\n\n{_BESIDES}",
        "examples": tables.examples(action.examples),
    }
    if not path.is_file():
        lead = f"{action.does}\n\n`verdict: passed` means: {action.page.promise}"
        return siblings.rewrite(sections.skeleton(action.page.title, lead, parts))
    return _filled(path, root, parts)


def _front(root: Path, suite: Sequence[Action], together: Sequence[Composite]) -> dict[Path, str]:
    path = root / "README.md"
    return {path: _filled(path, root, {"actions": catalog.overview(suite, together)})}


def _filled(path: Path, root: Path, parts: Mapping[str, str]) -> str:
    text = path.read_text(encoding="utf-8")
    return siblings.rewrite(sections.fill(text, parts, str(path.relative_to(root))))
