"""Keeps the state of the parent's commit in step with its children, and never leaves it pending."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from crossproof.dispatch.ports import CommitStatuses, Teller
from crossproof.errors import CrossproofError
from crossproof.report.visible import short
from crossproof.units import RepoRef
from crossproof.verdict import Verdict

STATE = "statuses"
_PREFIX = "crossproof/"
_LONGEST = 140  # GitHub refuses a longer description
_STATES = {Verdict.PASSED: "success", Verdict.FAILED: "failure", Verdict.UNPROVEN: "error"}


@dataclass(frozen=True, slots=True)
class Place:
    """The commit whose state is kept."""

    repository: RepoRef
    sha: str
    alone: bool = True  # one target: its context needs no name


class Statuses:
    """One context per target."""

    def __init__(
        self, name: str, place: Place, port: CommitStatuses, tell: Teller, keep: Callable[[str], None]
    ) -> None:
        """`name` is what the caller calls it; `keep` hands to the post step what must not stay pending."""
        self._base = name if name.startswith(_PREFIX) else _PREFIX + name
        self._place, self._port, self._tell, self._keep = place, port, tell, keep
        self._pending: dict[str, str] = {}

    def begin(self, target: str) -> None:
        """Set it pending; raises where that is not allowed, and nothing was started yet."""
        context = self._base if self._place.alone else f"{self._base}/{target}"
        self._port.set(
            self._place.repository, self._place.sha, context=context, state="pending", description="starting", url=""
        )
        self._pending[target] = context
        self._remember()

    def running(self, target: str, url: str) -> None:
        """Show the child's page."""
        self._set(target, "pending", "running", url)

    def end(self, target: str, verdict: Verdict, sentence: str, url: str) -> None:
        """Set the result."""
        if self._set(target, _STATES[verdict], sentence, url):
            self._pending.pop(target, None)
            self._remember()

    def _set(self, target: str, state: str, description: str, url: str) -> bool:
        context = self._pending.get(target)
        if context is None:
            return False
        said = short(description, _LONGEST)
        try:
            self._port.set(
                self._place.repository, self._place.sha, context=context, state=state, description=said, url=url
            )
        except CrossproofError as error:
            self._tell.warning(error.what, title=f"The commit status {context} could not be set to {state}")
            return False
        return True

    def _remember(self) -> None:
        entries = [[str(self._place.repository), self._place.sha, context] for context in self._pending.values()]
        self._keep(json.dumps(entries))


def settle(text: str, port: CommitStatuses) -> None:
    """Let nothing that a killed step left pending stay so."""
    for repository, sha, context in json.loads(text) if text else []:
        port.set(RepoRef.parse(repository), sha, context=context, state="error", description="cancelled", url="")
