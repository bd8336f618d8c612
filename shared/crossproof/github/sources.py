"""Looks at repositories for the image resolution: exact names only, and a 404 only where content can be read."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from crossproof.errors import CrossproofError
from crossproof.github.answer import Answer
from crossproof.github.api import Api
from crossproof.github.names import about
from crossproof.images.counterparts import Commit
from crossproof.images.events import PullRequest, pull_of
from crossproof.images.relevance import Tree
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import RepoRef, clip

_NOT_FOUND, _UNPROCESSABLE = 404, 422
_NO_COMMIT = "No commit found"  # how /commits/{ref} says 404
_FULL = 40

Record = Mapping[str, Any]


class GithubSources:
    """Repositories as one credential sees them. Every method answers present, absent or unknown."""

    def __init__(self, api: Api) -> None:
        """Ask through one seam."""
        self._api = api
        self._defaults: dict[RepoRef, Probe[Commit]] = {}
        self._readable: set[RepoRef] = set()

    def branch(self, repository: RepoRef, name: str) -> Probe[Commit]:
        """Find the branch of exactly this name."""
        known = self._defaults.get(repository)
        if isinstance(known, Present) and known.value.branch == name:
            return known
        found = self._ref(repository, f"heads/{name}")
        return Present(Commit(sha=found.value["sha"], branch=name)) if isinstance(found, Present) else found

    def tag(self, repository: RepoRef, name: str) -> Probe[Commit]:
        """Find the commit behind a tag; an annotated one is an object between the two."""
        found = self._ref(repository, f"tags/{name}")
        if not isinstance(found, Present):
            return found
        target = found.value
        if target["type"] == "commit":
            return Present(Commit(sha=target["sha"], tag=name))
        match self._record(f"/repos/{repository}/git/tags/{target['sha']}"):
            case Present({"object": {"type": "commit", "sha": str(sha)}}):
                return Present(Commit(sha=sha, tag=name))
            case Present():
                return Unknown(f"the tag {name} of {repository} points to no commit")
            case Absent(proof):
                return Unknown(f"the tag {name} of {repository} cannot be followed: {proof}")
            case Unknown() as unknown:
                return unknown

    def commit(self, repository: RepoRef, sha: str) -> Probe[Commit]:
        """Find a commit by its full id."""
        parents = self.parents(repository, sha)
        return Present(Commit(sha=sha)) if isinstance(parents, Present) else parents

    def default_branch(self, repository: RepoRef) -> Probe[Commit]:
        """Find the head of the default branch."""
        if repository not in self._defaults:
            self._defaults[repository] = self._default(repository)
        return self._defaults[repository]

    def pull(self, repository: RepoRef, number: int) -> Probe[PullRequest]:
        """Find a pull request."""
        found = self._record(f"/repos/{repository}/pulls/{number}")
        if not isinstance(found, Present):
            return found
        try:
            return Present(pull_of(found.value))
        except CrossproofError:
            return Unknown(f"GitHub's answer about {repository}#{number} is no pull request")

    def pull_of(self, repository: RepoRef, branch: str) -> Probe[int]:
        """Find the open pull request that proposes a branch of the repository itself."""
        wanted = {"head": f"{repository.owner}:{branch}", "state": "open"}
        try:
            listed = [pull_of(each) for each in self._api.pages(f"/repos/{repository}/pulls", params=wanted)]
        except CrossproofError as error:
            return Unknown.of(error)
        # GitHub ignores a filter that it does not understand, and lists everything: compare.
        home = str(repository).lower()
        numbers = [one.number for one in listed if one.head_ref == branch and one.head_repository.lower() == home]
        return Present(max(numbers)) if numbers else Absent(f"no open pull request proposes {branch}")

    def tree(self, repository: RepoRef, ref: str, *, deep: bool) -> Probe[Tree]:
        """List a commit's content. The documentation promises full ids and names; part of an id is looked up."""
        found = self._listed(repository, ref, deep=deep)
        if not isinstance(found, Absent) or len(ref) >= _FULL:
            return found
        match self._record(f"/repos/{repository}/commits/{_escaped(ref)}"):
            case Present({"sha": str(sha)}):
                return self._listed(repository, sha, deep=deep)
            case Present():
                return Unknown(f"GitHub's answer about {ref} of {repository} is no commit")
            case Absent() | Unknown() as answer:
                return answer

    def parents(self, repository: RepoRef, sha: str) -> Probe[tuple[str, ...]]:
        """List what a commit was made from."""
        match self._record(f"/repos/{repository}/git/commits/{sha}"):
            case Present({"sha": str(same), "parents": list(parents)}) if same == sha:
                return Present(tuple(str(each.get("sha", "")) for each in parents if isinstance(each, dict)))
            case Present():
                return Unknown(f"GitHub does not say which commits {sha[:7]} of {repository} was made from")
            case Absent() | Unknown() as answer:
                return answer

    def text(self, repository: RepoRef, path: str, sha: str) -> Probe[str]:
        """Read a file at a commit."""
        match self._record(f"/repos/{repository}/contents/{_escaped(path)}", {"ref": sha}):
            case Present({"encoding": "base64", "content": str(content)}):
                try:
                    return Present(base64.b64decode(content).decode())
                except (binascii.Error, UnicodeDecodeError):
                    return Unknown(f"{path} of {repository} is no text")
            case Present():
                return Unknown(f"{path} of {repository} is no file, or too large to be shown")
            case Absent() | Unknown() as answer:
                return answer

    def being_built(self, repository: RepoRef, sha: str) -> Probe[str]:
        """Find a workflow run for a commit that has not ended."""
        wanted = {"head_sha": sha}
        try:
            runs = list(self._api.pages(f"/repos/{repository}/actions/runs", "workflow_runs", wanted))
        except CrossproofError as error:
            return Unknown.of(error)
        going = [run for run in runs if isinstance(run, dict) and run.get("status") != "completed"]
        if not going:
            return Absent(f"none of {len(runs)} runs for {sha[:7]} is under way")
        return Present(f"{going[0].get('name')} is {going[0].get('status')}: {going[0].get('html_url')}")

    def _default(self, repository: RepoRef) -> Probe[Commit]:
        try:
            name = self._api.get(f"/repos/{repository}").member("default_branch", str)
            answer = self._api.get(f"/repos/{repository}/git/ref/heads/{_escaped(name)}")
        except CrossproofError as error:
            return Unknown.of(error)
        match _read(answer):
            case Present({"ref": str(ref), "object": {"sha": str(sha)}}) if ref == f"refs/heads/{name}":
                self._readable.add(repository)
                return Present(Commit(sha=sha, branch=name))
            case _:
                return Unknown(f"GitHub's answer about the default branch of {repository} is about something else")

    def _ref(self, repository: RepoRef, name: str) -> Probe[dict[str, str]]:
        """Find one ref among those that begin so: an empty list is proof, where a 404 would need a second look."""
        path = f"/repos/{repository}/git/matching-refs/{_escaped(name)}"
        try:
            answer = self._api.get(path)
            listed = {each["ref"]: each["object"] for each in answer.listing()}
        except CrossproofError as error:
            return Unknown.of(error)
        except (TypeError, KeyError):
            return Unknown(f"GitHub's answer about {name} of {repository} is no list of refs")
        self._readable.add(repository)
        match listed.get(f"refs/{name}"):
            case {"sha": str(sha), "type": str(kind)}:
                return Present({"sha": sha, "type": kind})
            case None if "rel=" in answer.headers.get("link", ""):
                return Unknown(f"GitHub lists too many refs that begin like {name}")
            case None:
                others = f", only {clip(', '.join(listed))}" if listed else ""
                return Absent(f"{repository} has no {name}{others}")
            case _:
                return Unknown(f"GitHub's answer about {name} of {repository} is no ref")

    def _listed(self, repository: RepoRef, ref: str, *, deep: bool) -> Probe[Tree]:
        """List a tree; where GitHub cuts a deep list short, only the top level is used."""
        match self._record(f"/repos/{repository}/git/trees/{_escaped(ref)}", {"recursive": 1} if deep else None):
            case Present({"sha": str(root), "tree": list(entries), "truncated": bool(truncated)}):
                if truncated and deep:
                    return self._listed(repository, ref, deep=False)
                if truncated:
                    return Unknown(f"GitHub does not list the top level of {ref} of {repository} whole")
                listed = {str(each["path"]): str(each["sha"]) for each in entries if isinstance(each, dict)}
                return Present(Tree(root=root, entries=listed, deep=deep))
            case Present():
                return Unknown(f"GitHub's answer about the content of {ref} of {repository} is no tree")
            case Absent() | Unknown() as answer:
                return answer

    def _record(self, path: str, params: Mapping[str, str | int] | None = None) -> Probe[Record]:
        try:
            answer = self._api.ask(path, params)
        except CrossproofError as error:
            return Unknown.of(error)
        repository = about(path)
        assert repository  # noqa: S101 - every path here names one
        if answer.ok:
            if "/pulls/" not in path:
                self._readable.add(repository)
            return _read(answer)
        if answer.status == _NOT_FOUND or (answer.status == _UNPROCESSABLE and _NO_COMMIT in answer.message):
            return self._missing(answer, repository)
        return Unknown.of(self._api.refused(answer))

    def _missing(self, answer: Answer, repository: RepoRef) -> Probe[Record]:
        """A repository may be visible and its content not: believe a 404 once anything of its content was read."""
        if repository not in self._readable:
            known = self.default_branch(repository)
            if not isinstance(known, Present):
                return known
        return Absent(f"{answer.shown}, while {repository} can be read")


def _escaped(name: str) -> str:
    return quote(name, safe="/")


def _read(answer: Answer) -> Probe[Record]:
    try:
        return Present(answer.record())
    except CrossproofError as error:
        return Unknown.of(error)
