"""However a call ends, the step says how: in its outputs, on its page, in its log and by its exit code."""

import io
import signal
import sys
from dataclasses import dataclass
from types import ModuleType

import pytest
from inline_snapshot import snapshot
from tests.as_the_runner.protocol import Ear, pairs_in, summary_in

from crossproof import call, surfaces, wiring
from crossproof.errors import BadCall, CrossproofError, Fault, NoAccess
from crossproof.outcome import Outcome
from crossproof.runner.inputs import optional, secret
from crossproof.runner.outputs import Outputs, says
from crossproof.units import SecretStr, text
from crossproof.verdict import Exit, Reason, Verdict

GOOD = Reason(word="good", verdict=Verdict.PASSED, exit=Exit.DONE, meaning="It is good.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    name: str | None = optional("A name.", read=text)
    report_dir: str | None = optional("A directory.", read=text)
    token: SecretStr | None = secret("A token.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Outputs):
    answer: str = says("An answer.", default="none")


class Step:
    """One step of a job, whose action does what the test says."""

    def __init__(self, workspace, monkeypatch, run) -> None:
        module = ModuleType("crossproof.actions.stand_in")
        module.Inputs, module.Outputs, module.run = Inputs, Said, run
        module.aim = lambda inputs: f"Proving {inputs.name or 'something'}."
        module.clean_up = run
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(wiring, "world_of", lambda action, inputs, runner, place: runner)
        self.files = workspace / "files"
        self.files.mkdir(exist_ok=True)
        self.env = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_OUTPUT": str(self.files / "output"),
            "GITHUB_STEP_SUMMARY": str(self.files / "summary"),
        }
        self.screen = io.StringIO()

    def carry_out(self):
        return call.carry_out("stand-in", [], self.env, self.screen)

    @property
    def heard(self):
        return Ear().hear(self.screen.getvalue())

    @property
    def outputs(self):
        return dict(pairs_in((self.files / "output").read_bytes()))

    @property
    def page(self):
        return summary_in((self.files / "summary").read_bytes(), self.heard)


@pytest.fixture(autouse=True)
def handlers():
    """Give the process back the signal handlers that it had."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def step(tmp_path, monkeypatch):
    return lambda run: Step(tmp_path, monkeypatch, run)


def good(inputs, world, state=None):
    return Outcome(reason=GOOD, sentence="All is well.", outputs={"answer": "42"})


def raising(error):
    def run(inputs, world, state=None):
        raise error

    return run


def test_a_good_step_says_so_everywhere(step):
    good_step = step(good)
    assert good_step.carry_out() == 0
    assert good_step.outputs == {
        "answer": "42",
        "verdict": "passed",
        "reason": "good",
        "report_path": ".crossproof/stand-in/report.json",
    }
    assert good_step.page == snapshot("### ✅ stand-in: passed\n\nAll is well.\n")
    assert good_step.heard.log == ["Proving something.", "✅ passed (good): All is well."]


def test_an_expected_failure_is_explained_and_never_a_traceback(step):
    failed = step(raising(BadCall([Fault("name", "is empty")])))
    assert failed.carry_out() == 2
    assert failed.outputs == snapshot(
        {
            "answer": "none",
            "verdict": "unproven",
            "reason": "bad-input",
            "report_path": ".crossproof/stand-in/report.json",
        }
    )
    assert [a.properties["title"] for a in failed.heard.annotations("error")] == ["Input name"]
    assert "Traceback" not in failed.screen.getvalue()


@pytest.mark.parametrize("error", [ZeroDivisionError("boom"), SystemExit(0), KeyboardInterrupt(), RecursionError()])
def test_whatever_escapes_an_action_is_our_own_fault_and_never_green(step, error):
    crashed = step(raising(error))
    assert crashed.carry_out() == 4
    assert crashed.outputs["verdict"] == "unproven"
    assert crashed.outputs["reason"] == "internal"
    assert "Please [open an issue](https://github.com/" in crashed.page
    assert "Traceback" not in crashed.screen.getvalue()


def test_a_crash_report_shows_inputs_but_no_secret(step):
    crashed = step(raising(ZeroDivisionError("with swordfish")))
    crashed.env |= {"INPUT_NAME": "x", "INPUT_TOKEN": "swordfish"}
    assert crashed.carry_out() == 4
    shown = crashed.screen.getvalue().replace("::add-mask::swordfish", "")
    assert "swordfish" not in shown + (crashed.files / "summary").read_text()
    assert "name: 'x'" in shown


def test_a_report_file_is_scrubbed_by_us_because_no_runner_does_it(step):
    def tells(inputs, world, state=None):
        return Outcome(reason=GOOD, sentence="It was swordfish all along.", details={"seen": ["swordfish"]})

    told = step(tells)
    told.env |= {"INPUT_TOKEN": "swordfish"}
    told.carry_out()
    assert "swordfish" not in (told.files.parent / told.outputs["report_path"]).read_text()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_cancelled_step_still_writes_its_outputs_and_its_page(step, number, code):
    def run(inputs, world):
        signal.raise_signal(number)
        return good(inputs, world)

    cancelled = step(run)
    assert cancelled.carry_out() == code
    assert cancelled.outputs["verdict"] == "unproven"
    assert cancelled.outputs["reason"] == "cancelled"
    assert "unproven" in cancelled.page


@pytest.mark.parametrize(
    ("run", "code", "verdict"), [(good, 0, "passed"), (raising(NoAccess("It may not.")), 3, "unproven")]
)
def test_a_signal_that_comes_while_the_result_is_written_leaves_no_half_of_it(step, monkeypatch, run, code, verdict):
    late = step(run)

    summary = surfaces.summary

    def interrupted(*args):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        return summary(*args)

    monkeypatch.setattr(surfaces, "summary", interrupted)
    assert late.carry_out() == code
    assert late.outputs["verdict"] == verdict


def test_a_module_that_cannot_be_imported_is_reported_like_any_other_fault_of_ours(step, monkeypatch):
    broken = step(good)
    monkeypatch.setitem(sys.modules, "crossproof.actions.stand_in", None)
    assert broken.carry_out() == 4
    assert broken.outputs == {"verdict": "unproven", "reason": "internal", "report_path": ""}


def test_a_page_that_cannot_be_written_changes_no_verdict(step):
    blind = step(good)
    blind.env["GITHUB_STEP_SUMMARY"] = str(blind.files / "gone" / "summary")
    assert blind.carry_out() == 0
    assert blind.outputs["verdict"] == "passed"
    assert [a.properties["title"] for a in blind.heard.annotations("warning")] == ["No step summary"]


def test_outputs_that_cannot_be_written_make_the_step_red_and_say_why(step):
    mute = step(good)
    mute.env["GITHUB_OUTPUT"] = str(mute.files / "gone" / "output")
    assert mute.carry_out() == 2
    assert "Error: Cannot write GITHUB_OUTPUT" in mute.screen.getvalue()
    assert "Traceback" not in mute.screen.getvalue()


def test_a_report_that_cannot_be_written_is_not_taken_for_proof(step, tmp_path):
    def run(inputs, world):
        (tmp_path / ".crossproof" / "stand-in" / "report.json").mkdir()
        return good(inputs, world)

    unwritten = step(run)
    assert unwritten.carry_out() == 4
    assert unwritten.outputs["verdict"] == "unproven"
    assert unwritten.outputs["report_path"] == ""


def test_at_a_terminal_outputs_stand_at_the_end_and_nothing_is_a_command(step):
    laptop = step(good)
    laptop.env = {"GITHUB_WORKSPACE": laptop.env["GITHUB_WORKSPACE"]}
    assert laptop.carry_out() == 0
    assert laptop.screen.getvalue() == snapshot("""\
Proving something.
outputs:
  answer       42
  verdict      passed
  reason       good
  report_path  .crossproof/stand-in/report.json
✅ passed (good): All is well.
""")


def test_a_clean_up_that_works_says_nothing(step):
    post = step(good)
    assert call.clean_up("stand-in", post.env, post.screen) == 0
    assert post.screen.getvalue() == ""


@pytest.mark.parametrize(("error", "code"), [(CrossproofError("It did not answer."), 3), (ZeroDivisionError(), 4)])
def test_a_clean_up_that_fails_is_explained(step, error, code):
    post = step(raising(error))
    assert call.clean_up("stand-in", post.env, post.screen) == code
    assert len(post.heard.annotations("error")) == 1
