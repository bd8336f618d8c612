"""Gathers what one action declares of itself: its module, its row of the needs table and its example files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from crossproof.actions import ACTIONS, module_of
from crossproof.needs import NEEDS, Need
from crossproof.page import Page
from crossproof.runner.inputs import InputSpec, specs
from crossproof.runner.outputs import SUITE_OUTPUTS, Outputs, descriptions
from crossproof.verdict import Reason


class Declared(Protocol):
    """The part of an action's module that its user can see."""

    PAGE: Page
    REASONS: tuple[Reason, ...]
    Inputs: type
    Outputs: type[Outputs]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A workflow that can be copied as it stands; its first comment line says what it is for."""

    name: str
    title: str
    body: str

    @classmethod
    def read(cls, path: Path) -> "Example":
        """Split the title off; a file without one explains nothing and is refused."""
        first, _, body = path.read_text(encoding="utf-8").partition("\n")
        if not first.startswith("# "):
            raise ValueError(f"{path}: the first line must be a comment that says what the example is for")
        return cls(name=path.stem, title=first.removeprefix("# ").strip(), body=body.strip("\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action as the shop window shows it."""

    name: str
    does: str  # what `--help` says of it
    page: Page
    inputs: Mapping[str, InputSpec]
    outputs: Mapping[str, str]
    needs: tuple[Need, ...]
    reasons: tuple[Reason, ...]  # its own; SUITE_REASONS hold for every action
    details: type | None = None
    examples: tuple[Example, ...] = ()


def describe(
    name: str, does: str, module: Declared, needs: tuple[Need, ...] = (), examples: tuple[Example, ...] = ()
) -> Action:
    """Bring together what an action says of itself, in the order a reader meets it."""
    return Action(
        name=name,
        does=does,
        page=module.PAGE,
        inputs=specs(module.Inputs),
        outputs=SUITE_OUTPUTS | descriptions(module.Outputs),
        needs=needs,
        reasons=module.REASONS,
        details=getattr(module, "Details", None),
        examples=examples,
    )


def actions(root: Path) -> Iterator[Action]:
    """Go through the suite in the order in which `--help` lists it."""
    for name, does in ACTIONS.items():
        module = cast("Declared", import_module(module_of(name)))
        yield describe(name, does, module, NEEDS[name], examples(root / "actions" / name / "examples"))


def examples(folder: Path) -> tuple[Example, ...]:
    """Read the examples, the basic one first."""
    return tuple(Example.read(path) for path in sorted(folder.glob("*.yml"), key=lambda p: (p.stem != "basic", p.stem)))
