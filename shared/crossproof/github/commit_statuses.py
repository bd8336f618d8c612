"""Sets the state of a commit; the same state twice is the same state, so trouble is met by repeating it."""

from crossproof.github.api import Api
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
