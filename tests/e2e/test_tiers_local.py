"""The same tiers on a laptop: no runner, no container of ours, and ports where Compose publishes them."""

import os
import subprocess
import sys

import pytest
from tests import stacks
from tests.as_the_runner.action_yml import ROOT

MANIFEST = """\
version: 1
defaults: {runtime: {image: crossproof-test-services}}
tiers:
  integration: {infra: {compose: [c.yml]}, run: pytest -q test_it.py}
  here: {runtime: self, gates: {min_tests: 0}, run: 'test "$TIER" = here'}
  bad: {runtime: self, gates: {min_tests: 0}, run: exit 3}
"""
COMPOSE = """\
services:
  cache:
    image: crossproof-test-services
    command: ["valkey-server", "--protected-mode", "no", "--save", ""]
    ports: ["127.0.0.1:26399:6379"]
"""
TEST = "import socket\n\n\ndef test_it():\n    with socket.create_connection(('localhost', 26399), 5) as c:\n        c.sendall(b'PING\\r\\n')\n        assert c.recv(9) == b'+PONG\\r\\n'\n"


@pytest.fixture
def laptop(tmp_path, in_container):
    """A person's machine with Docker and Compose, and a checkout on it."""
    stacks.services()
    config = stacks.with_compose(tmp_path)
    checkout = tmp_path / "checkout"
    for name, text in ((".github/tiers.yml", MANIFEST), ("c.yml", COMPOSE), ("test_it.py", TEST)):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text)

    def crossproof(*flags):
        env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "shared")}
        env |= {"DOCKER_CONFIG": str(config), "TMPDIR": str(tmp_path)}
        call = [sys.executable, "-m", "crossproof", "run-tiered-tests", "--local", *flags]
        return subprocess.run(call, cwd=checkout, env=env, capture_output=True, text=True, check=False)

    return crossproof


def test_a_tier_with_services_runs_as_in_ci_and_leaves_nothing_behind(laptop):
    done = laptop("--tiers", "integration")
    assert done.returncode == 0, done.stdout
    assert "ports are where Compose publishes them" in done.stdout
    session = next(line.split()[-1] for line in done.stdout.splitlines() if line.strip().startswith("session"))
    assert stacks.ours(f"dev.crossproof.session={session}") == []


def test_a_tier_without_an_image_is_a_process_of_the_laptop(laptop):
    assert laptop("--tiers", "here").returncode == 0


def test_a_failure_ends_with_the_line_that_repeats_it(laptop):
    done = laptop("--tiers", "bad")
    assert done.returncode == 1
    assert "crossproof run-tiered-tests --local --tiers bad" in done.stdout
