"""How much CPU `crossproof --help` takes: what a person waits for, and what every start pays at least."""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator

from tests.as_the_runner.action_yml import ROOT

from bench import TIMES, Row

TITLE = f"CPU of crossproof --help, median of {TIMES}"
MOST = 0.15


def rows() -> Iterator[Row]:
    """Measure with bytecode in place, as it is once installed."""
    whole, bare = _cpu("-m", "crossproof", "--help"), _cpu("-c", "pass")
    yield Row(what="crossproof --help", figure=f"{whole:.3f} s", bar=f"< {MOST:g} s", holds=whole < MOST)
    yield Row(what="· of that, an empty Python", figure=f"{bare:.3f} s")


def _cpu(*arguments: str) -> float:
    env = {"PYTHONPATH": str(ROOT / "shared"), "PATH": os.environ["PATH"]}
    taken = []
    for turn in range(TIMES + 1):  # the first turn writes the bytecode
        before = os.times()
        subprocess.run([sys.executable, *arguments], env=env, stdout=subprocess.DEVNULL, check=True)
        after = os.times()
        if turn:
            taken.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return statistics.median(taken)
