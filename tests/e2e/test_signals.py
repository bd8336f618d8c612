"""What the runner's signals, and its kill, find and leave behind: real processes, real signals, no timing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.as_the_runner.protocol import Ear, pairs_in, state_in, summary_in

from crossproof import launcher

ROOT = Path(__file__).parents[2]
STEP = Path(__file__).with_name("a_waiting_step.py")


class Process:
    """A step under way, whose log is read line by line."""

    def __init__(self, command, env) -> None:
        self.child = subprocess.Popen(
            command,
            env={"PATH": os.environ["PATH"], **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
        self.log = b""

    def until(self, line):
        """Read on until a line was said."""
        for said in self.child.stdout:
            self.log += said
            if said.startswith(line):
                return
        raise AssertionError(f"it never said {line!r}: {self.log[-500:]!r} {self.child.stderr.read()!r}")

    def ending(self):
        rest, errors = self.child.communicate(b"go on\n", timeout=60)
        self.log += rest
        return self.child.returncode, errors.decode()

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.communicate()


@pytest.fixture
def start():
    started = []

    def begin(*command, **env):
        started.append(Process(command, env))
        return started[-1]

    yield begin
    for process in started:
        process.close()


@pytest.fixture
def step(start, tmp_path):
    kinds = ("OUTPUT", "STATE", "STEP_SUMMARY")
    files = {f"GITHUB_{kind}": str(tmp_path / kind) for kind in kinds}
    job = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path), "PYTHONPATH": f"{ROOT / 'shared'}"}
    process = start(sys.executable, "-u", str(STEP), **job, **files)
    process.files = {kind: tmp_path / kind for kind in kinds}
    return process


@pytest.mark.parametrize(
    ("first", "second", "code"), [(signal.SIGINT, signal.SIGTERM, 130), (signal.SIGTERM, signal.SIGTERM, 143)]
)
def test_a_cancelled_step_cleans_up_in_peace_and_says_how_it_ended(step, first, second, code):
    step.until(b"ready")
    step.child.send_signal(first)
    step.until(b"cleaning up")
    step.child.send_signal(second)
    ended, errors = step.ending()
    assert (ended, errors) == (code, "")
    ear = Ear().hear(step.log)
    assert ear.log[-1].startswith("❔ unproven (cancelled)")
    assert ear.log.count("clean") == 1
    assert ear.stopped_by == ""
    outputs = dict(pairs_in(step.files["OUTPUT"].read_bytes()))
    assert outputs == {
        "run_id": "42\n43",
        "verdict": "unproven",
        "reason": "cancelled",
        "report_path": ".crossproof/stand-in/report.json",
    }
    page = summary_in(step.files["STEP_SUMMARY"].read_bytes(), ear)
    assert page.startswith("### started 42\n")
    assert "unproven" in page


def test_a_signal_in_the_middle_of_a_long_foreign_log_leaves_the_runner_listening(step):
    step.until(b"::stop-commands::")  # the rest of the log does not fit the pipe: the step is still writing
    step.child.send_signal(signal.SIGINT)
    ended, errors = step.ending()
    assert (ended, errors) == (130, "")
    ear = Ear().hear(step.log)
    assert ear.stopped_by == ""
    assert ear.names() == ["group", "stop-commands", "endgroup"]
    assert ear.log[-1].startswith("❔ unproven (cancelled)")


def test_a_killed_step_leaves_what_it_had_said_for_the_post_step_and_for_later_ones(step):
    step.until(b"ready")
    step.child.kill()
    ended, _ = step.ending()
    assert ended == -signal.SIGKILL
    assert pairs_in(step.files["OUTPUT"].read_bytes()) == [("run_id", "42\n43")]
    assert state_in(step.files["STATE"].read_bytes()) == {"STATE_run_id": "42\n43"}
    assert step.files["STEP_SUMMARY"].read_text() == "### started 42\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_before_the_package_is_loaded_ends_the_launcher_at_once_without_a_traceback(
    start, tmp_path, number, code
):
    slow = tmp_path / "crossproof"
    slow.mkdir()
    (slow / "__init__.py").touch()
    (slow / "cli.py").write_text("import time\nprint('loading', flush=True)\ntime.sleep(600)\n", "utf-8")
    launcher.write(tmp_path, sys.executable)
    process = start(sys.executable, "-u", str(tmp_path / "doctor"), PYTHONPATH=str(tmp_path))
    process.until(b"loading")
    process.child.send_signal(number)
    assert process.ending() == (code, "")


@pytest.mark.parametrize("name", ["doctor", "doctor-post"])
def test_a_launcher_is_python_itself_isolated_unbuffered_and_knows_its_action_by_heart(tmp_path, name):
    launcher.write(tmp_path, "/opt/crossproof/bin/python")
    first, *rest = (tmp_path / name).read_text("utf-8").splitlines()
    assert first == "#!/opt/crossproof/bin/python -Iu"
    assert rest[-1] == f"os._exit(main(['{name}']))"
    assert next(number for number, line in enumerate(rest) if "crossproof" in line) > max(
        number for number, line in enumerate(rest) if "signal.signal" in line
    )
    assert os.access(tmp_path / name, os.X_OK)
