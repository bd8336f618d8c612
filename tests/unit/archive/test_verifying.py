from dataclasses import replace
from datetime import timedelta

import pytest
from tests.kept import NOON, evidence
from tests.stores import MemoryStore

from crossproof.archive import layout
from crossproof.archive.chain import last_number
from crossproof.archive.evidence import read, written
from crossproof.archive.index import Index
from crossproof.archive.keeping import keep
from crossproof.archive.reindexing import reindex
from crossproof.archive.verifying import Verified, verify
from crossproof.errors import Unreachable
from crossproof.probe import Absent, Present, Unknown

LATER = NOON + timedelta(days=30)


@pytest.fixture
def store():
    made = MemoryStore()
    for number in (1, 2, 3):
        keep(made, *evidence(number), latest_when="passed", pause=lambda seconds: None)
    keep(made, *evidence(4, environment=""), latest_when="passed", pause=lambda seconds: None)
    return made


def verified(store, *, now=LATER, places=None, digests=None) -> Verified:
    return verify(store, now=now, places=places, digests=digests)


def found(result: Verified) -> list[str]:
    return [f"{one.weight}: {one.what}" for one in result.findings]


def key_of(number: int) -> str:
    return evidence(number)[0].key


def test_an_untouched_archive_has_nothing_wrong_with_it(store):
    result = verified(store)
    assert (result.manifests, result.objects, result.links, found(result)) == (4, 4, 4, [])


def test_a_changed_artifact_is_found(store):
    blob = evidence(2)[1][0].key
    store.objects[blob].body = b"PK of run 3"
    assert [one.what.split(" is sha256")[0] for one in verified(store).broken] == [blob]


def test_a_shorter_artifact_is_found(store):
    blob = evidence(2)[1][0].key
    store.objects[blob].body = b"PK"
    assert found(verified(store)) == [f"broken: {blob} has 2 bytes, and its manifest says 11"]


def test_an_artifact_that_is_gone_is_found(store):
    blob = evidence(2)[1][0].key
    del store.objects[blob]
    assert found(verified(store)) == [f"broken: {blob} is named by its manifest and is gone"]


def test_a_changed_manifest_breaks_its_link_also_when_the_indexes_were_changed_with_it(store):
    key = key_of(2)
    store.objects[key].body = store.objects[key].body.replace(b'"25 events passed."', b'"99 events passed."')
    reindexed = MemoryStore(objects=dict(store.objects))
    list(reindex(reindexed, latest_when="passed", pause=lambda seconds: None))
    for one in (store, reindexed):
        assert any("and link 2 of 'stage' vouches for" in what for what in found(verified(one)))


def test_a_manifest_that_is_gone_with_all_that_names_it_is_still_missed_by_its_link(store):
    for key in [key for key in store.objects if "/2-1/" in key or key.endswith("/run/acme~ios-app/2.json")]:
        del store.objects[key]
    for held in store.objects.values():
        if b'"entries"' in held.body:
            index = read(held.body, Index, "index")
            held.body = written(replace(index, entries=[one for one in index.entries if one.run_id != 2]))
    assert found(verified(store)) == [f"broken: {key_of(2)} was archived and linked, and is gone"]


def test_a_link_taken_out_of_the_middle_or_the_end_is_missed(store):
    middle = MemoryStore(objects=dict(store.objects))
    del middle.objects[layout.chain("stage", 2)]
    assert "broken: link 2 of 'stage' is gone; link 3 was made" in found(verified(middle))
    del store.objects[layout.chain("stage", 3)]
    assert "broken: link 3 of 'stage' is gone; link 3 was made" in found(verified(store))


def test_the_newest_evidence_taken_away_with_its_link_is_missed_by_what_else_tells_of_it(store):
    for key in [key for key in store.objects if "/3-1/" in key or key == layout.chain("stage", 3)]:
        del store.objects[key]
    by_the_head = MemoryStore(objects={key: held for key, held in store.objects.items() if "index/" not in key})
    by_the_indexes = MemoryStore(objects=dict(store.objects))
    del by_the_indexes.objects[layout.chain_head("stage")]
    for one in (store, by_the_head, by_the_indexes):
        assert "broken: link 3 of 'stage' is gone; link 3 was made" in found(verified(one))


def test_everything_taken_away_but_the_end_of_the_chain_is_no_empty_archive(store):
    head = layout.chain_head("stage")
    result = verified(MemoryStore(objects={head: store.objects[head]}))
    assert found(result) == ["broken: link 1 of 'stage' is gone; link 3 was made"]


