import threading

import pytest

from crossproof import parallel
from crossproof.errors import Cancelled
from crossproof.parallel import Stop, Stopped, all_of


def test_results_come_in_the_order_of_the_tasks():
    assert all_of([lambda n=n: n * n for n in range(50)], at_once=8, stop=Stop()) == [n * n for n in range(50)]


def test_no_more_run_at_once_than_allowed():
    running, most, lock = 0, 0, threading.Lock()
    gate = threading.Barrier(4, timeout=5)

    def task() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        gate.wait()
        with lock:
            running -= 1

    all_of([task] * 12, at_once=4, stop=Stop())
    assert most == 4


def test_a_few_begin_and_more_join_only_while_the_processor_is_idle():
    """Threads that fight over the interpreter cost more than they bring; threads that wait for a network do not."""
    seen: set[str] = set()

    def task() -> None:
        seen.add(threading.current_thread().name)

    all_of([task] * 500, at_once=64, stop=Stop(), idle=lambda: False)
    assert len(seen) <= 2


def test_after_a_failure_no_further_task_begins():
    begun: list[int] = []
    gate = threading.Barrier(2, timeout=5)

    def waits_for_the_failure(number: int) -> None:
        begun.append(number)
        if number == 0:
            gate.wait()
            stop.pause(5)

    def fails() -> None:
        gate.wait()
        raise ValueError("broken")

    stop = Stop()
    tasks = [lambda: waits_for_the_failure(0), fails, *(lambda n=n: waits_for_the_failure(n) for n in range(1, 50))]
    with pytest.raises(ValueError, match="broken"):
        all_of(tasks, at_once=2, stop=stop)
    assert begun == [0]


def test_the_failure_is_raised_not_what_followed_from_it_and_the_others_are_asked_to_end():
    stop = Stop()

    def patient() -> None:
        stop.pause(60)

    def failing() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        all_of([patient, patient, failing], at_once=3, stop=stop)
    with pytest.raises(Stopped):
        stop.check()


def test_a_part_of_the_work_can_fail_without_ending_the_whole():
    whole = Stop()
    part = whole.part()
    with pytest.raises(ValueError, match="broken"):
        all_of([_fail, _fail], at_once=2, stop=part)
    whole.check()
    with pytest.raises(Stopped):
        part.check()
    whole.now()
    with pytest.raises(Stopped):
        whole.part().check()


def _fail() -> None:
    raise ValueError("broken")


def test_a_worker_that_hangs_is_not_waited_for_longer_than_a_cancelled_step_can(monkeypatch):
    monkeypatch.setattr(parallel, "_LONGEST_GOODBYE", 0.05)
    release = threading.Event()

    def hangs() -> None:
        release.wait(30)

    def cancelled() -> None:
        raise Cancelled(2)

    try:
        with pytest.raises(Cancelled):
            all_of([hangs, cancelled], at_once=2, stop=Stop())
    finally:
        release.set()


def test_one_task_runs_where_it_is_asked():
    assert all_of([threading.current_thread], at_once=8, stop=Stop()) == [threading.current_thread()]
    assert all_of([], at_once=8, stop=Stop()) == []
