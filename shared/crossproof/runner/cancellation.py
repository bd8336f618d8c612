"""Turns the runner's signals into one `Cancelled`, and says how long is left before it kills.

On cancel and on time-out the runner sends SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL (ProcessInvoker.cs).
"""

import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from crossproof.errors import Cancelled

FLUSHED_BY = 7.0  # results are out before SIGTERM
KILLED_AT = 10.0
HELD_BACK = 3.5  # long enough for a request on its way, and leaves as much to undo what it did


def _alarm(seconds: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, seconds)


class Cancellation:
    """Asks once, in the main thread; what comes after is noted and lets the clean-up go on."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, alarm: Callable[[float], None] = _alarm) -> None:
        """Start unasked. `alarm` calls `overdue` after so many seconds; 0 calls it off."""
        self._clock = clock
        self._alarm = alarm
        self._asked_at: float | None = None
        self._settled = False
        self._holding = False
        self._held_back: Cancelled | None = None

    def install(self) -> None:
        """Take over from the launcher, which ends the process at once because it has nothing to clean up yet."""
        signal.signal(signal.SIGINT, self.ask)
        signal.signal(signal.SIGTERM, self.ask)
        signal.signal(signal.SIGALRM, self.overdue)

    def ask(self, signal_number: int, _frame: FrameType | None = None) -> None:
        """Stop what is being done. The second signal comes while that is on its way and must not break it."""
        if self._asked_at is None:
            self._asked_at = self._clock()
            if self._holding:
                self._held_back = Cancelled(signal_number)
                self._alarm(HELD_BACK)
            elif not self._settled:
                raise Cancelled(signal_number)

    def overdue(self, _signal_number: int = 0, _frame: FrameType | None = None) -> None:
        """Hold it back no longer."""
        if self._holding and self._held_back:
            self._holding = False
            raise self._held_back

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let what must not be torn in the middle finish first: a POST whose answer says what it started."""
        self._holding = True
        try:
            yield
        finally:
            waited, self._holding = self._holding, False
            if waited and self._held_back:
                self._alarm(0)
                raise self._held_back

    def settle(self) -> None:
        """How it ended is known. From here on it is only written down, and no signal may leave half of that."""
        self._settled = True

    @property
    def asked(self) -> bool:
        """Tell whether somebody asked to stop."""
        return self._asked_at is not None

    def seconds_left(self, until: float = KILLED_AT) -> float:
        """Say how long may still be taken; for ever while nobody asked."""
        return math.inf if self._asked_at is None else max(0.0, self._asked_at + until - self._clock())
