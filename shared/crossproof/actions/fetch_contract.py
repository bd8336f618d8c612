"""What a caller may ask of fetch-artifacts, what it answers, and the ways it can end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as calendar_date
from enum import StrEnum

from crossproof.actions.access import GithubAccess, Reporting
from crossproof.actions.selecting import WhichRun, day
from crossproof.actions.store_access import WhichStore
from crossproof.archive.endings import RESTORE_NEEDED, RESTORE_REQUESTED, RESTORE_TIMEOUT, TAMPERED
from crossproof.archive.thawing import Restore, Speed
from crossproof.artifacts.attempts import AMBIGUOUS
from crossproof.artifacts.choosing import UNTRUSTED_RUN
from crossproof.artifacts.delivery import DIGEST_MISMATCH, EXPIRED, NO_DIGEST
from crossproof.artifacts.fetching import TOO_LARGE
from crossproof.artifacts.manifest import RunFact
from crossproof.artifacts.placement import CONFLICT, OnConflict
from crossproof.artifacts.refusal import DISK_FULL, UNSAFE_ARCHIVE
from crossproof.errors import Fault
from crossproof.runner import inputs as given
from crossproof.runner import outputs as told
from crossproof.units import flag, one_of, text, whole, words
from crossproof.verdict import DRY_RUN, Exit, Reason, Verdict, unproven


class Source(StrEnum):
    """Where artifacts can be had."""

    GITHUB = "github"
    S3 = "s3"


class Layout(StrEnum):
    """How several artifacts are laid out."""

    PER_ARTIFACT = "per-artifact"
    FLAT = "flat"


class Extract(StrEnum):
    """Whether archives are unpacked."""

    AUTO = "auto"
    NEVER = "never"


class Verify(StrEnum):
    """Whether what cannot be proven is fetched."""

    REQUIRED = "required"
    IF_AVAILABLE = "if-available"


class IfNone(StrEnum):
    """What finding nothing means for the step."""

    ERROR = "error"
    WARN = "warn"
    IGNORE = "ignore"


def sources(value: str) -> tuple[Source, ...]:
    """Read where to look, in this order."""
    return tuple(one_of(Source)(word) for word in words(value))


@dataclass(frozen=True, kw_only=True)
class Inputs(WhichRun, WhichStore, GithubAccess, Reporting):
    """What to fetch, and how to lay it out."""

    path: str = given.optional(
        "Directory in the workspace to put everything in; made if it is not there.", read=text, default="artifacts"
    )
    layout: Layout = given.optional(
        "Whether each artifact has a directory of its name (`per-artifact`), or all are in `path` itself (`flat`).",
        read=one_of(Layout),
        default="per-artifact",
    )
    on_conflict: OnConflict = given.optional(
        "Which file counts where two have one path, or one is there already: `error`, `identical`, `first` or `last`.",
        read=one_of(OnConflict),
        default="error",
    )
    extract: Extract = given.optional(
        "Whether archives are unpacked: `auto`, which leaves single files (`archive: false`) as they are, or `never`.",
        read=one_of(Extract),
        default="auto",
    )
    verify: Verify = given.optional(
        "What happens to an artifact without a recorded digest: `required` refuses it, `if-available` takes it.",
        read=one_of(Verify),
        default="required",
    )
    if_none_found: IfNone = given.optional(
        "What finding nothing means: `error`, or `warn` or `ignore` to go on; it is `unproven` all the same.",
        read=one_of(IfNone),
        default="error",
    )
    sources: tuple[Source, ...] = given.optional(
        "Where to look: `github`, `s3` or `github,s3`. By default GitHub, then the archive where `s3_bucket` is given.",
        read=sources,
        default="",
    )
    date: calendar_date | None = given.optional("In the archive: the day of the run, UTC, as YYYY-MM-DD.", read=day)
    latest: str | None = given.optional("In the archive: the newest proven evidence of this environment.", read=text)
    restore: Restore = given.optional(
        "What to do about evidence in Glacier: `never`, `request`, or `wait` as long as `wait_timeout` allows.",
        read=one_of(Restore),
        default="never",
    )
    restore_tier: Speed = given.optional(
        "How fast: `Standard`, `Bulk` or `Expedited`.", read=one_of(Speed), default="Standard"
    )
    max_total_bytes: int = given.optional(
        "Refuse to write more than this, all artifacts together.", read=whole(1, 10**15), default="10737418240"
    )
    preserve_executable: bool = given.optional("Keep the executable bit of unpacked files.", read=flag, default="false")
    dry_run: bool = given.optional("Only say what would be fetched.", read=flag, default="false")

    @property
    def order(self) -> Sequence[Source]:
        """Where to look, in this order."""
        return self.sources or (tuple(Source) if self.s3_bucket else (Source.GITHUB,))

    def faults(self) -> Sequence[Fault]:
        """What the archive is asked for needs an archive."""
        faults = [*self.access_faults(), *self.selection_faults(), *self.store_faults()]
        if Source.S3 in self.order and not self.s3_bucket:
            faults.append(Fault("s3_bucket", "is required where `sources` names s3"))
        if Source.S3 not in self.order:
            asked = {"date": self.date, "latest": self.latest, "restore": self.restore is not Restore.NEVER}
            faults += [
                Fault(name, "is about the archive: it needs `s3_bucket`, and s3 among the `sources`")
                for name, value in asked.items()
                if value
            ]
        return faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs(told.Outputs):
    """What later steps may read."""

    path: str = told.says("The directory that everything is in, relative to the workspace.")
    manifest_path: str = told.says("The list of all files with their hashes, as JSON; other actions read it.")
    artifacts: str = told.says('JSON list: `[{"id", "name", "size", "sha256", "files", "proven"}]`.', default="[]")
    count: str = told.says("How many artifacts were fetched.", default=0)
    files: str = told.says("How many files they hold.", default=0)
    bytes: str = told.says("How long these are together.", default=0)
    run_id: str = told.says("The run that recorded them.")
    run_attempt: str = told.says("Its attempt.")
    run_url: str = told.says("Its page.")
    head_sha: str = told.says("The commit that it ran.")
    head_branch: str = told.says("The branch that it ran.")
    conclusion: str = told.says("How it ended; empty while it runs.")
    source: str = told.says("Where they were found: `github`, `s3` or `s3-glacier`.")
    verified: str = told.says("Of how many artifacts the recorded digest was verified: `all`, `partial` or `none`.")
    subject_sha: str = told.says("Of archived evidence: the commit that was under test.")
    tealium_profile: str = told.says("Of archived evidence: the Tealium profile that was live.")
    tealium_version: str = told.says("Its version.")
    restore_status: str = told.says("Of evidence in Glacier: `none`, `in-progress` or `ready`.", default="none")
    restore_ready_at: str = told.says("When it will be ready at the latest, UTC.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One artifact, without its files: the manifest has them."""

    id: int
    name: str
    size: int
    sha256: str
    files: int
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the report adds to the envelope."""

    run: RunFact | None
    source: str
    artifacts: Sequence[Listed]
    searched: str  # what was looked at, where nothing was found


FETCHED = Reason(
    word="fetched",
    verdict=Verdict.PASSED,
    exit=Exit.DONE,
    meaning="Every artifact that was asked for is here, and its digest is the one recorded at upload.",
)
FETCHED_UNPROVEN = unproven(
    "fetched-unproven",
    Exit.DONE,
    "Everything is here, but of at least one artifact no digest was recorded (`verify: if-available` allowed that).",
    "Upload with actions/upload-artifact v4 or newer.",
)
NONE_FOUND = unproven(
    "none-found",
    Exit.NOT_FOUND_OUT,
    "No run that fits has all the artifacts that were asked for.",
    "The summary lists what was searched and what exists instead; check `artifacts`, `workflow` and the commit.",
)
EMPTY = unproven(
    "empty",
    Exit.NOT_FOUND_OUT,
    "The artifacts hold no file at all, so they are evidence of nothing.",
    "Look at the uploading step: `if-no-files-found: error` makes it fail when its paths match nothing.",
)
REASONS = (
    FETCHED, FETCHED_UNPROVEN, NONE_FOUND, EMPTY, EXPIRED, AMBIGUOUS, UNTRUSTED_RUN, NO_DIGEST, DIGEST_MISMATCH,
    UNSAFE_ARCHIVE, TOO_LARGE, CONFLICT, DISK_FULL, TAMPERED, RESTORE_NEEDED, RESTORE_REQUESTED, RESTORE_TIMEOUT,
    DRY_RUN,
)  # fmt: skip
