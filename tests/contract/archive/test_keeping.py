"""Many archivers at once on each real store, and every fault at every write and read of one."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum

import pytest
from tests.kept import NOON, evidence
from tests.stores import Killed

from crossproof.archive import layout
from crossproof.archive.finding import entries_of
from crossproof.archive.keeping import keep
from crossproof.archive.verifying import verify
from crossproof.errors import CrossproofError, Unreachable
from crossproof.probe import Unknown


def kept(store, number: int):
    return keep(store, *evidence(number), latest_when="passed", pause=lambda seconds: None)


def whole(store, *runs: int) -> None:
    result = verify(store, now=NOON + timedelta(days=1), places=None, digests=None)
    assert [one.what for one in result.broken] == []
    assert (result.manifests, result.links) == (len(runs), len(runs))
    assert sorted(entry.run_id for entry in entries_of(store, layout.by_day(NOON.date()))) == sorted(runs)
    assert [entry.run_id for entry in entries_of(store, layout.latest("stage"))] == [max(runs)]


def test_forty_archivers_of_one_run_leave_one_set_of_objects(store):
    with ThreadPoolExecutor(40) as pool:
        results = list(pool.map(lambda _: kept(store, 7), range(40)))
    assert [one.new for one in results].count(True) == 1
    whole(store, 7)


def test_archivers_of_different_runs_lose_no_entry_of_the_indexes_they_share(store):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: kept(store, number), range(1, 9)))
    whole(store, *range(1, 9))


class Dying:
    """A store whose archiver is killed before or after its n-th write."""

    def __init__(self, store, fatal: int, *, before: bool) -> None:
        self._store = store
        self._left = fatal
        self._before = before

    def __getattr__(self, name: str):
        real = getattr(self._store, name)
        if name not in {"put_new", "replace"}:
            return real

        def write(*args, **more):
            self._left -= 1
            if self._left == 0 and self._before:
                raise Killed
            done = real(*args, **more)
            if self._left == 0:
                raise Killed
            return done

        return write


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_an_archiver_that_dies_at_any_write_is_completed_by_the_next(store, before):
    for fatal in range(1, 15):
        with suppress(Killed):
            kept(Dying(store, fatal, before=before), fatal)
        kept(store, fatal)
    whole(store, *range(1, 15))


class Fault(StrEnum):
    KILLED_BEFORE = "killed before it writes"
    KILLED_AFTER = "killed when it has written"
    REFUSED = "the write fails and was not done"
    LOST = "the write was done and its answer is lost"
    REPEATED = "the write was done, its answer is lost, and the client sends it again"
    OVERTAKEN = "another archiver of the same run does all of it just before"
    CROWDED = "an archiver of another run does all of its own just before"
    UNSEEN = "what is there cannot be seen"


READING = {Fault.UNSEEN, Fault.OVERTAKEN, Fault.CROWDED, Fault.KILLED_BEFORE}


class Faulty:
    """A store in which one fault happens, at the n-th call of an archiver; `met` says whether it came to that."""

    def __init__(self, store, fault: Fault, at: int, meanwhile) -> None:
        self._store = store
        self._fault = fault
        self._left = at
        self._meanwhile = meanwhile
        self.met = False

    def __getattr__(self, name: str):
        real = getattr(self._store, name)
        writes = name in {"put_new", "replace"}
        if not (writes and self._fault is not Fault.UNSEEN) and not (
            name in {"read", "look"} and self._fault in READING
        ):
            return real

        def call(*args, **more):
            self._left -= 1
            if self._left:
                return real(*args, **more)
            self.met = True
            return self._struck(lambda: real(*args, **more))

        return call

    def _struck(self, real):
        match self._fault:
            case Fault.KILLED_BEFORE:
                raise Killed
            case Fault.KILLED_AFTER:
                real()
                raise Killed
            case Fault.REFUSED:
                raise Unreachable("refused")
            case Fault.LOST:
                real()
                raise Unreachable("the answer is lost")
            case Fault.REPEATED:
                real()
            case Fault.UNSEEN:
                return Unknown("403")
            case Fault.OVERTAKEN | Fault.CROWDED:
                self._meanwhile(self._fault)
        return real()


def test_no_fault_at_any_call_loses_or_doubles_evidence(store, times):
    """Each run of the archiver meets a fault, often a second one, and then an archiver that nothing disturbs."""
    dice, met, runs = random.Random(4), Counter(), 0
    faults = list(Fault)
    while met.total() < times(few=16, many=200):
        runs = number = runs + 1

        def meanwhile(fault: Fault, number: int = number) -> None:
            kept(store, number if fault is Fault.OVERTAKEN else 10_000 + number)

        for fault in (faults[number % len(faults)], dice.choice(faults))[: dice.choice((1, 1, 2))]:
            faulty = Faulty(store, fault, dice.randrange(1, 26), meanwhile)
            with suppress(Killed, CrossproofError):
                kept(faulty, number)
            met[fault] += faulty.met
        kept(store, number)
    assert set(+met) == set(Fault)
    crowd = [number for number in range(10_001, 10_001 + runs) if list(entries_of(store, run_index(number)))]
    whole(store, *range(1, runs + 1), *crowd)
    there = [stored.key for stored in store.walk(f"{layout.EVIDENCE}/")]
    expected = [
        key
        for number in [*range(1, runs + 1), *crowd]
        for made, pieces in [evidence(number)]
        for key in (made.key, *(piece.key for piece in pieces))
    ]
    assert sorted(there) == sorted(expected)


def run_index(number: int) -> str:
    return layout.by_run(evidence(number)[0].place.repository, number)
