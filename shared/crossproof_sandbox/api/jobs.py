"""Jobs of a run, and their logs behind a redirect to another host."""

import io
import zipfile
from typing import Any

from crossproof_sandbox.api import shapes
from crossproof_sandbox.api.runs import find_attempt
from crossproof_sandbox.call import Call
from crossproof_sandbox.history import node_id
from crossproof_sandbox.life import Attempt, JobSeen
from crossproof_sandbox.refusal import Refused, not_found
from crossproof_sandbox.routing import operation
from crossproof_sandbox.runs import Run
from crossproof_sandbox.starting import again
from crossproof_sandbox.wire import Answer

_RUN = "/repos/{owner}/{repo}/actions/runs/{run_id}"
_JOB = "/repos/{owner}/{repo}/actions/jobs/{job_id}"


@operation("GET", f"{_RUN}/jobs", needs="actions=read")
def jobs(call: Call) -> Answer:
    """List the latest attempt's jobs, or those of all attempts."""
    run = call.repo.find_run(call.params["run_id"])
    attempts = run.attempts if call.query.get("filter") == "all" else [run.latest]
    return _listed(call, run, attempts)


@operation("GET", f"{_RUN}/attempts/{{attempt_number}}/jobs", needs="actions=read")
def attempt_jobs(call: Call) -> Answer:
    """List one attempt's jobs."""
    run = call.repo.find_run(call.params["run_id"])
    return _listed(call, run, [find_attempt(run, call.params["attempt_number"])])


@operation("GET", _JOB, needs="actions=read")
def job(call: Call) -> Answer:
    """Show one job."""
    return Answer.json(_shown(call, *call.repo.find_job(call.params["job_id"])))


@operation("POST", f"{_JOB}/rerun", needs="actions=write")
def rerun(call: Call) -> Answer:
    """Run one job again, as the next attempt of its run."""
    run, _, one = call.repo.find_job(call.params["job_id"])
    again(call.repo, run, call.actor, only=one.script.name)
    return Answer.json({}, status=201)


@operation("GET", f"{_JOB}/logs", needs="actions=read")
def job_logs(call: Call) -> Answer:
    """Lead to a job's log; it is there as soon as the job is over, also while its run goes on."""
    _, _, one = call.repo.find_job(call.params["job_id"])
    if one.status != "completed":
        raise not_found()
    return _lead_to(call, _log(one), f"job-{one.id}", "text/plain; charset=utf-8", "logs.txt")


@operation("GET", f"{_RUN}/logs", needs="actions=read")
def run_logs(call: Call) -> Answer:
    """Lead to the archive of all logs of a run that is over."""
    run = call.repo.find_run(call.params["run_id"])
    return _archive(call, run, run.latest)


@operation("GET", f"{_RUN}/attempts/{{attempt_number}}/logs", needs="actions=read")
def attempt_logs(call: Call) -> Answer:
    """Lead to the archive of one attempt's logs."""
    run = call.repo.find_run(call.params["run_id"])
    return _archive(call, run, find_attempt(run, call.params["attempt_number"]))


def _listed(call: Call, run: Run, attempts: list[Attempt]) -> Answer:
    seen = [(run, attempt, one) for attempt in attempts for one in attempt.jobs_seen(call.now)]
    return call.page(seen, "jobs", show=lambda each: _shown(call, *each))


def _shown(call: Call, run: Run, attempt: Attempt, one: JobSeen) -> dict[str, Any]:
    here = f"{call.base}/actions/jobs/{one.id}"
    began = one.status in {"in_progress", "completed"}
    return {
        "id": one.id,
        "run_id": run.id,
        "workflow_name": run.workflow_name,
        "head_branch": run.branch,
        "run_url": f"{call.base}/actions/runs/{run.id}",
        "run_attempt": attempt.number,
        "node_id": node_id("CheckRun", one.id),
        "head_sha": run.sha,
        "url": here,
        "html_url": f"{shapes.WEB}/{call.repo.full_name}/actions/runs/{run.id}/job/{one.id}",
        "status": one.status,
        "conclusion": one.conclusion,
        "created_at": shapes.stamp(attempt.started_at),
        "started_at": shapes.stamp(one.started_at),
        "completed_at": shapes.maybe(one.completed_at),
        "name": one.script.name,
        "steps": [
            {
                "name": step.name,
                "status": step.status,
                "conclusion": step.conclusion,
                "number": step.number,
                "started_at": shapes.maybe(step.started_at),
                "completed_at": shapes.maybe(step.completed_at),
            }
            for step in one.steps
        ],
        "check_run_url": f"{call.base}/check-runs/{one.id}",
        "labels": list(one.script.labels),
        "runner_id": 1 if began else None,
        "runner_name": one.script.runner if began else None,
        "runner_group_id": 2 if began else None,
        "runner_group_name": "GitHub Actions" if began else None,
    }


def _log(one: JobSeen) -> bytes:
    """Write a log as GitHub stores it: a byte order mark, and a time before every line."""
    at = one.started_at.strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
    lines = [f"{at} {line}\n" for line in one.script.log.splitlines()]
    return "".join(["\ufeff", *lines]).encode()


def _archive(call: Call, run: Run, attempt: Attempt) -> Answer:
    if attempt.status(call.now) != "completed":
        raise not_found()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, one in enumerate(attempt.jobs_seen(call.now)):
            archive.writestr(f"{number}_{one.script.name.replace('/', '_')}.txt", _log(one))
    return _lead_to(call, packed.getvalue(), f"run-{run.id}-{attempt.number}", "application/zip", f"logs_{run.id}.zip")


def _lead_to(call: Call, content: bytes, blob: str, kind: str, filename: str) -> Answer:
    if call.caller is None:
        raise Refused(401, "Requires authentication")
    link = call.sandbox.blobs.link(content, blob=blob, kind=kind, filename=filename)
    return Answer(status=302, headers={"Location": link, "Content-Type": "text/html;charset=utf-8"})
