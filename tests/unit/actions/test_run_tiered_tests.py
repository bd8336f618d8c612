"""A run of tiers as a whole: what is taken over from earlier attempts, and what is not."""

import json
from dataclasses import dataclass, field, replace

import pytest
from tests.checkouts import FakeCheckout
from tests.journals import Written
from tests.stages import PLACES, FakeReport, FakeStage, FakeTests, JumpingClock

from crossproof.actions.run_tiered_tests import Event, Inputs, World, run
from crossproof.actions.tiers_contract import Mode
from crossproof.errors import BadCall
from crossproof.probe import Absent, Present, Unknown
from crossproof.tiers.cases import Case, Ended
from crossproof.tiers.result import State, TierResult
from crossproof.units import RepoRef

MANIFEST = b"version: 1\ntiers: {unit: {run: pytest, runtime: self}}\n"
SHA = "c0ffee" * 6 + "c0ff"


@dataclass
class FakeHouse:
    clock: JumpingClock
    played: list = field(default_factory=list)

    def open(self, tiers):
        return []

    def corner(self, tier, shard, shards):
        self.played.append(tier.name)
        green = Written().collected(["t.py::a"]).test("t.py::a").end(0)
        return FakeStage(self.clock, FakeTests(self.clock, script={1: ([], green, 0)})), PLACES

    def close(self):
        return []

    def clean_up(self, session):
        return []

    def session(self):
        return "cptiers1"


@dataclass
class Place:
    """A second attempt, and what it finds of the first."""

    found: dict = field(default_factory=dict)
    earlier: object = Absent("this is the first attempt of this run")
    sha: str = SHA
    manifest: bytes = MANIFEST
    said: list = field(default_factory=list)
    texts: dict = field(default_factory=dict)

    def run(self, **inputs):
        clock = JumpingClock()
        self.house = FakeHouse(clock)
        texts = {
            **self.texts,
            ".github/tiers.yml": self.manifest.decode(),
            **{name: one.as_json() for name, one in self.found.items()},
        }
        world = World(
            checkout=FakeCheckout(texts),
            event=Event(name="schedule", body=dict, sha=self.sha, announced=self.sha, ref="refs/heads/main", workflow="",
                        repository=RepoRef("acme", "app")),
            changed=None, earlier=lambda: self.earlier, parameters=None, house=self.house, clock=clock, around={},
            report=FakeReport(), say=self.said.append, show=self.said.append, mask=self.said.append,
        )  # fmt: skip
        return run(Inputs(**{"resume": True, "tiers": ("unit",), **inputs}), world)


@pytest.fixture
def passed():
    import hashlib  # noqa: PLC0415

    digest = hashlib.sha256(MANIFEST).hexdigest()
    return TierResult(id="unit", tier="unit", shard=1, shards=1, state=State.PASSED, sentence="1 passed.", sha=SHA, manifest=digest)  # fmt: skip


HERE, THERE = "tier-results/a/tier-result.json", ".crossproof/earlier-attempts/tests/unit/tier-result.json"


def test_what_passed_is_not_run_again(passed):
    place = Place({HERE: passed})
    assert place.run().reason.word == "tiers-passed"
    assert place.house.played == []
    assert "unit: passed already on this commit; not run again" in place.said


def test_what_an_earlier_attempt_uploaded_counts_too(passed):
    place = Place({THERE: passed}, earlier=Present(".crossproof/earlier-attempts"))
    assert place.run().reason.word == "tiers-passed"
    assert place.house.played == []


@pytest.mark.parametrize(
    "other",
    [
        {"state": State.FAILED},
        {"state": State.ERROR},
        {"sha": "another"},
        {"manifest": "another"},
        {"id": "unit-1of2"},
    ],
    ids=str,
)
def test_anything_else_runs_again(passed, other):
    place = Place({HERE: replace(passed, **other)})
    assert place.run().reason.word == "tiers-passed"
    assert place.house.played == ["unit"]


