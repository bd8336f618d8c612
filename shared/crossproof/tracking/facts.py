"""What a report of a judgement says, in plain values: the source of its published schema."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """The answer to one question."""

    YES = "yes"
    NO = "no"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One row of the checklist."""

    question: str
    result: Result
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFile:
    """One log that was judged."""

    name: str
    sha256: str
    size: int
    lines: int
    events: int
    unit: str
    scenario: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One planned event, and how often it was seen."""

    event: str
    planned: str  # the count, as the plan writes it
    seen: int
    expected: bool  # here and now: in this scenario, on this platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The gaps of one kind, over all logs."""

    gap: str
    samples: int
    median: float
    p95: float
    longest: float
    state: str  # "as planned" | "too long" | why it was not judged


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFact:
    """The plan, and the digests of its files."""

    name: str
    version: str
    file: str
    sha256: str
    files: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One example of a group."""

    place: str
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One group of findings. `fingerprint` stays the same from run to run while the finding says the same."""

    rule: str
    severity: str
    event: str
    param: str
    reason: str
    count: int
    share: float | None
    first: str
    last: str
    examples: Sequence[Occurrence]
    plan_file: str
    plan_line: int
    fingerprint: str
    ignored_until: str
    ignored_because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the report of validate-tracking-logs adds to the envelope."""

    mode: str
    shard: str
    scenario: str
    platform: str
    statement: str
    plan: PlanFact | None
    logs: Sequence[JudgedFile]
    events: int
    judged: int
    coverage: float | None
    checklist: Sequence[Answer]
    groups: Sequence[Finding]
    planned_events: Sequence[Coverage]
    unknown_events: Mapping[str, int]
    duplicate_ids: int
    timings: Sequence[Measured]
    not_judged: Sequence[str]
    passed_rules: Sequence[str]
