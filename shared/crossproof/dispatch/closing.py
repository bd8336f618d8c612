"""Gathers what a run that is over left behind, and says what the whole of it proves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from crossproof.dispatch import endings
from crossproof.dispatch.child_outputs import MOST_ZIPPED, read_outputs
from crossproof.dispatch.judging import superseded_by
from crossproof.dispatch.ports import Outside
from crossproof.dispatch.results import RunResult
from crossproof.dispatch.runs import Artifact, Job, Run
from crossproof.dispatch.vigil import Vigil
from crossproof.dispatch.waiting import Ended
from crossproof.errors import CrossproofError
from crossproof.probe import Absent, Present, Probe, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class _Left:
    """What was found of a completed run."""

    artifacts: tuple[Artifact, ...] = ()
    outputs: Mapping[str, str] | None = None
    trouble: str = ""  # why the outputs, which may be there, could not be read


def close(vigil: Vigil, ended: Ended, url: str, outputs_artifact: str, outside: Outside) -> RunResult:
    """Read what a completed run left, and make its result."""
    run = vigil.run
    reason, shown, left = ended.reason, ended.shown, _Left()
    if run and run.completed:
        vigil.settle_jobs()
        left = _gather(run, outputs_artifact, outside)
        if reason is endings.SUCCEEDED and left.trouble:
            reason, shown = endings.OUTPUTS_UNREADABLE, left.trouble
        if reason is endings.CHILD_CANCELLED and (newer := _superseded(run, outside)):
            reason, shown = endings.SUPERSEDED, f"most likely superseded by {newer.url}"
    queued, ran = _times(run, vigil.jobs)
    return RunResult(
        run_id=vigil.run_id,
        url=run.url if run else url,
        run=run,
        method=vigil.method,
        ours=vigil.ours,
        reason=reason,
        conclusion=ended.conclusion,
        shown=shown,
        history=vigil.history,
        jobs=vigil.jobs,
        artifacts=left.artifacts,
        outputs=left.outputs or {},
        queued_seconds=queued,
        ran_seconds=ran,
    )


def _gather(run: Run, name: str, outside: Outside) -> _Left:
    match outside.yields.artifacts(run):
        case Present(artifacts):
            pass
        case Absent(proof):
            return _Left(trouble=proof)
        case Unknown(why):
            return _Left(trouble=f"the artifacts could not be listed: {why}")
        case never:
            assert_never(never)
    meant = [artifact for artifact in artifacts if artifact.name == name]
    if not name or not meant:
        return _Left(artifacts=artifacts)
    newest = max(meant, key=lambda artifact: artifact.id)  # each attempt may have left one
    if newest.expired:
        return _Left(artifacts=artifacts, trouble=f"the artifact {name} has expired")
    outputs = _outputs(run, newest, outside)
    match outputs:
        case Present(found):
            return _Left(artifacts=artifacts, outputs=found)
        case Absent(why) | Unknown(why):
            return _Left(artifacts=artifacts, trouble=f"the artifact {name} cannot be used: {why}")
        case never:
            assert_never(never)


def _outputs(run: Run, artifact: Artifact, outside: Outside) -> Probe[Mapping[str, str]]:
    match outside.yields.only_file(run, artifact, MOST_ZIPPED):
        case Present(content):
            try:
                return Present(read_outputs(content))
            except ValueError as fault:
                return Unknown(str(fault))
        case other:
            return other


def _superseded(run: Run, outside: Outside) -> Run | None:
    """Look for the newer run; a list that cannot be read leaves it at "cancelled"."""
    try:
        listing = outside.runs.newest(run.repository, workflow=run.workflow_file, down_to=run.id)
    except CrossproofError:
        return None
    return superseded_by(run, listing.runs)


def _times(run: Run | None, jobs: Sequence[Job]) -> tuple[float | None, float | None]:
    """Tell the time in the queue from that of running, by GitHub's own times."""
    starts: list[datetime] = [job.started_at for job in jobs if job.started_at]
    if run is None or not starts:
        return None, None
    first = min(starts)
    queued = max(0.0, (first - run.started_at).total_seconds())
    return queued, max(0.0, (run.updated_at - first).total_seconds()) if run.completed else None
