"""What run-tiered-tests is told, and what it tells: inputs, outputs and the details of its report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crossproof.actions.access import AwsAccess, GithubAccess, Reporting
from crossproof.errors import Fault
from crossproof.runner import inputs as given
from crossproof.runner import outputs as told
from crossproof.tiers.cases import Totals
from crossproof.tiers.globs import no_pattern_of_files
from crossproof.units import clip, flag, one_of, text, whole, words


class Mode(StrEnum):
    """What a step does of the whole."""

    RUN = "run"
    PLAN = "plan"
    MERGE = "merge"


class FailOn(StrEnum):
    """What makes the step red."""

    ANY = "any"
    FAILED = "failed"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class Inputs(GithubAccess, AwsAccess, Reporting):
    """Which tiers, and what of them."""

    mode: Mode = given.optional(
        "What to do: `run` (choose, run and judge in one job), `plan` (choose, and write a matrix) or `merge` (judge "
        "what the jobs of a matrix left).",
        read=one_of(Mode),
        default="run",
    )
    tiers: tuple[str, ...] = given.optional("Names of tiers to run, whatever has changed.", read=words, default="")
    tags: tuple[str, ...] = given.optional("Tags of tiers to run, whatever has changed.", read=words, default="")
    base: str | None = given.optional(
        "Compare with this commit, branch or tag instead of what the event says.", read=text
    )
    manifest: str = given.optional(
        "Where the tiers are described; without this file they are inferred from the layout.",
        read=text,
        default=".github/tiers.yml",
    )
    runtime: str | None = given.optional(
        "Without a manifest: what the tests run in, as `image: python:3.13`, `docker: true` or `self`.", read=text
    )
    explain: bool = given.optional(
        "In mode plan: print the manifest that was read or inferred.", read=flag, default="false"
    )
    shards: int | None = given.optional("In mode plan: split every sharded tier into so many jobs.", read=whole(1, 256))
    job: str | None = given.optional(
        "In mode run: the `id` of one job of the matrix, which is all that is run.", read=text
    )
    expected: str | None = given.optional("In mode merge: the matrix that mode plan wrote.", read=text)
    reports: tuple[str, ...] = given.optional(
        "Patterns of files below the workspace in which results of other jobs, or of an earlier attempt, are found.",
        read=words,
        default="tier-results/**/tier-result.json",
    )
    resume: bool = given.optional(
        "Do not run again what passed on the same commit and manifest, by the results under `reports` and, in a later "
        "attempt of a run, by its artifacts `tests` and `tier-…`.",
        read=flag,
        default="false",
    )
    max_parallel: int = given.optional("How many tiers may run at once in one job.", read=whole(1, 64), default="1")
    fail_on: FailOn = given.optional(
        "What makes the step red: `any` (red unless passed), `failed` (red only if proven bad) or `never`.",
        read=one_of(FailOn),
        default="any",
    )
    keep_infra: bool = given.optional(
        "Leave services and containers running, to look at them.", read=flag, default="false"
    )
    local: bool = given.optional(
        "Say that this is a laptop; known by itself where no runner is.", read=flag, default="false"
    )
    dry_run: bool = given.optional("Only say what would be run.", read=flag, default="false")

    def faults(self) -> Sequence[Fault]:
        """Refuse what makes no sense together."""
        found = list(self.access_faults())
        if self.mode is Mode.MERGE and not self.expected:
            found.append(Fault("expected", "is required in mode merge: without it a job that never ran is not missed"))
        found += [Fault("reports", f"{clip(p)} {why}") for p in self.reports if (why := no_pattern_of_files(p))]
        if self.job and (self.tiers or self.tags):
            found.append(Fault("job", "names what to run, and so do `tiers` and `tags`"))
        if self.job and self.mode is not Mode.RUN:
            found.append(Fault("job", "belongs to mode run"))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs(told.Outputs):
    """What later steps may read."""

    has_work: str = told.says("Whether any tier is chosen: `true` or `false`.", default="false")
    matrix: str = told.says("In mode plan: the matrix, for `fromJSON`.", default='{"include":[]}')
    tiers: str = told.says("JSON object: each tier's state.", default="{}")
    total: str = told.says("How many tests there were.", default=0)
    passed: str = told.says("How many passed at the first attempt.", default=0)
    failed: str = told.says("How many failed or took too long.", default=0)
    skipped: str = told.says("How many were skipped.", default=0)
    errors: str = told.says("How many broke in setup, teardown or a crash.", default=0)
    flaky: str = told.says("How many passed only after failing.", default=0)
    coverage: str = told.says("Line coverage in percent, rounded down; empty where none was measured.")
    junit: str = told.says("Path of the JUnit report of all tests, relative to the workspace.")
    selected: str = told.says("JSON list of the chosen tiers.", default="[]")
    reasons: str = told.says("JSON object: why each tier was chosen or not.", default="{}")
    session: str = told.says("Name of this step's containers, in their label `dev.crossproof.session`.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TierDetails:
    """One tier as the report tells it; its cases stand in `tier-result.json`."""

    id: str
    tier: str
    state: str
    cause: str
    sentence: str
    network: str
    seconds: Mapping[str, float]
    tests: Totals
    notes: Sequence[str]
    reproduce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the report adds to the envelope."""

    mode: str
    manifest: str
    manifest_sha256: str
    reasons: Mapping[str, str]
    tiers: Sequence[TierDetails]
