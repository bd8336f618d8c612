"""The report's form: what is recorded of each target, each of its runs, and what those left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crossproof.dispatch.results import RunResult, TargetResult
from crossproof.dispatch.runs import Artifact, Job
from crossproof.dispatch.token import tokens_in


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """One job."""

    id: int
    name: str
    conclusion: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactRecord:
    """One artifact."""

    id: int
    name: str
    size: int
    digest: str
    expired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run; a part that was never seen is empty or null."""

    run_id: int
    run_url: str
    run_attempt: int | None
    run_number: int | None
    workflow: str
    title: str
    verdict: str
    reason: str
    status: str
    conclusion: str
    correlation_method: str
    started_here: bool
    head_sha: str
    queued_seconds: int | None
    duration_seconds: int | None
    shown: str
    jobs: Sequence[JobRecord]
    failed_jobs: Sequence[JobRecord]
    artifacts: Sequence[ArtifactRecord]
    child_outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRecord:
    """One target."""

    name: str
    repository: str
    event: str
    starts: str
    verdict: str
    reason: str
    correlation_id: str
    shown: str
    runs: Sequence[RunRecord]
    candidates: Sequence[str]


def target_record(result: TargetResult) -> TargetRecord:
    """Record one target."""
    return TargetRecord(
        name=result.name,
        repository=str(result.repository),
        event=result.request.event if result.request else "",
        starts=result.request.starts if result.request else "",
        verdict=str(result.reason.verdict),
        reason=result.reason.word,
        correlation_id=_token(result),
        shown=result.shown,
        runs=[run_record(each) for each in result.runs],
        candidates=[each.url for each in result.candidates],
    )


def run_record(result: RunResult) -> RunRecord:
    """Record one run."""
    run = result.run
    return RunRecord(
        run_id=result.run_id,
        run_url=result.url,
        run_attempt=run.attempt if run else None,
        run_number=run.number if run else None,
        workflow=run.path if run else "",
        title=run.title if run else "",
        verdict=str(result.reason.verdict),
        reason=result.reason.word,
        status=run.status if run else "",
        conclusion=result.conclusion or "",
        correlation_method=str(result.method),
        started_here=result.ours,
        head_sha=run.head_sha if run else "",
        queued_seconds=_whole(result.queued_seconds),
        duration_seconds=_whole(result.ran_seconds),
        shown=result.shown,
        jobs=[_job(job) for job in result.jobs],
        failed_jobs=[_job(job) for job in result.failed_jobs],
        artifacts=[artifact_record(each) for each in result.artifacts],
        child_outputs=dict(result.outputs),
    )


def artifact_record(artifact: Artifact) -> ArtifactRecord:
    """Record one artifact."""
    return ArtifactRecord(
        id=artifact.id, name=artifact.name, size=artifact.size, digest=artifact.digest, expired=artifact.expired
    )


def _job(job: Job) -> JobRecord:
    return JobRecord(id=job.id, name=job.name, conclusion=job.conclusion or "", url=job.url)


def _token(result: TargetResult) -> str:
    """The token that we sent, else the one that the run shows which was found instead."""
    shown = [token for run in result.runs if run.run for token in tokens_in(*run.run.titles)]
    return result.token or next(iter(shown), "")


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
