"""Shows the suite at work on a GitHub of its own, in a minute and without any account: `make demo`."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from crossproof.cli import main as crossproof
from crossproof_sandbox import Job, RunningClock, Sandbox, Upload

FOLDER = Path(".crossproof/demo")
WORKFLOW = """\
name: TRACKTOR E2E Tests
run-name: "TRACKTOR [${{ github.event.client_payload.dispatch.id }}]"
on:
  workflow_dispatch:
  repository_dispatch:
    types: [run-tracktor-from-tracking-team]
jobs:
  run-tracktor-tests:
    runs-on: macos-latest
    steps: [{run: make e2e}]
"""


class Stage:
    """Where the scenes are played: one GitHub, one workspace, one page that collects what each step wrote."""

    def __init__(self, github: Sandbox, folder: Path) -> None:
        """Begin with an empty workspace."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder.parent / ".gitignore").write_text("*\n", "utf-8")
        self.github = github
        self.folder = folder
        self.page = folder / "summary.md"

    def act(self, story: str, *command: str, token: str, expect: int, env: Mapping[str, str] | None = None) -> None:
        """Tell what is going on, run one command as a person would, and insist that it ends as told."""
        sys.stdout.write(f"\n\x1b[1m■ {story}\x1b[0m\n\n$ crossproof {' '.join(command)}\n")
        sys.stdout.flush()
        given = {
            "GH_TOKEN": token,
            "GITHUB_API_URL": self.github.url,
            "GITHUB_REPOSITORY": "acme/tracking",
            "GITHUB_WORKSPACE": str(self.folder),
            "GITHUB_STEP_SUMMARY": str(self.page),
            **({"NO_COLOR": "1"} if os.environ.get("NO_COLOR") else {}),
            **(env or {}),
        }
        code = crossproof(command, given, sys.stdout)
        if code != expect:
            raise SystemExit(f"The demo expected exit code {expect} and got {code}: that is a fault of the demo.")


def main() -> None:
    """Play every scene."""
    sys.stdout.write(
        "Everything below talks to a GitHub that lives on this machine, on loopback, for this minute only.\n"
    )
    with Sandbox(clock=RunningClock()) as github:
        stage = Stage(github, FOLDER)
        for name in ("acme/app", "acme/tracking"):
            github.repository(name, private=True)
        github.repository("acme/app").workflow("tracktor.yml", WORKFLOW)
        blind = github.token({"metadata": "read"}, repositories=["acme/tracking"])
        stage.act(
            "A token that was never given access to the app's repository: what would go wrong, before it does",
            *("doctor", "--repository", "acme/app", "--needs", "dispatch-and-wait"),
            token=blind,
            expect=3,
        )
        stage.act(
            "The same with the access that doctor asked for",
            *("doctor", "--repository", "acme/app", "--needs", "dispatch-and-wait"),
            token=github.token(),
            expect=0,
        )
        app = github.repository("acme/app")
        for day in range(1, 9):
            app.ran("tracktor.yml", ago=86_400 * day, took=7, conclusion="failure" if day == 5 else "success")
        outputs = Upload(name="dispatch-outputs", content={"outputs.json": '{"events": "25"}'})
        app.lives(queued=2, in_progress=5, artifacts=[outputs], once=True)
        log = "Article PV: expected page_document_type=article, got home\nExecuted 25 tests, with 1 failure\n"
        app.lives(queued=1, in_progress=4, conclusion="failure", jobs=[Job(name="run-tracktor-tests", log=log)])
        event = ("--repository", "acme/app", "--event-type", "run-tracktor-from-tracking-team")
        stage.act(
            "Start the app's tests for a change, find exactly that run, wait, and bring its outputs back",
            *("dispatch-and-wait", *event, "--client-payload", '{"environment": "stage"}'),
            token=github.token(),
            expect=0,
        )
        stage.act(
            "The same, and the tests fail: the end of the log comes along",
            *("dispatch-and-wait", *event),
            token=github.token(),
            expect=1,
        )
        sys.stdout.write(f"\nThe step summaries, as GitHub would show them: {stage.page}\n")


if __name__ == "__main__":
    main()
