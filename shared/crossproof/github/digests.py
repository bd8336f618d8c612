"""Reads the digests that GitHub still tells of a run's artifacts; expired ones are told for a while too."""

from collections.abc import Mapping

from crossproof.errors import CrossproofError
from crossproof.github.api import Api
from crossproof.github.recordings import GithubRecordings
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import RepoRef, RunId


class GithubDigests:
    """Asks about one run after the other, each once."""

    def __init__(self, api: Api) -> None:
        """Remember answers: a run may have been archived in parts."""
        self._api = api
        self._known: dict[tuple[str, int], Probe[Mapping[int, str]]] = {}

    def of_run(self, repository: RepoRef, run_id: int) -> Probe[Mapping[int, str]]:
        """Give the digests by artifact id."""
        key = (str(repository), run_id)
        if key not in self._known:
            self._known[key] = self._asked(repository, RunId(run_id))
        return self._known[key]

    def _asked(self, repository: RepoRef, run_id: RunId) -> Probe[Mapping[int, str]]:
        recordings = GithubRecordings(self._api, repository)
        try:
            run = recordings.run(run_id)
            if isinstance(run, Absent):
                return run
            return Present({one.id: one.sha256 for one in recordings.artifacts(run_id)})
        except CrossproofError as error:
            return Unknown.of(error)
