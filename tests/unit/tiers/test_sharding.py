"""Every shard comes to the same division by itself, and together they are all tests, each once."""

from hypothesis import given
from hypothesis import strategies as st

from crossproof.tiers.sharding import OVERHEAD, assigned, digest, file_of

FILES = st.sampled_from([f"tests/test_{n}.py" for n in range(12)])
TESTS = st.lists(st.builds("{}::test_{}".format, FILES, st.integers(0, 9)), unique=True, max_size=40)
TIMES = st.dictionaries(FILES, st.floats(0, 100), max_size=12)


@given(TESTS, st.integers(1, 9), TIMES)
def test_shards_are_a_partition_by_file(tests, shards, durations):
    owner = assigned(tests, shards, durations)
    assert set(owner) == {file_of(test) for test in tests}
    assert all(1 <= shard <= shards for shard in owner.values())


@given(TESTS, st.integers(1, 9), TIMES, st.randoms())
def test_the_order_in_which_tests_are_found_changes_nothing(tests, shards, durations, dice):
    shuffled = list(tests)
    dice.shuffle(shuffled)
    assert assigned(shuffled, shards, dict(sorted(durations.items()))) == assigned(tests, shards, durations)
    assert digest(shuffled) == digest(tests)


@given(st.lists(st.floats(0.1, 60), min_size=1, max_size=30), st.integers(1, 6))
def test_no_shard_takes_longer_than_its_even_part_and_one_file(times, shards):
    tests, durations = [f"t{n}.py::a" for n in range(len(times))], {f"t{n}.py": time for n, time in enumerate(times)}
    owner = assigned(tests, shards, durations)
    load = [sum(durations[f] + OVERHEAD for f in owner if owner[f] == shard) for shard in range(1, shards + 1)]
    even = sum(time + OVERHEAD for time in times) / shards
    assert max(load) <= even + max(times) + OVERHEAD + 0.01


def test_files_that_nobody_timed_count_as_the_middle_one():
    owner = assigned(["a.py::x", "b.py::x", "c.py::x", "new.py::x"], 2, {"a.py": 1.0, "b.py": 10.0, "c.py": 100.0})
    assert [file for file in owner if owner[file] == owner["c.py"]] == ["c.py"]


def test_without_any_times_the_name_decides_and_a_new_file_moves_no_other():
    before = assigned([f"t{n}.py::a" for n in range(20)], 4, {})
    after = assigned([f"t{n}.py::a" for n in range(21)], 4, {})
    assert {file: after[file] for file in before} == before
    assert len(set(before.values())) == 4
