"""Workflow runs: lists fresh and stale, one run, its attempts, cancelling it and running it again."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from crossproof_sandbox.accounts import Token
from crossproof_sandbox.api import shapes
from crossproof_sandbox.call import Call
from crossproof_sandbox.history import node_id
from crossproof_sandbox.life import Attempt
from crossproof_sandbox.refusal import Refused, not_found
from crossproof_sandbox.routing import operation
from crossproof_sandbox.runs import Run
from crossproof_sandbox.starting import again
from crossproof_sandbox.wire import Answer

_RUN = "/repos/{owner}/{repo}/actions/runs/{run_id}"
# A list with any of these comes from a search index: at most 1,000 results, and it may lag.
_FILTERS = ("actor", "branch", "check_suite_id", "created", "event", "head_sha", "status")
_MOST_FILTERED = 1000


@operation("GET", "/repos/{owner}/{repo}/actions/runs", needs="actions=read")
def runs(call: Call) -> Answer:
    """List a repository's runs, newest first."""
    return _listed(call, lambda _: True)


@operation("GET", "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs", needs="actions=read")
def workflow_runs(call: Call) -> Answer:
    """List one workflow's runs, newest first."""
    workflow = call.repo.find_workflow(call.params["workflow_id"])
    return _listed(call, lambda run: run.workflow_id == workflow.id)


@operation("GET", _RUN, needs="actions=read")
def run(call: Call) -> Answer:
    """Show a run's latest attempt."""
    found = call.repo.find_run(call.params["run_id"])
    return Answer.json(shown(call, found, found.latest, call.now))


@operation("GET", f"{_RUN}/attempts/{{attempt_number}}", needs="actions=read")
def attempt(call: Call) -> Answer:
    """Show a run as one of its attempts left it."""
    found = call.repo.find_run(call.params["run_id"])
    return Answer.json(shown(call, found, find_attempt(found, call.params["attempt_number"]), call.now))


@operation("DELETE", _RUN, needs="actions=write")
def delete(call: Call) -> Answer:
    """Delete a run that is over."""
    found = call.repo.find_run(call.params["run_id"])
    if found.status(call.now) != "completed":
        raise Refused(403, "Cannot delete a workflow run that is in progress")
    found.delete()
    return Answer(status=204)


@operation("POST", f"{_RUN}/cancel", needs="actions=write")
def cancel(call: Call) -> Answer:
    """Take a cancellation; it takes hold a little later."""
    call.repo.find_run(call.params["run_id"]).cancel(call.now)
    return Answer.json({}, status=202)


@operation("POST", f"{_RUN}/force-cancel", needs="actions=write")
def force_cancel(call: Call) -> Answer:
    """Cancel whatever the run's own conditions say."""
    call.repo.find_run(call.params["run_id"]).cancel(call.now, force=True)
    return Answer.json({}, status=202)


@operation("POST", f"{_RUN}/rerun", needs="actions=write")
def rerun(call: Call) -> Answer:
    """Run all jobs again, as the next attempt of the same run."""
    again(call.repo, call.repo.find_run(call.params["run_id"]), call.actor)
    return Answer.json({}, status=201)


@operation("POST", f"{_RUN}/rerun-failed-jobs", needs="actions=write")
def rerun_failed(call: Call) -> Answer:
    """Run the failed jobs again and keep the others."""
    again(call.repo, call.repo.find_run(call.params["run_id"]), call.actor, failed_only=True)
    return Answer.json({}, status=201)


@operation("GET", f"{_RUN}/pending_deployments", needs="actions=read")
def pending_deployments(call: Call) -> Answer:
    """Say whom a waiting run waits for."""
    found = call.repo.find_run(call.params["run_id"])
    life = found.latest.life
    if found.status(call.now) != "waiting" or not life.environment:
        return Answer.json([])
    page = f"{shapes.WEB}/{call.repo.full_name}/deployments/activity_log"
    environment = {
        "id": 56780428,
        "node_id": node_id("Environment", life.environment),
        "name": life.environment,
        "url": f"{call.base}/environments/{life.environment}",
        "html_url": f"{page}?environments_filter={life.environment}",
    }
    waiting = {
        "environment": environment,
        "wait_timer": 0,
        "wait_timer_started_at": None,
        "current_user_can_approve": isinstance(call.caller, Token) and call.actor in life.reviewers,
        "reviewers": [{"type": "User", "reviewer": shapes.login(call.sandbox, name)} for name in life.reviewers],
    }
    return Answer.json([waiting])


def find_attempt(found: Run, number: str) -> Attempt:
    """Find one attempt of a run."""
    for one in found.attempts:
        if str(one.number) == number:
            return one
    raise not_found()


