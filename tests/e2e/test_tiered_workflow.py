"""Tests in tiers as jobs of a matrix: the reusable workflow under a workflow engine, called as its example calls it."""

import json

import pytest
from tests import stacks
from tests.as_the_runner.action_yml import ROOT
from tests.workflows import Act, missing

from crossproof_sandbox import RunningClock, Sandbox

HOME = "example-org/service"
CALLER = (ROOT / "actions/run-tiered-tests/examples/matrix.yml").read_text(encoding="utf-8")
MANIFEST = """\
version: 1
defaults: {runtime: {image: crossproof-test-services}}
tiers:
  unit: {run: pytest -q test_unit.py}
  integration: {infra: {compose: [compose.yml]}, run: pytest -q test_cache.py}
"""
COMPOSE = """\
services:
  cache:
    image: crossproof-test-services
    command: ["valkey-server", "--protected-mode", "no", "--save", ""]
    ports: ["16399:6379"]
"""
CACHE = """\
import socket


def test_the_cache_answers():
    with socket.create_connection(("localhost", 16399), 5) as cache:
        cache.sendall(b"PING\\r\\n")
        assert cache.recv(9) == b"+PONG\\r\\n"
"""


@pytest.fixture
def service(tmp_path):
    """A service whose tests are laid out in tiers."""
    if why := missing():
        pytest.skip(why)
    stacks.services()
    with Sandbox(clock=RunningClock()) as github:
        files = {
            ".github/tiers.yml": MANIFEST,
            "compose.yml": COMPOSE,
            "test_unit.py": "def test_it():\n    assert True\n",
            "test_cache.py": CACHE,
        }
        for name, text in files.items():
            (tmp_path / "checkout" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "checkout" / name).write_text(text)
        yield Act(
            work=tmp_path / "act",
            checkout=tmp_path / "checkout",
            api_url=github.url,
            repository=HOME,
            sha=github.repository(HOME).commit(files),
            token=github.actions_token(HOME),
        )


def test_each_tier_is_a_job_and_one_job_has_the_verdict(service):
    played = service.play(CALLER, "workflow_dispatch", {"inputs": {"tiers": ""}})
    assert played.green, played.log
    assert json.loads(played.job("Tests").outputs["merge"]["tiers"]) == {"unit": "passed", "integration": "passed"}
    assert {place.name for place in played.artifacts.iterdir()} == {"tier-unit", "tier-integration", "tests"}


def test_a_tier_that_fails_makes_the_last_job_red_and_no_other(service):
    (service.checkout / "test_unit.py").write_text("def test_it():\n    assert 1 == 2\n")
    played = service.play(CALLER, "workflow_dispatch", {"inputs": {"tiers": "unit"}})
    assert not played.green
    merged = played.job("Tests").outputs["merge"]
    assert (merged["verdict"], json.loads(merged["tiers"])) == ("failed", {"unit": "failed"}), played.log
    assert played.job("unit").result == "success"
