"""What each action loads before it can start: every package here is paid for by every container start."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from crossproof.actions import ACTIONS

ROOT = Path(__file__).parents[2]
# PyJWT is there as a name only: what a token does not need, cryptography (Apps) and PyNaCl (secrets), stays outside.
GITHUB = {"github", "requests", "urllib3", "jwt"}
AWS = {"boto3", "botocore"}
COSTLY = {
    *GITHUB,
    *AWS,
    "cryptography",
    "nacl",
    "pydantic",
    "jsonschema",
    "jsonschema_rs",
    "msgspec",
    "isal",
    "slack_sdk",
    "rich",
    "moto",
    "yaml",
}
LOADED = {
    "doctor": GITHUB,
    "dispatch-and-wait": GITHUB,
    "receive-results": GITHUB,
    "fetch-artifacts": {"urllib3", "isal"},
    "archive-artifacts": {"urllib3", "isal"},
    "validate-tracking-logs": {"msgspec", "jsonschema_rs", "yaml"},
    "resolve-dashboard-image": GITHUB,
    "run-tiered-tests": set(),
    "check-go-module": set(),
    "notify": set(),  # and more for each place that it tells, see below
}
WORLD = """
import io, json, sys
from crossproof import call, wiring
from crossproof.runner.inputs import parse, specs
from crossproof.runner.runner import Runner
from importlib import import_module
from crossproof.actions import module_of
env = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "o/r", "GITHUB_API_URL": "http://127.0.0.1:9",
       "GITHUB_EVENT_PATH": sys.argv[2]}
declared = import_module(module_of(sys.argv[1])).Inputs
def readable(spec):
    for text in ("o/r", "a" * 40, "registry.example"):
        try:
            spec.read(text)
        except ValueError:
            continue
        return text
given = [("token", "made-up")] if "token" in specs(declared) else []
given += [("logs", "app.jsonl")] if "logs" in specs(declared) else []  # required in one of two modes
required = [(name, readable(spec)) for name, spec in specs(declared).items() if spec.required]
inputs = parse(declared, [*given, *required, *json.loads(sys.argv[3])])
wiring.world_of(sys.argv[1], inputs, Runner.from_env(env, io.StringIO()), None)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
HELP = """
import io, json, sys
from crossproof.cli import main
assert main(sys.argv[1:], {}, io.StringIO()) == 0
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded_by(script: str, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={"PYTHONPATH": str(ROOT / "shared")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_each_action_s_packages_are_pinned():
    assert set(LOADED) == set(ACTIONS)


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_loads_the_packages_it_needs_and_no_other(action, tmp_path):
    event = tmp_path / "event.json"
    event.write_text("{}")
    assert loaded_by(WORLD, action, str(event), "[]") & COSTLY == LOADED[action]


TOLD = {
    "slack_token": ([("slack_token", "x"), ("slack_channel", "C0123456789")], {"slack_sdk"}),
    "slack_webhook": ([("slack_webhook", "https://hooks.example/x")], {"slack_sdk"}),
    "pull_request": ([("pull_request", "1")], GITHUB),
    "commit_status": ([("commit_status", "true")], GITHUB),
}


@pytest.mark.parametrize("place", TOLD)
def test_notify_loads_what_the_places_need_that_it_tells(place, tmp_path):
    event = tmp_path / "event.json"
    event.write_text("{}")
    given, packages = TOLD[place]
    assert loaded_by(WORLD, "notify", str(event), json.dumps(given)) & COSTLY == packages


@pytest.mark.parametrize("call", [["--help"], ["--version"], *([action, "--help"] for action in ACTIONS)], ids=" ".join)
def test_help_loads_nothing_but_the_standard_library_and_the_suite(call):
    third_party = loaded_by(HELP, *call) - sys.stdlib_module_names - {"crossproof", "__main__"}
    at_start = loaded_by("import json, sys; print(json.dumps(sorted({n.partition('.')[0] for n in sys.modules})))")
    assert third_party - at_start == set()
