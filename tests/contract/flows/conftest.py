"""A laptop with a checkout of the tracking repository, and the two repositories on a GitHub on its clock."""

import io
import json
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crossproof import cli, wiring
from crossproof_sandbox import Life, Sandbox, Trigger, tracktor
from crossproof_sandbox.cloning import clone
from crossproof_sandbox.repository import Repository

APP, TRACKING = "acme/ios-app", "acme/tracking"


@dataclass
class Said:
    """What one command left behind."""

    code: int
    log: str
    report: dict[str, Any] | None
    folder: Path

    @property
    def ended(self) -> tuple[int, str, str]:
        """Exit code, verdict, reason."""
        assert self.report, self.log
        return self.code, self.report["verdict"], self.report["reason"]

    @property
    def parts(self) -> dict[str, tuple[str, str]]:
        """Each action of the proof, with its verdict and reason."""
        assert self.report, self.log
        return {one["action"]: (one["verdict"], one["reason"]) for one in self.report["details"]["parts"]}


@dataclass
class Laptop:
    """Somebody's laptop."""

    github: Sandbox
    workspace: Path
    env: dict[str, str]
    life: Mapping[str, Any] = field(default_factory=dict)  # what is different about the app's next runs

    @property
    def tracking(self) -> Repository:
        return self.github.repository(TRACKING)

    @property
    def app(self) -> Repository:
        return self.github.repository(APP)

    def deploy(self, extension: str) -> str:
        """Commit a change of the extension, and have it checked out."""
        sha = self.tracking.commit({tracktor.EXTENSION: extension})
        clone(self.tracking, self.workspace)
        return sha

    def crossproof(self, *words: str, **env: str) -> Said:
        """Call it as a person does."""
        screen = io.StringIO()
        code = cli.main(words, {**self.env, **env}, screen)
        folder = max(self.workspace.glob(".crossproof/prove-tracking/*"), default=self.workspace)
        report = folder / "report.json"
        return Said(code, screen.getvalue(), json.loads(report.read_text()) if report.is_file() else None, folder)

    def prove(self, *words: str, **env: str) -> Said:
        """Prove what is checked out."""
        asked = {"--repository": APP, "--plan": tracktor.PLAN, "--s3-bucket": "file:evidence"}
        given = [word for name, value in asked.items() if name not in words for word in (name, value)]
        return self.crossproof("prove-tracking", *given, *words, **env)

    def archived(self, sha: str) -> list[dict[str, Any]]:
        """Ask the archive what is known of a commit."""
        screen = io.StringIO()
        cli.main(["evidence", "find", "--s3-bucket", "file:evidence", "--commit", sha, "--json"], self.env, screen)
        return json.loads(screen.getvalue())["answer"]

    def started(self) -> int:
        """Count how often tests were started."""
        return len(self.github.log.of("POST", "/dispatches"))

    def status(self, sha: str) -> list[str]:
        """Give what the commit's status said, the first first."""
        return [one.state for one in self.tracking.discussion.statuses if one.sha == sha]

    def lives(self, trigger: Trigger) -> Life:
        made = tracktor.life(trigger, self.tracking, self.github.server.now(), seconds=60)
        return replace(made, **self.life)


@pytest.fixture(autouse=True)
def handlers():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def laptop(tmp_path, monkeypatch):
    with Sandbox() as github:
        monkeypatch.setattr(wiring, "clock", lambda: github.clock)
        workspace = tmp_path / "tracking"
        for name in (APP, TRACKING):
            github.repository(name, private=True)
        made = Laptop(
            github,
            workspace,
            {"GH_TOKEN": github.token(), "GITHUB_API_URL": github.url, "GITHUB_WORKSPACE": str(workspace)},
        )
        made.app.workflow("tracktor.yml", tracktor.WORKFLOW)
        made.app.lives(made.lives)
        made.tracking.commit({tracktor.PLAN: tracktor.PLAN_TEXT, ".gitignore": "past/\nevidence\nbase.json\n"})
        made.deploy(tracktor.GOOD)
        yield made


@pytest.fixture
def baseline(laptop):
    """Learn what the app's last five runs had in common."""
    (laptop.workspace / "past").mkdir()
    names = [f"past/{day}.jsonl" for day in range(1, 6)]
    for day, name in enumerate(names, 1):
        at = laptop.github.clock.now() - timedelta(days=day)
        log = tracktor.record(tracktor.GOOD, "stage", at, seed=name)
        (laptop.workspace / name).write_text(log, "utf-8")
    learned = laptop.crossproof("baseline", "learn", "--plan", tracktor.PLAN, "--output", "base.json", *names)
    assert learned.code == 0, learned.log
    return "base.json"
