"""A child's repository in the sandbox, and a step in front of it."""

import pytest
from tests.at_sandbox import CHILD, ECHOING, HOME, Step

from crossproof_sandbox import Sandbox


@pytest.fixture
def github():
    with Sandbox() as sandbox:
        sandbox.repository(HOME)
        sandbox.repository(CHILD).workflow("tests.yml", ECHOING)
        yield sandbox


@pytest.fixture
def child(github):
    return github.repository(CHILD)


@pytest.fixture
def step(github):
    return Step(github)


@pytest.fixture
def outside(step):
    return step.outside()
