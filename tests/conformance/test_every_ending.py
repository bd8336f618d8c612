"""However a step of any action ends, later steps find every output that the catalog promises, and a report by the schema."""

import io
import json
import signal
from importlib import import_module
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tests.as_the_runner.protocol import pairs_in

from crossproof import wiring
from crossproof.actions import ACTIONS, module_of
from crossproof.cli import main
from crossproof.errors import BadCall, Cancelled, CrossproofError, Fault, NoAccess, RateLimited, Unreachable
from crossproof.runner.inputs import specs
from crossproof.runner.outputs import SUITE_OUTPUTS, descriptions
from crossproof.verdict import Exit
from crossproof_sandbox import Sandbox

ROOT = Path(__file__).parents[2]
ENVELOPE = Draft202012Validator(json.loads((ROOT / "schemas" / "report.json").read_text(encoding="utf-8")))
# How the world of an action can end its run, and what the step must then say.
ENDINGS = {
    "bad call": (BadCall([Fault("name", "is wrong")]), Exit.CALL_MUST_CHANGE, "bad-input"),
    "no access": (NoAccess("May not."), Exit.NOT_FOUND_OUT, "no-access"),
    "rate limited": (RateLimited("Later."), Exit.NOT_FOUND_OUT, "rate-limited"),
    "unreachable": (Unreachable("Nobody there."), Exit.NOT_FOUND_OUT, "unreachable"),
    "an expected error": (CrossproofError("Something else."), Exit.NOT_FOUND_OUT, "unreachable"),
    "a fault of ours": (KeyError("oops"), Exit.OUR_FAULT, "internal"),
    "no memory": (MemoryError(), Exit.OUR_FAULT, "internal"),
    "interrupted": (Cancelled(signal.SIGINT), Exit.INTERRUPTED, "cancelled"),
    "terminated": (Cancelled(signal.SIGTERM), Exit.TERMINATED, "cancelled"),
}
every_action = pytest.mark.parametrize("action", ACTIONS)


@pytest.fixture(autouse=True)
def handlers():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def step(tmp_path):
    """Run an action in this process with a runner's environment; give exit code, outputs and report."""

    def run(action: str, **inputs: str):
        env = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(tmp_path),
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_RUN_ID": "7",
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
        }
        code = main([action], env, io.StringIO())
        outputs = dict(pairs_in((tmp_path / "output").read_bytes()))
        path = outputs["report_path"]
        return code, outputs, json.loads((tmp_path / path).read_text(encoding="utf-8")) if path else None

    return run


@every_action
@pytest.mark.parametrize("ending", ENDINGS)
def test_every_promised_output_is_there_however_the_step_ends(step, monkeypatch, action, ending):
    error, code, reason = ENDINGS[ending]
    monkeypatch.setattr(wiring, "world_of", lambda *_: (_ for _ in ()).throw(error))
    ended, outputs, report = step(action, **_required(action))
    assert (ended, outputs["verdict"], outputs["reason"]) == (code, "unproven", reason)
    assert set(outputs) == {*SUITE_OUTPUTS, *descriptions(import_module(module_of(action)).Outputs)}
    assert report is not None
    ENVELOPE.validate(report)


@every_action
def test_a_call_that_cannot_be_read_says_so_in_its_outputs_too(step, action):
    ended, outputs, report = step(action, no_such_input="x")
    assert (ended, outputs["verdict"], outputs["reason"]) == (Exit.CALL_MUST_CHANGE, "unproven", "bad-input")
    assert set(outputs) == {*SUITE_OUTPUTS, *descriptions(import_module(module_of(action)).Outputs)}
    assert report is None or ENVELOPE.is_valid(report)


def test_the_envelope_s_schema_refuses_what_is_no_report():
    assert not ENVELOPE.is_valid({})
    assert not ENVELOPE.is_valid({"verdict": "passed"})


def test_the_details_of_a_finished_report_follow_their_schema(step):
    with Sandbox() as github:
        github.repository("o/r")
        ended, _, report = step("doctor", token=github.actions_token("o/r"), api_url=github.url, needs="doctor")
    assert (ended, report["reason"]) == (Exit.DONE, "ready")
    ENVELOPE.validate(report)
    details = Draft202012Validator(json.loads((ROOT / "schemas" / "doctor.json").read_text(encoding="utf-8")))
    details.validate(report["details"])
    assert not details.is_valid({"needs": [{}], "seen": {}})


@every_action
def test_the_details_of_an_action_have_a_schema(action):
    schema = json.loads((ROOT / "schemas" / f"{action}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["required"]


def _required(action: str) -> dict[str, str]:
    """Find a text that each required input reads; an action whose inputs are pickier names one in its default."""
    given = {"logs": "app.jsonl"} if action == "validate-tracking-logs" else {}  # required in one of its two modes
    for name, spec in specs(import_module(module_of(action)).Inputs).items():
        if spec.required:
            given[name] = next(text for text in ("o/r", "x", "1", "a" * 40, "registry.example") if _reads(spec, text))
    return given


def _reads(spec, text: str) -> bool:
    try:
        spec.read(text)
    except ValueError:
        return False
    return True
