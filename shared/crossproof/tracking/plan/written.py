"""The text of a plan as its readers see it: values that passed the grammar, where each stands, and how to object."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from crossproof.mark import Mark
from crossproof.tracking.plan.gathering import Gatherer
from crossproof.tracking.plan.model import NOWHERE
from crossproof.units import clip

T = TypeVar("T")
Written = dict[str, Any]


class Text(msgspec.Struct, frozen=True):
    """A gathered plan, and the means to point into it."""

    gatherer: Gatherer

    @property
    def tree(self) -> Written:
        """The merged plan."""
        return self.gatherer.found.tree

    def mark(self, container: object, key: str | int) -> Mark:
        """Tell where a key or item stands."""
        return self.gatherer.found.marks.at(container, key) or NOWHERE

    def marks(self, container: Mapping[str, Any]) -> dict[str, Mark]:
        """Tell where each key of a mapping stands."""
        return {key: self.mark(container, key) for key in container}

    def items(self, container: Mapping[str, Any], key: str) -> list[tuple[Any, Mark]]:
        """List what stands under a key, each with its place; nothing if the key is not there."""
        listed = container.get(key, [])
        return [(each, self.mark(listed, index)) for index, each in enumerate(listed)]

    def object_to(self, mark: Mark, what: str, fix: str = "") -> None:
        """Note a fault; reading goes on, so that one run shows all."""
        self.gatherer.remark(mark, what, fix)

    def attempt(self, read: Callable[[Any], T], container: Written, key: str, default: T) -> T:
        """Read a small notation; what it refuses is a fault at its place."""
        if key not in container:
            return default
        try:
            return read(container[key])
        except ValueError as fault:
            self.object_to(self.mark(container, key), f"{key}: {fault}.")
            return default

    def known(self, name: str, names: Iterable[str], kind: str, mark: Mark) -> bool:
        """Check that something of this name exists in the plan."""
        names = list(names)
        if name in names:
            return True
        import difflib  # noqa: PLC0415 - only where there is a fault

        near = difflib.get_close_matches(name, names, n=1)
        self.object_to(mark, f"the plan has no {kind} {clip(name)}.", f"Did you mean `{near[0]}`?" if near else "")
        return False
