"""Says what became of the targets: one sentence, the outputs of the step, and the details of the report."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from crossproof.dispatch import endings
from crossproof.dispatch.record import target_record
from crossproof.dispatch.results import RunResult, TargetResult
from crossproof.units import Duration
from crossproof.verdict import Reason, Verdict

_OF_A_RUN = (
    "run_id",
    "run_url",
    "run_attempt",
    "run_number",
    "status",
    "conclusion",
    "correlation_method",
    "head_sha",
    "queued_seconds",
    "duration_seconds",
    "jobs",
    "failed_jobs",
    "artifacts",
    "child_outputs",
)
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
    records = [target_record(each) for each in results]
    told: dict[str, object] = {"targets": _json([asdict(each) for each in records])}
    if len(records) > 1:
        by_name = {
            each.name: each.runs[0].child_outputs for each in records if each.runs and each.runs[0].child_outputs
        }
        return {**told, "child_outputs": _json(by_name)}
    told["correlation_id"] = records[0].correlation_id
    if not records[0].runs:
        return told
    run = asdict(records[0].runs[0])
    return told | {name: _text(run[name]) for name in _OF_A_RUN}


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
    return f"{name}: run {worst.run_id}{extra} {ended(worst, result.reason)}{_more(shown)}"


def ended(run: RunResult, reason: Reason) -> str:
    """Say how a run ended, as the end of a sentence about it."""
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


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case list() | dict():
            return _json(value)
        case _:
            return str(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
