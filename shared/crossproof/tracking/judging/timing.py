"""Decides whether events happened when they may: gaps between them, the run's window, the same thing twice at once."""

from array import array
from collections.abc import Iterator, Sequence
from math import ceil, isnan

import msgspec

from crossproof.tracking.facts import Measured
from crossproof.tracking.judging.log import Log, Rows
from crossproof.tracking.judging.trace import hashable
from crossproof.tracking.plan.model import DoubleFire, Gap
from crossproof.tracking.plan.spans import shown


class Window(msgspec.Struct, frozen=True):
    """From when to when the run went that recorded the logs, in seconds."""

    start: float
    end: float


def gaps_in(gap: Gap, log: Log) -> tuple[Rows, Sequence[float]]:
    """Measure one kind of gap in a log: the rows at their ends, and the seconds."""
    rows = log.of(log.kinds.indexes_of([gap.start, gap.end]))
    (start,), (end,) = log.kinds.indexes_of([gap.start]), log.kinds.indexes_of([gap.end])
    ends, seconds = array("q"), array("d")
    for thread in log.told(gap.scope, rows, f"gap {gap}"):
        for row, since in _between(start, end, log, thread):
            ends.append(row)
            seconds.append(since)
    return ends, seconds


def judge_longest(gap: Gap, log: Log, ends: Rows, seconds: Sequence[float]) -> None:
    """Find gaps longer than `max`."""
    limit = gap.max
    if limit is None:
        return
    first = "the one before" if gap.start == gap.end else gap.start
    for row, since in zip(ends, seconds, strict=True):
        if since > limit:
            log.find("time/gap", row, f"came more than {shown(limit)} after {first}", shown=shown(since))


def measured(gap: Gap, seconds: Sequence[float]) -> Measured | None:
    """Sum up the gaps of all logs; the percentile is judged from `min_samples` on."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    p95 = nearest_rank(ordered, 0.95)
    state = "as planned"
    if gap.max is not None and ordered[-1] > gap.max:
        state = "too long"
    if gap.p95 is not None:
        if len(ordered) < gap.min_samples:
            state = state if state == "too long" else f"p95 not judged: {len(ordered)} of {gap.min_samples} samples"
        elif p95 > gap.p95:
            state = "too long"
    return Measured(
        gap=str(gap),
        samples=len(ordered),
        median=nearest_rank(ordered, 0.5),
        p95=p95,
        longest=ordered[-1],
        state=state,
    )


def nearest_rank(ordered: Sequence[float], share: float) -> float:
    """Give a percentile that is one of the values."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def judge_window(window: Window, skew: float, log: Log) -> None:
    """Find events outside of the run."""
    times = [time for time in log.trace.times if not isnan(time)]
    start, end = window.start - skew, window.end + skew
    if not times or (start <= min(times) and max(times) <= end):
        return
    for row in log.rows:
        time = log.time(row)
        if time < start:
            log.find("time/window", row, "lies before the run", shown=shown(window.start - time))
        elif time > end:
            log.find("time/window", row, "lies after the run", shown=shown(time - window.end))


def judge_double_fire(rule: DoubleFire, log: Log) -> None:
    """Find events that came again, with the same key, within a moment."""
    columns = [log.trace.kinds if part == "name" else hashable(log.columns[part]) for part in rule.key]
    last: dict[tuple[object, ...], float] = {}
    for row in log.rows:
        key, time = tuple([column[row] for column in columns]), log.time(row)
        since = time - last.get(key, float("-inf"))
        if since <= rule.within:
            log.find("id/double-fire", row, f"came again within {shown(rule.within)}", shown=f"after {shown(since)}")
        if not isnan(time):
            last[key] = time


def _between(start: int, end: int, log: Log, rows: Rows) -> Iterator[tuple[int, float]]:
    """Measure from the last start to an end; a start is used once."""
    kinds, times = log.trace.kinds, log.trace.times
    since: float | None = None
    for row in rows:
        time = times[row]
        if isnan(time):
            continue
        if since is not None and kinds[row] == end:
            yield row, time - since
            since = None
        if kinds[row] == start:
            since = time
