"""A virtual clock keeps the laws that the suite's `Clock` asks for."""

from datetime import timedelta

from crossproof_sandbox.clock import ServerClock, VirtualClock


def test_sleeping_takes_exactly_as_long_as_asked():
    clock = VirtualClock()
    before, began = clock.now(), clock.monotonic()
    clock.sleep(90)
    clock.advance(10)
    assert clock.now() - before == timedelta(seconds=100)
    assert clock.monotonic() - began == 100


def test_time_never_goes_back():
    clock = VirtualClock()
    before = clock.now()
    clock.sleep(-5)
    assert clock.now() >= before


def test_a_virtual_clock_stands_still_by_itself():
    clock = VirtualClock()
    assert clock.now() == clock.now()
    clock.sleep(1.5)
    assert clock.monotonic() == 1.5


def test_a_servers_clock_may_be_wrong_and_its_date_header_even_more():
    server = ServerClock(VirtualClock())
    right = server.now()
    server.skew, server.date_skew = 60, -30
    assert (server.now() - right, server.date() - right) == (timedelta(seconds=60), timedelta(seconds=30))
