"""What happens in a repository when something is dispatched, or run again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from crossproof_sandbox.life import Attempt, Job, JobSeen, Life, Trigger
from crossproof_sandbox.refusal import Refused
from crossproof_sandbox.runs import Artifact, Run, blob_of, digest_of
from crossproof_sandbox.workflow import Definition

if TYPE_CHECKING:
    from crossproof_sandbox.repository import Repository


def start(
    repository: "Repository",
    definition: Definition,
    trigger: Trigger,
    *,
    life: Life | None = None,
    ago: float = 0.0,
    run_id: int = 0,
) -> Run:
    """Start a run."""
    workflow = repository.registered(definition.path)
    workflow.runs += 1
    life = life or repository.life_of(definition.path, trigger)
    now = (repository.clock.now() - timedelta(seconds=ago)).replace(microsecond=0)
    run = Run(
        id=run_id or repository.ids.next("run"),
        number=workflow.runs,
        event=trigger.event,
        workflow_id=workflow.id,
        path=definition.path,
        workflow_name=definition.name,
        title=definition.title(
            _github_context(repository, trigger), trigger.inputs, _plain_title(repository, definition, trigger)
        ),
        branch=trigger.ref,
        sha=trigger.sha,
        actor=trigger.actor,
        created_at=now,
        visible_at=now + timedelta(seconds=life.visible_after),
        check_suite_id=repository.ids.next("check_suite"),
        head_repository=repository.full_name,
    )
    _attempt(repository, run, life, trigger.actor, now, carried={})
    repository.runs[run.id] = run
    return run


def again(repository: "Repository", run: Run, actor: str, *, failed_only: bool = False, only: str = "") -> None:
    """Run a run again, whole or in part."""
    now = repository.clock.now()
    run.check_rerun(now)
    carried = run.carried(now, only) if failed_only or only else {}
    if failed_only and len(carried) == len(run.latest.jobs_seen(now)):
        raise Refused(403, "This workflow run cannot be retried: it has no failed jobs")
    _attempt(repository, run, run.next_life(), actor, now.replace(microsecond=0), carried=carried)


def _attempt(
    repository: "Repository", run: Run, life: Life, actor: str, now: datetime, *, carried: Mapping[str, JobSeen]
) -> None:
    definition = repository.definition(run.path, run.sha)
    scripts = life.jobs or tuple(Job(name=name) for name in definition.jobs)
    jobs = [(repository.ids.next("job"), job) for job in scripts]
    fresh_ids = {job.name: number for number, job in jobs}
    kept = {name: replace(job, id=fresh_ids[name]) for name, job in carried.items() if name in fresh_ids}
    attempt = Attempt(number=len(run.attempts) + 1, started_at=now, actor=actor, life=life, jobs=jobs, carried=kept)
    run.attempts.append(attempt)
    for upload in life.artifacts:
        blob = blob_of(upload)
        created = attempt.elapsed_to(min(attempt.upload_time(upload), 1e9))
        run.artifacts.append(
            Artifact(
                id=repository.ids.next("artifact"),
                run=run,
                name=upload.name,
                blob=blob,
                digest=digest_of(blob) if upload.digest == "" else upload.digest,
                created_at=created,
                expires_at=created + timedelta(days=upload.keeps_days),
                attempt=attempt,
                upload=upload,
            )
        )


def _plain_title(repository: "Repository", definition: Definition, trigger: Trigger) -> str:
    if trigger.event == "repository_dispatch":
        return trigger.event_type
    if trigger.event in {"push", "pull_request"}:
        return repository.history.commits[trigger.sha].message.splitlines()[0]
    return definition.name


def _github_context(repository: "Repository", trigger: Trigger) -> dict[str, Any]:
    event: dict[str, Any] = {"inputs": dict(trigger.inputs)}
    if trigger.event == "repository_dispatch":
        event = {"action": trigger.event_type, "client_payload": dict(trigger.client_payload)}
    return {
        "event": event,
        "event_name": trigger.event,
        "actor": trigger.actor,
        "triggering_actor": trigger.actor,
        "repository": repository.full_name,
        "repository_owner": repository.owner.login,
        "ref": f"refs/heads/{trigger.ref}",
        "ref_name": trigger.ref,
        "sha": trigger.sha,
    }
