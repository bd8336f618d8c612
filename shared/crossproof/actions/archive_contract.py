"""What a caller may ask of archive-artifacts, what it answers, and the ways it can end."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from crossproof.actions.access import GithubAccess, Reporting
from crossproof.actions.selecting import WhichRun
from crossproof.actions.store_access import WhichStore
from crossproof.archive.endings import EVIDENCE_DIFFERS, TAMPERED
from crossproof.artifacts.attempts import AMBIGUOUS
from crossproof.artifacts.choosing import UNTRUSTED_RUN
from crossproof.artifacts.delivery import DIGEST_MISMATCH, EXPIRED
from crossproof.artifacts.refusal import DISK_FULL
from crossproof.errors import Fault
from crossproof.runner import inputs as given
from crossproof.runner import outputs as told
from crossproof.units import RepoRef, Sha, clip, flag, one_of, text, whole
from crossproof.verdict import DRY_RUN, Exit, Reason, Verdict, unproven

_MOST_LABELS, _LONGEST_LABEL = 20, 200


class LatestWhen(StrEnum):
    """Which evidence moves the pointer to the newest."""

    PASSED = "passed"
    ANY = "any"
    NEVER = "never"


class Lifecycle(StrEnum):
    """What is done about the bucket's lifecycle rules."""

    CHECK = "check"
    APPLY = "apply"
    OFF = "off"


def labels(value: str) -> tuple[tuple[str, str], ...]:
    """Read `name=value` lines."""
    found: dict[str, str] = {}
    for line in filter(None, (line.strip() for line in value.splitlines())):
        name, equals, content = line.partition("=")
        if not equals or not name.strip() or len(line) > _LONGEST_LABEL:
            raise ValueError(f"{clip(line)} is no label; write name=value, at most {_LONGEST_LABEL} characters")
        if name.strip() in found:
            raise ValueError(f"{clip(name.strip())} is given twice")
        found[name.strip()] = content.strip()
    if len(found) > _MOST_LABELS:
        raise ValueError(f"{len(found)} labels are given, and {_MOST_LABELS} can be kept")
    return tuple(sorted(found.items()))


def object_lock(value: str) -> int:
    """Read `off`, or `governance:DAYS`; 0 stands for off."""
    mode, _, days = value.strip().partition(":")
    if value.strip() == "off":
        return 0
    if mode != "governance":
        raise ValueError(f"{clip(value)} is neither off nor governance:DAYS")
    return whole(1, 3650)(days)


@dataclass(frozen=True, kw_only=True)
class Inputs(WhichRun, WhichStore, GithubAccess, Reporting):
    """What to keep, and what it is evidence of."""

    subject_sha: Sha = given.required(
        "The commit under test, all 40 digits: not the app's that ran the tests, but the one whose change was tested.",
        read=Sha.parse,
    )
    s3_bucket: str = given.required(
        "Bucket to keep evidence in; `file:DIR` keeps it in a directory of the workspace instead.", read=text
    )
    subject_repository: RepoRef | None = given.optional(
        "The repository of that commit; by default the current one.", read=RepoRef.parse
    )
    path: str | None = given.optional(
        "Directory of the workspace to keep instead of a run's artifacts, as evidence of the current run.", read=text
    )
    environment: str = given.optional("Environment that was tested, such as `stage`.", read=text, default="")
    tealium_profile: str = given.optional("Tealium profile that was live.", read=text, default="")
    tealium_version: str = given.optional("Its version.", read=text, default="")
    labels: tuple[tuple[str, str], ...] = given.optional(
        "Anything else worth knowing, as `name=value` lines.", read=labels, default=""
    )
    validation_report: str | None = given.optional(
        "Report directory of the judging action, kept whole: report, plan and baseline. Without it nothing is proven.",
        read=text,
    )
    latest_when: LatestWhen = given.optional(
        "Which verdict moves the pointer to the newest evidence: `passed`, `any` or `never`.",
        read=one_of(LatestWhen),
        default="passed",
    )
    lifecycle: Lifecycle = given.optional(
        "What to do about the bucket's lifecycle rules: `check` says what differs, `apply` writes ours, or `off`.",
        read=one_of(Lifecycle),
        default="check",
    )
    object_lock: int = given.optional(
        "Keep evidence from being deleted: `off`, or `governance:DAYS` in a bucket made with Object Lock.",
        read=object_lock,
        default="off",
    )
    dry_run: bool = given.optional("Only say what would be kept, and under which keys.", read=flag, default="false")

    def faults(self) -> Sequence[Fault]:
        """A directory and a run are two different things to keep."""
        faults = [*self.access_faults(), *self.selection_faults(), *self.store_faults()]
        chosen = {
            "run_id": self.run_id, "artifact_ids": self.artifact_ids, "workflow": self.workflow, "commit": self.commit,
            "branch": self.branch, "tag": self.tag, "pr": self.pr, "artifacts": self.artifacts,
        }  # fmt: skip
        said = [name for name, value in chosen.items() if value]
        if self.path and said:
            faults.append(Fault("path", f"is kept instead of a run's artifacts, and {', '.join(said)} choose those"))
        return faults

    @property
    def names_a_run(self) -> bool:
        """Whether it was said whose artifacts are meant: the newest of any run would be evidence of anything."""
        return bool(
            self.run_id or self.artifact_ids or self.workflow or self.commit or self.branch or self.tag or self.pr
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs(told.Outputs):
    """What later steps may read."""

    location: str = told.says("Where the evidence lies: the store, and the key of its manifest.")
    manifest_key: str = told.says("The manifest's key in the store.")
    manifest_sha256: str = told.says("The manifest's hash: whoever has it can prove the evidence.")
    new: str = told.says("Whether it was archived by this step (`true`), or was there already.", default=False)
    count: str = told.says("How many artifacts are kept.", default=0)
    bytes: str = told.says("How long all of it is.", default=0)
    chain_link: str = told.says("Its number in the chain of its environment.")
    run_id: str = told.says("The run that recorded it.")
    run_attempt: str = told.says("Its attempt.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the report adds to the envelope."""

    store: str
    manifest_key: str
    manifest_sha256: str
    chain_link: int
    new: bool
    proven: str  # the verdict of the judgement that is kept with it
    artifacts: Sequence[str]
    remarks: Sequence[str]


ARCHIVED = Reason(
    word="archived",
    verdict=Verdict.PASSED,
    exit=Exit.DONE,
    meaning="The evidence is kept: every byte is in the store with its hash, named by a manifest, linked and indexed.",
)
ALREADY_ARCHIVED = Reason(
    word="already-archived",
    verdict=Verdict.PASSED,
    exit=Exit.DONE,
    meaning="The very same evidence was kept before, and still is, whole.",
)
NONE_FOUND = unproven(
    "none-found",
    Exit.NOT_FOUND_OUT,
    "No run that fits has all the artifacts that were to be kept, so nothing is.",
    "The summary lists what was searched and what exists instead.",
)
NOT_FINISHED = unproven(
    "not-finished",
    Exit.NOT_FOUND_OUT,
    "The run has not ended: what it recorded is not complete, and how it ends is part of the evidence.",
    "Set `wait_timeout`; to keep what this very run recorded, give its directory as `path`.",
)
REASONS = (
    ARCHIVED, ALREADY_ARCHIVED, NONE_FOUND, NOT_FINISHED, EVIDENCE_DIFFERS, TAMPERED, EXPIRED, AMBIGUOUS,
    UNTRUSTED_RUN, DIGEST_MISMATCH, DISK_FULL, DRY_RUN,
)  # fmt: skip
