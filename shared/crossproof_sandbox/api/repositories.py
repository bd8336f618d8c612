"""Repositories and their branches."""

from typing import Any

from crossproof_sandbox.accounts import Kind, Token
from crossproof_sandbox.api import shapes
from crossproof_sandbox.call import Call
from crossproof_sandbox.refusal import not_found
from crossproof_sandbox.routing import operation
from crossproof_sandbox.wire import Answer

_ACCESS = ("pull", "triage", "push", "maintain", "admin")


@operation("GET", "/repos/{owner}/{repo}", needs="metadata=read")
def repository(call: Call) -> Answer:
    """Show a repository, and (to whoever has an account) what that account may do there."""
    shown = shapes.repository(call.sandbox, call.repo)
    if isinstance(call.caller, Token):
        may = {"pull", "triage", "push"} if _may_push(call, call.caller) else {"pull"}
        shown["permissions"] = {access: access in may for access in _ACCESS}
    return Answer.json(shown)


@operation("GET", "/repos/{owner}/{repo}/branches", needs="contents=read")
def branches(call: Call) -> Answer:
    """List the branches by name."""
    return call.page([_short(call, name) for name in sorted(call.repo.history.branches)])


@operation("GET", "/repos/{owner}/{repo}/branches/{branch}", needs="contents=read")
def branch(call: Call) -> Answer:
    """Show one branch with its head."""
    name = call.params["branch"]
    sha = call.repo.history.branches.get(name)
    if sha is None:
        raise not_found()
    head = shapes.commit(call.sandbox, call.repo, call.repo.history.commits[sha])
    here = f"{call.base}/branches/{name}"
    return Answer.json(
        {
            **_short(call, name),
            "commit": head,
            "_links": {"self": here, "html": f"{shapes.WEB}/{call.repo.full_name}/tree/{name}"},
        }
    )


def _may_push(call: Call, token: Token) -> bool:
    """A classic token's scopes do not show here: the permissions are those of its owner."""
    return token.kind is Kind.CLASSIC or token.level("contents", private=call.repo.private) > 1


def _short(call: Call, name: str) -> dict[str, Any]:
    sha = call.repo.history.branches[name]
    return {
        "name": name,
        "commit": {"sha": sha, "url": f"{call.base}/commits/{sha}"},
        "protected": False,
        "protection": {"enabled": False},
        "protection_url": f"{call.base}/branches/{name}/protection",
    }


@operation("GET", "/repos/{owner}/{repo}/deployments", needs="deployments=read")
def deployments(call: Call) -> Answer:
    """List the deployments: the sandbox deploys nothing."""
    return call.page([])


@operation("GET", "/repos/{owner}/{repo}/actions/permissions/artifact-and-log-retention", needs="administration=read")
def retention(call: Call) -> Answer:
    """Say how long the repository keeps artifacts and logs."""
    return Answer.json({"days": call.repo.retention_days, "maximum_allowed_days": 400 if call.repo.private else 90})


@operation("GET", "/repos/{owner}/{repo}/actions/oidc/customization/sub", needs="actions=read")
def oidc_subject(call: Call) -> Answer:
    """Say which form of `sub` the repository's OIDC tokens have."""
    return Answer.json({"use_default": True, "use_immutable_subject": call.repo.immutable_oidc_subject})
