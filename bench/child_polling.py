"""How late the end of a child is noticed and what that costs, simulated for thousands of children with a history."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from bench import Row
from crossproof.dispatch.pace import FIXED, History, pause, reads_jobs

TITLE = "Waiting for a child: delay and requests, 1,500 simulated runs a class (real end within ±20 % of the usual one)"
CHILDREN = 1500


@dataclass(frozen=True)
class Class:
    """Children of one size: minutes, and how often a run of them changes its state."""

    name: str
    minutes: tuple[float, float]
    changes: int
    calls: float | None = None
    charged: float | None = None


CLASSES = (
    Class("0.5-2 minutes", (0.5, 2), 3),
    Class("5-20 minutes", (5, 20), 8, calls=70, charged=12),
    Class("30-90 minutes", (30, 90), 20, calls=250, charged=25),
)


@dataclass(frozen=True)
class Waited:
    """What one wait came to. Calls are looks at the run and at its jobs; an unchanged answer is not charged."""

    delay: float
    calls: int
    charged: int
    looks: int
    end: float


def rows() -> Iterator[Row]:
    """Simulate each class with a history of twenty runs, then with a history that is utterly wrong."""
    for each in CLASSES:
        waits = list(_waits(each, wrong=False))
        delay, calls, charged = (
            _mean([getattr(wait, part) for wait in waits]) for part in ("delay", "calls", "charged")
        )
        yield Row(what=f"{each.name}: mean delay", figure=f"{delay:.2f} s", bar="≤ 2.5 s", holds=delay <= 2.5)
        yield _counted(f"{each.name}: requests", calls, each.calls)
        yield _counted(f"{each.name}: of these charged", charged, each.charged)
    every = [wait for each in CLASSES for wrong in (False, True) for wait in _waits(each, wrong=wrong)]
    more = sum(wait.looks > int(wait.end / FIXED) + 1 for wait in every)
    yield Row(
        what=f"waits that looked more often than every {FIXED:.0f} s would, also with wrong histories",
        figure=f"{more} of {len(every)}",
        bar="0",
        holds=more == 0,
    )


def _counted(what: str, figure: float, most: float | None) -> Row:
    bar = f"≤ {most:g}" if most else ""
    return Row(what=what, figure=f"{figure:.1f}", bar=bar, holds=most is None or figure <= most)


def _waits(each: Class, *, wrong: bool) -> Iterator[Waited]:
    dice = random.Random(f"{each.name} {wrong}")
    for _ in range(CHILDREN):
        usual = 60 * dice.uniform(*each.minutes)
        told = usual * dice.choice((0.1, 0.3, 3.0)) if wrong else usual
        history = History(
            passed=20, judged=20, durations=tuple(sorted(told * dice.uniform(0.8, 1.2) for _ in range(20)))
        )
        yield _wait(usual * dice.uniform(0.8, 1.2), each.changes, history, dice)


def _wait(end: float, changes: int, history: History, dice: random.Random) -> Waited:
    marks = sorted([*(dice.uniform(0, end) for _ in range(changes - 1)), end])
    now, looks, reads, charged, read_at, seen, dirty = 0.0, 0, 0, 0, 0.0, -1, False
    while True:
        looks += 1
        state = sum(mark <= now for mark in marks)
        charged += state != seen
        dirty, seen = dirty or state != seen, state
        if now >= end:
            return Waited(now - end, looks + reads + 1, charged + 1, looks, now)  # the jobs are read once at the end
        if reads_jobs(changed=dirty, elapsed=now, last_read=read_at):
            reads, charged, read_at, dirty = reads + 1, charged + 1, now, False
        now += pause(running=now, waited=now, looks=looks, history=history)


def _mean(figures: list[float]) -> float:
    return sum(figures) / len(figures)
