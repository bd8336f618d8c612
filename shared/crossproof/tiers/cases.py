"""What is known of one test: how each of its attempts ended, and what that makes of it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Ended(StrEnum):
    """How a test ended, the worst first."""

    CRASHED = "crashed"  # it had begun when everything died
    TIMED_OUT = "timed-out"
    ERROR = "error"  # in its setup or teardown, or before it could be collected
    FAILED = "failed"
    FLAKY = "flaky"  # it passed after failing
    PASSED = "passed"
    SKIPPED = "skipped"


ORDER = tuple(Ended)
BAD = frozenset({Ended.CRASHED, Ended.TIMED_OUT, Ended.ERROR, Ended.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a test."""

    ended: Ended
    seconds: float = 0.0
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test. `id` is how its own runner names it."""

    id: str
    suite: str
    classname: str
    name: str
    ended: Ended
    file: str = ""
    line: int = 0
    attempts: Sequence[Attempt] = ()

    @property
    def seconds(self) -> float:
        """All its attempts together."""
        return sum(attempt.seconds for attempt in self.attempts)

    @property
    def text(self) -> str:
        """What the attempt said that matters most: the last bad one, else the last."""
        said = [attempt.text for attempt in self.attempts if attempt.text and attempt.ended in BAD]
        return said[-1] if said else (self.attempts[-1].text if self.attempts else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How many tests ended how. A flaky one is never among the passed; a crash and a time-out are errors."""

    total: int
    passed: int
    failed: int
    skipped: int
    errors: int
    flaky: int

    @classmethod
    def of(cls, cases: Iterable[Case]) -> "Totals":
        """Count."""
        count = Counter(case.ended for case in cases)
        return cls(
            total=count.total(),
            passed=count[Ended.PASSED],
            failed=count[Ended.FAILED] + count[Ended.TIMED_OUT],
            skipped=count[Ended.SKIPPED],
            errors=count[Ended.ERROR] + count[Ended.CRASHED],
            flaky=count[Ended.FLAKY],
        )

    @property
    def ran(self) -> int:
        """How many were really run."""
        return self.total - self.skipped

    def __str__(self) -> str:
        """Write what is not nothing, the bad first."""
        parts = [f"{n} {word}" for word, n in (("failed", self.failed), ("errors", self.errors), ("flaky", self.flaky),
                                               ("passed", self.passed), ("skipped", self.skipped)) if n]  # fmt: skip
        return ", ".join(parts) or "no tests"


def worst(cases: Iterable[Case]) -> Case:
    """Of several tellings of one test, believe the worst."""
    return min(cases, key=lambda case: ORDER.index(case.ended))
