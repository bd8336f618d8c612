"""Goes from a change to the image to test it with, and keeps what was tried on the way."""

from collections.abc import Sequence

from crossproof.errors import BadCall, Fault
from crossproof.images.counterparts import (
    CannotTell,
    Commit,
    Found,
    Name,
    NoCounterpart,
    OnUnknown,
    Try,
    Where,
    next_name,
)
from crossproof.images.events import Occasion, PullRequest, with_pull
from crossproof.images.journal import Journal
from crossproof.images.ports import Sources
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import RepoRef


def completed(found: Occasion, subject: RepoRef, sources: Sources, journal: Journal) -> Occasion | Unknown:
    """Read the pull request where the event only numbers it."""
    if found.unread_pull is None or found.ended:
        return found
    number = found.unread_pull
    pull = journal.look(
        "commit", "pull-request", lambda: sources.pull(subject, number), shown=_of_pull, ref=f"{subject}#{number}"
    )
    match pull:
        case Present(value):
            return with_pull(found, value, subject)
        case Absent(proof):
            return Unknown(f"{subject} has no pull request #{number}: {proof}")
        case Unknown():
            return pull


def counterpart(
    listed: Sequence[Name], companion: RepoRef, sources: Sources, on_unknown: OnUnknown, journal: Journal
) -> Found | NoCounterpart | CannotTell:
    """Look for the names, in order, until it is decided."""
    answers: list[Probe[Commit]] = []
    while isinstance(step := next_name(listed, answers, on_unknown), Try):
        name = listed[step.index]

        def look(name: Name = name) -> Probe[Commit]:
            return _look_up(name, companion, sources)

        answers.append(journal.look("commit", name.by, look, shown=_of_commit, ref=name.text or str(name.where)))
    return step


def _look_up(name: Name, companion: RepoRef, sources: Sources) -> Probe[Commit]:
    match name.where:
        case Where.BRANCH:
            return sources.branch(companion, name.text)
        case Where.TAG:
            return sources.tag(companion, name.text)
        case Where.DEFAULT:
            return sources.default_branch(companion)
        case Where.PULL:
            return _depended_on(sources.pull(companion, int(name.text)), companion, name)
        case Where.ANY:
            return _anything(name.text, companion, sources)


def _anything(text: str, companion: RepoRef, sources: Sources) -> Probe[Commit]:
    """Read an override: a commit's full id, else a branch, else a tag."""
    if len(text) == 40 and all(digit in "0123456789abcdef" for digit in text.lower()):  # noqa: PLR2004
        return sources.commit(companion, text.lower())
    branch = sources.branch(companion, text)
    return sources.tag(companion, text) if isinstance(branch, Absent) else branch


def _depended_on(pull: Probe[PullRequest], companion: RepoRef, name: Name) -> Probe[Commit]:
    """Take its head while it is open; once it is merged, the usual names have its code. Else its author must decide."""
    match pull:
        case Present(found) if found.open and found.head_repository.lower() == str(companion).lower():
            return Present(Commit(sha=found.head_sha, branch=found.head_ref, pull=found.number))
        case Present(found) if found.merged:
            return Absent(f"#{found.number} is merged into {found.base_ref}")
        case Present(found):
            return _unusable(companion, name, "comes from a fork" if found.open else "was closed without being merged")
        case Absent(proof):
            return _unusable(companion, name, f"does not exist: {proof}")
        case Unknown():
            return pull


def _unusable(companion: RepoRef, name: Name, what: str) -> Unknown:
    said = f"the pull request's text depends on {companion}#{name.text}, which {what}; change that line"
    return Unknown(said, error=BadCall([Fault("depends_on", said)]))


def _of_commit(commit: Commit) -> str:
    at = f" on {commit.branch}" if commit.branch else f" at {commit.tag}" if commit.tag else ""
    return f"{commit.sha[:7]}{at}"


def _of_pull(pull: PullRequest) -> str:
    return f"{pull.head_ref} → {pull.base_ref}, {pull.head_sha[:7]}"
