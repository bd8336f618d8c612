"""How long a container takes from its start to its verdict, against an empty Python in the same container."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from tests.as_the_runner import Job, Step

from bench import TIMES, Row, medians
from crossproof.actions import ACTIONS
from crossproof_sandbox import RunningClock, Sandbox

TITLE = f"Container start to verdict, medians of {TIMES}"
MOST = 2.0
BAR = f"≤ {MOST:g} times"
NOTHING = ("-I", "-c", "pass")


def _doctor(github: Sandbox) -> Mapping[str, str]:
    github.repository("acme/app")
    return {"token": github.actions_token("acme/app"), "needs": "doctor"}


# Prepares the sandbox for one call of an action, and gives the call's inputs.
CALLS: dict[str, Callable[[Sandbox], Mapping[str, str]]] = {"doctor": _doctor}


def rows() -> Iterator[Row]:
    """Measure each action of the suite; one without a call here is a bar that does not hold."""
    for action in ACTIONS:
        if action not in CALLS:
            yield Row(what=action, figure="no call is prepared for it", bar=BAR, holds=False)
            continue
        with Sandbox(clock=RunningClock()) as github, tempfile.TemporaryDirectory() as folder:
            job = Job(work=Path(folder, "work"), github={"api_url": github.url})
            step = Step(job=job, action=action, inputs=CALLS[action](github))
            nothing = replace(step.metadata, entrypoint="/opt/crossproof/bin/python", args=NOTHING)
            verdict, empty = medians(lambda step=step: _done(step), Step(job=job, action=nothing).run)
        figure = f"{verdict / empty:.2f} times ({verdict * 1000:.0f} ms, empty {empty * 1000:.0f} ms)"
        yield Row(what=action, figure=figure, bar=BAR, holds=verdict <= MOST * empty)


def _done(step: Step) -> None:
    result = step.run()
    assert result.exit_code == 0, result.log
