"""Decides what a completed run proves; nothing but an explicit good conclusion ever counts as success."""

from collections.abc import Collection
from datetime import timedelta

from crossproof.dispatch import endings
from crossproof.dispatch.runs import Job, Jobs, Run
from crossproof.verdict import Reason

# What a caller may declare good enough. `failure` and its kin are never success, whoever asks.
ALLOWED_AS_SUCCESS = ("success", "neutral", "skipped")

_PROVES: dict[str | None, Reason] = {
    "failure": endings.CHILD_FAILED,
    "timed_out": endings.CHILD_TIMED_OUT,
    "cancelled": endings.CHILD_CANCELLED,
    "action_required": endings.CHILD_NEEDS_APPROVAL,
    "startup_failure": endings.CHILD_DID_NOT_START,
}
# A queued run that a newer one replaces ends within seconds of it; a running one may take GitHub's five minutes.
_REPLACED_WITHIN = timedelta(minutes=5)


def judge(conclusion: str | None, success: Collection[str]) -> Reason:
    """Say what a conclusion proves. A value that GitHub may add one day proves nothing."""
    if conclusion in success and conclusion in ALLOWED_AS_SUCCESS:
        return endings.SUCCEEDED
    return _PROVES.get(conclusion, endings.CHILD_INCONCLUSIVE)


def conclusion_of(jobs: Jobs) -> str | None:
    """Derive the conclusion that GitHub left out of a completed run (mathze#26); None where the jobs do not tell."""
    if not jobs.all_completed:
        return None
    conclusions = {job.conclusion for job in jobs.jobs}
    for bad in ("failure", "timed_out", "cancelled"):
        if bad in conclusions:
            return bad
    return "success" if "success" in conclusions and conclusions <= {"success", "skipped"} else None


def superseded_by(ended: Run, others: Collection[Run]) -> Run | None:
    """Find the newer run of the same workflow that a cancelled one most likely made way for.

    The API has no link between the two (benc-uk#107): it must have come before the end, and not long before.
    """
    newer = [
        run
        for run in others
        if run.path == ended.path
        and run.id > ended.id
        and run.head_branch == ended.head_branch
        and timedelta() <= ended.updated_at - run.created_at <= _REPLACED_WITHIN
    ]
    return min(newer, key=lambda run: run.id, default=None)


def failed_jobs(jobs: Jobs) -> tuple[Job, ...]:
    """Give the jobs that went wrong."""
    return tuple(job for job in jobs.jobs if job.failed)
