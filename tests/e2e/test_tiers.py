"""run-tiered-tests as a user meets it: real services in a real engine, run as the runner runs it."""

import json

import pytest
from tests import stacks
from tests.as_the_runner import OWNER, Step


@pytest.fixture
def tiers(job, in_container):
    stacks.services()

    def step(manifest: str = stacks.MANIFEST, /, *, files=None, env=None, **inputs: str) -> Step:
        stacks.lay_out(job, manifest, **(files or {}))
        return Step(job=job, action="run-tiered-tests", on=in_container, inputs=inputs, env=env or {})

    return step


def test_tests_that_say_localhost_pass_on_an_unmodified_stack(tiers, job):
    result = tiers().run()
    assert result.exit_code == 0, result.log
    assert json.loads(result.outputs["tiers"]) == {"integration": "passed"}
    assert (result.outputs["total"], result.outputs["passed"]) == ("4", "4")
    assert set(result.created.values()) == {OWNER}
    assert stacks.ours() == []
