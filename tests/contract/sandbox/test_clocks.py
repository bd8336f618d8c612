"""A running clock keeps the laws that the suite's `Clock` asks for, faster than the wall's."""

from datetime import timedelta

from crossproof_sandbox import RunningClock


def test_sleeping_takes_at_least_as_long_as_asked():
    clock = RunningClock(speed=1e6)
    before, began = clock.now(), clock.monotonic()
    clock.sleep(90)
    clock.advance(10)
    assert clock.now() - before >= timedelta(seconds=100)
    assert clock.monotonic() - began >= 100


def test_time_never_goes_back():
    clock = RunningClock(speed=1e6)
    before = clock.now()
    clock.sleep(-5)
    assert clock.now() >= before
