"""Commits, what lies between two of them, and the files they hold."""

import base64
from typing import Any
from urllib.parse import quote

from crossproof_sandbox.api import shapes
from crossproof_sandbox.call import Call
from crossproof_sandbox.history import Change, Commit, object_id
from crossproof_sandbox.refusal import Refused, not_found
from crossproof_sandbox.routing import operation
from crossproof_sandbox.wire import Answer

_MOST_FILES = 300  # GitHub lists no more files of a comparison


@operation("GET", "/repos/{owner}/{repo}/commits", needs="contents=read")
def commits(call: Call) -> Answer:
    """List commits from a branch or commit on, or only those that changed a path."""
    start = find(call, call.query.get("sha", call.repo.default_branch), missing=404)
    found = list(call.repo.history.log(start.sha))
    if path := call.query.get("path"):
        found = [one for one in found if _touches(call, one, path)]
    return call.page(found, show=lambda one: shapes.commit(call.sandbox, call.repo, one))


@operation("GET", "/repos/{owner}/{repo}/commits/{ref}", needs="contents=read")
def commit(call: Call) -> Answer:
    """Show the commit that a ref or (part of) an id means, with the files it changed."""
    one = find(call, call.params["ref"])
    files = changed(call, _changes(call, one), one.sha)
    additions, deletions = (sum(file[kind] for file in files) for kind in ("additions", "deletions"))
    stats = {"additions": additions, "deletions": deletions, "total": additions + deletions}
    return Answer.json({**shapes.commit(call.sandbox, call.repo, one), "stats": stats, "files": files})


@operation("GET", "/repos/{owner}/{repo}/compare/{basehead}", needs="contents=read")
def compare(call: Call) -> Answer:
    """Say how two commits relate and which files differ since their common ancestor."""
    before, dots, after = call.params["basehead"].partition("...")
    if not dots:
        raise not_found()
    history = call.repo.history
    base, head = find(call, before, missing=404), find(call, after, missing=404)
    common = history.merge_base(base.sha, head.sha)
    if common is None:
        raise Refused(404, "No common ancestor between the two commits.")
    ahead = _only_in(call, head, base)
    behind = _only_in(call, base, head)
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    here = f"{call.base}/compare/{before}...{after}"
    web = f"{shapes.WEB}/{call.repo.full_name}/compare/{before}...{after}"
    links = {"url": here, "html_url": web, "permalink_url": web, "diff_url": f"{web}.diff", "patch_url": f"{web}.patch"}
    return Answer.json(
        {
            **links,
            "base_commit": shapes.commit(call.sandbox, call.repo, base),
            "merge_base_commit": shapes.commit(call.sandbox, call.repo, common),
            "status": status,
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "commits": [shapes.commit(call.sandbox, call.repo, one) for one in reversed(ahead)],
            "files": changed(call, history.changes(common, head), head.sha)[:_MOST_FILES],
        }
    )


@operation("GET", "/repos/{owner}/{repo}/contents/{path}", needs="contents=read")
def contents(call: Call) -> Answer:
    """Show a file, or list a folder."""
    ref = call.query.get("ref", call.repo.default_branch)
    one = find(call, ref, missing=404)
    path = call.params["path"].strip("/")
    if path in one.files:
        return Answer.json(_file(call, path, one.files[path], ref))
    inside = sorted(
        {path + "/" + p.removeprefix(f"{path}/").split("/")[0] for p in one.files if p.startswith(f"{path}/")}
    )
    if not inside:
        raise not_found()
    return Answer.json([_entry(call, child, one.files.get(child), ref) for child in inside])


def find(call: Call, ref: str, *, missing: int = 422) -> Commit:
    """Find a commit, or answer as GitHub does that there is none: with 422 or 404, depending on who asks."""
    found = call.repo.history.resolve(ref)
    if found is None:
        raise Refused(missing, f"No commit found for SHA: {ref}" if missing == 422 else "Not Found")
    return found


def changed(call: Call, changes: list[Change], sha: str) -> list[dict[str, Any]]:
    """Write the files that differ."""
    web = f"{shapes.WEB}/{call.repo.full_name}"
    return [
        {
            "sha": object_id("blob", one.after if one.after is not None else one.before or b""),
            "filename": one.path,
            "status": one.status,
            "additions": one.additions,
            "deletions": one.deletions,
            "changes": one.additions + one.deletions,
            "blob_url": f"{web}/blob/{sha}/{quote(one.path)}",
            "raw_url": f"{web}/raw/{sha}/{quote(one.path)}",
            "contents_url": f"{call.base}/contents/{quote(one.path)}?ref={sha}",
        }
        for one in changes
    ]


def _changes(call: Call, one: Commit) -> list[Change]:
    parent = call.repo.history.commits[one.parents[0]] if one.parents else None
    return call.repo.history.changes(parent, one)


def _touches(call: Call, one: Commit, path: str) -> bool:
    return any(c.path == path or c.path.startswith(path.rstrip("/") + "/") for c in _changes(call, one))


def _only_in(call: Call, one: Commit, other: Commit) -> list[Commit]:
    reachable = {c.sha for c in call.repo.history.log(other.sha)}
    return [c for c in call.repo.history.log(one.sha) if c.sha not in reachable]


def _file(call: Call, path: str, content: bytes, ref: str) -> dict[str, Any]:
    encoded = base64.encodebytes(content).decode()
    return {**_entry(call, path, content, ref), "encoding": "base64", "content": encoded}


def _entry(call: Call, path: str, content: bytes | None, ref: str) -> dict[str, Any]:
    place = quote(path)
    here = f"{call.base}/contents/{place}?ref={ref}"
    sha = object_id("blob", content) if content is not None else object_id("tree", path.encode())
    kind = "file" if content is not None else "dir"
    git = f"{call.base}/git/{'blobs' if kind == 'file' else 'trees'}/{sha}"
    web = f"{shapes.WEB}/{call.repo.full_name}/{'blob' if kind == 'file' else 'tree'}/{ref}/{place}"
    return {
        "type": kind,
        "size": len(content or b""),
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "url": here,
        "git_url": git,
        "html_url": web,
        "download_url": f"{shapes.WEB}/raw/{call.repo.full_name}/{ref}/{place}" if kind == "file" else None,
        "_links": {"self": here, "git": git, "html": web},
    }
