"""Writes the step's page: one row per run, what failed, and what it cost."""

from collections.abc import Iterator, Sequence

from crossproof.dispatch.pace import History
from crossproof.dispatch.results import RunResult, TargetResult
from crossproof.dispatch.telling import fix, seconds
from crossproof.report.markdown import code, details, inline, table
from crossproof.verdict import SIGNS, Verdict

_HEADINGS = ("", "target", "run", "result", "queued", "ran", "attempt", "recognised by", "usually")


def page(results: Sequence[TargetResult], cost: str) -> str:
    """Write it."""
    rows = [row for result in results for row in _rows(result)]
    parts = [table(_HEADINGS, rows, right=(4, 5, 6))]
    parts += [_failed(run) for result in results for run in result.runs if run.failed_jobs]
    parts += [_doubts(result) for result in results if result.candidates]
    if any(result.reason.verdict is not Verdict.PASSED for result in results) and (advice := fix(results)):
        parts.append(f"**Fix:** {inline(advice)}\n")
    return "\n".join([*parts, f"{inline(cost)}\n"])


def _rows(result: TargetResult) -> Iterator[Sequence[str]]:
    for run in result.runs:
        attempt = str(run.run.attempt) if run.run else ""
        link = f"[{run.run_id}]({run.url})" if run.url.startswith("https://") else str(run.run_id)
        method = str(run.method) if run.ours else f"{run.method}, not started here"
        said = run.reason.word if run.reason.word != "succeeded" else run.conclusion or ""
        yield [
            SIGNS[run.reason.verdict],
            code(result.name),
            link,
            inline(said),
            seconds(run.queued_seconds),
            seconds(run.ran_seconds),
            attempt,
            inline(method),
            _usually(run.history),
        ]
    if result.reason_without_run:
        reason = result.reason_without_run
        yield [SIGNS[reason.verdict], code(result.name), "", inline(reason.word), "", "", "", "", ""]


def _usually(history: History) -> str:
    if not history.judged:
        return ""
    took = f", {seconds(history.median)}" if history.median is not None else ""
    return f"{history.passed} of {history.judged} pass{took}"


def _failed(result: RunResult) -> str:
    rows = [[inline(job.name), code(job.conclusion or ""), f"[page]({job.url})"] for job in result.failed_jobs]
    return details(f"Failed jobs of run {result.run_id}", table(("job", "conclusion", ""), rows))


def _doubts(result: TargetResult) -> str:
    listed = "".join(f"- {run.url}: {inline(run.title)}, {run.status}\n" for run in result.candidates)
    return f"Runs that could be the one of {code(result.name)}:\n\n{listed}"
