"""Reads what fetch-artifacts wrote down: which files it brought, and when the run went that recorded them."""

import json
from collections.abc import Mapping
from datetime import datetime

import msgspec

from crossproof.tracking.judging.timing import Window

SCHEMA = "crossproof/fetched/1"


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a manifest that bear on judging."""

    files: Mapping[str, str]  # path in the workspace -> digest
    window: Window
    run_url: str
    head_sha: str

    def doubt(self, name: str, sha256: str) -> str:
        """Say why a log is not the evidence that was fetched; empty if it is."""
        path = name if name in self.files else name.partition("!")[0]
        if path not in self.files:
            return "is not among the files that the manifest lists"
        if self.files[path] != sha256:
            return "is not the file that was fetched: its digest differs from the manifest's"
        return ""


def read(content: bytes) -> Fetched:
    """Read a manifest; raises ValueError if it is none."""
    try:
        manifest = json.loads(content)
        run, artifacts, root = manifest["run"], manifest["artifacts"], manifest["root"]
        if manifest["schema"] != SCHEMA:
            raise ValueError(f"its schema is {manifest['schema']!r}, not {SCHEMA!r}")
        files = {
            _joined(root, artifact["directory"], file["path"]): file["sha256"]
            for artifact in artifacts
            for file in artifact["files"]
        }
        # A run's end is nowhere recorded; what it uploaded was made after all that is in it.
        ends = [datetime.fromisoformat(artifact["created_at"]).timestamp() for artifact in artifacts]
        start = datetime.fromisoformat(run["started_at"]).timestamp()
        return Fetched(
            files=files, window=Window(start, max(ends, default=start)), run_url=run["url"], head_sha=run["head_sha"]
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it is no manifest of fetch-artifacts ({type(error).__name__}: {error})") from None


def _joined(*parts: str) -> str:
    return "/".join(part for part in parts if part)
