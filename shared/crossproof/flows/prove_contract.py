"""What a caller may ask of `crossproof prove-tracking`, what it answers, and the words of its own it can end with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crossproof.actions.access import GithubAccess
from crossproof.actions.store_access import WhichStore
from crossproof.errors import Fault
from crossproof.flows.deciding import FOREIGN_ARTIFACT, PROVEN, SEVERAL_RUNS, UNFINISHED
from crossproof.runner import inputs as given
from crossproof.runner import outputs as told
from crossproof.units import Duration, RepoRef, Sha, flag, one_of, text, words
from crossproof.verdict import DRY_RUN

NAME = "prove-tracking"
REASONS = (PROVEN, FOREIGN_ARTIFACT, SEVERAL_RUNS, UNFINISHED, DRY_RUN)  # besides those of the actions it strings
EVENT = "run-tracktor-from-tracking-team"


class Environment(StrEnum):
    """Where the change is live."""

    DEV = "dev"
    QA = "qa"
    STAGE = "stage"
    PROD = "prod"


@dataclass(frozen=True, kw_only=True)
class Inputs(WhichStore, GithubAccess):
    """Which change to prove, with whose tests, against what."""

    repository: RepoRef = given.required("The app whose tests are run, `owner/name`.", read=RepoRef.parse)
    plan: str = given.required("Path of the tracking plan that the logs are judged by.", read=text)
    baseline: str | None = given.optional(
        "Path of a baseline to hold the logs against (`crossproof baseline learn` writes one).", read=text
    )
    environment: Environment = given.optional(
        "Where the change is live: `dev`, `qa`, `stage` or `prod`.", read=one_of(Environment), default="stage"
    )
    commit: Sha | None = given.optional(
        "The commit to prove, all 40 digits; by default the one that is checked out here.", read=Sha.parse
    )
    subject_repository: RepoRef | None = given.optional(
        "The repository of that commit, `owner/name`; by default this checkout's `origin`.", read=RepoRef.parse
    )
    event_type: str = given.optional(
        f"Type of the event that starts the tests; by default `{EVENT}`.", read=text, default=""
    )
    workflow: str = given.optional(
        "File name of the app's workflow: started by itself, or (with `event_type`) the one meant of all that listen.",
        read=text,
        default="",
    )
    artifacts: tuple[str, ...] = given.optional(
        "Globs of the names under which the tests upload their logs.", read=words, default="tracktor-logs-*"
    )
    scenario: str = given.optional("The plan's scenario that the tests walk.", read=text, default="")
    platform: str = given.optional("The app's platform, such as `ios`.", read=text, default="")
    timeout: Duration = given.optional("How long the tests may take.", read=Duration.parse, default="60m")
    tealium_profile: str = given.optional(
        "After a deployment: the Tealium profile that is live. A failure then names the version to roll back to.",
        read=text,
        default="",
    )
    tealium_version: str = given.optional("Its version.", read=text, default="")
    commit_status: bool = given.optional(
        "Put the verdict on the commit, as the status `crossproof/verdict/<repository> <environment>`.",
        read=flag,
        default="true",
    )
    dry_run: bool = given.optional(
        "Check everything, show what would be done, and send nothing.", read=flag, default="false"
    )

    def faults(self) -> Sequence[Fault]:
        """A deployment has a profile and a version."""
        faults = [*self.access_faults(), *self.store_faults()]
        if bool(self.tealium_profile) != bool(self.tealium_version):
            faults.append(Fault("--tealium-version", "and --tealium-profile name a deployment together"))
        return faults

    @property
    def sends_event(self) -> bool:
        """Whether the tests are started by an event, or the workflow by its name."""
        return bool(self.event_type) or not self.workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be proven, and by whom."""

    repository: RepoRef
    commit: Sha
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs(told.Outputs):
    """What a script may read of the report's end."""

    statement: str = told.says("One sentence for people: what was tested when, with which result, and the hashes.")
    run_url: str = told.says("The run of the app's tests.")
    html_path: str = told.says("The page with everything that was judged in the logs.")
    evidence: str = told.says("Where the evidence is kept.")
    roll_back_to: str = told.says("After a failed deployment: the version of the profile that was proven last.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRecord:
    """One action of the proof."""

    action: str
    verdict: str
    reason: str
    sentence: str
    report: str  # its own report, relative to this one


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBack:
    """Which version of the profile was proven last: known, known to be none, or not known."""

    state: str  # "known" | "none" | "unknown"
    version: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the report adds to the envelope."""

    target: str
    payload: Mapping[str, str]
    parts: Sequence[PartRecord]
    led_by: str
    plan_sha256: str
    roll_back: RollBack | None
