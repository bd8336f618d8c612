"""pytest-rerunfailures as teams use it: its own XML shows each failed try as an empty, passing test; ours tells them apart."""

import xml.etree.ElementTree as ET

from tests import stacks
from tests.as_the_runner import Step

MANIFEST = """\
version: 1
tiers:
  unit: {runtime: {image: crossproof-test-toolbox}, run: python -m pytest -q --reruns 2 --junitxml theirs.xml test_it.py, reports: {junit: [theirs.xml]}}
"""
TESTS = """\
tries = []

def test_always_fails(): assert not "again"

def test_sometimes():
    tries.append(1)
    assert len(tries) == 3

def test_passes(): pass
"""


def test_a_test_that_always_fails_is_one_failure_and_one_that_passed_at_last_is_flaky(job, in_container):
    stacks.toolbox()
    stacks.lay_out(job, MANIFEST, **{"test_it.py": TESTS})
    result = Step(job=job, action="run-tiered-tests", on=in_container).run()
    assert (result.exit_code, result.outputs["reason"]) == (1, "tests-failed"), result.log
    counts = {name: result.outputs[name] for name in ("total", "passed", "failed", "flaky", "errors")}
    assert counts == {"total": "3", "passed": "1", "failed": "1", "flaky": "1", "errors": "0"}
    assert "| `unit` | `test_it.py::test_sometimes` | failed, failed, passed |" in result.summary
    theirs = [len(case) for case in ET.parse(job.workspace / "theirs.xml").iter("testcase")]  # noqa: S314 - of our own container
    assert sorted(theirs) == [0, 0, 0, 0, 0, 0, 1], (
        "the XML of the plugin has changed: is the action still needed for it?"
    )
    ours = ET.parse(job.workspace / result.outputs["junit"])  # noqa: S314
    assert {case.get("name"): [child.tag for child in case] for case in ours.iter("testcase")} == {
        "test_always_fails": ["failure", "rerunFailure", "rerunFailure"],
        "test_sometimes": ["flakyFailure", "flakyFailure"],
        "test_passes": [],
    }
