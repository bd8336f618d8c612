"""Comments on issues and pull requests."""

from datetime import datetime
from typing import Any

from crossproof_sandbox.api import shapes
from crossproof_sandbox.call import Call
from crossproof_sandbox.discussion import Comment
from crossproof_sandbox.history import node_id
from crossproof_sandbox.refusal import Refused, not_found
from crossproof_sandbox.routing import operation
from crossproof_sandbox.wire import Answer

_COMMENTS = "/repos/{owner}/{repo}/issues/{issue_number}/comments"
_COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}"
_LONGEST = 65_536
# Every pull request is an issue, so either permission will do.
_READ = "issues=read; pull_requests=read"
_WRITE = "issues=write; pull_requests=write"


@operation("GET", _COMMENTS, needs=_READ)
def comments(call: Call) -> Answer:
    """List an issue's comments, the oldest first."""
    issue = _issue(call)
    since = datetime.fromisoformat(call.query["since"]) if "since" in call.query else None
    found = [
        one
        for one in call.repo.discussion.comments.values()
        if one.issue == issue and (since is None or one.updated_at >= since)
    ]
    return call.page(found, show=lambda one: _shown(call, one))


@operation("POST", _COMMENTS, needs=_WRITE)
def create(call: Call) -> Answer:
    """Comment."""
    one = Comment(
        id=call.repo.ids.next("comment"),
        issue=_issue(call),
        body=_body(call),
        author=call.actor,
        created_at=call.now,
        updated_at=call.now,
    )
    call.repo.discussion.comments[one.id] = one
    return Answer.json(_shown(call, one), status=201)


@operation("GET", _COMMENT, needs=_READ)
def comment(call: Call) -> Answer:
    """Show one comment."""
    return Answer.json(_shown(call, _find(call)))


@operation("PATCH", _COMMENT, needs=_WRITE)
def update(call: Call) -> Answer:
    """Rewrite a comment."""
    one = _find(call)
    one.body, one.updated_at = _body(call), call.now
    return Answer.json(_shown(call, one))


@operation("DELETE", _COMMENT, needs=_WRITE)
def delete(call: Call) -> Answer:
    """Take a comment away."""
    del call.repo.discussion.comments[_find(call).id]
    return Answer(status=204)


def _issue(call: Call) -> int:
    number = int(call.params["issue_number"])
    if number not in call.repo.discussion.issues and number not in call.repo.discussion.pulls:
        raise not_found()
    return number


def _body(call: Call) -> str:
    body: str = call.body["body"]
    if len(body) > _LONGEST:
        problem = {"resource": "IssueComment", "code": "unprocessable", "field": "data",
                   "message": "Body is too long (maximum is 65536 characters)"}  # fmt: skip
        raise Refused(422, "Validation Failed", errors=[problem])
    return body


def _find(call: Call) -> Comment:
    found = call.repo.discussion.comments.get(int(call.params["comment_id"]))
    if found is None:
        raise not_found()
    return found


def _shown(call: Call, one: Comment) -> dict[str, Any]:
    pull = one.issue in call.repo.discussion.pulls
    page = f"{shapes.WEB}/{call.repo.full_name}/{'pull' if pull else 'issues'}/{one.issue}"
    return {
        "id": one.id,
        "node_id": node_id("IssueComment", one.id),
        "url": f"{call.base}/issues/comments/{one.id}",
        "html_url": f"{page}#issuecomment-{one.id}",
        "issue_url": f"{call.base}/issues/{one.issue}",
        "body": one.body,
        "user": shapes.login(call.sandbox, one.author),
        "created_at": shapes.stamp(one.created_at),
        "updated_at": shapes.stamp(one.updated_at),
        "author_association": "MEMBER",
        "performed_via_github_app": None,
    }
