"""Tells the time and waits; whatever must do either is handed a `Clock`, so that tests can hand it one that jumps."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The wall's time for what is shown, a monotonic one for what is measured, and a way to wait."""

    def now(self) -> datetime:
        """Give the time of day, in UTC."""

    def monotonic(self) -> float:
        """Give seconds that only ever go forward, from an arbitrary start."""

    def sleep(self, seconds: float) -> None:
        """Wait. A signal handler that raises ends it."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Give the time of day, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Give seconds that only ever go forward."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(0.0, seconds))
