"""Shows one outcome on every surface: log, annotations, step summary, outputs, JSON report. Computes nothing."""

from collections.abc import Mapping
from datetime import datetime

from crossproof import __version__
from crossproof.outcome import Outcome, ReportFiles
from crossproof.report.envelope import About, Envelope, Producer
from crossproof.report.markdown import inline
from crossproof.runner.context import Context
from crossproof.runner.runner import Runner
from crossproof.verdict import SIGNS

REPORT = "report.json"


def show(
    outcome: Outcome,
    *,
    action: str,
    runner: Runner,
    place: ReportFiles | None,
    declared: Mapping[str, str],
    started_at: datetime,
    ended_at: datetime,
) -> int:
    """Write the outcome everywhere and give the exit code. `declared` are the action's outputs, with their defaults."""
    report_path = ""
    if place:
        place.write_text(REPORT, runner.console.scrub(report(outcome, action, runner.context, started_at, ended_at)))
        report_path = place.relative(REPORT)
    annotate(outcome, runner)
    runner.files.summary(summary(outcome, action))
    if runner.context.local and outcome.summary:
        from crossproof.report.terminal import as_terminal  # noqa: PLC0415 - no runner pays for it

        runner.console.line(as_terminal(outcome.summary, colours=runner.console.colours))
    outputs = {**declared, **runner.files.written, **outcome.outputs}
    for name, value in outputs.items():
        if runner.files.written.get(name) != value:
            runner.files.output(name, value)
    runner.files.output("verdict", outcome.verdict)
    runner.files.output("reason", outcome.reason.word)
    runner.files.output("report_path", report_path)
    runner.files.close()
    runner.console.line(last_line(outcome))
    return outcome.exit


def annotate(outcome: Outcome, runner: Runner) -> None:
    """Put the outcome's remarks on the run's page, as many as the runner keeps."""
    for remark in outcome.annotations:
        runner.console.annotate(remark)
    runner.console.close()


def last_line(outcome: Outcome) -> str:
    """Say the verdict in the log's last line."""
    softened = f" (not red because of {outcome.softened_by})" if outcome.softened_by else ""
    return f"{SIGNS[outcome.verdict]} {outcome.verdict} ({outcome.reason.word}){softened}: {outcome.sentence}"


def summary(outcome: Outcome, action: str) -> str:
    """Lead the step summary with the verdict; what follows is the action's own."""
    head = f"### {SIGNS[outcome.verdict]} {action}: {outcome.verdict}\n\n{inline(outcome.sentence)}\n"
    return f"{head}\n{outcome.summary}" if outcome.summary else head


def report(outcome: Outcome, action: str, context: Context, started_at: datetime, ended_at: datetime) -> str:
    """Give the JSON report."""
    subject = outcome.subject
    return Envelope(
        schema=f"crossproof/report/{action}/1",
        action=action,
        version=__version__,
        verdict=outcome.verdict,
        reason=outcome.reason.word,
        sentence=outcome.sentence,
        subject=About(
            repository=str(subject.repository or ""),
            sha=subject.sha,
            ref=subject.ref,
            environment=subject.environment,
        ),
        produced_by=Producer(
            repository=str(context.repository or ""),
            run_id=context.run_id,
            run_attempt=context.run_attempt,
            job=context.job,
            url=context.run_url,
        ),
        started_at=started_at.isoformat(timespec="seconds"),
        ended_at=ended_at.isoformat(timespec="seconds"),
        evidence=outcome.evidence,
        details=outcome.details,
    ).as_json()
