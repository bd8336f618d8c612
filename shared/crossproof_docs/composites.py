"""Reads the composite actions, steps of the suite that belong together, and decides what is shown of each."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from crossproof.flows.deciding import FOREIGN_ARTIFACT, PROVEN, SEVERAL_RUNS, UNFINISHED
from crossproof.verdict import Exit, Reason, unproven
from crossproof_docs import tables
from crossproof_docs.shop import Example, examples
from crossproof_docs.siblings import COMPOSITES

_STEPS = (
    "Its steps are {steps}: what they need, and every other word that it can end with, is listed with them. At a"
    " version's tag, or at its commit, they are those of the same version."
)
# The one word of the workflow prove-tracking.yml besides those of the command of that name.
NOT_KEPT = unproven(
    "not-kept",
    Exit.NOT_FOUND_OUT,
    "Everything was proven, and the evidence could not be kept: by tomorrow nobody could be shown it.",
    "The step that archives or uploads says why; then run the job again, which reuses the app's run.",
)
_OWN: Mapping[str, tuple[str, tuple[Reason, ...]]] = {
    "tealium-proof": (
        "The app's tests were run for this very commit and ended with success, and what they recorded is as planned.",
        (
            PROVEN,
            FOREIGN_ARTIFACT,
            SEVERAL_RUNS,
            UNFINISHED,
            unproven(
                "another-attempt",
                Exit.NOT_FOUND_OUT,
                "The run was started again meanwhile: what was fetched is not of the attempt that counted.",
                "Run the job again, and let nobody restart the app's run while it is waited for.",
            ),
        ),
    ),
    "tyk-dashboard-env": (
        "The image has the code of the dashboard's commit and of this change, and is named by its digest.",
        (
            UNFINISHED,
            unproven(
                "no-image",
                Exit.NOT_FOUND_OUT,
                "There is no image with a digest to test with: an environment would start its default one instead.",
                "Have it built first (build-companion-image.yml does), or name another dashboard by `companion_ref`.",
            ),
        ),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """One composite action; its `action.yml` is written by people, the pages around it are not."""

    name: str
    title: str
    does: str
    promise: str
    inputs: Mapping[str, Mapping[str, Any]]
    outputs: Mapping[str, Mapping[str, str]]
    steps: Sequence[str]
    reasons: tuple[Reason, ...]  # its own; its steps have theirs
    examples: Sequence[Example]

    @classmethod
    def read(cls, root: Path, name: str) -> "Composite":
        """Read the metadata, and which actions of the suite it is made of."""
        home = root / "actions" / name
        text = (home / "action.yml").read_text(encoding="utf-8")
        metadata = yaml.safe_load(text)
        promise, reasons = _OWN[name]
        return cls(
            name=name,
            title=metadata["name"],
            does=metadata["description"],
            promise=promise,
            inputs=metadata["inputs"],
            outputs=metadata["outputs"],
            steps=re.findall(r"uses: [\w.-]+/[\w.-]+/actions/([\w-]+)@", text),
            reasons=reasons,
            examples=examples(home / "examples"),
        )

    @property
    def parts(self) -> dict[str, str]:
        """The generated parts of its README, and of its section in the catalog."""
        links = ", ".join(f"[{step}](../{step}/README.md)" for step in self.steps)
        inputs = [(f"`{name}`", spec["description"], _default(spec)) for name, spec in self.inputs.items()]
        outputs = [(f"`{name}`", spec["description"]) for name, spec in self.outputs.items()]
        return {
            "steps": _STEPS.format(steps=links),
            "inputs": tables.table(("Input", "What it is", "Default"), inputs),
            "outputs": tables.table(("Output", "What it says"), outputs),
            "endings": tables.endings(self.reasons),
            "examples": tables.examples(self.examples),
        }

    @property
    def section(self) -> str:
        """Its section of the catalog."""
        parts = {name: body.replace("](../", "](actions/") for name, body in self.parts.items() if name != "examples"}
        shown = [f"### {self.name}: {name}\n\n{body}" for name, body in parts.items()]
        more = f"Background and all examples: [actions/{self.name}](actions/{self.name}/README.md)."
        lead = f"## {self.name}\n\n{self.does}\n\n`verdict: passed` means: {self.promise}"
        return "\n\n".join([lead, tables.examples(self.examples[:1]), more, *shown])


def composites(root: Path) -> list[Composite]:
    """Read all of them."""
    return [Composite.read(root, name) for name in COMPOSITES]


def _default(spec: Mapping[str, Any]) -> str:
    default = spec.get("default", "")
    return "**required**" if spec.get("required") else f"`{default}`" if default else ""
