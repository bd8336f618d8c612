"""Numbers for everything: increasing, each kind in its own range, and not dense."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count


@dataclass
class Ids:
    """One counter for each kind of thing."""

    _counters: dict[str, Iterator[int]] = field(default_factory=dict)

    def next(self, kind: str) -> int:
        """Give the next number of a kind."""
        start, step = _RANGES.get(kind, (1 if kind.startswith("number") else 1001, 1))
        return next(self._counters.setdefault(kind, count(start, step)))


_RANGES = {
    "repository": (700_000_101, 37),
    "workflow": (90_000_001, 11),
    "run": (17_000_000_003, 13),  # beyond 32 bits, as GitHub's are
    "job": (48_000_000_001, 7),
    "artifact": (2_900_000_005, 3),
    "check_suite": (39_000_000_001, 17),
}
