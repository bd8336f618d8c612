"""Pull requests: which there are, which files they change, which commits they bring."""

from typing import Any

from crossproof_sandbox.api import shapes
from crossproof_sandbox.api.history import changed, find
from crossproof_sandbox.call import Call
from crossproof_sandbox.discussion import Pull
from crossproof_sandbox.history import Change, Commit, node_id
from crossproof_sandbox.refusal import Refused, not_found
from crossproof_sandbox.routing import operation
from crossproof_sandbox.wire import Answer

_PULL = "/repos/{owner}/{repo}/pulls/{pull_number}"
_MOST_FILES = 3000
_MOST_COMMITS = 250


@operation("GET", "/repos/{owner}/{repo}/pulls", needs="pull_requests=read")
def pulls(call: Call) -> Answer:
    """List pull requests, the newest first: the open ones unless others are asked for."""
    asked = call.query
    state = asked.get("state", "open")
    found = [
        one
        for one in reversed(call.repo.discussion.pulls.values())
        if state in {"all", one.state}
        and asked.get("base", one.base) == one.base
        and _head_fits(asked.get("head", ""), one)
    ]
    return call.page(found, show=lambda one: _simple(call, one))


@operation("POST", "/repos/{owner}/{repo}/pulls", needs="pull_requests=write")
def create(call: Call) -> Answer:
    """Propose a branch of the same repository."""
    branches = call.repo.history.branches
    head, base = call.body["head"].rpartition(":")[2], call.body["base"]
    for end, name in (("head", head), ("base", base)):
        if name not in branches:
            raise Refused(
                422, "Validation Failed", errors=[{"resource": "PullRequest", "field": end, "code": "invalid"}]
            )
    problem = None
    if branches[head] == branches[base]:
        problem = f"No commits between {base} and {head}"
    elif any((p.head, p.base, p.state) == (head, base, "open") for p in call.repo.discussion.pulls.values()):
        problem = f"A pull request already exists for {call.repo.owner.login}:{head}."
    if problem:
        wrong = {"resource": "PullRequest", "code": "custom", "message": problem}
        raise Refused(422, "Validation Failed", errors=[wrong])
    title, body = call.body.get("title", ""), call.body.get("body") or ""
    one = call.repo.pull(head, base=base, title=title, body=body, author=call.actor)
    return Answer.json(_whole(call, one), status=201)


@operation("GET", _PULL, needs="pull_requests=read")
def pull(call: Call) -> Answer:
    """Show one pull request."""
    return Answer.json(_whole(call, _find(call)))


@operation("GET", f"{_PULL}/files", needs="pull_requests=read")
def files(call: Call) -> Answer:
    """List the files that a pull request changes; GitHub stops at 3,000."""
    one = _find(call)
    return call.page(changed(call, _changes(call, one)[:_MOST_FILES], one.head_sha))


@operation("GET", f"{_PULL}/commits", needs="pull_requests=read")
def commits(call: Call) -> Answer:
    """List the commits that a pull request brings; GitHub stops at 250."""
    found = _commits(call, _find(call))[:_MOST_COMMITS]
    return call.page(found, show=lambda one: shapes.commit(call.sandbox, call.repo, one))


@operation("GET", "/repos/{owner}/{repo}/commits/{commit_sha}/pulls", needs="pull_requests=read")
def of_commit(call: Call) -> Answer:
    """List the pull requests that brought a commit, or still propose it."""
    sha = find(call, call.params["commit_sha"]).sha
    found = [
        one
        for one in call.repo.discussion.pulls.values()
        if sha == one.merge_commit_sha or any(each.sha == sha for each in _commits(call, one))
    ]
    return call.page(found, show=lambda one: _simple(call, one))


def _find(call: Call) -> Pull:
    found = call.repo.discussion.pulls.get(int(call.params["pull_number"]))
    if found is None:
        raise not_found()
    return found


def _head_fits(asked: str, one: Pull) -> bool:
    """Compare with `owner:branch`; GitHub ignores a filter that names no owner, and lists everything."""
    owner, colon, branch = asked.partition(":")
    if not colon:
        return True
    home = (one.head_repository or "").partition("/")[0]
    return (owner.lower(), branch) == (home.lower(), one.head)


def _changes(call: Call, one: Pull) -> list[Change]:
    history = call.repo.history
    return history.changes(history.merge_base(one.base_sha, one.head_sha), history.commits[one.head_sha])


def _commits(call: Call, one: Pull) -> list[Commit]:
    history = call.repo.history
    known = {each.sha for each in history.log(one.base_sha)}
    return [each for each in reversed(list(history.log(one.head_sha))) if each.sha not in known]


def _whole(call: Call, one: Pull) -> dict[str, Any]:
    changes = _changes(call, one)
    return {
        **_simple(call, one),
        "additions": sum(each.additions for each in changes),
        "deletions": sum(each.deletions for each in changes),
        "changed_files": len(changes),
        "commits": len(_commits(call, one)),
        "comments": sum(comment.issue == one.number for comment in call.repo.discussion.comments.values()),
        "review_comments": 0,
        "mergeable": True if one.state == "open" else None,
        "mergeable_state": "clean" if one.state == "open" else "unknown",
        "merged": one.merged_at is not None,
        "merged_by": shapes.login(call.sandbox, one.author) if one.merged_at else None,
        "maintainer_can_modify": False,
    }


def _simple(call: Call, one: Pull) -> dict[str, Any]:
    here = f"{call.base}/pulls/{one.number}"
    issue = f"{call.base}/issues/{one.number}"
    web = f"{shapes.WEB}/{call.repo.full_name}/pull/{one.number}"
    urls = {
        "comments": f"{issue}/comments",
        "commits": f"{here}/commits",
        "statuses": f"{call.base}/statuses/{one.head_sha}",
        "html": web,
        "issue": issue,
        "review_comments": f"{here}/comments",
        "review_comment": f"{call.base}/pulls/comments{{/number}}",
        "self": here,
    }
    author = shapes.login(call.sandbox, one.author)
    return {
        "url": here,
        "id": one.id,
        "node_id": node_id("PullRequest", one.id),
        **{f"{name}_url": url for name, url in urls.items() if name != "self"},
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        "number": one.number,
        "state": one.state,
        "locked": False,
        "title": one.title,
        "user": author,
        "body": one.body,
        **{name: [] for name in ("labels", "assignees", "requested_reviewers", "requested_teams")},
        **dict.fromkeys(("assignee", "milestone", "auto_merge", "active_lock_reason")),
        "created_at": shapes.stamp(one.created_at),
        "updated_at": shapes.stamp(one.merged_at or one.created_at),
        "closed_at": shapes.maybe(one.merged_at),
        "merged_at": shapes.maybe(one.merged_at),
        "merge_commit_sha": one.merge_commit_sha,
        "draft": one.draft,
        "author_association": "MEMBER",
        "head": _end(call, one.head, one.head_sha, one.head_repository),
        "base": _end(call, one.base, one.base_sha, call.repo.full_name),
        "_links": {name: {"href": url} for name, url in urls.items()},
    }


def _end(call: Call, ref: str, sha: str, name: str | None) -> dict[str, Any]:
    """Write one end of a pull request; a fork that is gone has neither repository nor owner."""
    if name is None:
        return {"label": f"unknown repository:{ref}", "ref": ref, "sha": sha, "user": None, "repo": None}
    repository = call.sandbox.repository(name)
    return {
        "label": f"{repository.owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": shapes.user(call.sandbox, repository.owner),
        "repo": shapes.repository(call.sandbox, repository),
    }
