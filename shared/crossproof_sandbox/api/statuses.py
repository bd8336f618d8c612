"""Commit statuses: posted one after the other, read one by one or combined."""

from typing import Any

from crossproof_sandbox.api import shapes
from crossproof_sandbox.api.history import find
from crossproof_sandbox.call import Call
from crossproof_sandbox.discussion import Status
from crossproof_sandbox.history import node_id
from crossproof_sandbox.refusal import Refused
from crossproof_sandbox.routing import operation
from crossproof_sandbox.wire import Answer

_MOST_PER_CONTEXT = 1000
_LONGEST_DESCRIPTION = 140


@operation("POST", "/repos/{owner}/{repo}/statuses/{sha}", needs="statuses=write")
def create(call: Call) -> Answer:
    """Say something about a commit, under a context's name."""
    sha = call.params["sha"]
    if sha not in call.repo.history.commits:
        raise Refused(422, f"No commit found for SHA: {sha}")
    context = call.body.get("context") or "default"
    said = [one for one in call.repo.discussion.statuses if (one.sha, one.context) == (sha, context)]
    if len(said) >= _MOST_PER_CONTEXT:
        raise Refused(
            422, "Validation Failed", errors=[f"This SHA and context has reached {_MOST_PER_CONTEXT} statuses."]
        )
    description = call.body.get("description") or ""
    if len(description) > _LONGEST_DESCRIPTION:
        raise Refused(422, "Validation Failed", errors=["description is too long (maximum is 140 characters)"])
    if any(ord(character) > 0xFFFF for character in description):
        problem = {"resource": "Status", "code": "custom", "field": "description",
                   "message": "description doesn't accept 4-byte Unicode"}  # fmt: skip
        raise Refused(422, "Validation Failed", errors=[problem])
    status = Status(
        id=call.repo.ids.next("status"),
        sha=sha,
        state=call.body["state"],
        context=context,
        description=call.body.get("description"),
        target_url=call.body.get("target_url"),
        creator=call.actor,
        at=call.now,
    )
    call.repo.discussion.statuses.append(status)
    return Answer.json(_shown(call, status), status=201)


@operation("GET", "/repos/{owner}/{repo}/commits/{ref}/statuses", needs="statuses=read")
def statuses(call: Call) -> Answer:
    """List everything ever said about a commit, the last first."""
    return call.page(_said(call, find(call, call.params["ref"]).sha), show=lambda one: _shown(call, one))


@operation("GET", "/repos/{owner}/{repo}/commits/{ref}/status", needs="statuses=read")
def combined(call: Call) -> Answer:
    """Give the last word of each context, and the worst of them; without any it is pending."""
    sha = find(call, call.params["ref"]).sha
    last: dict[str, Status] = {}
    for one in _said(call, sha):
        last.setdefault(one.context, one)
    states = {one.state for one in last.values()}
    worst = "failure" if states & {"failure", "error"} else "pending" if "pending" in states or not last else "success"
    return Answer.json(
        {
            "state": worst,
            "sha": sha,
            "total_count": len(last),
            "statuses": [_shown(call, one) for one in last.values()],
            "repository": shapes.minimal_repository(call.sandbox, call.repo),
            "commit_url": f"{call.base}/commits/{sha}",
            "url": f"{call.base}/commits/{sha}/status",
        }
    )


def _said(call: Call, sha: str) -> list[Status]:
    return [one for one in reversed(call.repo.discussion.statuses) if one.sha == sha]


def _shown(call: Call, one: Status) -> dict[str, Any]:
    creator = shapes.login(call.sandbox, one.creator)
    return {
        "url": f"{call.base}/statuses/{one.sha}",
        "avatar_url": creator["avatar_url"],
        "id": one.id,
        "node_id": node_id("StatusContext", one.id),
        "state": one.state,
        "description": one.description,
        "target_url": one.target_url,
        "context": one.context,
        "created_at": shapes.stamp(one.at),
        "updated_at": shapes.stamp(one.at),
        "creator": creator,
    }
