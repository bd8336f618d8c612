"""Which version to roll back to: the one proven last, in this environment, and never a guess."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.kept import evidence, run_fact
from tests.recordings import NOON
from tests.stores import MemoryStore

from crossproof.archive.evidence import Deployment
from crossproof.archive.keeping import keep
from crossproof.archive.last_proven import last_proven
from crossproof.errors import Unreachable
from crossproof.probe import Absent, Present, Unknown

LATER = NOON + timedelta(days=60)


@pytest.fixture
def store():
    return MemoryStore()


def archive(store, number: int, version: str, **changes):
    source = run_fact(number, started=NOON + timedelta(days=number), conclusion=changes.pop("conclusion", "success"))
    made, pieces = evidence(number, version=version, source=source, **changes)
    keep(store, made, pieces, latest_when="passed", pause=lambda seconds: None)
    return made


def asked(store, version: str = "250", *, same: bool = False):
    live = Deployment(environment="stage", tealium_profile="bild-apps", tealium_version=version)
    return last_proven(store, live, LATER, same=same)


def test_the_newest_proof_of_another_version_is_named(store):
    for number, version in enumerate(("240", "241", "250"), 1):
        archive(store, number, version)
    found = asked(store)
    assert isinstance(found, Present)
    assert (found.value.deployment.tealium_version, found.value.run_id) == ("241", 2)


def test_a_version_that_was_proven_before_is_found_by_itself(store):
    archive(store, 1, "249")
    assert asked(store, same=True) == Absent("memory lists no run")
    archive(store, 2, "250")
    archive(store, 3, "250", verdict="failed")
    found = asked(store, same=True)
    assert isinstance(found, Present)
    assert found.value.run_id == 2
    assert asked(store).value.run_id == 1


def test_what_failed_what_ran_elsewhere_and_what_is_another_profile_is_no_proof(store):
    archive(store, 1, "238", verdict="failed")
    archive(store, 2, "239", verdict="unproven")
    archive(store, 3, "240", conclusion="failure")
    archive(store, 4, "241", environment="prod")
    archive(store, 5, "242", profile="bild-web")
    found = asked(store)
    assert found == Absent("memory lists 3 runs with other versions, none of them proven")


def test_an_empty_archive_says_that_it_is_empty(store):
    assert asked(store) == Absent("memory lists no run")


def test_a_list_that_is_damaged_is_not_an_empty_one(store):
    archive(store, 1, "240")
    archive(store, 2, "241")
    key = next(key for key in store.objects if key.endswith("bild-apps/240.json"))
    store.objects[key] = replace(store.objects[key], body=b"{")
    assert isinstance(asked(store), Unknown)


def test_a_store_that_cannot_be_listed_does_not_say_none(store, monkeypatch):
    def walk(prefix):
        raise Unreachable("S3 does not answer.", why="It is down.")

    monkeypatch.setattr(store, "walk", walk)
    assert asked(store) == Unknown("S3 does not answer. It is down.")


def test_a_proof_that_was_changed_afterwards_is_not_believed(store):
    made = archive(store, 1, "240")
    store.objects[made.key] = replace(store.objects[made.key], body=store.objects[made.key].body + b" ")
    found = asked(store)
    assert isinstance(found, Unknown)
    assert "is not what was archived" in found.why
