"""run-tiered-tests against a plain shell script that does the same, and its waiter against Compose's own."""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests import stacks
from tests.as_the_runner import OWNER, Job, Step

from bench import Row

TITLE = "A tier of tests on PostgreSQL, Valkey and NATS, warm engine, the best of 3 in turns"
TURNS = 3
MOST_MORE = 2.5
MOST_OF_WAIT = 0.4
BAR = 30  # characters
# The same containers as the action starts, and no courtesy at the end: a script that is harder to beat than most.
SCRIPT = """\
set -e
docker compose --project-name bench-tiers up --detach --wait
docker run --rm --network host --volume "$PWD:$PWD" --workdir "$PWD" --user "$OWNER" crossproof-test-services \\
  pytest -q tests/check_the_stack.py
docker compose --project-name bench-tiers down --volumes --timeout 0
"""


def rows() -> Iterator[Row]:
    """Measure both, on a stack of which every service has a health check: else the script would not wait for it."""
    stacks.services()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        env = {"PATH": os.environ["PATH"], "HOME": folder, "DOCKER_CONFIG": str(stacks.with_compose(place))}
        env |= {"OWNER": f"{OWNER}:{OWNER}", "COMPOSE_FILE": "compose.test.yml"}
        yield from _overhead(place, env)
        yield from _waiting(place, env)


def _overhead(place: Path, env: dict[str, str]) -> Iterator[Row]:
    action, script = list[float](), list[float]()
    for turn in range(TURNS):
        step = _step(place / f"step-{turn}", asked_every=1)
        began = time.perf_counter()
        result = step.run()
        action.append(time.perf_counter() - began)
        assert result.exit_code == 0, result.log
        began = time.perf_counter()
        _script(SCRIPT, step.job.workspace, env)
        script.append(time.perf_counter() - began)
    ours, theirs = min(action), min(script)  # what else the machine does only ever adds
    yield _shown("plain shell script, 1 s health intervals", theirs, max(ours, theirs))
    yield _shown("run-tiered-tests, from its container's start to its end", ours, max(ours, theirs))
    more = ours - theirs
    yield Row(what="· more than the script", figure=f"{more:+.2f} s", bar=f"≤ {MOST_MORE} s", holds=more <= MOST_MORE)


def _waiting(place: Path, env: dict[str, str]) -> Iterator[Row]:
    step = _step(place / "slow", asked_every=10)
    began = time.perf_counter()
    running = step.start()
    running.wait_for("services ready after")
    ours = time.perf_counter() - began
    result = running.finish()
    assert result.exit_code == 0, result.log
    began = time.perf_counter()
    _script("docker compose --project-name bench-tiers up --detach --wait", step.job.workspace, env)
    theirs = time.perf_counter() - began
    _script("docker compose --project-name bench-tiers down --volumes --timeout 0", step.job.workspace, env)
    yield _shown("docker compose up --wait, 10 s health intervals, a chain of two", theirs, theirs)
    yield _shown("run-tiered-tests, from its container's start to ready services", ours, theirs)
    ratio = ours / theirs
    yield Row(what="· of `up --wait`", figure=f"{ratio:.2f}", bar=f"≤ {MOST_OF_WAIT}", holds=ratio <= MOST_OF_WAIT)


def _step(work: Path, *, asked_every: int) -> Step:
    job = Job(work=work)
    stacks.lay_out(job)
    compose = job.workspace / "compose.test.yml"
    text = re.sub(r"interval: \d+s", f"interval: {asked_every}s", compose.read_text(encoding="utf-8"))
    job.write("compose.test.yml", text.replace("    container_name: nats\n", f"    {_NATS_HEALTH}\n"))
    return Step(job=job, action="run-tiered-tests")


_ASKED = "import urllib.request as u; u.urlopen('http://127.0.0.1:8222/healthz')"
_NATS_HEALTH = f'healthcheck: {{test: ["CMD", "python3", "-c", "{_ASKED}"], interval: 1s, retries: 30}}'


def _script(text: str, cwd: Path, env: dict[str, str]) -> None:
    done = subprocess.run(["/bin/sh", "-c", text], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _shown(what: str, seconds: float, longest: float) -> Row:
    return Row(what=what, figure=f"{seconds:5.2f} s {'█' * max(1, round(BAR * seconds / longest))}")
