"""Keeps what was tried, with its answer and how long it took: the table that explains a resolution."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from crossproof.clock import Clock
from crossproof.probe import Absent, Present, Probe, Unknown

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One thing that was looked for."""

    stage: str  # "commit" or "image"
    kind: str
    ref: str
    tag: str
    outcome: str  # "present", "absent", "unknown"
    detail: str
    ms: int


@dataclass(slots=True)
class Journal:
    """Notes each look as it is made."""

    clock: Clock
    say: Callable[[str], None]
    tried: list[Tried] = field(default_factory=list)

    def look(
        self,
        stage: str,
        kind: str,
        ask: Callable[[], Probe[T]],
        *,
        shown: Callable[[T], str],
        ref: str = "",
        tag: str = "",
    ) -> Probe[T]:
        """Make one look and note it."""
        start = self.clock.monotonic()
        answer = ask()
        took = round((self.clock.monotonic() - start) * 1000)
        outcome, detail = _told(answer, shown)
        self.tried.append(Tried(stage=stage, kind=kind, ref=ref, tag=tag, outcome=outcome, detail=detail, ms=took))
        self.say(f"{kind}: {ref or tag} {outcome}" + (f" ({detail})" if detail else ""))
        return answer


def _told(answer: Probe[T], shown: Callable[[T], str]) -> tuple[str, str]:
    match answer:
        case Present(value):
            return "present", shown(value)
        case Absent(proof):
            return "absent", proof
        case Unknown(why):
            return "unknown", why
