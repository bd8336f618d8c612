"""Brings the logs of archived runs to where a baseline can be learned from them, or held against them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice

from crossproof.archive.evidence import KeptArtifact
from crossproof.archive.finding import tampered
from crossproof.archive.runs import LINKS_LOOKED_AT, ArchivedRun, last_runs, runs_of_deployment
from crossproof.archive.store import ObjectStore
from crossproof.commands.evidence_inputs import Where
from crossproof.errors import BadCall, Fault
from crossproof.files.logs import WorkspaceLogs, may_hold_logs
from crossproof.files.scratch import Scratch, scratch
from crossproof.report.amounts import counted
from crossproof.runner import inputs as given
from crossproof.runner.runner import Runner
from crossproof.tracking.log.limits import MAX_BYTES
from crossproof.units import RepoRef, flag, text, whole, words
from crossproof.wiring import clock
from crossproof.wiring.stores import store


@dataclass(frozen=True, kw_only=True)
class FromArchive(Where):
    """Which archived runs, where they are not given as files."""

    from_archive: bool = given.optional(
        "Take the runs from the archive instead of files: with --last or --deployment.", read=flag, default="false"
    )
    last: int | None = given.optional("The runs archived last, so many of them.", read=whole(1, 100))
    environment: str = given.optional("For --last: the environment that they are of.", read=text, default="")
    deployment: str = given.optional("All runs with this PROFILE/VERSION of Tealium live.", read=text, default="")
    repository: RepoRef | None = given.optional("Only runs of this repository.", read=RepoRef.parse)
    artifacts: tuple[str, ...] = given.optional(
        "Only artifacts of these names, such as tracktor-logs-ios-*; by default all that hold a log.",
        read=words,
        default="*",
    )

    def archive_faults(self) -> Sequence[Fault]:
        """The archive is asked in one way, and only if it is meant."""
        ways = {"--last": self.last, "--deployment": self.deployment}
        if not self.from_archive:
            return [Fault(name, "goes with --from-archive") for name, value in ways.items() if value]
        faults = list(self.store_faults())
        if bool(self.last) == bool(self.deployment):
            faults.append(Fault("--from-archive", "needs --last or --deployment, one of them"))
        if bool(self.last) != bool(self.environment):
            faults.append(Fault("--environment", "goes with --last, and is required there"))
        if self.deployment and not all(self.deployment.rpartition("/")[::2]):
            faults.append(Fault("--deployment", "is written PROFILE/VERSION, such as app/241"))
        return faults


@contextmanager
def brought(asked: FromArchive, runner: Runner, *, proven: bool) -> Iterator[tuple[WorkspaceLogs, Sequence[str]]]:
    """Bring the logs of the runs that are meant, each into a directory of its own, for as long as they are read.

    Of runs to learn from only those are meant that were judged and passed: what is wrong now must not become normal.
    """
    kept = store(asked, runner)
    runs = _chosen(asked, kept, proven=proven)
    with scratch() as here:
        for run in runs:
            if not asked.json:
                shown = f"run {run.run_id}, attempt {run.attempt}, of {run.repository}"
                runner.console.line(f"  {shown}: {run.started_at:%Y-%m-%d %H:%M} UTC, {run.verdict}")
            for artifact in _with_logs(asked, run):
                _bring(kept, run, artifact, here)
        yield WorkspaceLogs(here.path, MAX_BYTES), [run.name for run in runs]


def _chosen(asked: FromArchive, kept: ObjectStore, *, proven: bool) -> Sequence[ArchivedRun]:
    now = clock().now()
    if asked.deployment:
        profile, _, version = asked.deployment.rpartition("/")
        every = runs_of_deployment(kept, profile, version, now)
        where = f"with {asked.deployment} live"
    else:
        every = last_runs(kept, asked.environment, now)
        where = f"of {asked.environment} among what was archived last ({LINKS_LOOKED_AT} at most)"
    fitting = (
        run
        for run in every
        if (not proven or run.verdict == "passed")
        and (not asked.repository or run.repository.lower() == str(asked.repository).lower())
        and _with_logs(asked, run)
    )
    runs = list(islice(fitting, asked.last))
    if len(runs) < (asked.last or 1):  # a baseline is only worth the runs that it stands on
        kind = "run that passed" if proven else "run"
        there = counted(len(runs), kind) if runs else f"no {kind}"
        raise BadCall([Fault("--last" if asked.last else "--deployment", f"{kept.name} has {there} {where}")])
    return runs


def _with_logs(asked: FromArchive, run: ArchivedRun) -> Sequence[KeptArtifact]:
    return [
        one
        for one in run.artifacts
        if any(fnmatchcase(one.name, pattern) for pattern in asked.artifacts)
        and not one.unsafe
        and any(may_hold_logs(file.path) for file in one.files)
    ]


def _bring(kept: ObjectStore, run: ArchivedRun, artifact: KeptArtifact, here: Scratch) -> None:
    """Bring one artifact, believed only if it is what its manifest says."""
    name = artifact.key.rpartition("/")[2]
    digest = here.keep(f"{run.name}/{name}", kept.fetch(artifact.key, here.room))
    if digest != artifact.sha256:
        raise tampered(kept, f"{artifact.key} is sha256:{digest}, and its manifest says {artifact.sha256}")
