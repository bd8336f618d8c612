"""Runs a whole process for a bench, in a bare environment, and says what it took."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Took:
    """What a process took, with all the processes it started."""

    wall: float
    cpu: float  # user and system; by the kernel's own clock, which `os.times` rounds to 10 ms
    megabytes: float  # at the peak of the largest of them
    code: int
    said: str


def took(
    command: Sequence[object], env: Mapping[str, str] | None = None, *, at: Path = ROOT, cores: int | None = None
) -> Took:
    """Run a command to its end; on so many cores if that is asked for."""
    everywhere = os.sched_getaffinity(0)
    if cores:
        os.sched_setaffinity(0, sorted(everywhere)[:cores])
    try:
        began = time.perf_counter()
        with subprocess.Popen(
            [str(word) for word in command],
            cwd=at,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT / 'shared'}:{ROOT}", **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            said = process.stdout.read() if process.stdout else b""
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        os.sched_setaffinity(0, everywhere)
    return Took(
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        megabytes=used.ru_maxrss / 1000,
        code=process.returncode,
        said=said.decode(errors="replace"),
    )


def free_cores() -> float:
    """Count the cores that nobody else uses, of the first two: two spinning processes get as much as is free."""
    spin = "import time; e = time.perf_counter() + 0.5\nwhile time.perf_counter() < e: pass\nprint(time.process_time())"
    running = [subprocess.Popen([sys.executable, "-c", spin], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    return sum(float(process.communicate()[0]) for process in running) / 0.5
