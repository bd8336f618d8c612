"""What is promised in figures. A module of this folder is a bench: it has a TITLE and `rows()`."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

TIMES = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that was measured; `bar` is what was promised of it, if anything was."""

    what: str
    figure: str
    bar: str = ""
    holds: bool = True


def medians(*calls: Callable[[], object]) -> list[float]:
    """Time the calls in turns, so that what else the machine does falls on all alike; the first turn only warms up."""
    seconds: list[list[float]] = [[] for _ in calls]
    for turn in range(TIMES + 1):
        for call, taken in zip(calls, seconds, strict=True):
            began = time.perf_counter()
            call()
            if turn:
                taken.append(time.perf_counter() - began)
    return [statistics.median(taken) for taken in seconds]
