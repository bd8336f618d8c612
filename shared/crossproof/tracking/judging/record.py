"""What is kept of logs that were read: enough to conclude from, and to be added to the records of other shards."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from crossproof.tracking.facts import JudgedFile
from crossproof.tracking.findings import NOWHERE, Findings, What
from crossproof.tracking.judgement import Moment
from crossproof.tracking.judging.timing import Window
from crossproof.tracking.redaction import Redaction


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller knows of the run, and asks of it."""

    today: date
    scenario: str = ""
    platform: str = ""
    partial: bool = False  # a shard: what it does not hold may be in another
    whole_by_matrix: bool = False  # a merge: which walks there had to be is said by the matrix
    min_events: int = 1
    coverage_min: float | None = None
    window: Window | None = None
    redaction: Redaction = Redaction()


MOST_NAMES = 1000
OTHERS = "(others)"


def count_names(known: Counter[str], more: Mapping[str, int]) -> None:
    """Add up names and how often each was seen; a hostile log has more of them than are kept."""
    for name, times in more.items():
        known[name if name in known or len(known) < MOST_NAMES else OTHERS] += times


def repeated(findings: Findings, name: str, first: str) -> None:
    """Note a log whose content is that of an earlier one: its events would be counted twice."""
    if name != first:
        findings.add(What("log/repeated", reason="has the same content as another log"), NOWHERE, f"{name} and {first}")


class Record(msgspec.Struct):
    """The sum of what was seen, file by file."""

    files: list[JudgedFile] = msgspec.field(default_factory=list)
    seen: list[Counter[str]] = msgspec.field(default_factory=list)  # of each planned event, by file
    findings: Findings = msgspec.field(default_factory=Findings)
    strangers: Counter[str] = msgspec.field(default_factory=Counter)  # names of events that the plan does not know
    gaps: list[list[float]] = msgspec.field(default_factory=list)  # seconds, by the plan's gaps
    # Param without a planned type -> JSON type -> the event that had it first, and where.
    open_types: dict[str, dict[str, tuple[str, int]]] = msgspec.field(default_factory=dict)
    judged: set[str] = msgspec.field(default_factory=set)  # flows and pairs that a log gave something to judge of
    duplicate_ids: int = 0
    timeline: list[Moment] = msgspec.field(default_factory=list)
    moments: int = 0  # on the timeline and beyond its end

    @property
    def names(self) -> Sequence[str]:
        """Name the files, as places number them."""
        return [file.name for file in self.files]
