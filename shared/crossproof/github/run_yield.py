"""Fetches what a run leaves: the ends of its logs, its list of artifacts, and one small file of one of them."""

import hashlib
from collections import deque
from collections.abc import Iterable

from crossproof.artifacts.lone_file import lone_file
from crossproof.dispatch.child_outputs import MOST_BYTES
from crossproof.dispatch.runs import Artifact, Job, Run
from crossproof.errors import CrossproofError, Unreachable
from crossproof.github.api import Api
from crossproof.github.download import opened
from crossproof.probe import Present, Probe, Unknown
from crossproof.units import RepoRef

_END = 256 * 1024
_LARGEST_LOG = 64 * 1024 * 1024  # of a storage that does not tell the size, and so cannot be asked for the end


class GithubYield:
    """What the runs of every repository that the credential reaches have left."""

    def __init__(self, api: Api) -> None:
        """Ask through this one seam."""
        self._api = api

    def log(self, repository: RepoRef, job: Job) -> Probe[str]:
        """Read the end of a completed job's log, which is there while its run still goes on."""
        try:
            url = self._api.link(f"/repos/{repository}/actions/jobs/{job.id}/logs")
            with opened(url, most=_LARGEST_LOG) as log:
                size = log.total or 0
                end = b"" if size > _END else _last(log)
            if size > _END:
                with opened(url, start=size - _END, most=_LARGEST_LOG) as log:
                    end = _last(log)
        except CrossproofError as error:
            return Unknown.of(error)
        return Present(end.decode(errors="replace"))

    def artifacts(self, run: Run) -> Probe[tuple[Artifact, ...]]:
        """List all, of every attempt."""
        try:
            listed = self._api.pages(f"/repos/{run.repository}/actions/runs/{run.id}/artifacts", "artifacts")
            return Present(
                tuple(
                    Artifact(
                        id=int(raw["id"]),
                        name=str(raw["name"]),
                        size=int(raw["size_in_bytes"]),
                        digest=str(raw.get("digest") or ""),
                        expired=bool(raw["expired"]),
                    )
                    for raw in listed
                )
            )
        except CrossproofError as error:
            return Unknown.of(error)
        except (KeyError, TypeError, ValueError) as fault:
            return Unknown.of(Unreachable(f"GitHub's answer about artifacts cannot be used: {fault!r}."))

    def only_file(self, run: Run, artifact: Artifact, most_bytes: int) -> Probe[bytes]:
        """Fetch an artifact that holds one small file, and give that file."""
        if artifact.size > most_bytes:
            return Unknown(f"it has {artifact.size} bytes; at most {most_bytes} are fetched")
        try:
            with self._api.download(
                f"/repos/{run.repository}/actions/artifacts/{artifact.id}/zip", most=most_bytes
            ) as body:
                archive = b"".join(body)
            digest = f"sha256:{hashlib.sha256(archive).hexdigest()}"
            if artifact.digest.startswith("sha256:") and artifact.digest != digest:
                return Unknown(f"its bytes are {digest}, and GitHub recorded {artifact.digest} when it was uploaded")
            return Present(lone_file(archive, most_bytes=MOST_BYTES))
        except CrossproofError as error:
            return Unknown.of(error)


def _last(pieces: Iterable[bytes]) -> bytes:
    """Keep the last pieces of a body that may be long."""
    kept: deque[bytes] = deque()
    size = 0
    for piece in pieces:
        kept.append(piece)
        size += len(piece)
        while size - len(kept[0]) >= _END:
            size -= len(kept.popleft())
    return b"".join(kept)
