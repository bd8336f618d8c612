"""Says in a sentence what a run is doing, and what it waits for where it does nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from crossproof.dispatch.runs import COMPLETED, NOT_STARTED, Jobs, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One environment that a waiting run needs somebody's consent for."""

    environment: str
    reviewers: tuple[str, ...] = ()


def explain(  # noqa: PLR0911 - one sentence for each status
    run: Run, jobs: Jobs | None = None, approvals: Sequence[Approval] = ()
) -> str:
    """Say what the run is doing."""
    attempt = f", attempt {run.attempt}" if run.attempt > 1 else ""
    match run.status:
        case "completed":
            return f"completed: {run.conclusion or 'without a conclusion yet'}{attempt}"
        case "waiting":
            return "waiting" + (f" for {'; '.join(map(_approval, approvals))}" if approvals else " for an approval")
        case "pending":
            return "pending: another run holds its concurrency group"
        case "queued":
            return "queued" + _labels(jobs)
        case "requested":
            return "requested: GitHub has not queued it yet"
        case "in_progress":
            return f"in progress{attempt}" + _progress(jobs)
        case other:
            return f"{other}: a status that this version does not know, so the wait goes on{attempt}"


def _approval(approval: Approval) -> str:
    by = f" by {', '.join(approval.reviewers)}" if approval.reviewers else ""
    return f"approval of environment {approval.environment}{by}"


def _labels(jobs: Jobs | None) -> str:
    queued = [job for job in jobs.jobs if job.status in NOT_STARTED] if jobs else []
    wanted = sorted({", ".join(job.labels) for job in queued if job.labels})
    return f": no runner has taken {len(queued)} job(s) that want {' or '.join(wanted)}" if wanted else ""


def _progress(jobs: Jobs | None) -> str:
    if not jobs or not jobs.jobs:
        return ""
    done = [job for job in jobs.jobs if job.status == COMPLETED]
    running = [job.name for job in jobs.jobs if job.status == "in_progress"]
    failed = sum(job.failed for job in done)
    now = f"; now {', '.join(running[:3])}{' …' if len(running) > 3 else ''}" if running else ""  # noqa: PLR2004
    return f": {len(done)} of {len(jobs.jobs)} jobs done" + (f", {failed} failed" if failed else "") + now
