"""Artifacts: lists, one of them, and its bytes behind a redirect to another host."""

from typing import Any

from crossproof_sandbox.api import shapes
from crossproof_sandbox.call import Call
from crossproof_sandbox.history import node_id
from crossproof_sandbox.refusal import Refused, not_found
from crossproof_sandbox.routing import operation
from crossproof_sandbox.runs import Artifact
from crossproof_sandbox.wire import Answer

_ARTIFACT = "/repos/{owner}/{repo}/actions/artifacts/{artifact_id}"


@operation("GET", "/repos/{owner}/{repo}/actions/artifacts", needs="actions=read")
def artifacts(call: Call) -> Answer:
    """List all artifacts of a repository, the newest first."""
    return _listed(call, [one for run in call.repo.seen_runs(call.now) for one in run.artifacts], newest_first=True)


@operation("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}/artifacts", needs="actions=read")
def run_artifacts(call: Call) -> Answer:
    """List the artifacts of a run, whichever of its attempts left them."""
    run = call.repo.find_run(call.params["run_id"])
    return _listed(call, run.artifacts, newest_first=call.query.get("direction") == "desc")


@operation("GET", _ARTIFACT, needs="actions=read")
def artifact(call: Call) -> Answer:
    """Show one artifact."""
    return Answer.json(_shown(call, _find(call)))


@operation("DELETE", _ARTIFACT, needs="actions=write")
def delete(call: Call) -> Answer:
    """Delete one; another may then be uploaded under the same name, with another id."""
    found = _find(call)
    found.run.artifacts.remove(found)
    return Answer(status=204)


@operation("GET", f"{_ARTIFACT}/{{archive_format}}", needs="actions=read")
def download(call: Call) -> Answer:
    """Lead to the stored bytes: a zip, or a single file as it was uploaded."""
    if call.params["archive_format"] != "zip":
        raise not_found()
    if call.caller is None:
        raise Refused(401, "Requires authentication")
    found = _find(call)
    if found.expired(call.now):
        raise Refused(410, "Artifact has expired")
    zipped = found.upload is None or found.upload.zipped or isinstance(found.upload.content, dict)
    link = call.sandbox.blobs.link(
        found.blob,
        blob=f"artifact-{found.id}",
        kind="application/zip" if zipped else "application/octet-stream",
        filename=f"{found.name}.zip" if zipped else found.name,
    )
    return Answer(status=302, headers={"Location": link, "Content-Type": "text/html;charset=utf-8"})


def _listed(call: Call, found: list[Artifact], *, newest_first: bool) -> Answer:
    wanted = call.query.get("name")
    shown = [one for one in found if one.is_there(call.now) and wanted in {None, one.name}]
    shown.sort(key=lambda one: (one.created_at, one.id), reverse=newest_first)
    return call.page(shown, "artifacts", show=lambda one: _shown(call, one))


def _find(call: Call) -> Artifact:
    for run in call.repo.seen_runs(call.now):
        for one in run.artifacts:
            if str(one.id) == call.params["artifact_id"] and one.is_there(call.now):
                return one
    raise not_found()


def _shown(call: Call, one: Artifact) -> dict[str, Any]:
    """Write what little GitHub tells: no attempt, no content type, no job."""
    here = f"{call.base}/actions/artifacts/{one.id}"
    foreign = one.run.head_repository not in {None, call.repo.full_name}
    head = call.sandbox.repository(one.run.head_repository or "") if foreign else call.repo
    return {
        "id": one.id,
        "node_id": node_id("Artifact", one.id),
        "name": one.name,
        "size_in_bytes": one.size,
        "url": here,
        "archive_download_url": f"{here}/zip",
        "expired": one.expired(call.now),
        "digest": one.digest,
        "created_at": shapes.stamp(one.created_at),
        "updated_at": shapes.stamp(one.created_at),
        "expires_at": shapes.stamp(one.expires_at),
        "workflow_run": {
            "id": one.run.id,
            "repository_id": call.repo.id,
            "head_repository_id": head.id,
            "head_branch": one.run.branch,
            "head_sha": one.run.sha,
        },
    }
