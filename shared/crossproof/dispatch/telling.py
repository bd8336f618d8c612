"""Says what became of the targets: one sentence, the outputs of the step, and the details of the report."""

import json
from collections.abc import Mapping, Sequence

from crossproof.dispatch import endings
from crossproof.dispatch.results import RunResult, TargetResult
from crossproof.dispatch.runs import Artifact, Job
from crossproof.dispatch.token import tokens_in
from crossproof.units import Duration
from crossproof.verdict import Reason, Verdict

_ECHO = (
    "Show the token in the child's title, then it is found whoever else starts it: "
    'run-name: "… [${{ github.event.client_payload.dispatch.id || inputs.correlation_id }}]" '
    "(and declare the input `correlation_id` under workflow_dispatch)."
)


def sentence(results: Sequence[TargetResult]) -> str:
    """Say in one sentence how it ended."""
    if len(results) == 1:
        return _of_target(results[0])
    count = {verdict: sum(each.reason.verdict is verdict for each in results) for verdict in Verdict}
    counted = ", ".join(f"{number} {verdict}" for verdict, number in count.items() if number)
    odd = next((each for each in results if each.reason.verdict is Verdict.FAILED), None) or next(
        (each for each in results if each.reason.verdict is Verdict.UNPROVEN), None
    )
    return f"{len(results)} targets: {counted}." + (f" {_of_target(odd)}" if odd else "")


def outputs(results: Sequence[TargetResult]) -> dict[str, object]:
    """Give the step's outputs. Those of a run stand for the first run of a single target; `targets` has all."""
    told: dict[str, object] = {"targets": _json([target(each) for each in results])}
    if len(results) != 1:
        by_name = {each.name: dict(each.runs[0].outputs) for each in results if each.runs and each.runs[0].outputs}
        return {**told, "child_outputs": _json(by_name)}
    [alone] = results
    told["correlation_id"] = _token(alone)
    return {**told, **_run_outputs(alone.runs[0])} if alone.runs else told


def target(result: TargetResult) -> dict[str, object]:
    """Give one target as data, for the report and the output `targets`."""
    return {
        "name": result.name,
        "repository": str(result.repository),
        "event": result.request.event if result.request else "",
        "starts": result.request.starts if result.request else "",
        "verdict": str(result.reason.verdict),
        "reason": result.reason.word,
        "correlation_id": _token(result),
        "shown": result.shown,
        "runs": [_run(each) for each in result.runs],
        "candidates": [each.url for each in result.candidates],
    }


def fix(results: Sequence[TargetResult]) -> str:
    """Say what would make the next time better, where we know."""
    reasons = {each.reason for each in results}
    if endings.AMBIGUOUS in reasons or endings.LOST_DISPATCH in reasons:
        return _ECHO
    return next((each.reason.fix for each in results if each.reason.verdict is not Verdict.PASSED), "")


def seconds(value: float | None) -> str:
    """Write a span of time for people."""
    return str(Duration(round(value))) if value is not None else ""


def _of_target(result: TargetResult) -> str:
    where = result.request.starts.partition(":")[2] if result.request else ""
    name = f"{result.repository} {where}".rstrip()
    if not result.runs:
        return f"{name}: {_words(result.reason)}{_more(result.shown)}"
    worst = next((run for run in result.runs if run.reason is result.reason), result.runs[0])
    extra = f" ({len(result.runs)} runs)" if len(result.runs) > 1 else ""
    shown = worst.shown if worst.reason is result.reason else result.shown
    return f"{name}: run {worst.run_id}{extra} {_ended(worst, result.reason)}{_more(shown)}"


def _ended(run: RunResult, reason: Reason) -> str:
    took = f" in {seconds(run.ran_seconds)}" if run.ran_seconds is not None else ""
    if reason is endings.SUCCEEDED:
        return f"ended with {run.conclusion}{took}"
    if reason.verdict is Verdict.FAILED and run.failed_jobs:
        names = ", ".join(job.name for job in run.failed_jobs[:3])
        return f"ended with {run.conclusion}{took}; failed: {names}" + (" …" if len(run.failed_jobs) > 3 else "")  # noqa: PLR2004
    if run.conclusion:
        return f"ended with {run.conclusion}{took}"
    return _words(reason)


def _words(reason: Reason) -> str:
    return reason.meaning[:1].lower() + reason.meaning[1:].rstrip(".")


def _more(shown: str) -> str:
    return f"; {shown.rstrip('.')}." if shown else "."


def _run_outputs(result: RunResult) -> dict[str, object]:
    run = result.run
    return {
        "run_id": result.run_id,
        "run_url": result.url,
        "run_attempt": run.attempt if run else "",
        "run_number": run.number if run else "",
        "status": run.status if run else "",
        "conclusion": result.conclusion or "",
        "correlation_method": str(result.method),
        "head_sha": run.head_sha if run else "",
        "queued_seconds": _whole(result.queued_seconds),
        "duration_seconds": _whole(result.ran_seconds),
        "jobs": _json([_job(job) for job in result.jobs]),
        "failed_jobs": _json([_job(job) for job in result.failed_jobs]),
        "artifacts": _json([_artifact(each) for each in result.artifacts]),
        "child_outputs": _json(dict(result.outputs)),
    }


def _run(result: RunResult) -> dict[str, object]:
    run = result.run
    return {
        "run_id": result.run_id,
        "run_url": result.url,
        "run_attempt": run.attempt if run else None,
        "workflow": run.path if run else "",
        "title": run.title if run else "",
        "verdict": str(result.reason.verdict),
        "reason": result.reason.word,
        "status": run.status if run else "",
        "conclusion": result.conclusion or "",
        "correlation_method": str(result.method),
        "started_here": result.ours,
        "head_sha": run.head_sha if run else "",
        "queued_seconds": _whole(result.queued_seconds),
        "duration_seconds": _whole(result.ran_seconds),
        "shown": result.shown,
        "failed_jobs": [_job(job) for job in result.failed_jobs],
        "artifacts": [_artifact(each) for each in result.artifacts],
        "child_outputs": dict(result.outputs),
    }


def _job(job: Job) -> Mapping[str, object]:
    return {"id": job.id, "name": job.name, "conclusion": job.conclusion or "", "url": job.url}


def _artifact(artifact: Artifact) -> Mapping[str, object]:
    return {
        "id": artifact.id,
        "name": artifact.name,
        "size": artifact.size,
        "digest": artifact.digest,
        "expired": artifact.expired,
    }


def _token(result: TargetResult) -> str:
    """The token that we sent, else the one that the run shows which was found instead."""
    shown = [token for run in result.runs if run.run for token in tokens_in(*run.run.titles)]
    return result.token or next(iter(shown), "")


def _whole(value: float | None) -> object:
    return "" if value is None else round(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