def test_one_that_passed_once_and_failed_once_has_not_passed(passed):
    place = Place({HERE: passed, HERE.replace("/a/", "/b/"): replace(passed, state=State.FAILED)})
    place.run()
    assert place.house.played == ["unit"]


def test_where_the_commit_is_not_known_nothing_is_taken_over(passed):
    place = Place({HERE: replace(passed, sha="")}, sha="")
    place.run()
    assert place.house.played == ["unit"]


def test_where_it_cannot_be_found_out_everything_runs_and_the_log_says_why(passed):
    place = Place({THERE: passed}, earlier=Unknown("HTTP 503"))
    place.run()
    assert place.house.played == ["unit"]
    assert "The results of earlier attempts cannot be had, so what passed in them runs again: HTTP 503" in place.said


def test_nothing_is_taken_over_unasked(passed):
    place = Place({HERE: passed})
    place.run(resume=False)
    assert place.house.played == ["unit"]


def test_a_runtime_beside_a_manifest_is_refused_rather_than_not_heeded():
    with pytest.raises(BadCall) as refused:
        Place().run(runtime="image: python:3.13")
    assert [(fault.where, fault.what) for fault in refused.value.faults] == [
        ("runtime", "is for repositories without a manifest; here .github/tiers.yml says what tiers run in")
    ]


def test_a_tier_that_does_not_say_what_it_runs_in_is_refused():
    with pytest.raises(BadCall) as refused:
        Place(manifest=b"version: 1\ntiers: {unit: {run: pytest}}\n").run()
    assert [fault.where for fault in refused.value.faults] == ["tiers.unit"]


CACHED = b"""\
version: 1
defaults: {runtime: {image: "python:3.13"}}
tiers:
  unit: {run: pytest, workdir: api, shards: 2, setup: {run: poetry install, cache: [~/.cache/pypoetry, .venv], key: [poetry.lock]}}
"""


def planned(lock):
    place = Place(manifest=CACHED, texts={"api/poetry.lock": lock})
    return json.loads(place.run(mode=Mode.PLAN).outputs["matrix"])["include"]


def test_a_plan_names_what_is_worth_keeping_and_a_key_that_changes_with_the_lock():
    first, second = planned("a")
    assert first["cache_paths"] == ".crossproof/home/.cache/pypoetry\napi/.venv"
    assert first["cache_key"] == second["cache_key"]
    assert first["cache_key"].startswith("tiers-unit-")
    assert planned("b")[0]["cache_key"] != first["cache_key"]


def test_a_plan_without_anything_to_keep_names_no_key():
    (job,) = json.loads(Place().run(mode=Mode.PLAN).outputs["matrix"])["include"]
    assert (job["cache_paths"], job["cache_key"]) == ("", "")


def test_merge_names_a_tier_that_takes_much_longer_than_it_used_to(passed):
    matrix = Place().run(mode=Mode.PLAN).outputs["matrix"]
    history = {"schema": "crossproof/tier-history/1", "files": {}, "tiers": {"unit": [20, 22, 21]}}
    slow = replace(passed, seconds={"whole": 60.0}, cases=[Case(id="t.py::a", suite="pytest", classname="t", name="a", ended=Ended.PASSED)])  # fmt: skip
    place = Place({HERE: slow}, texts={".crossproof/tiers-history.json": json.dumps(history)})
    merged = place.run(mode=Mode.MERGE, expected=matrix, tiers=())
    assert merged.reason.word == "tiers-passed"
    assert "> unit took 60 s; its last 3 runs took 21 s" in merged.summary


def test_patterns_of_results_that_lead_out_of_the_workspace_are_refused():
    faults = Inputs(reports=("/github/runner_temp/**/tier-result.json", "results/**/tier-result.json")).faults()
    assert [(fault.where, fault.what) for fault in faults] == [
        ("reports", "'/github/runner_temp/**/tier-result.json' begins with /, and patterns are relative")
    ]
