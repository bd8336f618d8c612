"""Which operation a request means: one table of method and path, spelled as GitHub's REST description spells them."""

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from crossproof_sandbox.call import Call
    from crossproof_sandbox.wire import Answer

Handle = Callable[["Call"], "Answer"]

_FAMILIES = (
    "meta", "repositories", "history", "refs", "workflows", "runs", "jobs", "artifacts",
    "statuses", "checks", "issues", "comments", "pulls",
)  # fmt: skip
# These may contain slashes: GitHub takes `/branches/feature/x` and `/contents/a/b.txt` as they are.
_MANY_SEGMENTS = frozenset({"path", "ref", "basehead", "branch"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the REST description, the permission it needs, and what answers it."""

    method: str
    template: str
    needs: str  # GitHub's own words, as in X-Accepted-GitHub-Permissions: "actions=write"; empty: any token
    as_app: bool  # answers only a GitHub App's JWT
    by_apps: bool  # refuses people's tokens, whatever they may do
    handle: Handle

    @property
    def name(self) -> str:
        """Its name in the description."""
        return f"{self.method} {self.template}"


_operations: dict[tuple[str, str], Operation] = {}


def operation(
    method: str, template: str, *, needs: str = "", as_app: bool = False, by_apps: bool = False
) -> Callable[[Handle], Handle]:
    """Enter a function into the table."""

    def enter(handle: Handle) -> Handle:
        _operations[method, template] = Operation(
            method=method, template=template, needs=needs, as_app=as_app, by_apps=by_apps, handle=handle
        )
        return handle

    return enter


def operations() -> list[tuple[str, str]]:
    """List every operation that the sandbox speaks."""
    return sorted(_table())


class Routes:
    """Finds the operation for a path."""

    def __init__(self) -> None:
        """Compile the table: more literal templates come first (`commits/{ref}/status` before `commits/{ref}`)."""
        entries = sorted(_table().values(), key=lambda op: (-len(re.sub(r"\{\w+\}", "", op.template)), op.template))
        self._patterns = [(op, re.compile(_pattern(op.template))) for op in entries]

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """Give the operation and the path's parameters, decoded."""
        for op, pattern in self._patterns:
            if op.method == method and (found := pattern.fullmatch(path)):
                return op, {name: unquote(value) for name, value in found.groupdict().items()}
        return None


def _pattern(template: str) -> str:
    def group(found: re.Match[str]) -> str:
        return f"(?P<{found[1]}>{'.+' if found[1] in _MANY_SEGMENTS else '[^/]+'})"

    return re.sub(r"\\\{(\w+)\\\}", group, re.escape(template))


def _table() -> dict[tuple[str, str], Operation]:
    for family in _FAMILIES:
        importlib.import_module(f"crossproof_sandbox.api.{family}")
    return _operations
