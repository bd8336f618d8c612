"""What the dispatch needs from outside: small views of GitHub, a clock, and somewhere to say and remember things."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from crossproof.clock import Clock
from crossproof.dispatch.explaining import Approval
from crossproof.dispatch.journal import Journal
from crossproof.dispatch.preflight import Workflow
from crossproof.dispatch.runs import Artifact, Job, Run
from crossproof.dispatch.sending import Reply, Silence
from crossproof.dispatch.waiting import JobsSeen, Limited, Missing, Refused, Seen, Trouble
from crossproof.probe import Probe
from crossproof.units import RepoRef, RunId

Sighting = Seen | Missing | Refused | Limited | Trouble
JobsSighting = JobsSeen | Missing | Refused | Limited | Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The newest runs, as the unfiltered list has them."""

    runs: tuple[Run, ...]
    at: datetime | None  # the server's clock
    reaches: bool  # whether the reading went back as far as was asked


class Targets(Protocol):
    """What a repository offers to be started."""

    def default_branch(self, repository: RepoRef) -> str:
        """Name it, or raise."""

    def workflow(self, repository: RepoRef, name: str, ref: str) -> Probe[Workflow]:
        """Find one workflow by file name, id or name, with its file as it is on `ref`."""

    def workflows(self, repository: RepoRef) -> Sequence[Workflow]:
        """Give all workflows, each with its file on the default branch, or raise."""

    def login(self) -> str | None:
        """Say as whom runs are started, where that can be known."""


class Starts(Protocol):
    """The two requests that start something. Each call sends one request at most."""

    def start_workflow(
        self, repository: RepoRef, workflow: str, ref: str, inputs: Mapping[str, str], *, details: bool
    ) -> Reply | Silence:
        """Start a workflow; `details` asks for the run's id."""

    def send_event(self, repository: RepoRef, event_type: str, payload: Mapping[str, object]) -> Reply | Silence:
        """Send an event."""

    @property
    def gives_details(self) -> bool:
        """Whether this server may give the run's id, as far as is known."""

    def moved_to(self, repository: RepoRef) -> RepoRef | None:
        """Find the present name of a renamed repository."""


class RunList(Protocol):
    """The runs of a repository."""

    def newest(
        self,
        repository: RepoRef,
        *,
        workflow: str = "",
        down_to: RunId | None = None,
        most: int = 100,
        quick: bool = False,
    ) -> Listing:
        """Read the unfiltered list until a run that is not newer than `down_to`, or `most` are read; or raise.

        `quick` spends seconds, not minutes: for a step that is about to be killed.
        """


class RunView(Protocol):
    """One run, looked at. One request each, and trouble is something seen, never raised."""

    def look(self, repository: RepoRef, run_id: RunId) -> Sighting:
        """Look at the run."""

    def jobs(self, run: Run) -> JobsSighting:
        """Read the jobs of its newest attempt."""

    def approvals(self, run: Run) -> Sequence[Approval]:
        """Say what a waiting run waits for; empty where that cannot be read."""

    def repository(self, repository: RepoRef) -> Probe[str]:
        """Find out whether the repository can still be seen."""


class Stop(StrEnum):
    """How GitHub took a request to cancel."""

    ACCEPTED = "accepted"
    OVER = "over"  # there is nothing to cancel any more
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Stopped:
    """The answer to a cancel, with GitHub's words."""

    how: Stop
    shown: str


class RunControl(Protocol):
    """What can be done to a run."""

    def cancel(self, repository: RepoRef, run_id: RunId, *, force: bool = False, seconds: float = 30) -> Stopped:
        """Send one request to cancel."""

    def run_failed_again(self, run: Run) -> Reply | Silence:
        """Send one request to run the failed jobs again."""


class RunYield(Protocol):
    """What a run leaves behind."""

    def log(self, repository: RepoRef, job: Job) -> Probe[str]:
        """Read the end of a completed job's log."""

    def artifacts(self, run: Run) -> Probe[tuple[Artifact, ...]]:
        """List them."""

    def only_file(self, run: Run, artifact: Artifact, most_bytes: int) -> Probe[bytes]:
        """Fetch an artifact that holds one small file, and give that file's content."""


class CommitStatuses(Protocol):
    """The state of a commit, as branch protection reads it."""

    def set(self, repository: RepoRef, sha: str, *, context: str, state: str, description: str, url: str) -> None:
        """Set it, or raise. Setting it twice is harmless."""


class Spending(Protocol):
    """What the conversation with GitHub has cost."""

    @property
    def calls(self) -> int:
        """Count all requests."""

    @property
    def charged(self) -> int:
        """Count those that count against the rate limit."""

    @property
    def left(self) -> float:
        """Say which part of the rate limit is left, between 0 and 1; 1 where nobody tells."""

    @property
    def shown(self) -> str:
        """Say what is left, for people."""


class Teller(Protocol):
    """The log and the run's page."""

    def line(self, text: str = "") -> None:
        """Write a line of ours."""

    def notice(self, message: str, *, title: str = "") -> None:
        """Say what is worth knowing on the run's page."""

    def warning(self, message: str, *, title: str = "") -> None:
        """Say what should be looked at."""

    def foreign(self, text: str) -> None:
        """Write what somebody else wrote, obeyed by nobody."""

    def group(self, title: str) -> AbstractContextManager[None]:
        """Fold what is written inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Everything outside that a dispatch touches."""

    targets: Targets
    starts: Starts
    runs: RunList
    view: RunView
    control: RunControl
    yields: RunYield
    spending: Spending
    time: Clock
    tell: Teller
    output: Callable[[str, str], None]  # says a value to later steps, at once
    known: Callable[[str, str], None]  # is told a target's name and its run's page, as soon as there is one
    journal: Journal
    # Lets one request finish that must not be torn in the middle; bounded, for a cancellation waits meanwhile.
    undisturbed: Callable[[], AbstractContextManager[None]]
    randomness: Callable[[int], bytes]
    seconds_left: Callable[[], float]  # until a cancelled step must have said all it has to say
