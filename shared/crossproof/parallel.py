"""Runs a bounded number of things at once, and ends them all when one fails or the step is cancelled."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")

_LONGEST_GOODBYE = 3.0  # of the 7 seconds after which a cancelled step must have said how it ended
# Threads that wait for a network cost nothing; threads that wait for the interpreter cost more than they bring: 64 of
# them spent half as much again on 500 small artifacts as one did. So a few begin, and more join while time is idle.
_AT_FIRST = 2
_LOOK_AFTER = 0.01  # seconds
_BUSY = 0.75  # of one processor


class Stopped(Exception):
    """Another part of the same work has failed, or the step was cancelled: nobody awaits this result any more."""


class Stop:
    """The flag that long loops look at: a signal reaches the main thread only."""

    def __init__(self) -> None:
        """Start with nothing to stop."""
        self._event = threading.Event()
        self._parts: list[Stop] = []

    def part(self) -> "Stop":
        """Give a flag for a part of the work: it ends with the whole, and the whole goes on without it."""
        made = Stop()
        self._parts.append(made)
        if self._event.is_set():
            made.now()
        return made

    def now(self) -> None:
        """Ask every worker to end."""
        self._event.set()
        for part in self._parts:
            part.now()

    def check(self) -> None:
        """End here if it was asked for."""
        if self._event.is_set():
            raise Stopped

    def pause(self, seconds: float) -> None:
        """Wait, but end at once when asked to."""
        if self._event.wait(seconds):
            raise Stopped


def all_of(
    tasks: Iterable[Callable[[], T]], *, at_once: int, stop: Stop, idle: Callable[[], bool] | None = None
) -> list[T]:
    """Run the tasks, at most so many at once, and give their results in order; or raise the first failure.

    Whatever ends it early (a failure, Cancelled in the main thread) sets `stop` and waits for the workers; but not for
    one that hangs in the network longer than a cancelled step has time for. What such a one gets, it throws away.
    """
    todo = list(tasks)
    if at_once == 1 or len(todo) <= 1:
        return [task() for task in todo]
    most = min(at_once, len(todo))
    results: dict[int, T] = {}
    numbers = iter(range(len(todo)))  # an iterator in C hands each number out once, whoever asks

    def work() -> None:
        for number in numbers:
            stop.check()
            results[number] = todo[number]()

    pool = ThreadPoolExecutor(max_workers=most)
    workers: list[Future[None]] = []
    idle = idle or Idle()
    try:
        joining = _AT_FIRST
        while True:
            workers.extend(pool.submit(work) for _ in range(min(joining, most - len(workers))))
            growing = len(workers) < most
            ended, going = wait(workers, _LOOK_AFTER if growing else None, FIRST_EXCEPTION)
            _raise_first(ended)
            if not going:
                return [results[number] for number in range(len(todo))]
            joining = len(workers) if growing and idle() else 0
    except BaseException:
        stop.now()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        wait(workers, timeout=_LONGEST_GOODBYE)


class Idle:
    """Tells whether, since it was last asked, this process left most of one processor unused."""

    def __init__(self) -> None:
        """Start counting."""
        self._used, self._at = time.process_time(), time.monotonic()

    def __call__(self) -> bool:
        """Say so, and start anew."""
        used, at = self._used, self._at
        self._used, self._at = time.process_time(), time.monotonic()
        return self._used - used < _BUSY * (self._at - at)


def _raise_first(futures: Iterable[Future[T]]) -> None:
    """Raise what really went wrong rather than a `Stopped` that followed from it."""
    failures = [failure for future in futures if future.done() and (failure := future.exception())]
    for failure in sorted(failures, key=lambda failure: isinstance(failure, Stopped)):
        raise failure
