"""Reads runs, attempts, jobs and artifacts from GitHub, and takes nothing malformed for something absent."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from crossproof.artifacts.manifest import RunFact
from crossproof.artifacts.recorded import Artifact, Job, PullHead, Run, Search
from crossproof.artifacts.telling import run_fact
from crossproof.errors import BadCall, Fault, Unreachable
from crossproof.github.api import Api
from crossproof.probe import Absent, Present
from crossproof.units import RepoRef, RunId, Sha, clip
from crossproof.verdict import BAD_INPUT

T = TypeVar("T")

_RECENT = 300  # runs that are looked through by ourselves when the filtered index knows none
_DIGEST = "sha256:"
_NOT_FOUND = 404


class GithubRecordings:
    """One repository's runs and artifacts."""

    def __init__(self, api: Api, repository: RepoRef) -> None:
        """Read them through the one seam to GitHub."""
        self._api = api
        self._repository = repository
        self._root = f"/repos/{repository}/actions"

    def run(self, run_id: RunId) -> Present[Run] | Absent:
        """Look for one run."""
        answer = self._api.ask(f"{self._root}/runs/{run_id}")
        if answer.ok:
            return Present(_believed(answer.record(), _run))
        refused = self._api.refused(answer)
        if answer.status == _NOT_FOUND and refused.reason is BAD_INPUT:  # the repository itself can be read
            return Absent(answer.shown)
        raise refused

    def this_run(self, run_id: RunId) -> Callable[[], RunFact]:
        """Give a way to describe the run that asks: it goes on, so how it ends is not part of what it records."""

        def describe() -> RunFact:
            run = _believed(self._api.get(f"{self._root}/runs/{run_id}").record(), _run)
            return replace(run_fact(run, run.attempt), status="in_progress", conclusion="")

        return describe

    def attempt(self, run_id: RunId, number: int) -> Run:
        """Give a run as one of its attempts left it."""
        return _believed(self._api.get(f"{self._root}/runs/{run_id}/attempts/{number}").record(), _run)

    def jobs(self, run_id: RunId, attempt: int) -> Sequence[Job]:
        """List the jobs of an attempt."""
        listed = self._api.pages(f"{self._root}/runs/{run_id}/attempts/{attempt}/jobs", "jobs", whole=True)
        return [_believed(job, _job) for job in listed]

    def artifacts(self, run_id: RunId) -> Sequence[Artifact]:
        """List all artifacts of a run, expired ones included."""
        listed = self._api.pages(f"{self._root}/runs/{run_id}/artifacts", "artifacts", whole=True)
        return [_believed(artifact, _artifact) for artifact in listed]

    def artifact(self, artifact_id: int) -> Artifact:
        """Give one artifact by its id."""
        return _believed(self._api.get(f"{self._root}/artifacts/{artifact_id}").record(), _artifact)

    def runs(self, search: Search, *, filtered: bool) -> Iterator[Run]:
        """List runs, newest first; without the filtered index only the most recent ones."""
        file = search.workflow.rpartition("/")[2]
        path = f"{self._root}/workflows/{file}/runs" if file else f"{self._root}/runs"
        params = _filter(search) if filtered else {}
        listed = self._api.pages(path, "workflow_runs", params, most_pages=10 if filtered else 100)
        for run in islice(listed, None if filtered else _RECENT):
            yield _believed(run, _run)

    def commit(self, named: str) -> Sha:
        """Resolve a short commit id, or `tags/…`."""
        answer = self._api.get(f"/repos/{self._repository}/commits/{named}")
        sha = Sha.parse(answer.member("sha", str))
        if not named.startswith("tags/") and not sha.hex.startswith(named.lower()):
            # A branch or tag may be called like a short commit id; GitHub then answers with what it points to.
            raise BadCall(
                [Fault("commit", f"{clip(named)} is the name of a branch or tag at {sha.short}; write 40 digits")]
            )
        return sha

    def pull(self, number: int) -> PullHead:
        """Say what a pull request consists of."""
        answer = self._api.get(f"/repos/{self._repository}/pulls/{number}")
        commits = self._api.pages(f"/repos/{self._repository}/pulls/{number}/commits")
        shas = frozenset(_believed(commit, _sha) for commit in commits)
        return _believed(answer.record(), lambda pull: _pull(pull, shas))


def _run(run: Mapping[str, Any]) -> Run:
    head = run["head_repository"]
    return Run(
        id=RunId(int(run["id"])),
        attempt=int(run["run_attempt"]),
        repository=RepoRef.parse(run["repository"]["full_name"]),
        head_repository=RepoRef.parse(head["full_name"]) if head else None,
        workflow=str(run["path"]),
        event=str(run["event"]),
        status=str(run["status"]),
        conclusion=str(run["conclusion"] or ""),
        head_sha=Sha.parse(run["head_sha"]),
        head_branch=str(run["head_branch"] or ""),
        actor=str((run.get("actor") or {}).get("login", "")),
        created_at=datetime.fromisoformat(run["created_at"]),
        started_at=datetime.fromisoformat(run["run_started_at"]),
        url=str(run["html_url"]),
    )


def _filter(search: Search) -> dict[str, str]:
    """Give the server as much of the search as its index can narrow by one value."""
    narrowed = {"branch": search.branch, "event": search.event}
    if len(search.shas) == 1:
        narrowed["head_sha"] = next(iter(search.shas)).hex
    if len(search.conclusions) == 1:
        narrowed["status"] = next(iter(search.conclusions))
    return {name: value for name, value in narrowed.items() if value}


def _artifact(artifact: Mapping[str, Any]) -> Artifact:
    run = artifact["workflow_run"]
    digest = str(artifact.get("digest") or "")
    expires = artifact["expires_at"]
    return Artifact(
        id=int(artifact["id"]),
        name=str(artifact["name"]),
        size=int(artifact["size_in_bytes"]),
        sha256=digest.removeprefix(_DIGEST) if digest.startswith(_DIGEST) else "",
        created_at=datetime.fromisoformat(artifact["created_at"]),
        expires_at=datetime.fromisoformat(expires) if expires else None,
        expired=bool(artifact["expired"]),
        run_id=RunId(int(run["id"])),
        foreign=run["head_repository_id"] != run["repository_id"],
    )


def _job(job: Mapping[str, Any]) -> Job:
    started = job["started_at"]
    return Job(str(job["name"]), datetime.fromisoformat(started) if started else None)


def _sha(commit: Mapping[str, Any]) -> Sha:
    return Sha.parse(commit["sha"])


def _pull(pull: Mapping[str, Any], shas: frozenset[Sha]) -> PullHead:
    return PullHead(branch=str(pull["head"]["ref"]), shas=shas | {Sha.parse(pull["head"]["sha"])})


def _believed(told: Any, read: Callable[[Mapping[str, Any]], T]) -> T:
    """Read an object of GitHub's; one that lacks a part is an answer that cannot be used, not a smaller one."""
    try:
        return read(told)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise Unreachable(
            "GitHub's answer cannot be used: a run, job or artifact lacks a part.",
            seen=f"{type(fault).__name__}: {fault}",
            fix="Run again; if it persists, check GitHub's status page and any proxy of a self-hosted runner.",
            anchor="unreachable",
        ) from None
