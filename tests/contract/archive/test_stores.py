"""The laws of an object store, held by the fake and by both real ones."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from crossproof.archive.store import Content, Created, Exists, InMemory, Kind, Thaw
from crossproof.errors import CrossproofError, Unreachable
from crossproof.files.object_store import FileStore
from crossproof.files.spool import Spool
from crossproof.probe import Absent, Present, Unknown


def put(store, key, body, kind=Kind.PROOF):
    return store.put_new(key, InMemory(body), sha256=hashlib.sha256(body).hexdigest(), kind=kind)


def content(store, key) -> Content:
    found = store.read(key)
    assert isinstance(found, Present), found
    return found.value


def test_what_was_put_is_read_and_looked_at_as_it_was(store):
    assert put(store, "a/b~c%20d.json", b"one") == Created()
    assert content(store, "a/b~c%20d.json").body == b"one"
    found = store.look("a/b~c%20d.json").value
    assert (found.key, found.size, found.thaw) == ("a/b~c%20d.json", 3, Thaw.READY)


def test_what_is_there_is_never_overwritten(store):
    put(store, "key", b"one")
    assert put(store, "key", b"two") == Exists()
    assert content(store, "key").body == b"one"


def test_what_is_not_there_is_absent_with_proof(store):
    assert isinstance(store.read("nothing"), Absent)
    assert isinstance(store.look("nothing"), Absent)
    with pytest.raises(CrossproofError):
        store.fetch("nothing", lambda size: pytest.fail("no place is needed"))


def test_a_replacement_needs_the_version_that_was_read(store):
    put(store, "key", b"one")
    first = content(store, "key").version
    assert store.replace("key", b"two", version=first)
    assert not store.replace("key", b"three", version=first)
    assert content(store, "key").body == b"two"


def test_what_is_not_there_cannot_be_replaced(store):
    assert not store.replace("key", b"one", version="1")
    assert isinstance(store.read("key"), Absent)


def test_of_many_that_put_at_once_one_does(store):
    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(lambda n: put(store, "key", b"%d" % n), range(40)))
    assert results.count(Created()) == 1
    assert content(store, "key").body == b"%d" % results.index(Created())


def test_of_many_that_replace_one_version_one_does(store):
    put(store, "key", b"start")
    version = content(store, "key").version
    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(lambda n: store.replace("key", b"%d" % n, version=version), range(40)))
    assert results.count(True) == 1
    assert content(store, "key").body == b"%d" % results.index(True)


def test_a_large_object_is_fetched_whole_into_the_place_made_for_it(store, tmp_path):
    body = bytes(range(256)) * 12_000
    put(store, "blob", body, Kind.BLOB)
    room = store.fetch("blob", lambda size: Spool(tmp_path / "spool", size))
    assert (room.size, room.sha256()) == (len(body), hashlib.sha256(body).hexdigest())
    room.close()


def test_a_walk_lists_what_is_below_a_prefix_and_nothing_else(store):
    for key in ("a/1", "a/2/x", "b/1"):
        put(store, key, b"x")
    assert sorted(found.key for found in store.walk("a/")) == ["a/1", "a/2/x"]
    assert len(list(store.walk(""))) == 3


def test_what_is_ready_need_not_be_thawed(store):
    put(store, "blob", b"x", Kind.BLOB)
    assert store.look("blob").value.thaw is Thaw.READY


def test_a_directory_whose_name_is_taken_is_neither_written_to_nor_called_empty(tmp_path):
    (tmp_path / "evidence").write_text("a file")
    store = FileStore(tmp_path / "evidence")
    for each in (
        lambda: put(store, "a/key", b"one"),
        lambda: store.replace("key", b"two", version="1"),
        lambda: list(store.walk("")),
        lambda: list(store.walk("a/")),
    ):
        with pytest.raises(Unreachable, match=f"^(file:)?{tmp_path}/evidence.* cannot be (written to|listed)"):
            each()
    assert isinstance(store.read("a/key"), Unknown)


def test_a_directory_that_is_not_there_yet_holds_nothing(tmp_path):
    assert list(FileStore(tmp_path / "evidence").walk("index/")) == []
