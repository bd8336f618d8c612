"""dispatch-and-wait and receive-results in this process, in front of the sandbox, on its clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from tests.dispatching import Ears

from crossproof.actions import dispatch_and_wait as action
from crossproof.dispatch import journal
from crossproof.dispatch.journal import Journal
from crossproof.dispatch.ports import Outside
from crossproof.errors import Cancelled
from crossproof.github.access import TokenAccess
from crossproof.github.api import Api
from crossproof.github.commit_statuses import GithubStatuses
from crossproof.github.run_yield import GithubYield
from crossproof.github.runs import GithubRuns
from crossproof.github.workflows import GithubWorkflows
from crossproof.outcome import Outcome
from crossproof.runner.inputs import parse
from crossproof.units import RepoRef, SecretStr
from crossproof_sandbox import Sandbox
from crossproof_sandbox.clock import Clock

HOME, CHILD = "acme/app", "acme/child"
ECHOING = """
name: Track
run-name: "Track [${{ github.event.client_payload.dispatch.id || inputs.correlation_id }}]"
on:
  workflow_dispatch:
    inputs:
      correlation_id: {type: string}
      environment: {type: choice, options: [dev, prod], default: dev}
  repository_dispatch:
    types: [track]
jobs:
  test: {runs-on: ubuntu-latest, steps: [{run: make test}]}
"""
SILENT = """
name: Track
on:
  workflow_dispatch: {inputs: {environment: {type: string}}}
  repository_dispatch: {types: [track]}
jobs:
  test: {runs-on: ubuntu-latest, steps: [{run: make test}]}
"""
IN_A_STEP = SILENT.replace(
    "steps: [{run: make test}]",
    "steps: [{name: 'mark ${{ github.event.client_payload.dispatch.id }}', run: make test}]",
)


@dataclass
class Interruptible:
    """A clock on which somebody cancels the step at a certain time, once."""

    clock: Clock
    step: "Step"

    def now(self) -> datetime:
        return self.clock.now()

    def monotonic(self) -> float:
        return self.clock.monotonic()

    def sleep(self, seconds: float) -> None:
        until = self.clock.monotonic() + seconds
        if until >= self.step.cancelled_at:
            self.clock.sleep(self.step.cancelled_at - self.clock.monotonic())
            self.step.cancelled_at = inf
            raise Cancelled(2)
        self.clock.sleep(seconds)


@dataclass
class Step:
    """One step of a job of acme/app."""

    github: Sandbox
    token: str = ""
    ears: Ears = field(default_factory=Ears)
    state: dict[str, str] = field(default_factory=dict)
    run_id: int = 77
    attempt: int = 1
    randomness: bytes = b""
    cancelled_at: float = inf  # on the sandbox's clock
    clock: Clock | None = None  # by default the sandbox's
    api: Api = field(init=False)

    def __post_init__(self) -> None:
        """Connect."""
        self.api = Api(
            TokenAccess(SecretStr(self.token or self.github.token())),
            api_url=self.github.url,
            clock=self.clock or self.github.clock,
            announce=self.ears.line,
        )

    def run(self, **given: object) -> Outcome:
        """Run dispatch-and-wait; inputs as a workflow would write them."""
        return action.run(self._inputs(given), self._world())

    def clean_up(self, **given: object) -> None:
        """Run its post step."""
        action.clean_up(self._inputs(given), self._world(), {**self.state, journal.STATE: self.ears.state})

    def outside(self) -> Outside:
        """Give the real adapters, on the sandbox's clock."""
        workflows, runs = GithubWorkflows(self.api), GithubRuns(self.api)
        counter = iter(range(1_000_000))

        @contextmanager
        def undisturbed() -> Iterator[None]:
            yield

        return Outside(
            targets=workflows,
            starts=workflows,
            runs=runs,
            view=runs,
            control=runs,
            yields=GithubYield(self.api),
            spending=self.api.counted,
            time=Interruptible(self.clock or self.github.clock, self),
            tell=self.ears,
            output=self.ears.tell,
            known=lambda name, url: self.ears.pages.append((name, url)),
            journal=Journal(self.ears.states.append),
            undisturbed=undisturbed,
            randomness=lambda size: self.randomness + next(counter).to_bytes(size, "big"),
            seconds_left=lambda: 7.0,
        )

    def _inputs(self, given: dict[str, object]) -> action.Inputs:
        given = {"token": "t", **({} if "targets" in given else {"repository": CHILD}), **given}
        return parse(action.Inputs, [(name, str(value)) for name, value in given.items()])

    def _world(self) -> action.World:
        return action.World(
            here=action.Here(
                repository=RepoRef.parse(HOME),
                sha=self.github.repository(HOME).history.branches["main"],
                run_id=self.run_id,
                attempt=self.attempt,
                job="prove",
                step="track",
                server_url="https://github.example",
            ),
            outside=self.outside(),
            statuses=GithubStatuses(self.api),
            remember=self.state.__setitem__,
        )
