"""Decides whether running tests may go on: each test, the silence between lines, and the whole have their limits."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from crossproof.tiers.journal import Journal
from crossproof.tiers.manifest import Limits


@dataclass(frozen=True, slots=True)
class Stopped:
    """It may not, and this is why; `late` are the tests that took too long."""

    why: str
    late: Sequence[str] = ()


@dataclass(kw_only=True)
class Watch:
    """Looks at the clock; `since` is when each test in flight was first seen."""

    limits: Limits
    began: float  # of the whole tier
    heard: float  # when the last line came
    since: dict[str, float] = field(default_factory=dict)

    def look(self, journals: Sequence[Journal], now: float) -> Stopped | None:
        """Judge one moment."""
        running = [test for journal in journals for test in journal.in_flight]
        self.since = {test: self.since.get(test, now) for test in running}
        if self.limits.test:
            late = [test for test, began in self.since.items() if now - began > self.limits.test.seconds]
            if late:
                return Stopped(f"{late[0]} ran longer than {self.limits.test} and was killed.", late)
        if now - self.began > self.limits.tier.seconds:
            return Stopped(f"The tier took longer than {self.limits.tier}.")
        if self.limits.quiet and now - self.heard > self.limits.quiet.seconds:
            return Stopped(f"Nothing was said for {self.limits.quiet}.")
        return None
