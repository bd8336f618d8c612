"""`crossproof prove-tracking` as a process on a laptop: proven, interrupted and killed, over real sockets and signals."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from crossproof_sandbox import RunningClock, Sandbox, tracktor
from crossproof_sandbox.cloning import clone

ROOT = Path(__file__).parents[2]
APP, TRACKING = "acme/ios-app", "acme/tracking"


@dataclass
class Laptop:
    github: Sandbox
    workspace: Path

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Call it as a person does, from within the checkout."""
        command = ["prove-tracking", "--repository", APP, "--plan", tracktor.PLAN, "--s3-bucket", "file:evidence"]
        return subprocess.Popen(
            [sys.executable, "-u", "-m", "crossproof", *command, *words],
            cwd=self.workspace,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT / "shared"),
                "GH_TOKEN": self.github.token(),
                "GITHUB_API_URL": self.github.url,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def read_until(self, process: subprocess.Popen[str], text: str) -> str:
        """Read its log up to a text; gives what was read."""
        said = ""
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if text in line:
                return said
        raise AssertionError(f"{text!r} never came; the log is:\n{said}")

    def child(self, *, after: timedelta) -> str | None:
        """Say how the run that was started has ended after so long, if nobody does anything about it any more."""
        (run,) = self.github.repository(APP).runs.values()
        return run.latest.conclusion(self.github.clock.now() + after)

    def reports(self) -> list[Path]:
        return sorted(self.workspace.glob(".crossproof/prove-tracking/*/report.json"))


@pytest.fixture
def laptop(tmp_path):
    with Sandbox(clock=RunningClock(speed=4)) as github:
        app, tracking = github.repository(APP, private=True), github.repository(TRACKING, private=True)
        app.workflow("tracktor.yml", tracktor.WORKFLOW)
        tracking.commit(
            {
                tracktor.PLAN: tracktor.PLAN_TEXT,
                tracktor.EXTENSION: tracktor.GOOD,
                ".gitignore": "evidence/\n",
            }
        )
        app.lives(lambda trigger: tracktor.life(trigger, tracking, github.server.now(), seconds=6))
        clone(tracking, tmp_path / "tracking")
        yield Laptop(github, tmp_path / "tracking")


def test_a_good_change_is_proven_from_start_to_end(laptop):
    process = laptop.start()
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "Not committed" not in said
    assert said.splitlines()[-1].startswith("✅ passed (proven): Commit ")
    (report,) = laptop.reports()
    assert json.loads(report.read_text("utf-8"))["verdict"] == "passed"


def test_who_is_interrupted_while_waiting_cancels_the_run_and_leaves_no_proof(laptop):
    tracking, github = laptop.github.repository(TRACKING), laptop.github
    github.repository(APP).lives(lambda trigger: tracktor.life(trigger, tracking, github.server.now(), seconds=3600))
    process = laptop.start()
    laptop.read_until(process, "Child run: ")
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert said.splitlines()[-1].startswith("❔ unproven (cancelled): Commit ")
    assert laptop.child(after=timedelta(minutes=1)) == "cancelled"  # of its own it would take an hour
    (path,) = laptop.reports()
    report = json.loads(path.read_text("utf-8"))
    assert (report["verdict"], report["reason"]) == ("unproven", "cancelled")
    assert [(one["action"], one["verdict"]) for one in report["details"]["parts"]] == [
        ("dispatch-and-wait", "unproven")
    ]
    assert not (laptop.workspace / "evidence").exists()
    assert not laptop.github.repository(TRACKING).discussion.statuses


def test_who_is_killed_while_waiting_leaves_no_report_and_finds_the_run_again(laptop):
    tracking, github = laptop.github.repository(TRACKING), laptop.github
    github.repository(APP).lives(lambda trigger: tracktor.life(trigger, tracking, github.server.now(), seconds=40))
    process = laptop.start()
    laptop.read_until(process, "Child run: ")
    process.kill()
    process.communicate(timeout=60)
    assert laptop.reports() == []
    again = laptop.start()
    said, _ = again.communicate(timeout=120)
    assert again.returncode == 0, said
    assert len(laptop.github.repository(APP).runs) == 1
    assert "Not started anew" in said
