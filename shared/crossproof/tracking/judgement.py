"""The result of judging: one value that every report is rendered from."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

import msgspec

from crossproof.mark import Mark
from crossproof.tracking.facts import Coverage, JudgedFile, Measured
from crossproof.tracking.plan.model import Ignore, Plan
from crossproof.tracking.rules import RULES, Hold, Level


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where something was seen, for a reader."""

    file: str
    line: int
    unit: str = "line"  # or "event", where a file is no line per event

    def __str__(self) -> str:
        """Write it as compilers do where lines are counted."""
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}" if self.unit == "line" else f"{self.file}, event {self.line}"


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One example of a group, as it may be shown."""

    place: Place | None
    text: str = ""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Findings that say the same."""

    rule: str
    level: Level
    event: str = ""
    param: str = ""
    reason: str
    count: int
    share: float | None  # of the occurrences of the event
    first: Place | None
    last: Place | None
    examples: Sequence[Shown] = ()
    plan_mark: Mark
    ignored: Ignore | None = None

    @property
    def counts(self) -> bool:
        """Tell whether it counts against the verdict."""
        return self.ignored is None and self.level is not Level.OFF

    @property
    def about(self) -> str:
        """Name what it is about: `article_pv.assetid`."""
        joint = " " if self.param.startswith("/") else "."
        return f"{self.event}{joint}{self.param}" if self.event and self.param else self.event or self.param

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        return f"{self.about or self._subject} {self.reason}".strip()

    @property
    def _subject(self) -> str:
        if not self.rule.startswith("log/"):
            return ""
        if self.rule == "log/missing-shard":
            return "a shard"
        return "a line" if RULES[self.rule].hold is Hold.FIXED or self.rule == "log/duplicate-key" else "the log"


class Moment(NamedTuple):
    """One event on the timeline."""

    file: int
    line: int
    event: str
    seconds: float | None


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found out."""

    plan: Plan
    files: Sequence[JudgedFile]
    events: int
    judged: int  # events that the plan knows
    groups: Sequence[Group]
    coverage: Sequence[Coverage]
    strangers: Mapping[str, int]
    timings: Sequence[Measured]
    duplicate_ids: int
    not_judged: Sequence[str]
    timeline: Sequence[Moment] = ()
    timeline_cut: int = 0
    notes: Sequence[str] = msgspec.field(default_factory=tuple)

    def count(self, level: Level) -> int:
        """Count the findings of a level."""
        return sum(group.count for group in self.groups if group.counts and group.level is level)

    @property
    def folder(self) -> str:
        """Name the folder that all logs share, with its slash: where they lie in it is enough to tell them apart."""
        levels = zip(*(file.name.split("/")[:-1] for file in self.files), strict=False)
        return "".join(f"{level[0]}/" for level in takewhile(lambda level: len(set(level)) == 1, levels))

    @property
    def expected(self) -> Sequence[Coverage]:
        """List the events that should have been seen."""
        return [each for each in self.coverage if each.expected]

    @property
    def missing(self) -> Sequence[str]:
        """Name the expected events that were not seen."""
        return [each.event for each in self.expected if not each.seen]

    @property
    def covered(self) -> float | None:
        """Give the share of the expected events that was seen."""
        expected = self.expected
        return sum(each.seen > 0 for each in expected) / len(expected) if expected else None
