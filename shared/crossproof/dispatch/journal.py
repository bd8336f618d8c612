"""What a step must remember so that its post step can finish what a kill cut off: which runs are ours, and how far."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from crossproof.units import RepoRef

STATE = "dispatched"


class Phase(StrEnum):
    """How far the work on one target had come."""

    SENDING = "sending"  # the POST is on its way, or its answer was unclear
    SENT = "sent"  # accepted; the run is not known yet
    RUNNING = "running"
    CANCELLING = "cancelling"  # a cancel was sent
    OVER = "over"  # nothing is left to do, whatever became of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One target, or one of its runs."""

    repository: str
    phase: Phase
    token: str = ""
    event: str = ""
    workflow: str = ""  # whose list of runs is read; empty: the repository's
    paths: tuple[str, ...] = ()  # of the workflows that it starts; empty: not known
    after: int = 0
    run_id: int = 0
    eliminated: bool = False  # the run is only the one that was left over: cancel it only if it still is

    @property
    def where(self) -> RepoRef:
        """The repository, typed."""
        return RepoRef.parse(self.repository)


class Journal:
    """The entries of one step; each change is written at once, for the next instruction may be a kill."""

    def __init__(self, keep: Callable[[str], None]) -> None:
        """`keep` hands a text to the post step; the last one counts."""
        self._keep = keep
        self._entries: dict[str, Entry] = {}

    def put(self, name: str, entry: Entry) -> None:
        """Write how far something has come."""
        self._entries[name] = entry
        self._keep(write(tuple(self._entries.values())))

    def over(self, name: str) -> None:
        """Write that nothing is left to do."""
        if name in self._entries:
            self.put(name, replace(self._entries[name], phase=Phase.OVER))

    def open(self) -> tuple[tuple[str, Entry], ...]:
        """Give what is not over."""
        return tuple((name, entry) for name, entry in self._entries.items() if entry.phase is not Phase.OVER)


def write(entries: Sequence[Entry]) -> str:
    """Write what the post step needs: only what is not over."""
    return json.dumps([asdict(each) for each in entries if each.phase is not Phase.OVER], separators=(",", ":"))


def read(text: str) -> tuple[Entry, ...]:
    """Read it back. What cannot be read is an error: a forgotten run would go on for ever."""
    found = json.loads(text) if text else []
    return tuple(Entry(**{**each, "phase": Phase(each["phase"]), "paths": tuple(each["paths"])}) for each in found)
