"""Shows the suite at work on a GitHub of its own, in a minute and without any account: `make demo`."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from crossproof.cli import main as crossproof
from crossproof_sandbox import RunningClock, Sandbox

FOLDER = Path(".crossproof/demo")
WORKFLOW = """\
name: TRACKTOR E2E Tests
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
            *("doctor", "--repository", "acme/app"),
            token=blind,
            expect=3,
        )
        stage.act(
            "The same with the access that doctor asked for",
            *("doctor", "--repository", "acme/app"),
            token=github.token(),
            expect=0,
        )
        sys.stdout.write(f"\nThe step summaries, as GitHub would show them: {stage.page}\n")


if __name__ == "__main__":
    main()
