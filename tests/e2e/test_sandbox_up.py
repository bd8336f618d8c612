"""`crossproof-sandbox up`, as somebody uses it in a terminal."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
import requests

WORLD = """
def world(github):
    github.repository("globex/child", private=False)
"""


@pytest.fixture
def up():
    """Start it and give its process."""
    started = []

    def start(*arguments):
        command = [sys.executable, "-m", "crossproof_sandbox", "up", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        started.append(process)
        said = process.stderr.readline()
        assert said == b"# Serving; Ctrl-C ends it.\n", said + process.stderr.read()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def exported(process):
    """Read what it tells a shell to export; it was all written before it said that it serves."""
    lines = os.read(process.stdout.fileno(), 1 << 16).decode().splitlines()
    return dict(re.fullmatch(r"export (\w+)='(.*)'", line).groups() for line in lines)


def test_it_serves_a_github_whose_runs_live_for_some_seconds_and_ends_when_told(up):
    process = up("--no-aws", "--speed", "20")
    env = exported(process)
    assert sorted(env) == [
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "GH_TOKEN",
        "GITHUB_API_URL",
    ]
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {env['GH_TOKEN']}"
    base = f"{env['GITHUB_API_URL']}/repos/acme/app"
    assert session.post(f"{base}/dispatches", json={"event_type": "run-tests"}, timeout=10).status_code == 204
    [run] = session.get(f"{base}/actions/runs", timeout=10).json()["workflow_runs"]
    deadline = time.monotonic() + 30
    while run["status"] != "completed":
        assert time.monotonic() < deadline
        run = session.get(run["url"], timeout=10).json()
    assert run["conclusion"] == "success"
    assert session.get(run["artifacts_url"], timeout=10).json()["artifacts"][0]["name"] == "test-logs"
    session.close()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0


def test_its_world_can_be_told_in_a_file_and_its_aws_is_there(up, tmp_path):
    file = tmp_path / "world.py"
    file.write_text(WORLD)
    env = exported(up("--world", str(file), "--flavour", "ghes-3.20"))
    assert requests.get(f"{env['GITHUB_API_URL']}/repos/globex/child", timeout=10).status_code == 200
    assert requests.get(f"{env['GITHUB_API_URL']}/meta", timeout=10).json()["installed_version"] == "3.20.1"
    assert requests.get(env["AWS_ENDPOINT_URL"], timeout=10).status_code == 200