def shown(call: Call, one: Run, attempt: Attempt, at: datetime) -> dict[str, Any]:
    """Write a run as the API does: without its inputs and without its payload, which GitHub never tells."""
    here = f"{call.base}/actions/runs/{one.id}"
    previous = f"{here}/attempts/{attempt.number - 1}" if attempt.number > 1 else None
    commit = call.repo.history.commits[one.sha]
    minimal = shapes.minimal_repository(call.sandbox, call.repo)
    web = f"{shapes.WEB}/{call.repo.full_name}/actions/runs/{one.id}"
    return {
        "id": one.id,
        "name": one.title if call.repo.name_shows_title else one.workflow_name,
        "node_id": node_id("WorkflowRun", one.id),
        "head_branch": one.branch,
        "head_sha": one.sha,
        "path": one.path,
        "display_title": one.title,
        "run_number": one.number,
        "event": one.event,
        "status": attempt.status(at),
        "conclusion": attempt.conclusion(at),
        "workflow_id": one.workflow_id,
        "check_suite_id": one.check_suite_id,
        "check_suite_node_id": node_id("CheckSuite", one.check_suite_id),
        "url": here,
        "html_url": web if attempt is one.latest else f"{web}/attempts/{attempt.number}",
        "pull_requests": [],
        "created_at": shapes.stamp(one.created_at),
        "updated_at": shapes.stamp(attempt.changed_at(at)),
        "actor": shapes.login(call.sandbox, one.actor),
        "run_attempt": attempt.number,
        "referenced_workflows": [],
        "run_started_at": shapes.stamp(attempt.started_at),
        "triggering_actor": shapes.login(call.sandbox, attempt.actor),
        **shapes.links(here, "jobs logs artifacts cancel rerun"),
        "check_suite_url": f"{call.base}/check-suites/{one.check_suite_id}",
        "previous_attempt_url": previous,
        "workflow_url": f"{call.base}/actions/workflows/{one.workflow_id}",
        "head_commit": {
            "id": one.sha,
            "tree_id": commit.tree,
            "message": commit.message,
            "timestamp": shapes.stamp(commit.at),
            **{who: {"name": p["name"], "email": p["email"]} for who, p in shapes.person(commit).items()},
        },
        "repository": minimal,
        "head_repository": _head_repository(call, one, minimal),
    }


def _head_repository(call: Call, one: Run, own: dict[str, Any]) -> dict[str, Any] | None:
    if one.head_repository is None or one.head_repository == call.repo.full_name:
        return own if one.head_repository else None
    fork = call.sandbox.repository(one.head_repository)
    return {**shapes.minimal_repository(call.sandbox, fork), "fork": True}


def _listed(call: Call, wanted: Callable[[Run], bool]) -> Answer:
    filtered = any(name in call.query for name in _FILTERS)
    at = call.now - timedelta(seconds=call.repo.index_lag) if filtered else call.now
    found = [
        one
        for one in call.repo.seen_runs(call.now)
        if wanted(one) and (not filtered or one.created_at <= at) and _fits(call, one, at)
    ]
    reachable = _MOST_FILTERED if filtered else None
    return call.page(found, "workflow_runs", show=lambda one: shown(call, one, one.latest, at), reachable=reachable)


def _fits(call: Call, one: Run, at: datetime) -> bool:
    asked = call.query
    state = {one.latest.status(at), one.latest.conclusion(at)}
    return (
        asked.get("actor", one.actor).lower() == one.actor.lower()
        and asked.get("branch", one.branch) == one.branch
        and asked.get("event", one.event) == one.event
        and asked.get("head_sha", one.sha) == one.sha
        and asked.get("check_suite_id", str(one.check_suite_id)) == str(one.check_suite_id)
        and ("status" not in asked or asked["status"] in state)
        and _within(asked.get("created", "*"), one.created_at)
    )


def _within(asked: str, moment: datetime) -> bool:
    """Compare with GitHub's search syntax for dates: `>=D`, `D..E`, `D..*`, `D`."""
    first, dots, last = asked.partition("..")
    if dots:
        return _after(first, moment) and _before(last, moment)
    found = re.fullmatch(r"(>=|<=|>|<)?(.+)", asked)
    sign, date = (found[1], found[2]) if found else (None, asked)
    match sign:
        case ">=":
            return _after(date, moment)
        case "<=":
            return _before(date, moment)
        case ">":
            return not _before(date, moment)
        case "<":
            return not _after(date, moment)
        case _:
            return _after(date, moment) and _before(date, moment)


def _after(date: str, moment: datetime) -> bool:
    return date == "*" or moment.replace(microsecond=0) >= _moment(date, moment, "T00:00:00")


def _before(date: str, moment: datetime) -> bool:
    return date == "*" or moment.replace(microsecond=0) <= _moment(date, moment, "T23:59:59")


def _moment(date: str, like: datetime, missing: str) -> datetime:
    try:
        read = datetime.fromisoformat(date if "T" in date else date + missing)
    except ValueError:
        raise Refused(422, f"created={date} is no date") from None
    return read if read.tzinfo else read.replace(tzinfo=like.tzinfo)
