"""Whoever wants to try an action or a reusable workflow by hand finds a form for it among the examples."""

import re
from pathlib import Path

import pytest
import yaml

from crossproof.actions import ACTIONS
from crossproof_docs.siblings import COMPOSITES, REUSABLE

ROOT = Path(__file__).parents[2]
TYPES = {"string", "choice", "boolean", "number", "environment"}
TEXTS = {path: path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("actions/*/examples/*.yml"))}


def form_of(text: str) -> dict[str, dict[str, object]]:
    """Read the form of a workflow, if it has one. To YAML 1.1 the key `on` is a flag."""
    triggers = yaml.safe_load(text)[True]
    return (triggers.get("workflow_dispatch") or {}).get("inputs", {}) if isinstance(triggers, dict) else {}


FORMS = {path: form for path, text in TEXTS.items() if (form := form_of(text))}


@pytest.mark.parametrize(
    "what",
    [*(f"actions/{name}@" for name in (*ACTIONS, *COMPOSITES)), *(f"workflows/{name}.yml@" for name in REUSABLE)],
)
def test_there_is_a_form_to_try_it_by_hand(what):
    assert [path for path in FORMS if f"/{what}" in TEXTS[path]], (
        f"no example with workflow_dispatch inputs uses {what}"
    )


@pytest.mark.parametrize("path", [*FORMS, *(ROOT / f".github/workflows/{name}.yml" for name in REUSABLE)], ids=str)
def test_every_field_is_typed_explained_and_used(path):
    text = path.read_text(encoding="utf-8")
    triggers = yaml.safe_load(text)[True]
    fields = FORMS.get(path) or triggers["workflow_call"]["inputs"]
    assert {name for name in fields if not re.search(rf"inputs\.{name}\b", text)} == set()
    for name, field in fields.items():
        assert field.get("type", "string") in TYPES, name
        assert field["description"][0].isupper() or field["description"].split()[0] in {"any,", "dev,"}, name
        assert ("options" in field) == (field.get("type") == "choice"), name
