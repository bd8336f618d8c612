"""Shows the suite at work on a GitHub of its own, in a minute and without any account: `make demo`."""

import difflib
import os
import shutil
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from crossproof.cli import main as crossproof
from crossproof_sandbox import RunningClock, Sandbox, tracktor
from crossproof_sandbox.cloning import clone

FOLDER = Path(".crossproof/demo")
APP, TRACKING = "acme/ios-app", "acme/tracking"
SPEED = 3
_LINE = 70
PROVE = (
    *("prove-tracking", "--repository", APP, "--environment", "stage", "--platform", "ios"),
    *("--plan", tracktor.PLAN, "--baseline", tracktor.BASELINE, "--s3-bucket", "file:evidence"),
)


class Stage:
    """Where the scenes are played: one GitHub with two repositories, and a laptop with a checkout of one of them."""

    def __init__(self, github: Sandbox, folder: Path) -> None:
        """Begin with an empty laptop, and with what both teams have had for long."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder.parent / ".gitignore").write_text("*\n", "utf-8")
        self.github, self.laptop, self.page = github, folder / "tracking", folder / "summary.md"
        self.app, self.tracking = (github.repository(name, private=True) for name in (APP, TRACKING))
        self.app.workflow("tracktor.yml", tracktor.WORKFLOW)
        for day in range(1, 6):
            self.app.ran("tracktor.yml", ago=86_400 * day, took=7, conclusion="failure" if day == 4 else "success")
        self.app.lives(lambda trigger: tracktor.life(trigger, self.tracking, github.server.now()))
        ignored = ".crossproof/\nevidence/\npast/\n"
        self.tracking.commit(
            {tracktor.PLAN: tracktor.PLAN_TEXT, tracktor.EXTENSION: tracktor.GOOD, ".gitignore": ignored}
        )
        clone(self.tracking, self.laptop)

    def tell(self, story: str) -> None:
        """Say what is going on."""
        sys.stdout.write(f"\n\x1b[1m■ {story}\x1b[0m\n")

    def act(self, *command: str, expect: int, token: str = "", env: Mapping[str, str] | None = None) -> None:
        """Run one command as a person would, and insist that it ends as told."""
        sys.stdout.write(f"\n$ crossproof {_in_lines(command)}\n")
        sys.stdout.flush()
        given = {
            "GH_TOKEN": token or self.github.token(),
            "GITHUB_API_URL": self.github.url,
            "GITHUB_WORKSPACE": str(self.laptop),
            "GITHUB_STEP_SUMMARY": str(self.page.absolute()),
            **({"NO_COLOR": "1"} if os.environ.get("NO_COLOR") else {}),
            **(env or {}),
        }
        code = crossproof(command, given, sys.stdout)
        if code != expect:
            raise SystemExit(f"The demo expected exit code {expect} and got {code}: that is a fault of the demo.")

    def change(self, extension: str) -> str:
        """Commit a change of the extension and check it out, and show it; gives the commit."""
        before = self.tracking.head.files[tracktor.EXTENSION].decode().splitlines()
        sha = self.tracking.commit({tracktor.EXTENSION: extension}, message="Change what articles send")
        clone(self.tracking, self.laptop)
        lines = list(difflib.unified_diff(before, extension.splitlines(), n=1, lineterm=""))[3:]
        sys.stdout.write("".join(f"    {line}\n" for line in [tracktor.EXTENSION, *lines]))
        return sha

    def report_of(self, sha: str) -> Path:
        """Name the page that was written about a commit."""
        return self.laptop / f".crossproof/prove-tracking/{sha[:7]}-stage/validate-tracking-logs/index.html"


def main() -> None:
    """Play every scene."""
    began = time.monotonic()
    sys.stdout.write(
        "Everything below talks to a GitHub that lives on this machine, on loopback, for this minute only; its clock\n"
        f"runs {SPEED} times as fast. {TRACKING} decides what the apps send; {APP} has the tests that record it.\n"
    )
    with Sandbox(clock=RunningClock(speed=SPEED)) as github:
        stage = Stage(github, FOLDER)
        _access(stage)
        _baseline(stage)
        bad, good = _broken(stage), _mended(stage)
        _asked(stage, good)
        sys.stdout.write(
            f"\nPlayed in {time.monotonic() - began:.0f} s. What is left of it:\n"
            f"  the step summaries, as GitHub would show them   {stage.page}\n"
            f"  the HTML report of the change that was broken   {stage.report_of(bad)}\n"
            f"  the HTML report of the change that was proven   {stage.report_of(good)}\n"
        )


def _in_lines(command: tuple[str, ...]) -> str:
    """Break a long command before a flag, as it can be pasted."""
    lines = [""]
    for word in command:
        if word.startswith("--") and len(lines[-1]) > _LINE:
            lines.append("   ")
        lines[-1] = f"{lines[-1]} {word}"
    return " \\\n".join(lines).strip()


def _access(stage: Stage) -> None:
    stage.tell("What would go wrong, before it does: this token may read the app's repository, and start nothing in it")
    token = stage.github.token({"metadata": "read", "actions": "read", "contents": "read", "statuses": "write"})
    asked = ("doctor", "--repository", APP, "--needs", "dispatch-and-wait")
    stage.act(*asked, expect=1, token=token, env={"GITHUB_REPOSITORY": TRACKING})


def _baseline(stage: Stage) -> None:
    stage.tell("What the app's last good runs had in common, learned once and committed beside the plan")
    now = stage.github.server.now()
    runs = [f"past/{day}.jsonl" for day in ("friday", "monday", "thursday", "last-monday", "last-thursday")]
    for days, name in enumerate(runs, 3):
        file = stage.laptop / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(tracktor.record(tracktor.GOOD, "stage", now - timedelta(days=days), seed=name), "utf-8")
    (stage.laptop / tracktor.BASELINE).parent.mkdir(exist_ok=True)
    learned = ("--plan", tracktor.PLAN, "--platform", "ios", "--output", tracktor.BASELINE)
    stage.act("baseline", "learn", *learned, *runs, expect=0)
    stage.tracking.commit({tracktor.BASELINE: (stage.laptop / tracktor.BASELINE).read_text("utf-8")})


def _broken(stage: Stage) -> str:
    stage.tell("A change that looks harmless, and is live on stage: do the app's own tests show it at work?")
    sha = stage.change(tracktor.BROKEN)
    stage.act(*PROVE, expect=1)
    return sha


def _mended(stage: Stage) -> str:
    stage.tell("The param has its name back")
    sha = stage.change(tracktor.GOOD)
    stage.act(*PROVE, expect=0)
    return sha


def _asked(stage: Stage, sha: str) -> None:
    stage.tell("Weeks later, somebody says that our tracking broke it. What did we prove for this commit?")
    stage.act("evidence", "find", "--s3-bucket", "file:evidence", "--commit", sha, expect=0)
    stage.act("evidence", "show", "--s3-bucket", "file:evidence", "--commit", sha, expect=0)


if __name__ == "__main__":
    main()
