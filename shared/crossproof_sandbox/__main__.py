"""`crossproof-sandbox up`: a GitHub and an AWS on this machine, for trying the suite without either."""

import argparse
import runpy
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from crossproof_sandbox.clock import RunningClock
from crossproof_sandbox.life import Job, Step, Upload
from crossproof_sandbox.sandbox import FLAVOURS, Sandbox

_CHILD = """\
name: End-to-end tests
run-name: "End-to-end tests [${{ github.event.client_payload.dispatch.id || inputs.correlation_id }}]"
on:
  workflow_dispatch:
    inputs:
      correlation_id: {type: string}
  repository_dispatch:
    types: [run-tests]
jobs:
  test: {runs-on: ubuntu-latest, steps: [{run: make test}]}
"""


def main(arguments: Sequence[str]) -> int:
    """Serve until told to stop; print what a shell needs to use it."""
    parser = argparse.ArgumentParser(prog="crossproof-sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    up = commands.add_parser("up", help="serve until Ctrl-C; prints the variables to export, one per line")
    up.add_argument("--host", default="127.0.0.1", help="the address to bind (default: 127.0.0.1)")
    up.add_argument("--port", type=int, default=0, help="the port of GitHub's API (default: any free one)")
    up.add_argument("--flavour", choices=FLAVOURS, default="dotcom", help="which GitHub (default: dotcom)")
    up.add_argument("--speed", type=float, default=1.0, help="how much faster its time runs (default: 1)")
    up.add_argument("--world", type=Path, help="a Python file with `def world(github)` that says what there is")
    up.add_argument("--no-aws", action="store_true", help="serve no AWS")
    asked = parser.parse_args(arguments)
    clock = RunningClock(speed=asked.speed)
    with Sandbox(clock=clock, flavour=asked.flavour, host=asked.host, port=asked.port) as github:
        runpy.run_path(str(asked.world))["world"](github) if asked.world else example(github)
        for name, value in _variables(github, aws=not asked.no_aws).items():
            print(f"export {name}='{value}'")
        sys.stdout.flush()
        print("# Serving; Ctrl-C ends it.", file=sys.stderr, flush=True)
        _until_told()
    return 0


def example(github: Sandbox) -> None:
    """Make two repositories: one whose tests can be started from outside, one to start them from."""
    github.repository("acme/tracking")
    app = github.repository("acme/app")
    app.workflow("e2e.yml", _CHILD)
    app.lives(
        queued=2,
        in_progress=6,
        jobs=[Job(name="test", log="12 tests passed", steps=(Step(name="make test", takes=5),))],
        artifacts=[Upload(name="test-logs", content={"events.json": "[]\n"})],
    )


def _variables(github: Sandbox, *, aws: bool) -> dict[str, str]:
    first = next(iter(github.repositories.values()))
    return {
        "GITHUB_API_URL": github.url,
        "GH_TOKEN": github.token(),
        **github.oidc.job(first),
        **(github.aws.env if aws else {}),
    }


def _until_told() -> None:
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    told.wait()


def entry() -> None:
    """Run as a command."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    entry()
