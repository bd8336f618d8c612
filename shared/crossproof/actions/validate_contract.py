"""What a caller may ask of validate-tracking-logs, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from crossproof.actions.access import Reporting
from crossproof.errors import Fault
from crossproof.runner import inputs as given
from crossproof.runner import outputs as told
from crossproof.tracking.log.limits import MAX_BYTES
from crossproof.tracking.rules import Level
from crossproof.units import Sha, clip, one_of, text, whole, words


class Mode(StrEnum):
    """What is done."""

    VALIDATE = "validate"
    MERGE = "merge"


class FailOn(StrEnum):
    """From which level on findings make the step red."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"
    NEVER = "never"

    @property
    def level(self) -> Level:
        """Give the level that makes the verdict; no input can make errors pass."""
        return Level.ERROR if self is FailOn.NEVER else Level(self.value)


def share(value: str) -> float:
    """Read a share as `80%` or `0.8`."""
    written = value.strip()
    try:
        number = float(written.removesuffix("%")) / (100 if written.endswith("%") else 1)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise ValueError(f"{clip(value)} is no share; write 80% or 0.8")
    return number


@dataclass(frozen=True, kw_only=True)
class Inputs(Reporting):
    """Which logs to judge, against what, and how strictly."""

    plan: str = given.required("Path of the tracking plan.", read=text)
    logs: tuple[str, ...] = given.optional(
        "Logs: files, directories and globs, separated by commas or new lines. A line per event, or a JSON array; "
        "plain, `.gz`, `.zst`, or in a `.zip`. What matches nothing is never green.",
        read=words,
        default="",
    )
    baseline: str | None = given.optional(
        "Path of a baseline profile to compare with (`crossproof baseline learn` writes one).", read=text
    )
    scenario: str = given.optional(
        "The plan's scenario that the logs are of; by default the names of the files decide, if the plan says how.",
        read=text,
        default="",
    )
    platform: str = given.optional(
        "The platform that the logs are of, such as `ios`: events of other platforms are not expected.",
        read=text,
        default="",
    )
    fail_on: FailOn = given.optional(
        "From which level on findings make the verdict `failed`: `error`, `warning` or `notice`; with `never` errors "
        "do, but the step stays green.",
        read=one_of(FailOn),
        default="error",
    )
    min_events: int = given.optional("Fewer events than this prove nothing.", read=whole(1, 10**9), default="1")
    coverage_min: float | None = given.optional(
        "The share of the expected events that must have been seen, such as `80%`.", read=share
    )
    max_bytes: int = given.optional(
        "Judge no more than this, unpacked, all logs together; what is beyond makes the verdict `unproven`.",
        read=whole(1, 10**13),
        default=str(MAX_BYTES),
    )
    redact: tuple[str, ...] = given.optional(
        "Params whose values are never shown, besides those that the plan calls sensitive; `all` shows no value.",
        read=words,
        default="",
    )
    manifest: str | None = given.optional(
        "The `manifest_path` of fetch-artifacts: the logs must be files that it lists, unchanged, and the run's times "
        "decide the plan's time window.",
        read=text,
    )
    subject_sha: Sha | None = given.optional("The commit that the logs are evidence for.", read=Sha.parse)
    mode: Mode = given.optional(
        "What to do: `validate` judges logs, `merge` concludes from the reports of shards.",
        read=one_of(Mode),
        default="validate",
    )
    shard: str = given.optional(
        "The id of this shard in the matrix, so that its report can be merged.", read=text, default=""
    )
    reports: tuple[str, ...] = given.optional(
        "For `merge`: the `report.json` of each shard, as paths or globs.", read=words, default=""
    )
    expected: str | None = given.optional(
        'For `merge`: the matrix, `{"include": [{"id": "a"}, …]}`: each of its ids must have a report.', read=text
    )

    def faults(self) -> Sequence[Fault]:
        """Each mode needs its own inputs."""
        if self.mode is Mode.MERGE:
            needed = {"reports": self.reports, "expected": self.expected}
            foreign = {"logs": self.logs, "shard": self.shard, "baseline": self.baseline, "manifest": self.manifest}
        else:
            needed = {"logs": self.logs}
            foreign = {"reports": self.reports, "expected": self.expected}
        missing = [Fault(name, f"is required with `mode: {self.mode}`") for name, value in needed.items() if not value]
        return missing + [
            Fault(name, f"has no meaning with `mode: {self.mode}`") for name, value in foreign.items() if value
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs(told.Outputs):
    """What later steps may read."""

    statement: str = told.says("One sentence for people: what was tested when, with which result, and the hashes.")
    events: str = told.says("Number of events in the logs.")
    findings_error: str = told.says("Number of errors.")
    findings_warning: str = told.says("Number of warnings.")
    findings_notice: str = told.says("Number of notices.")
    groups: str = told.says("Number of groups of findings.")
    missing_events: str = told.says("JSON list of the expected events that were not seen.", default="[]")
    unknown_events: str = told.says("JSON list of the names of events that the plan does not know.", default="[]")
    coverage: str = told.says("Share of the expected events that were seen, such as `0.95`; empty: none was.")
    duplicate_ids: str = told.says("Number of values that had to be unique and were not.")
    baseline_verdict: str = told.says("How it compares: `same`, `differs` or `unproven`; empty without a baseline.")
    junit_path: str = told.says("Path of the JUnit report.")
    html_path: str = told.says("Path of the page with everything in it.")
    logs_sha256: str = told.says("Digest of the log; of several, of the list that `sha256sum` would print.")
    plan_sha256: str = told.says("Digest of the plan; of several files, of their list likewise.")
