from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kept import NOON, day, evidence, run_fact
from tests.recordings import sha
from tests.stores import Killed, MemoryStore

from crossproof.archive import layout
from crossproof.archive.chain import walk
from crossproof.archive.evidence import Evidence, read, sha256
from crossproof.archive.index import Index
from crossproof.archive.keeping import Kept, keep
from crossproof.errors import CrossproofError
from crossproof.probe import Present


def kept(store, made, *, latest_when: str = "passed") -> Kept:
    return keep(store, *made, latest_when=latest_when, pause=lambda seconds: None)


def index(store, key: str) -> list[int]:
    """Which runs an index lists."""
    found = store.read(key)
    return [e.run_id for e in read(found.value.body, Index, key).entries] if isinstance(found, Present) else []


def links(store, environment: str = "stage") -> list[str]:
    return [link.manifest for link, _ in walk(store, environment)]


def complete(store, *runs: int) -> None:
    """Everything about these runs is there once, and nothing else."""
    manifests = [key for key in store.objects if "/manifest-" in key]
    assert len(manifests) == len(runs)
    assert sorted(links(store)) == sorted(manifests)
    assert sorted(index(store, layout.by_day(NOON.date()))) == sorted(runs)
    for run in runs:
        assert index(store, layout.by_run(evidence(run)[0].place.repository, run)) == [run]
    assert index(store, layout.latest("stage")) == [max(runs)]


def test_evidence_lies_where_the_facts_of_the_run_say():
    store = MemoryStore()
    kept(store, evidence(7))
    subject, run = "b" * 40, "a" * 40
    home = f"evidence/v1/2026-06-02/{subject}/acme~ios-app/7-1"
    assert sorted(store.objects) == sorted(
        [
            f"{home}/artifacts/700~tracktor-logs.zip",
            evidence(7)[0].key,
            "chain/v1/stage/00000001.json",
            "chain/v1/stage/head.json",
            f"index/v1/commit/{subject}.json",
            f"index/v1/commit/{run}.json",
            "index/v1/date/2026-06-02.json",
            "index/v1/deployment/bild-apps/241.json",
            "index/v1/latest/stage/@any.json",
            "index/v1/latest/stage/main.json",
            "index/v1/run/acme~ios-app/7.json",
        ]
    )


def test_the_manifest_is_written_after_everything_it_names_and_the_indexes_after_it():
    order: list[str] = []
    kept(MemoryStore(after_write=order.append), evidence(7))
    manifest = next(n for n, key in enumerate(order) if "/manifest-" in key)
    assert all("/artifacts/" in key or key.endswith("head.json") for key in order[:manifest])
    assert all(key.startswith(("chain/", "index/")) for key in order[manifest + 1 :])


def test_archiving_again_changes_nothing_and_says_so():
    store = MemoryStore()
    first = kept(store, evidence(7))
    before = {key: held.body for key, held in store.objects.items()}
    again = kept(store, evidence(7, archived_at=NOON + timedelta(days=3)))
    assert (first.new, again.new, again.link) == (True, False, first.link)
    assert {key: held.body for key, held in store.objects.items()} == before


def test_other_bytes_under_the_same_name_are_a_hard_error_and_nothing_is_overwritten():
    store = MemoryStore()
    kept(store, evidence(7))
    before = {key: held.body for key, held in store.objects.items()}
    with pytest.raises(CrossproofError) as refused:
        kept(store, evidence(7, zips={"tracktor-logs": b"something else"}))
    assert refused.value.reason.word == "evidence-differs"
    assert refused.value.reason.exit == 1
    assert {key: held.body for key, held in store.objects.items()} == before


def test_other_facts_about_the_same_run_are_a_hard_error_that_names_them():
    store = MemoryStore()
    kept(store, evidence(7))
    with pytest.raises(CrossproofError) as refused:
        kept(store, evidence(7, version="242"))
    assert "differs in deployment" in refused.value.seen


def test_a_second_judgement_of_the_same_bytes_is_kept_beside_the_first():
    """The plan was mended, and the same logs were judged again."""
    store = MemoryStore()
    kept(store, evidence(7, verdict="failed", plan="1" * 64))
    kept(store, evidence(7, verdict="passed", plan="2" * 64, archived_at=NOON + timedelta(hours=2)))
    assert index(store, layout.by_commit(sha("b"))) == [7, 7]
    assert len([key for key in store.objects if "/artifacts/" in key]) == 1
    assert len(links(store)) == 2


def test_the_same_judgement_written_again_by_a_second_attempt_of_the_job_is_the_same_evidence():
    store = MemoryStore()
    made, pieces = evidence(7)
    kept(store, (made, pieces))
    later = replace(made, validation=replace(made.validation, sha256="6" * 64), created_at=NOON + timedelta(days=1))
    assert not kept(store, (later, pieces)).new


def test_archiving_again_notices_that_a_piece_was_taken_away_or_changed():
    store = MemoryStore()
    kept(store, evidence(7))
    blob = next(key for key in store.objects if "/artifacts/" in key)
    store.objects[blob].body = b"PK, but not of run 7"
    with pytest.raises(CrossproofError) as refused:
        kept(store, evidence(7))
    assert refused.value.reason.word == "tampered"
    del store.objects[blob]
    with pytest.raises(CrossproofError, match="is not what was archived"):
        kept(store, evidence(7))


def test_a_failed_run_is_kept_and_moves_no_pointer_to_the_last_proof():
    store = MemoryStore()
    kept(store, evidence(7, verdict="failed"))
    assert index(store, layout.by_commit(sha("b"))) == [7]
    assert index(store, layout.latest("stage")) == []


