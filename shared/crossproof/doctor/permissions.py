"""Decides what a token may do from what GitHub says of it, before anything has to be tried."""

from crossproof.doctor.seen import Identity, Repository
from crossproof.probe import Absent, Present, Probe

_RANK = {"": 0, "read": 1, "write": 2, "admin": 3}

# What a classic scope covers, in the words of fine-grained permissions. `repo` covers all of a repository; the others
# only what is listed. (docs: "Scopes for OAuth apps")
_PUBLIC_SCOPE = "public_repo"
_STATUS_SCOPE = "repo:status"


def known_from_identity(identity: Identity, permission: str, level: str, repository: Repository) -> Probe[str] | None:
    """Answer from what GitHub listed; None means that it does not list permissions for this kind: it must be tried."""
    if (permission, level) == ("metadata", "read"):
        return Present("the repository can be seen")
    if identity.permissions is not None:
        # A `permissions:` block writes `pull-requests`, and GitHub's API of Apps `pull_requests`.
        return _listed(identity.permissions.get(permission.replace("-", "_"), ""), permission, level)
    if identity.scopes:  # only classic and OAuth tokens have any
        return _scoped(tuple(identity.scopes), permission, level, repository)
    return None


def _listed(held: str, permission: str, level: str) -> Probe[str]:
    if _RANK.get(held, 0) >= _RANK[level]:
        return Present(f"the App's installation has {permission}: {held}")
    return Absent(f"the App's installation has {f'{permission}: {held}' if held else f'no {permission} permission'}")


def _scoped(scopes: tuple[str, ...], permission: str, level: str, repository: Repository) -> Probe[str] | None:
    listed = ", ".join(scopes)
    if level == "write" or repository.private:
        enough = {"repo"} if repository.private else {"repo", _PUBLIC_SCOPE}
        if permission == "statuses":
            enough |= {_STATUS_SCOPE}
        held = enough & set(scopes)
        if not held:
            return Absent(f"the token's scopes are {listed}; one of {', '.join(sorted(enough))} is needed")
        # A scope says what the token may do at most; whether its user may write here is another question.
        return None if level == "write" else Present(f"scope {min(held)}")
    return Present("public repository: anyone may read it")
