"""The events that start a workflow of acme/gateway, as the runner would hand them over: one function a kind."""

from typing import Any

from crossproof.images.events import Event
from crossproof.units import RepoRef

GATEWAY = RepoRef("acme", "gateway")
HEAD, MERGE, BASE = "a" * 40, "b" * 40, "c" * 40
_REPOSITORY = {"full_name": "acme/gateway", "default_branch": "master"}


def pull(
    *, head: str = "feat/x", base: str = "master", origin: str | None = "acme/gateway", body: str = "", **more: Any
) -> dict[str, Any]:
    """A pull request as GitHub writes it; `origin` None is a fork that is gone."""
    repository = None if origin is None else {"full_name": origin}
    return {
        "number": 7,
        "state": "open",
        "body": body,
        "head": {"ref": head, "sha": HEAD, "repo": repository},
        "base": {"ref": base, "sha": BASE, "repo": _REPOSITORY},
        "merge_commit_sha": MERGE,
        **more,
    }


def event(name: str, payload: dict[str, Any], *, sha: str = HEAD, ref: str = "", actor: str = "ann") -> Event:
    """An event as the runner tells it."""
    return Event(
        name=name, payload={"repository": _REPOSITORY, **payload}, repository=GATEWAY, sha=sha, ref=ref, actor=actor
    )


def pull_request(*, kind: str = "pull_request", action: str = "synchronize", actor: str = "ann", **more: Any) -> Event:
    """A change is proposed."""
    target = kind == "pull_request_target"
    sha, ref = (BASE, "refs/heads/master") if target else (MERGE, "refs/pull/7/merge")
    return event(kind, {"action": action, "pull_request": pull(**more)}, sha=sha, ref=ref, actor=actor)


def merge_group(*, base: str = "master", action: str = "checks_requested") -> Event:
    """A change is in the queue."""
    queue = f"refs/heads/gh-readonly-queue/{base}/pr-7-{BASE}"
    group = {"head_sha": HEAD, "head_ref": queue, "base_sha": BASE, "base_ref": f"refs/heads/{base}"}
    return event("merge_group", {"action": action, "merge_group": group}, ref=queue)


def push(ref: str, *, deleted: bool = False, actor: str = "ann") -> Event:
    """Commits or a tag were pushed."""
    after = "0" * 40 if deleted else HEAD
    return event("push", {"ref": ref, "after": after, "deleted": deleted}, ref=ref, actor=actor)


def release(tag: str = "v5.8.1", action: str = "published") -> Event:
    """A release was published."""
    return event("release", {"action": action, "release": {"tag_name": tag}}, ref=f"refs/tags/{tag}")


def schedule() -> Event:
    """It is time."""
    return event("schedule", {"schedule": "0 3 * * *"}, ref="refs/heads/master")


def workflow_dispatch(ref: str = "refs/heads/feat/x") -> Event:
    """Somebody pressed the button."""
    return event("workflow_dispatch", {"ref": ref, "workflow": "e2e.yml"}, ref=ref)


def repository_dispatch(**sent: Any) -> Event:
    """Another repository asked for it."""
    return event("repository_dispatch", {"action": "test", "client_payload": sent}, sha=BASE, ref="refs/heads/master")


def workflow_run(*, inner: str = "push", branch: str = "feat/x", origin: str = "acme/gateway", base: str = "") -> Event:
    """Another workflow ended."""
    run = {
        "event": inner,
        "head_branch": branch,
        "head_sha": HEAD,
        "head_repository": {"full_name": origin},
        "pull_requests": [{"number": 7, "base": {"ref": base}}] if base else [],
    }
    return event("workflow_run", {"workflow_run": run}, sha=BASE, ref="refs/heads/master")


def issue_comment(*, on_pull: bool = True) -> Event:
    """Somebody wrote below a pull request."""
    issue: dict[str, Any] = {"number": 7} | ({"pull_request": {"url": "…"}} if on_pull else {})
    return event("issue_comment", {"comment": {}, "issue": issue}, sha=BASE, ref="refs/heads/master")


FORK = {"origin": "mallory/gateway"}
EVERY_KIND = {
    "a pull request": pull_request(),
    "a pull request that depends on another": pull_request(body="Depends-On: acme/dashboard#5"),
    "a pull request to a release line": pull_request(base="release-5.8.1"),
    "a pull request to another branch": pull_request(base="integration/y"),
    "a pull request of a fork": pull_request(**FORK, body="Depends-On: acme/dashboard#5"),
    "a pull request of a fork that is gone": pull_request(origin=None),
    "a pull request of a fork, from a branch called master": pull_request(**FORK, head="master"),
    "a pull request of Dependabot": pull_request(actor="dependabot[bot]"),
    "a closed pull request": pull_request(action="closed"),
    "a pull request, in the base's name": pull_request(kind="pull_request_target"),
    "a pull request of a fork, in the base's name": pull_request(kind="pull_request_target", **FORK),
    "a merge group": merge_group(),
    "a merge group of a release line": merge_group(base="release-5.8"),
    "a push to the default branch": push("refs/heads/master"),
    "a push to a release line": push("refs/heads/release-5.8.1"),
    "a push to a feature branch": push("refs/heads/feat/x"),
    "a push of Dependabot": push("refs/heads/dependabot/go/x", actor="dependabot[bot]"),
    "a push of a tag": push("refs/tags/v5.8.1"),
    "a deleted branch": push("refs/heads/feat/x", deleted=True),
    "a release": release(),
    "a deleted release": release(action="deleted"),
    "a schedule": schedule(),
    "a dispatch on a branch": workflow_dispatch(),
    "a dispatch on a tag": workflow_dispatch("refs/tags/v5.8.1"),
    "a dispatch from elsewhere": repository_dispatch(),
    "a dispatch from elsewhere that names a commit": repository_dispatch(ref="refs/heads/feat/x", sha=HEAD),
    "a run that followed a push": workflow_run(),
    "a run that followed a pull request": workflow_run(inner="pull_request", base="master"),
    "a run that followed a fork's pull request": workflow_run(
        inner="pull_request", origin="mallory/gateway", base="master"
    ),
    "a run that followed a fork's push": workflow_run(origin="mallory/gateway"),
    "a comment on a pull request": issue_comment(),
    "a comment on an issue": issue_comment(on_pull=False),
    "nothing, by hand": Event(repository=GATEWAY, sha=HEAD),
}
