"""A request to stop is raised once; what follows it finds the clean-up at work and leaves it alone."""

import math
import signal

import pytest

from crossproof.errors import Cancelled
from crossproof.runner.cancellation import FLUSHED_BY, HELD_BACK, KILLED_AT, Cancellation


class Watch:
    """A clock that stands until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_until_somebody_asks_there_is_all_the_time_in_the_world():
    asked = Cancellation(Watch())
    assert not asked.asked
    assert asked.seconds_left() == math.inf


def test_the_second_signal_does_not_break_the_clean_up_that_the_first_one_began():
    watch = Watch()
    asked = Cancellation(watch)
    with pytest.raises(Cancelled) as caught:
        asked.ask(signal.SIGINT)
    assert caught.value.signal_number == signal.SIGINT
    watch.now += 7.5
    asked.ask(signal.SIGTERM)
    asked.ask(signal.SIGINT)
    assert asked.seconds_left() == 2.5


def test_the_time_left_runs_from_the_first_signal_and_never_below_nothing():
    watch = Watch()
    asked = Cancellation(watch)
    with pytest.raises(Cancelled):
        asked.ask(signal.SIGTERM)
    assert (asked.seconds_left(), asked.seconds_left(FLUSHED_BY)) == (KILLED_AT, FLUSHED_BY)
    watch.now += 60
    assert (asked.seconds_left(), asked.seconds_left(FLUSHED_BY)) == (0, 0)


def test_no_handler_on_the_way_swallows_a_request_to_stop():
    asked = Cancellation(Watch())

    def stubborn():
        try:
            asked.ask(signal.SIGINT)
        except Exception:  # noqa: BLE001 - what third-party code does
            return "went on"

    with pytest.raises(Cancelled):
        stubborn()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_signals_of_the_runner_are_heard(number):
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        asked = Cancellation()
        asked.install()
        with pytest.raises(Cancelled) as caught:
            signal.raise_signal(number)
        assert caught.value.signal_number == number
        assert asked.asked
        signal.raise_signal(signal.SIGTERM)
    finally:
        for n, handler in before.items():
            signal.signal(n, handler)


def test_once_it_is_known_how_it_ended_no_signal_leaves_half_of_it_unwritten():
    asked = Cancellation(Watch())
    asked.settle()
    asked.ask(signal.SIGTERM)
    assert asked.asked
    assert asked.seconds_left() == KILLED_AT


class TestHeldBack:
    def test_a_request_on_its_way_is_finished_first(self):
        alarms, done = [], []
        asked = Cancellation(Watch(), alarms.append)

        def request():
            with asked.held():
                asked.ask(signal.SIGINT)
                done.append("answered")

        with pytest.raises(Cancelled):
            request()
        assert done == ["answered"]
        assert alarms == [HELD_BACK, 0]

    def test_one_that_takes_too_long_is_torn(self):
        asked, done = Cancellation(Watch(), lambda seconds: None), []

        def request():
            with asked.held():
                asked.ask(signal.SIGINT)
                asked.overdue()
                done.append("never")

        with pytest.raises(Cancelled):
            request()
        assert done == []

    def test_the_time_left_runs_from_the_signal_all_the_same(self):
        watch = Watch()
        asked = Cancellation(watch, lambda seconds: None)

        def request():
            with asked.held():
                asked.ask(signal.SIGINT)
                watch.now += 3.0

        with pytest.raises(Cancelled):
            request()
        assert asked.seconds_left(FLUSHED_BY) == 4.0

    def test_where_nobody_asked_nothing_happens_and_a_late_alarm_is_none(self):
        asked = Cancellation(Watch(), lambda seconds: None)
        with asked.held():
            pass
        asked.overdue()
        with pytest.raises(Cancelled):
            asked.ask(signal.SIGTERM)

    def test_an_error_inside_does_not_swallow_the_request(self):
        asked = Cancellation(Watch(), lambda seconds: None)

        def request():
            with asked.held():
                asked.ask(signal.SIGINT)
                raise RuntimeError("something else")

        with pytest.raises(Cancelled):
            request()
