"""Results prove something together only if every job left one, all saw the same, and no test is missing or twice."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.checkouts import FakeCheckout

from crossproof.tiers.cases import Attempt, Case, Ended
from crossproof.tiers.concluding import conclude
from crossproof.tiers.merging import Told, merge, partition_fault
from crossproof.tiers.planning import Job, as_matrix, from_matrix, jobs
from crossproof.tiers.reading import load
from crossproof.tiers.result import Cause, Proof, State, TierResult
from crossproof.tiers.sharding import assigned, digest, file_of

MANIFEST = load(
    b"version: 1\ntiers:\n  unit: {run: x, shards: 3, gates: {min_tests: 6}}\n  other: {run: x}\n", "m", FakeCheckout()
)
TESTS = [f"t{n}.py::test" for n in range(6)]


def passed(test, ended=Ended.PASSED):
    return Case(id=test, suite="pytest", classname="t", name=test, ended=ended, attempts=[Attempt(ended=ended)])


def shards(tests=TESTS, count=3):
    owner = assigned(tests, count, {})
    found = []
    for shard in range(1, count + 1):
        mine = [test for test in tests if owner[file_of(test)] == shard]
        proof = Proof(digest=digest(tests), count=len(tests), mine=mine)
        found.append(
            TierResult(
                id=f"unit-{shard}of{count}", tier="unit", shard=shard, shards=count, state=State.PASSED, sentence="ok",
                cases=[passed(test) for test in mine], proof=proof, sha="s", manifest=MANIFEST.sha256,
            )
        )  # fmt: skip
    return found


OTHER = TierResult(id="other", tier="other", shard=1, shards=1, state=State.PASSED, sentence="1 passed.", cases=[passed("o.py::t")], sha="s", manifest=MANIFEST.sha256)  # fmt: skip
EXPECTED = jobs(MANIFEST, ["unit", "other"], None, {})


def merged(results, expected=EXPECTED):
    return merge(expected, [Told(result.id, result) for result in results], MANIFEST, "s")


def test_shards_that_are_all_tests_pass_and_say_so():
    unit, other = merged([OTHER, *reversed(shards())])
    assert (unit.state, other.state) == (State.PASSED, State.PASSED)
    assert unit.sentence == "6 passed in 3 shards, which together are all 6 tests."
    assert conclude([unit, other])[1] == "2 tiers passed, 7 tests ran."


@pytest.mark.parametrize("lost", range(4))
def test_a_job_that_left_no_result_is_missed(lost):
    every = [*shards(), OTHER]
    results = merged(every[:lost] + every[lost + 1 :])
    reason, sentence = conclude(results)
    assert reason.word == "result-missing"
    assert "left no result" in sentence


def test_green_results_of_another_commit_prove_nothing_about_this_one():
    every = [replace(result, sha="0123456789abcdef") for result in [*shards(), OTHER]]
    reason, sentence = conclude(merged(every))
    assert reason.word == "result-missing"
    assert "different commits (0123456789ab, s), so they prove nothing together." in sentence


def test_green_results_of_another_manifest_are_not_judged_by_this_one_s_gates():
    every = [replace(result, manifest="of yesterday") for result in [*shards(), OTHER]]
    assert conclude(merged(every))[0].word == "result-missing"


def test_where_no_commit_is_known_results_need_only_agree_among_themselves():
    told = [Told(result.id, result) for result in [*shards(), OTHER]]
    assert conclude(merge(EXPECTED, told, MANIFEST, ""))[0].word == "tiers-passed"


def test_no_result_at_all_is_no_success():
    assert conclude(merged([]))[0].word == "result-missing"


def broken(how):
    a, b, c = shards()
    match how:
        case "another set":
            return [a, b, replace(c, proof=replace(c.proof, digest="x"))]
        case "a test in two":
            return [a, replace(b, proof=replace(b.proof, mine=[*b.proof.mine, *a.proof.mine[:1]])), c]
        case "a test in none":
            return [a, b, replace(c, proof=replace(c.proof, mine=list(c.proof.mine)[1:]))]
        case "no proof":
            return [a, b, replace(c, proof=None)]
        case "the same twice":
            return [a, b, replace(b, id=c.id)]
        case _:
            return [a, b, replace(c, shards=4)]


@pytest.mark.parametrize(
    "how", ["another set", "a test in two", "a test in none", "no proof", "the same twice", "other numbers"]
)
def test_shards_that_are_no_partition_prove_nothing(how):
    reason, _ = conclude(merged([*broken(how), OTHER]))
    assert (reason.word, reason.exit) == ("shards-differ", 3)


@given(st.lists(st.integers(0, 40), unique=True, max_size=30), st.integers(1, 6), st.integers(0, 200))
def test_losing_any_one_test_of_any_shard_is_always_seen(numbers, count, dice):
    tests = [f"t{n % 7}.py::test_{n}" for n in numbers]
    whole = shards(tests, count)
    assert partition_fault(whole) == ""
    full = [shard for shard in whole if shard.proof.mine]
    if full:
        victim = random.Random(dice).choice(full)
        cut = replace(victim, proof=replace(victim.proof, mine=list(victim.proof.mine)[1:]))
        assert partition_fault([cut if shard is victim else shard for shard in whole])


def test_results_of_different_commits_prove_nothing_together():
    a, b, c = shards()
    assert {result.state for result in merged([a, b, replace(c, sha="other"), OTHER])} == {State.ERROR}


def test_what_is_proven_bad_stays_so_whatever_else_is_missing():
    a, b, _ = shards()
    bad = replace(a, state=State.FAILED, cause=Cause.TESTS, sentence="1 failed.")
    assert conclude(merged([bad, b, OTHER]))[0].word == "tests-failed"
    assert conclude(merged([bad, replace(b, sha="x"), OTHER]))[0].word == "tests-failed"


def test_gates_are_judged_over_all_shards():
    few = shards(TESTS[:5])
    assert conclude(merged([*few, OTHER]))[0].word == "gate-failed"


def test_a_result_survives_its_file():
    for result in shards():
        assert TierResult.from_json(result.as_json()).as_json() == result.as_json()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "x"}', '{"schema": "crossproof/tier-result/1"}', "null"])
def test_what_is_no_result_is_refused(text):
    with pytest.raises(ValueError, match=r"[a-z]"):
        TierResult.from_json(text)


def test_a_matrix_is_read_back_and_never_empty_text():
    assert from_matrix(as_matrix(EXPECTED)) == EXPECTED
    assert as_matrix([]) == '{"include":[]}'


@given(st.lists(st.integers(1, 256), min_size=1, max_size=40))
def test_a_matrix_never_has_more_jobs_than_github_runs_and_every_tier_keeps_one(counts):
    tiers = "".join(f"  t{n}: {{run: x, shards: {count}}}\n" for n, count in enumerate(counts))
    manifest = load(f"version: 1\ntiers:\n{tiers}".encode(), "m", FakeCheckout())
    listed = jobs(manifest, list(manifest.tiers), None, {})
    assert len(listed) <= 256
    assert {job.tier for job in listed} == set(manifest.tiers)
    for name in manifest.tiers:
        mine = [job for job in listed if job.tier == name]
        assert [job.shard for job in mine] == list(range(1, mine[0].shards + 1))
    assert len({job.id for job in listed}) == len(listed)


def test_a_job_carries_what_a_workflow_needs():
    assert EXPECTED[0] == Job(id="unit-1of3", tier="unit", shard=1, shards=3, runner="ubuntu-latest", timeout=40)
