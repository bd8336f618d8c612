"""The pytest plugin under a real pytest: each way in which tests and processes end is written down as it was."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import crossproof
from crossproof.tiers.cases import Ended
from crossproof.tiers.journal import read
from crossproof.tiers.judging import Recorded, judge
from crossproof.tiers.manifest import Tier

PACKAGE = Path(crossproof.__file__).parent
TIER = Tier(name="unit", command="pytest", runtime=None, shards=1)


@pytest.fixture
def run(tmp_path):
    plugin, results = tmp_path / "plugin", tmp_path / "results"
    plugin.mkdir()
    shutil.copyfile(PACKAGE / "engine/tier_reporter.py", plugin / "tier_reporter.py")
    shutil.copyfile(PACKAGE / "tiers/sharding.py", plugin / "tier_sharding.py")

    def tests(*arguments, shard="", durations=None, **files):
        shutil.rmtree(results, ignore_errors=True)
        results.mkdir()
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(text)
        (plugin / "durations.json").write_text(json.dumps(durations or {}))
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(plugin),
            # Not shuffled: a test that ends the process must come second.
            "PYTEST_ADDOPTS": "-p tier_reporter -p no:cacheprovider -p no:randomly",
        }
        env |= {"TIER_RESULTS": str(results), "TIER_DURATIONS": str(plugin / "durations.json")}
        env |= {"TIER_SHARD_OF": shard} if shard else {}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *arguments], cwd=tmp_path, env=env, capture_output=True, check=False
        )
        journals = [read(file.read_text().splitlines()) for file in sorted(results.glob("*.jsonl"))]
        return judge(TIER, Recorded(exit=done.returncode, journals=journals), shards=2 if shard else 1), done

    return tests


def ended(judged):
    return {case.name: case.ended for case in judged.cases}


EVERY = """
import pytest

@pytest.fixture
def broken(): raise RuntimeError("no fixture")

@pytest.fixture
def breaks():
    yield
    raise RuntimeError("no teardown")

