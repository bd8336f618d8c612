"""Many archivers at once on each real store, and one that dies at every write."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from tests.kept import NOON, evidence
from tests.stores import Killed

from crossproof.archive import layout
from crossproof.archive.finding import entries_of
from crossproof.archive.keeping import keep
from crossproof.archive.verifying import verify


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
