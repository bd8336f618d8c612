"""Check runs: written only by Apps, with at most fifty annotations in one request."""

from datetime import datetime
from typing import Any

from crossproof_sandbox.api import shapes
from crossproof_sandbox.api.history import find
from crossproof_sandbox.call import Call
from crossproof_sandbox.discussion import CheckRun
from crossproof_sandbox.history import node_id
from crossproof_sandbox.refusal import Refused, not_found
from crossproof_sandbox.routing import operation
from crossproof_sandbox.wire import Answer

_CHECK = "/repos/{owner}/{repo}/check-runs/{check_run_id}"


@operation("POST", "/repos/{owner}/{repo}/check-runs", needs="checks=write", by_apps=True)
def create(call: Call) -> Answer:
    """Begin a check run on a commit."""
    if call.body["head_sha"] not in call.repo.history.commits:
        raise Refused(422, f"No commit found for SHA: {call.body['head_sha']}")
    one = CheckRun(
        id=call.repo.ids.next("check_run"),
        sha=call.body["head_sha"],
        name=call.body["name"],
        status="queued",
        conclusion=None,
        details_url=None,
        external_id="",
        started_at=call.now,
        completed_at=None,
        output={},
        check_suite_id=call.repo.ids.next("check_suite"),
    )
    _apply(call, one)
    call.repo.discussion.check_runs[one.id] = one
    return Answer.json(_shown(call, one), status=201)


@operation("PATCH", _CHECK, needs="checks=write", by_apps=True)
def update(call: Call) -> Answer:
    """Change a check run; its annotations are added to those it has."""
    one = _find(call)
    _apply(call, one)
    return Answer.json(_shown(call, one))


@operation("GET", _CHECK, needs="checks=read")
def check_run(call: Call) -> Answer:
    """Show one check run."""
    return Answer.json(_shown(call, _find(call)))


@operation("GET", f"{_CHECK}/annotations", needs="checks=read")
def annotations(call: Call) -> Answer:
    """List a check run's annotations."""
    one = _find(call)
    missing = dict.fromkeys(("start_column", "end_column", "title", "raw_details"))
    blob = f"{shapes.WEB}/{call.repo.full_name}/blob/{one.sha}"
    return call.page([{**missing, "blob_href": f"{blob}/{each['path']}", **each} for each in one.annotations])


@operation("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", needs="checks=read")
def of_commit(call: Call) -> Answer:
    """List a commit's check runs, the last of each name unless all are asked for."""
    sha = find(call, call.params["ref"]).sha
    asked = call.query
    found = [
        one
        for one in reversed(call.repo.discussion.check_runs.values())
        if one.sha == sha
        and asked.get("check_name", one.name) == one.name
        and asked.get("status", one.status) == one.status
    ]
    if asked.get("filter", "latest") == "latest":
        found = list({one.name: one for one in reversed(found)}.values())
    return call.page(found, "check_runs", show=lambda one: _shown(call, one))


def _apply(call: Call, one: CheckRun) -> None:
    body = call.body
    one.name = body.get("name", one.name)
    one.details_url = body.get("details_url", one.details_url)
    one.external_id = body.get("external_id", one.external_id)
    if body.get("status") == "completed" and not body.get("conclusion"):
        raise Refused(422, 'Invalid request.\n\nMissing required keys "conclusion".')
    one.status = "completed" if body.get("conclusion") else body.get("status", one.status)
    one.conclusion = body.get("conclusion", one.conclusion)
    if "started_at" in body:
        one.started_at = datetime.fromisoformat(body["started_at"])
    if one.status == "completed":
        at = body.get("completed_at")
        one.completed_at = datetime.fromisoformat(at) if at else call.now
    output = dict(body.get("output") or {})
    one.annotations += output.pop("annotations", [])
    one.output |= output


def _find(call: Call) -> CheckRun:
    found = call.repo.discussion.check_runs.get(int(call.params["check_run_id"]))
    if found is None:
        raise not_found()
    return found


def _shown(call: Call, one: CheckRun) -> dict[str, Any]:
    here = f"{call.base}/check-runs/{one.id}"
    return {
        "id": one.id,
        "name": one.name,
        "node_id": node_id("CheckRun", one.id),
        "head_sha": one.sha,
        "external_id": one.external_id,
        "url": here,
        "html_url": f"{shapes.WEB}/{call.repo.full_name}/runs/{one.id}",
        "details_url": one.details_url,
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": shapes.maybe(one.started_at),
        "completed_at": shapes.maybe(one.completed_at),
        "output": {
            **{name: one.output.get(name) for name in ("title", "summary", "text")},
            "annotations_count": len(one.annotations),
            "annotations_url": f"{here}/annotations",
        },
        "check_suite": {"id": one.check_suite_id},
        "app": None,
        "pull_requests": [],
    }
