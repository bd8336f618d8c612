"""Says what is proven, and which exit code tells the runner whether the step did what was asked."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Verdict(StrEnum):
    """What is proven. What could not be found out is `unproven`, never `passed` and never "absent"."""

    PASSED = "passed"
    FAILED = "failed"
    UNPROVEN = "unproven"


SIGNS = {Verdict.PASSED: "✅", Verdict.FAILED: "❌", Verdict.UNPROVEN: "❔"}  # for people


class Exit(IntEnum):
    """What the step tells the runner. Any non-zero code makes the step red."""

    DONE = 0
    PROVEN_BAD = 1
    CALL_MUST_CHANGE = 2
    NOT_FOUND_OUT = 3
    OUR_FAULT = 4
    INTERRUPTED = 130
    TERMINATED = 143


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A stable word for one way a step can end. The catalog and the troubleshooting page are printed from these."""

    word: str
    verdict: Verdict
    exit: Exit
    meaning: str
    fix: str = ""

    def __post_init__(self) -> None:
        """Refuse a row of the table that would let something unknown end green."""
        if self.verdict is Verdict.PASSED and self.exit is not Exit.DONE:
            raise ValueError(f"{self.word}: passed must exit 0")
        if self.verdict is Verdict.FAILED and self.exit is not Exit.PROVEN_BAD:
            raise ValueError(f"{self.word}: failed must exit 1; a softening input changes the ending, not the table")
        if self.verdict is Verdict.UNPROVEN and self.exit is Exit.PROVEN_BAD:
            raise ValueError(f"{self.word}: exit 1 says proven bad, which unproven is not")


def unproven(word: str, exit_code: Exit, meaning: str, fix: str = "") -> Reason:
    """Name an ending in which nothing was proven."""
    return Reason(word=word, verdict=Verdict.UNPROVEN, exit=exit_code, meaning=meaning, fix=fix)


# The endings that every action can meet. An action's own reasons stand in its module.
BAD_INPUT = unproven(
    "bad-input",
    Exit.CALL_MUST_CHANGE,
    "The call cannot be carried out as written: an input is missing, misspelled, malformed or contradicts another.",
    "Each fault is listed with the input's name, what was given and what is accepted.",
)
NO_ACCESS = unproven(
    "no-access",
    Exit.NOT_FOUND_OUT,
    "The credentials may not see or do what the action needs, so nothing could be proven.",
    "Grant the permission that the message names, or pass a token that has it.",
)
RATE_LIMITED = unproven(
    "rate-limited",
    Exit.NOT_FOUND_OUT,
    "The API's rate limit leaves no room to go on within the time allowed.",
    "Run again after the reset time in the message, or use a GitHub App whose budget is larger.",
)
UNREACHABLE = unproven(
    "unreachable",
    Exit.NOT_FOUND_OUT,
    "A service did not answer, or answered with something that cannot be believed.",
    "Run again; if it persists, check the service's status page and the network of a self-hosted runner.",
)
CANCELLED = unproven(
    "cancelled", Exit.INTERRUPTED, "The step was cancelled before it could prove anything.", "Run it again."
)
INTERNAL = unproven(
    "internal",
    Exit.OUR_FAULT,
    "A fault of this action itself.",
    "Open an issue with the report that the log prints; it holds no secrets.",
)
DRY_RUN = unproven(
    "dry-run", Exit.DONE, "Only the plan was asked for: it was printed and nothing was sent.", "Drop `dry_run` to act."
)

SUITE_REASONS = (BAD_INPUT, NO_ACCESS, RATE_LIMITED, UNREACHABLE, CANCELLED, INTERNAL)
