import pytest
from tests.kept import NOON, evidence, run_fact
from tests.recordings import sha
from tests.stores import MemoryStore

from crossproof.archive.covering import Commit, coverage, sentence
from crossproof.archive.keeping import keep
from crossproof.errors import CrossproofError, Unreachable
from crossproof.probe import Unknown


def commit(letter: str) -> Commit:
    return Commit(sha=sha(letter), at=NOON, title=f"Change {letter}", author="octocat")


@pytest.fixture
def store():
    made = MemoryStore()
    for number, subject, verdict in ((1, "b", "failed"), (2, "b", "passed"), (3, "c", "failed"), (4, "d", "")):
        kept = evidence(number, subject=sha(subject), verdict=verdict)
        keep(made, *kept, latest_when="passed", pause=lambda seconds: None)
    return made


def test_each_commit_is_proven_failed_unproven_or_without_evidence(store):
    covered = coverage(store, [commit(letter) for letter in "bcdef"])
    assert [one.state for one in covered] == ["proven", "failed", "unproven", "no evidence", "no evidence"]
    assert sentence(covered) == "1 of 5 commits have proven evidence (20 %)."


def test_a_commit_that_merely_ran_the_tests_is_not_covered_by_it(store):
    source = run_fact(9, head_sha=sha("e").hex)
    keep(store, *evidence(9, source=source, subject=sha("b")), latest_when="passed", pause=lambda seconds: None)
    assert coverage(store, [commit("e")])[0].state == "no evidence"


def test_an_index_that_cannot_be_read_is_an_error_not_a_missing_proof(store, monkeypatch):
    monkeypatch.setattr(store, "read", lambda key: Unknown.of(Unreachable("403")))
    with pytest.raises(CrossproofError, match="403"):
        coverage(store, [commit("b")])


def test_no_commits_is_said_as_such():
    assert sentence([]) == "0 of 0 commits have proven evidence."
