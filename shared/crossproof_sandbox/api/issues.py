"""Issues: listed with the pull requests among them, opened, shown."""

from typing import Any

from crossproof_sandbox.api import shapes
from crossproof_sandbox.call import Call
from crossproof_sandbox.discussion import Issue, Pull
from crossproof_sandbox.history import node_id
from crossproof_sandbox.refusal import not_found
from crossproof_sandbox.routing import operation
from crossproof_sandbox.wire import Answer


@operation("GET", "/repos/{owner}/{repo}/issues", needs="issues=read")
def issues(call: Call) -> Answer:
    """List issues and pull requests, the newest first: the open ones unless others are asked for."""
    state = call.query.get("state", "open")
    found = [one for one in _all(call).values() if state in {"all", one.state}]
    found.sort(key=lambda one: one.number, reverse=True)
    return call.page(found, show=lambda one: _shown(call, one))


@operation("POST", "/repos/{owner}/{repo}/issues", needs="issues=write")
def create(call: Call) -> Answer:
    """Open an issue."""
    number = call.repo.issue(str(call.body["title"]), body=call.body.get("body") or "", author=call.actor)
    return Answer.json(_shown(call, call.repo.discussion.issues[number]), status=201)


@operation("GET", "/repos/{owner}/{repo}/issues/{issue_number}", needs="issues=read")
def issue(call: Call) -> Answer:
    """Show one issue or pull request."""
    found = _all(call).get(int(call.params["issue_number"]))
    if found is None:
        raise not_found()
    return Answer.json(_shown(call, found))


def _all(call: Call) -> dict[int, Issue | Pull]:
    return {**call.repo.discussion.issues, **call.repo.discussion.pulls}


def _shown(call: Call, one: Issue | Pull) -> dict[str, Any]:
    here = f"{call.base}/issues/{one.number}"
    web = f"{shapes.WEB}/{call.repo.full_name}"
    shown = {
        "url": here,
        "repository_url": call.base,
        "labels_url": f"{here}/labels{{/name}}",
        **shapes.links(here, "comments events"),
        "html_url": f"{web}/issues/{one.number}",
        "id": one.id,
        "node_id": node_id("Issue", one.id),
        "number": one.number,
        "title": one.title,
        "user": shapes.login(call.sandbox, one.author),
        "labels": [],
        "state": one.state,
        "locked": False,
        **dict.fromkeys(("assignee", "milestone", "closed_at")),
        "comments": sum(comment.issue == one.number for comment in call.repo.discussion.comments.values()),
        "created_at": shapes.stamp(one.created_at),
        "updated_at": shapes.stamp(one.created_at),
        "author_association": "MEMBER",
        "body": one.body,
    }
    if isinstance(one, Pull):
        page = f"{web}/pull/{one.number}"
        shown["html_url"] = page
        shown["pull_request"] = {
            "url": f"{call.base}/pulls/{one.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
        }
    return shown