def test_good(): pass
def test_bad(): assert 1 == 2
def test_broken(broken): pass
def test_breaks(breaks): pass
def test_bad_twice(breaks): assert False
@pytest.mark.skip(reason="not today")
def test_skipped(): pass
@pytest.mark.xfail(reason="known")
def test_known(): assert False
@pytest.mark.xfail
def test_surprise(): pass
@pytest.mark.parametrize("x", ["ü", "a::b/c"])
def test_odd(x): pass
"""
ENDS = {
    "test_good": Ended.PASSED,
    "test_bad": Ended.FAILED,
    "test_broken": Ended.ERROR,
    "test_breaks": Ended.ERROR,
    "test_bad_twice": Ended.FAILED,
    "test_skipped": Ended.SKIPPED,
    "test_known": Ended.SKIPPED,
    "test_surprise": Ended.PASSED,
    "test_odd[\\xfc]": Ended.PASSED,
    "test_odd[a::b/c]": Ended.PASSED,
}


@pytest.mark.parametrize("arguments", [[], ["-n", "2"]], ids=["one process", "xdist"])
def test_every_ending_is_told_once(run, arguments):
    judged, _ = run(*arguments, test_every=EVERY)
    assert ended(judged) == ENDS
    assert len(judged.cases) == len(ENDS)
    assert next(case for case in judged.cases if case.name == "test_bad").text.endswith("AssertionError")
    assert all(case.file == "test_every.py" and case.line > 1 for case in judged.cases)


def test_tests_that_every_worker_runs_are_flaky_only_if_one_of_them_failed(run):
    once = "import os\n\ndef test_good(): pass\n\ndef test_on_one():\n    assert os.environ['PYTEST_XDIST_WORKER'] != 'gw1'\n"
    judged, _ = run("-n", "2", "--dist", "each", test_a=once)
    assert ended(judged)["test_good"] is Ended.PASSED
    assert ended(judged)["test_on_one"] is not Ended.PASSED
    assert judged.state == "failed"


def test_what_pytest_s_own_option_hides_is_still_told(run):
    judged, _ = run("--tb=no", "-p", "no:terminal", test_a="def test_a(): assert False\n")
    assert judged.state == "failed"


def test_a_file_that_cannot_be_collected_is_an_error_and_not_nothing(run):
    judged, _ = run(test_a="import no_such_module\n", test_b="def test_b(): pass\n")
    assert (judged.state, judged.cause) == ("error", "collect")


def test_a_test_that_replaces_the_file_system_is_written_down_all_the_same(run):
    """The name `os` may mean another module while a test runs."""
    fakes = "import sys, types, pytest\n\n@pytest.fixture\ndef fs(monkeypatch):\n    for module in list(sys.modules.values()):\n        if getattr(module, '__name__', '') == 'tier_reporter':\n            monkeypatch.setattr(module, 'os', types.SimpleNamespace())\n\ndef test_it(fs): pass\ndef test_bad(fs): assert False\n"
    judged, _ = run(test_a=fakes)
    assert ended(judged) == {"test_it": Ended.PASSED, "test_bad": Ended.FAILED}
    assert judged.state == "failed"


def test_a_pytest_that_a_test_starts_is_not_taken_for_ours(run):
    nested = "import subprocess, sys\n\ndef test_it():\n    assert subprocess.run([sys.executable, '-m', 'pytest', 'inner.py']).returncode == 1\n"
    judged, _ = run("test_a.py", test_a=nested, inner="def test_inner(): assert False\n")
    assert ended(judged) == {"test_it": Ended.PASSED}


@pytest.mark.parametrize("arguments", [[], ["-n", "2"]], ids=["one process", "xdist"])
def test_a_crash_is_never_green_and_names_where_it_happened(run, arguments):
    judged, _ = run(*arguments, test_a="import os\n\ndef test_1(): pass\ndef test_2(): os._exit(9)\n")
    assert judged.state in {"error", "failed"}
    assert ended(judged)["test_1"] is Ended.PASSED
    assert ended(judged)["test_2"] is not Ended.PASSED


THREE = "def test_1(): pass\ndef test_2(): pass\ndef test_3(): pass\n"


def test_a_plugin_that_ends_pytest_early_with_0_makes_nothing_green(run):
    conftest = "import pytest\n\ndef pytest_runtest_logfinish(nodeid): pytest.exit('enough', returncode=0)\n"
    judged, done = run(test_a=THREE, conftest=conftest)
    assert done.returncode == 0
    assert (judged.state, judged.cause) == ("error", "crash")
    assert judged.sentence.startswith("2 of 3 collected tests never ran")


@pytest.mark.parametrize("arguments", [[], ["-n", "2"]], ids=["one process", "xdist"])
def test_what_a_plugin_takes_out_at_the_very_end_is_not_missed(run, arguments):
    conftest = "import pytest\n\n@pytest.hookimpl(wrapper=True, tryfirst=True)\ndef pytest_collection_modifyitems(items):\n    yield\n    del items[1:]\n"
    judged, _ = run(*arguments, test_a=THREE, conftest=conftest)
    assert (judged.state, ended(judged)) == ("passed", {"test_1": Ended.PASSED})


@pytest.mark.parametrize("option", ["--setup-only", "--setup-plan", "--collect-only"])
def test_tests_whose_bodies_are_left_out_have_not_passed(run, option):
    judged, done = run(option, test_a=THREE)
    assert done.returncode == 0
    assert judged.state.verdict == "unproven"


@pytest.mark.parametrize("arguments", [[], ["-n", "2"]], ids=["one process", "xdist"])
def test_a_subtest_that_fails_is_a_failure_of_its_test(run, arguments):
    parts = "import unittest\n\nclass TestIt(unittest.TestCase):\n    def test_parts(self):\n        for n in range(3):\n            with self.subTest(n=n):\n                assert n != 1\n"
    judged, _ = run(*arguments, test_a=parts)
    assert (judged.state, ended(judged)) == ("failed", {"test_parts": Ended.FAILED})


@pytest.mark.parametrize("arguments", [[], ["-n", "2"]], ids=["one process", "xdist"])
def test_two_shards_see_the_same_and_take_it_all_between_them(run, arguments):
    files = {f"test_{letter}": "def test_1(): pass\ndef test_2(): pass\n" for letter in "abcd"}
    durations = {f"{name}.py": 9.0 if name == "test_a" else 1.0 for name in files}
    first, _ = run(*arguments, shard="1/2", durations=durations, **files)
    second, _ = run(*arguments, shard="2/2", durations=durations, **files)
    assert first.proof.digest == second.proof.digest
    assert first.proof.count == 8
    assert len(first.proof.mine) + len(second.proof.mine) == 8
    assert {*first.proof.mine, *second.proof.mine} == {f"test_{a}.py::test_{n}" for a in "abcd" for n in (1, 2)}
    assert sorted([len(first.proof.mine), len(second.proof.mine)]) == [2, 6], "the slow file has a shard of its own"


def test_a_shard_without_files_is_fine(run):
    one = {"test_a": "def test_1(): pass\n"}
    states = {shard: run(shard=shard, **one)[0] for shard in ("1/2", "2/2")}
    assert {judged.state for judged in states.values()} == {"passed"}
    assert "No test file belongs to this shard." in {judged.sentence for judged in states.values()}


def test_coverage_under_its_gate_is_no_failing_test_but_no_success_either(run):
    conftest = "def pytest_sessionfinish(session): session.exitstatus = 1\n"
    judged, _ = run(test_a="def test_a(): pass\n", conftest=conftest)
    assert judged.state == "failed"
    assert judged.cause == "command"


@pytest.mark.parametrize("file", ["engine/tier_reporter.py", "tiers/sharding.py"])
def test_the_plugin_is_written_for_the_oldest_python_it_promises(file):
    source = (PACKAGE / file).read_text()
    ast.parse(source, feature_version=(3, 8))
    assert "from __future__ import annotations" in source