def test_an_end_of_the_chain_that_cannot_be_read_is_unknown(store):
    store.objects[layout.chain_head("stage")].body = b"{}"
    assert [one.weight for one in verified(store).findings] == ["unknown"]


def test_the_length_of_a_chain_is_an_error_where_it_cannot_be_seen_not_a_shorter_chain(store, monkeypatch):
    real, error = store.read, Unreachable("no answer")
    monkeypatch.setattr(store, "read", lambda key: Unknown.of(error) if key == layout.chain("stage", 4) else real(key))
    with pytest.raises(Unreachable, match="no answer"):
        last_number(store, "stage")
    monkeypatch.setattr(store, "read", lambda key: Unknown.of(error) if "head" in key else real(key))
    with pytest.raises(Unreachable, match="no answer"):
        last_number(store, "stage")


def test_a_rewritten_link_is_caught_by_the_next_one(store):
    link = layout.chain("stage", 1)
    store.objects[link].body = store.objects[link].body.replace(b'"before_sha256": ""', b'"before_sha256": "f"')
    assert "broken: link 2 of 'stage' vouches for another link before it" in found(verified(store))


def test_an_index_that_was_lost_is_no_broken_proof_and_reindex_brings_it_back(store):
    index = layout.by_commit(evidence(1)[0].place.subject)
    before = store.objects[index].body
    del store.objects[index]
    result = verified(store)
    assert result.broken == []
    assert len(result.findings) == 4
    assert len(list(reindex(store, latest_when="passed", pause=lambda seconds: None))) == 4
    assert store.objects[index].body == before
    assert found(verified(store)) == []


def test_what_an_unfinished_archiver_left_is_only_a_note(store):
    store.objects["evidence/v1/2026-06-02/x/y/9-1/artifacts/1~a.zip"] = store.objects[evidence(1)[1][0].key]
    assert [one.weight for one in verified(store).findings] == ["note"]


def test_evidence_that_ended_by_the_lifecycle_rule_is_no_tampering(store):
    for key in [key for key in store.objects if key.startswith("evidence/")]:
        del store.objects[key]
    result = verified(store, now=NOON + timedelta(days=731))
    assert (result.broken, len(result.findings)) == ([], 4)
    assert len(verified(store, now=NOON + timedelta(days=700)).broken) == 4


def test_frozen_artifacts_are_unknown_when_every_byte_is_to_be_read(store):
    store.freeze("/artifacts/")
    assert verified(store).findings == []  # the store's own hashes are believed
    assert [one.weight for one in verified(store, places=lambda size: pytest.fail("nothing is read")).findings] == [
        "unknown"
    ] * 4


class Github:
    def __init__(self, answer) -> None:
        self.answer = answer

    def of_run(self, repository, run_id):
        return self.answer(run_id)


def test_githubs_own_digests_are_compared_as_long_as_it_tells_them(store):
    right = {one.id: one.sha256 for number in (1, 2, 3, 4) for one in evidence(number)[0].artifacts}
    agreeing = verified(store, digests=Github(lambda run: Present(right)))
    assert (agreeing.digests, agreeing.findings) == (4, [])
    other = verified(store, digests=Github(lambda run: Present({**right, 200: "f" * 64})))
    assert [one.what for one in other.broken] == [
        f"artifact 200 is kept as sha256:{right[200]}, and GitHub says {'f' * 64}"
    ]
    gone = verified(store, digests=Github(lambda run: Absent("404")))
    assert {one.weight for one in gone.findings} == {"note"}
    trouble = verified(store, digests=Github(lambda run: Unknown("502")))
    assert {one.weight for one in trouble.findings} == {"unknown"}


def test_an_object_that_cannot_be_looked_at_is_unknown_not_gone(store, monkeypatch):
    monkeypatch.setattr(store, "look", lambda key: Unknown("403"))
    result = verified(store)
    assert (result.broken, len(result.unknown)) == ([], 4)


def test_a_chain_that_cannot_be_read_is_unknown(store, monkeypatch):
    real = store.read
    error = Unreachable("no answer")
    monkeypatch.setattr(store, "read", lambda key: Unknown.of(error) if "chain/" in key else real(key))
    result = verified(store)
    assert any("the chain of 'stage' cannot be read beyond link 0" in one.what for one in result.unknown)
