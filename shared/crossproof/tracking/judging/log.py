"""One log as the rules across lines see it: its rows in order, by kind and by scope."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import compress, pairwise
from math import isnan
from operator import le

import msgspec

from crossproof.tracking.findings import Findings, What
from crossproof.tracking.judging.kinds import Kinds
from crossproof.tracking.judging.times import NAMES
from crossproof.tracking.judging.trace import Trace, compared_of, hashable
from crossproof.tracking.places import place
from crossproof.tracking.plan.model import Plan, Scope
from crossproof.tracking.pointers import MISSING, Pointer
from crossproof.tracking.rules import Level

Rows = Sequence[int]
NO_VALUES = (MISSING, None, "")


class Log(msgspec.Struct):
    """The trace of one file, complete, with the findings that it leads to."""

    index: int
    kinds: Kinds
    trace: Trace
    findings: Findings
    whole: bool = True  # all of it was read; else what is not there may be in the rest
    rows: Rows = ()  # in the order in which things happened
    columns: dict[Pointer, Sequence[object]] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Bring the rows into order once."""
        compared = compared_of(self.plan)
        self.columns = dict(zip(compared, self.trace.probes or [[] for _ in compared], strict=True))
        self._one_unit()
        self.rows = self._ordered()

    @property
    def plan(self) -> Plan:
        """The plan that the log is held against."""
        return self.kinds.plan

    def of(self, kinds: frozenset[int]) -> Rows:
        """List the rows of some kinds, in order."""
        rows, column = self.rows, self.trace.kinds
        if isinstance(rows, range):
            return array("q", compress(rows, map(kinds.__contains__, column)))  # a list takes 40 bytes a row
        return [row for row in rows if column[row] in kinds]

    def scopes(self, scope: Scope, rows: Rows, on_missing: Callable[[int], None] | None = None) -> Iterator[Rows]:
        """Part rows into threads; a row that lacks the value which tells them apart is in none."""
        if not isinstance(scope, Pointer):
            if rows:
                yield rows
            return
        threads: dict[object, array[int]] = {}
        column = self.columns[scope]
        for row, value in zip(rows, hashable(column[row] for row in rows), strict=True):
            thread = threads.get(value)
            if thread is not None:
                thread.append(row)
            elif value not in NO_VALUES:
                threads[value] = array("q", [row])
            elif on_missing:
                on_missing(row)
        yield from threads.values()

    def told(self, scope: Scope, rows: Rows, whose: str) -> Iterator[Rows]:
        """Part rows into threads, and find those that lack what tells the threads apart."""

        def lost(row: int) -> None:
            self.find("id/missing", row, f"lacks what tells the threads of {whose} apart", param=str(scope))

        return self.scopes(scope, rows, lost)

    def event_of(self, row: int) -> str:
        """Name the event of a row."""
        return self.kinds.all[self.trace.kinds[row]].event.id

    def at(self, row: int) -> int:
        """Give a row's place."""
        return place(self.index, self.trace.lines[row])

    def time(self, row: int) -> float:
        """Give a row's time in seconds; NaN if it has none."""
        return self.trace.times[row]

    def find(self, rule: str, row: int, reason: str, *, param: str = "", shown: str = "", event: str = "") -> None:
        """Note a finding at a row."""
        event = event or self.event_of(row)
        if self.plan.level(rule, event) is not Level.OFF:
            self.findings.add(What(rule, event, param, reason), self.at(row), shown)

    def _one_unit(self) -> None:
        """Find the times that are in another unit than the first; the plan's own word was held against each before."""
        runs = self.trace.units
        if self.plan.source.time_unit != "auto" or len({unit for _, unit in runs}) < 2:  # noqa: PLR2004 - two differ
            return
        first = runs[0][1]
        ends = [*(row for row, _ in runs[1:]), len(self.trace)]
        for (start, unit), end in zip(runs, ends, strict=True):
            for row in range(start, end) if unit != first else ():
                if not isnan(self.time(row)):
                    reason = f"is in {NAMES[unit]}, not in {NAMES[first]}"
                    self.find("time/unit", row, reason, param=str(self.plan.source.time))

    def _ordered(self) -> Rows:
        times = self.trace.times
        if all(map(le, times, times[1:])):
            rows: Rows = range(len(times))
        else:
            self._out_of_order(times)
            rows = self._by_time() if self.plan.order_by == "time" else range(len(times))
        return rows

    def _out_of_order(self, times: "array[float]") -> None:
        for row, (before, after) in enumerate(pairwise(times), 1):
            if after < before:
                self.find(
                    "time/out-of-order", row, "is older than the line before it", shown=f"by {before - after:.3f} s"
                )

    def _by_time(self) -> Rows:
        """Sort by time; a row without one stays behind its neighbour, equal times by `source.sequence` and line."""
        sequence = self.columns.get(self.plan.source.sequence) if self.plan.source.sequence else None
        known, keys = float("-inf"), []
        for row, time in enumerate(self.trace.times):
            known = known if isnan(time) else time
            tie = sequence[row] if sequence else 0
            keys.append((known, tie if isinstance(tie, (int, float)) else 0, row))
        return [row for _, _, row in sorted(keys)]
