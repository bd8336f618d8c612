"""Git's own objects: refs (also by prefix), trees, commits, tags, blobs."""

import base64
from typing import Any

from crossproof_sandbox.api import shapes
from crossproof_sandbox.api.shapes import Json
from crossproof_sandbox.call import Call
from crossproof_sandbox.history import Entry, node_id
from crossproof_sandbox.refusal import Refused, not_found
from crossproof_sandbox.routing import operation
from crossproof_sandbox.wire import Answer


@operation("GET", "/repos/{owner}/{repo}/git/ref/{ref}", needs="contents=read")
def ref(call: Call) -> Answer:
    """Show exactly one ref: `heads/<branch>` or `tags/<tag>`."""
    wanted = f"refs/{call.params['ref']}"
    for name, sha in _refs(call):
        if name == wanted:
            return Answer.json(_ref(call, name, sha))
    raise not_found()


@operation("GET", "/repos/{owner}/{repo}/git/matching-refs/{ref}", needs="contents=read")
def matching_refs(call: Call) -> Answer:
    """List all refs that begin so; none is an empty list and no error."""
    wanted = f"refs/{call.params['ref']}"
    return call.page([_ref(call, name, sha) for name, sha in _refs(call) if name.startswith(wanted)])


@operation("GET", "/repos/{owner}/{repo}/tags", needs="contents=read")
def tags(call: Call) -> Answer:
    """List the tags with their commits, the last by name first."""
    return call.page(sorted(call.repo.history.tags, reverse=True), show=lambda name: _tag(call, name))


@operation("GET", "/repos/{owner}/{repo}/git/trees/{tree_sha}", needs="contents=read")
def tree(call: Call) -> Answer:
    """List a tree, found by its own id, a commit's, or a ref."""
    history = call.repo.history
    wanted = call.params["tree_sha"]
    commit = history.resolve(wanted)
    sha = commit.tree if commit else wanted
    if sha not in history.trees:
        raise not_found()
    found = history.entries(sha, recursive="recursive" in call.query)  # GitHub: present means yes, also "0"
    here = f"{call.base}/git/trees/{sha}"
    return Answer.json({"sha": sha, "url": here, "tree": [_entry(call, one) for one in found], "truncated": False})


@operation("GET", "/repos/{owner}/{repo}/git/commits/{commit_sha}", needs="contents=read")
def commit(call: Call) -> Answer:
    """Show a commit as git stores it; only its full id will do."""
    one = call.repo.history.commits.get(call.params["commit_sha"])
    if one is None:
        raise not_found()
    return Answer.json(
        {
            "sha": one.sha,
            "node_id": node_id("Commit", one.sha),
            "url": f"{call.base}/git/commits/{one.sha}",
            "html_url": f"{shapes.WEB}/{call.repo.full_name}/commit/{one.sha}",
            **shapes.person(one),
            "message": one.message,
            "tree": {"sha": one.tree, "url": f"{call.base}/git/trees/{one.tree}"},
            "parents": shapes.parents(call.base, call.repo, one),
            "verification": shapes.UNSIGNED,
        }
    )


@operation("GET", "/repos/{owner}/{repo}/git/tags/{tag_sha}", needs="contents=read")
def annotated_tag(call: Call) -> Answer:
    """Show an annotated tag: an object of its own, which points to the commit."""
    one = call.repo.history.annotated.get(call.params["tag_sha"])
    if one is None:
        raise not_found()
    return Answer.json(
        {
            "node_id": node_id("Tag", one.sha),
            "tag": one.name,
            "sha": one.sha,
            "url": f"{call.base}/git/tags/{one.sha}",
            "message": one.message,
            "tagger": {"name": "octocat", "email": "octocat@github.example", "date": shapes.stamp(one.at)},
            "object": {"type": "commit", "sha": one.commit, "url": f"{call.base}/git/commits/{one.commit}"},
            "verification": shapes.UNSIGNED,
        }
    )


@operation("GET", "/repos/{owner}/{repo}/git/blobs/{file_sha}", needs="contents=read")
def blob(call: Call) -> Answer:
    """Show a file's content by its id."""
    sha = call.params["file_sha"]
    content = call.repo.history.blobs.get(sha)
    if content is None:
        raise Refused(404, "Not Found")
    encoded = base64.encodebytes(content).decode()
    about: Json = {"sha": sha, "node_id": node_id("Blob", sha), "size": len(content), "encoding": "base64"}
    return Answer.json({**about, "url": f"{call.base}/git/blobs/{sha}", "content": encoded})


def _refs(call: Call) -> list[tuple[str, str]]:
    history = call.repo.history
    heads = [(f"refs/heads/{name}", sha) for name, sha in history.branches.items()]
    return sorted(heads + [(f"refs/tags/{name}", sha) for name, sha in history.tags.items()])


def _ref(call: Call, name: str, sha: str) -> Json:
    kind = "tag" if sha in call.repo.history.annotated else "commit"
    target = {"sha": sha, "type": kind, "url": f"{call.base}/git/{kind}s/{sha}"}
    return {"ref": name, "node_id": node_id("Ref", name), "url": f"{call.base}/git/{name}", "object": target}


def _tag(call: Call, name: str) -> Json:
    sha = call.repo.history.peeled(call.repo.history.tags[name]).sha
    return {
        "name": name,
        "node_id": node_id("Ref", name),
        "commit": {"sha": sha, "url": f"{call.base}/commits/{sha}"},
        "zipball_url": f"{call.base}/zipball/refs/tags/{name}",
        "tarball_url": f"{call.base}/tarball/refs/tags/{name}",
    }


def _entry(call: Call, one: Entry) -> dict[str, Any]:
    kind = "trees" if one.type == "tree" else "blobs"
    shown = {"path": one.path, "mode": one.mode, "type": one.type, "sha": one.sha}
    size = {"size": one.size} if one.size is not None else {}
    return {**shown, **size, "url": f"{call.base}/git/{kind}/{one.sha}"}
