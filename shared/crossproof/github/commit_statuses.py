"""Sets the state of a commit, and reads what was set; the same state twice is the same, so it is insisted on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crossproof.errors import Unreachable
from crossproof.github.api import Api
from crossproof.telling.commit import Said
from crossproof.units import RepoRef

_PATIENCE = 30.0


class GithubStatuses:
    """The commits of every repository that the credential reaches."""

    def __init__(self, api: Api) -> None:
        """Ask through this one seam."""
        self._api = api

    def set(self, repository: RepoRef, sha: str, *, context: str, state: str, description: str, url: str) -> None:
        """Set it, or raise with the permission that is missing."""
        body = {"context": context, "state": state, "description": description}
        if url:
            body["target_url"] = url
        answer = self._api.insist("POST", f"/repos/{repository}/statuses/{sha}", body, patience=_PATIENCE)
        if not answer.ok:
            raise self._api.refused(answer)

    def said(self, repository: RepoRef, sha: str, context: str) -> Sequence[Said]:
        """Give all that was ever said under a context, the last first, or raise."""
        listed = self._api.pages(f"/repos/{repository}/commits/{sha}/statuses", patience=_PATIENCE)
        found = [_said(one) for one in listed if isinstance(one, dict) and one.get("context") == context]
        return sorted(found, key=lambda said: said.id, reverse=True)


def _said(one: dict[str, Any]) -> Said:
    try:
        return Said(
            id=int(one["id"]),
            state=str(one["state"]),
            description=str(one.get("description") or ""),
            url=str(one.get("target_url") or ""),
            at=datetime.fromisoformat(one["created_at"]),
        )
    except (KeyError, TypeError, ValueError):
        raise Unreachable(
            "GitHub's list of commit statuses cannot be used.", seen=str(sorted(one)), anchor="unreachable"
        ) from None
