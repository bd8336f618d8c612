"""Decides what the changed files of an event are to be compared from; what cannot be decided is said, never guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, assert_never

from crossproof.probe import Absent, Present, Probe, Unknown

_NO_COMMIT = "0" * 40
_MOST_LISTED = 3000  # GitHub lists no more files of a pull request
_WHOLE = {
    "schedule": "a scheduled run tests everything",
    "workflow_dispatch": "a run that a person or another workflow started tests everything unless `base` is given",
    "repository_dispatch": "a run that another repository started tests everything unless `base` is given",
}


@dataclass(frozen=True, slots=True)
class Between:
    """The files that differ between two commits; from their merge base where `forked`."""

    base: str
    head: str
    forked: bool = False


@dataclass(frozen=True, slots=True)
class OfPull:
    """The files of a pull request, and the commits to compare where GitHub's list is cut short."""

    number: int
    otherwise: Between
    files: int  # how many the event says it changes; 0: it does not say


@dataclass(frozen=True, slots=True)
class Everything:
    """There is nothing to compare, and this is why."""

    why: str


Question: TypeAlias = Between | OfPull | Everything


class ChangedFiles(Protocol):
    """Where changed files can be looked up."""

    def between(self, question: Between) -> Probe[Sequence[str]]:
        """List the files that differ."""

    def of_pull(self, number: int) -> Probe[Sequence[str]]:
        """List the files of a pull request, both names of a renamed one."""


def question(event_name: str, event: Mapping[str, Any], sha: str, base: str) -> Question:
    """Say what is to be compared for an event; an explicit base goes before all of it."""
    head = sha or "HEAD"
    if base:
        return Between(base, head, forked=True)
    if why := _WHOLE.get(event_name):
        return Everything(why)
    match event_name:
        case "pull_request" | "pull_request_target":
            return _of_pull(event)
        case "push":
            return _of_push(event, head)
        case "merge_group":
            group = event.get("merge_group") or {}
            if group.get("base_sha") and group.get("head_sha"):
                return Between(group["base_sha"], group["head_sha"])
        case _:
            pass
    return Everything(f"the event {event_name or '(none)'} does not say what changed")


def _of_pull(event: Mapping[str, Any]) -> Question:
    pull = event.get("pull_request") or {}
    try:
        number, base, head = int(pull["number"]), str(pull["base"]["sha"]), str(pull["head"]["sha"])
    except (KeyError, TypeError, ValueError):
        return Everything("the event does not say which pull request it is about")
    return OfPull(number, Between(base, head, forked=True), int(pull.get("changed_files") or 0))


def _of_push(event: Mapping[str, Any], head: str) -> Question:
    before = str(event.get("before") or "")
    default = str((event.get("repository") or {}).get("default_branch") or "")
    if str(event.get("ref") or "").startswith("refs/tags/"):
        return Everything("a tag names a version, of which all is tested")
    if event.get("deleted"):
        return Everything("a deleted branch has no files to compare")
    if before and before != _NO_COMMIT and not event.get("forced"):
        return Between(before, head)
    if not default or str(event.get("ref") or "") == f"refs/heads/{default}":
        return Everything("the default branch itself was created or rewritten: there is nothing to compare with")
    return Between(f"origin/{default}", head, forked=True)  # new or force-pushed: what it adds to the default branch


def look_up(asked: Question, files: ChangedFiles) -> Probe[Sequence[str]]:
    """Find the changed files; `Unknown` says why everything has to run."""
    match asked:
        case Everything(why):
            return Unknown(why)
        case Between():
            return files.between(asked)
        case OfPull(number, otherwise, count):
            listed = files.of_pull(number) if count <= _MOST_LISTED else Unknown("GitHub lists 3,000 files at most")
            if isinstance(listed, Present) and count <= len(listed.value) < _MOST_LISTED:
                return listed
            compared = files.between(otherwise)
            if isinstance(compared, Present):
                return compared
            return Unknown(f"{_said(listed, count)}; and {_said(compared)}")
        case never:
            assert_never(never)


def _said(answer: Probe[Sequence[str]], count: int = 0) -> str:
    match answer:
        case Present(files) if len(files) < count:
            return f"GitHub lists {len(files)} of {count} files that the pull request changes"
        case Present():
            return "GitHub lists 3,000 files at most"
        case Absent(proof):
            return proof
        case Unknown(why):
            return why
        case never:
            assert_never(never)