def test_without_a_judgement_nothing_is_proven_and_no_pointer_moves():
    store = MemoryStore()
    kept(store, evidence(7, verdict=""))
    assert index(store, layout.latest("stage")) == []
    kept(store, evidence(8, verdict=""), latest_when="any")
    assert index(store, layout.latest("stage")) == [8]


def test_a_run_that_failed_is_no_latest_proof_though_its_logs_are_as_planned():
    store = MemoryStore()
    kept(store, evidence(7, source=run_fact(7, conclusion="failure")))
    assert index(store, layout.latest("stage")) == []


def test_latest_moves_forward_in_time_whatever_order_runs_are_archived_in():
    store = MemoryStore()
    for number, when in ((5, 3), (9, 1), (2, 4), (7, 2)):
        kept(store, evidence(number, source=run_fact(number, started=day(when))))
    assert index(store, layout.latest("stage")) == [2]
    assert index(store, layout.latest("stage", "main")) == [2]


def test_a_link_vouches_for_the_one_before_it():
    store = MemoryStore()
    for number in (1, 2, 3):
        kept(store, evidence(number))
    chain = list(walk(store, "stage"))
    assert [link.before_sha256 for link, _ in chain] == ["", sha256(chain[0][1]), sha256(chain[1][1])]
    assert [link.number for link, _ in chain] == [1, 2, 3]


def test_each_environment_has_a_chain_of_its_own():
    store = MemoryStore()
    kept(store, evidence(1, environment="stage"))
    kept(store, evidence(2, environment="prod"))
    kept(store, evidence(3, environment=""))
    assert [len(links(store, name)) for name in ("stage", "prod", "")] == [1, 1, 1]


def test_forty_archivers_of_one_run_leave_one_set_of_objects():
    store = MemoryStore()
    with ThreadPoolExecutor(40) as pool:
        results = list(pool.map(lambda _: kept(store, evidence(7)), range(40)))
    assert [result.new for result in results].count(True) == 1
    complete(store, 7)


def test_forty_archivers_of_forty_runs_lose_no_entry_of_the_shared_indexes():
    store = MemoryStore()
    with ThreadPoolExecutor(40) as pool:
        list(pool.map(lambda number: kept(store, evidence(number)), range(1, 41)))
    complete(store, *range(1, 41))


def _writes(number: int) -> int:
    """How many writes keeping one run takes."""
    count: list[str] = []
    store = MemoryStore()
    kept(store, evidence(number))
    store.before_write = count.append
    kept(store, evidence(number + 1))
    return len(count)


@pytest.mark.parametrize("before", [True, False], ids=["killed before the write", "killed after the write"])
def test_an_archiver_killed_at_any_write_is_completed_by_the_next(before: bool):
    for fatal in range(_writes(1)):
        store, count = MemoryStore(), 0
        kept(store, evidence(1))

        def strike(key: str) -> None:
            nonlocal count
            count += 1
            if count == fatal + 1:  # noqa: B023 — called within this round
                raise Killed

        setattr(store, "before_write" if before else "after_write", strike)
        with suppress(Killed):  # a write that finds its object there already has no after
            kept(store, evidence(2))
        store.before_write = store.after_write = lambda key: None
        kept(store, evidence(2))
        complete(store, 1, 2)


def test_evidence_without_its_manifest_is_no_evidence():
    store = MemoryStore()

    def strike(key: str) -> None:
        if "/manifest-" in key:
            raise Killed

    store.before_write = strike
    with pytest.raises(Killed):
        kept(store, evidence(7))
    assert not any(key.startswith("index/") or key.endswith("/00000001.json") for key in store.objects)


@given(st.data())
def test_whatever_archivers_do_at_once_and_wherever_they_die_nothing_is_lost_or_doubled(data: st.DataObject):
    """Archivers of three runs, each of which may be killed at any write; afterwards each run is archived once more."""
    store = MemoryStore()
    numbers = data.draw(st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=5))
    for number in numbers:
        fatal, count = data.draw(st.integers(0, 14)), 0

        def strike(key: str) -> None:
            nonlocal count
            count += 1
            if count == fatal:  # noqa: B023 — called within this round
                raise Killed

        setattr(store, data.draw(st.sampled_from(["before_write", "after_write"])), strike)
        with suppress(Killed):
            kept(store, evidence(number))
        store.before_write = store.after_write = lambda key: None
    for number in set(numbers):
        kept(store, evidence(number))
    complete(store, *set(numbers))


def test_a_manifest_says_of_itself_what_was_kept():
    store = MemoryStore()
    made, pieces = evidence(7)
    kept(store, (made, pieces))
    body = store.objects[made.key].body
    assert read(body, Evidence, "it") == replace(made, created_at=made.created_at)


def test_a_damaged_index_is_an_error_that_names_the_cure():
    store = MemoryStore()
    kept(store, evidence(7))
    store.objects[layout.by_day(NOON.date())].body = b'{"schema": "x", "entries": [{}]}'
    with pytest.raises(CrossproofError, match="is damaged") as refused:
        kept(store, evidence(8))
    assert "reindex" in refused.value.fix


def test_a_link_that_was_removed_is_noticed_when_the_chain_is_extended():
    store = MemoryStore()
    for number in (1, 2):
        kept(store, evidence(number))
    del store.objects[layout.chain("stage", 2)]
    with pytest.raises(CrossproofError, match="no longer has chain/v1/stage/00000002"):
        kept(store, evidence(3))
