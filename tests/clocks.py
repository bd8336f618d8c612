"""Clocks for tests: nobody waits, time jumps."""

import heapq
import threading
from datetime import UTC, datetime, timedelta


class JumpingClock:
    """Keeps the laws of `Clock`: sleeping takes exactly as long as asked, on both of its times."""

    def __init__(self, at: datetime = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)) -> None:
        self._start = self._now = at
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._start).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.jump(seconds)

    def jump(self, seconds: float) -> None:
        self._now += timedelta(seconds=max(0.0, seconds))


class Turns:
    """Many threads on one jumping time: one runs at a time, and who sleeps shortest goes on first.

    A race that is played this way has no luck in it: the same dice give the same race.
    """

    def __init__(self, time) -> None:
        """`time` is what all of them share, such as a sandbox's clock."""
        self.time = time
        self._lock = threading.Condition()
        self._waiting: list[tuple[float, int]] = []
        self._running = 0
        self._count = 0

    def play(self, *parts) -> list:
        """Run all parts (functions of their clock) to their ends; give what they returned or raised."""
        ends: list = [None] * len(parts)

        def run(place, part):
            self._wait(0.0)
            try:
                ends[place] = part(Turn(self))
            except BaseException as error:  # noqa: BLE001 - told to the test
                ends[place] = error
            finally:
                with self._lock:
                    self._running -= 1
                    self._next()

        self._running = len(parts)
        threads = [threading.Thread(target=run, args=each, daemon=True) for each in enumerate(parts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        return ends

    def _wait(self, seconds: float) -> None:
        with self._lock:
            self._count += 1
            mine = (self.time.monotonic() + max(0.0, seconds), self._count)
            heapq.heappush(self._waiting, mine)
            self._running -= 1
            self._next()
            self._lock.wait_for(lambda: mine not in self._waiting)

    def _next(self) -> None:
        """Once nobody runs, let time pass to the first that wakes, and wake only that one."""
        if self._running == 0 and self._waiting:
            due, _ = heapq.heappop(self._waiting)
            self.time.sleep(max(0.0, due - self.time.monotonic()))
            self._running = 1
            self._lock.notify_all()


class Turn:
    """One thread's view of a shared time."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def now(self) -> datetime:
        return self._turns.time.now()

    def monotonic(self) -> float:
        return self._turns.time.monotonic()

    def sleep(self, seconds: float) -> None:
        self._turns._wait(seconds)
