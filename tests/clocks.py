"""A clock for tests: nobody waits, time jumps."""

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
