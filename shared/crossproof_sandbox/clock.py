"""What time it is in the sandbox: virtual and moved by the test, or running, perhaps faster than the wall's."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class Clock(Protocol):
    """The time that the sandbox and whoever tests against it share."""

    def now(self) -> datetime:
        """Say what time it is."""
        ...

    def monotonic(self) -> float:
        """Count seconds since the clock was made."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def advance(self, seconds: float) -> None:
        """Let time pass; a virtual clock does it at once."""
        ...


class ServerClock:
    """The same time as the server sees it: its clock may be wrong."""

    def __init__(self, clock: Clock) -> None:
        """Be right until told otherwise."""
        self.skew = 0.0  # seconds that everything the server stamps is ahead
        self.date_skew = 0.0  # the same for the Date header alone
        self._clock = clock

    def now(self) -> datetime:
        """Say what time the server thinks it is."""
        return self._clock.now() + timedelta(seconds=self.skew)

    def date(self) -> datetime:
        """Say what its Date header says."""
        return self.now() + timedelta(seconds=self.date_skew)


class VirtualClock:
    """Stands still until somebody advances it; `sleep` advances it, so code under test can be given this clock."""

    def __init__(self, start: datetime = START) -> None:
        """Begin at a fixed time, so that snapshots are stable."""
        self._start = start
        self._passed = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Say what time it is."""
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        """Count the seconds advanced so far."""
        return self._passed

    def advance(self, seconds: float) -> None:
        """Let virtual time pass at once."""
        with self._lock:
            self._passed += max(0.0, seconds)

    def sleep(self, seconds: float) -> None:
        """Advance instead of waiting."""
        self.advance(seconds)


class RunningClock:
    """Runs by itself; `speed` 60 makes a minute of every second, for whole conversations with real processes."""

    def __init__(self, *, speed: float = 1.0) -> None:
        """Begin now."""
        self._speed = speed
        self._start = datetime.now(UTC).replace(microsecond=0)
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Say what time it is."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Count seconds since the clock was made."""
        return (time.monotonic() - self._began) * self._speed

    def sleep(self, seconds: float) -> None:
        """Wait for that much of this clock's time."""
        time.sleep(max(0.0, seconds) / self._speed)

    def advance(self, seconds: float) -> None:
        """Wait: this clock cannot be pushed."""
        self.sleep(seconds)
