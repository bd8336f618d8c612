"""Lists the commits of a repository that touched certain paths."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from crossproof.archive.covering import Commit
from crossproof.errors import Unreachable
from crossproof.github.api import Api
from crossproof.units import RepoRef, Sha


def commits(api: Api, repository: RepoRef, *, since: date, paths: Sequence[str], branch: str) -> Sequence[Commit]:
    """List each commit once, the newest first. GitHub takes one path at a time: a file or a directory."""
    found: dict[Sha, Commit] = {}
    for path in paths or ("",):
        asked = {
            "since": datetime.combine(since, time(), UTC).isoformat().replace("+00:00", "Z"),
            "path": path.rstrip("/"),
            "sha": branch,
        }
        params = {name: value for name, value in asked.items() if value}
        for told in api.pages(f"/repos/{repository}/commits", params=params):
            commit = _commit(told)
            found[commit.sha] = commit
    return sorted(found.values(), key=lambda commit: commit.at, reverse=True)


def _commit(told: Mapping[str, Any]) -> Commit:
    try:
        about = told["commit"]
        return Commit(
            sha=Sha.parse(told["sha"]),
            at=datetime.fromisoformat(about["committer"]["date"]),
            title=str(about["message"]).partition("\n")[0],
            author=str((told.get("author") or {}).get("login") or about["author"]["name"]),
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise Unreachable(
            "GitHub's list of commits cannot be used: one lacks a part.",
            seen=f"{type(fault).__name__}: {fault}",
            fix="Run again; if it persists, check GitHub's status page.",
            anchor="unreachable",
        ) from None
