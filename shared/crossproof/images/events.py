"""Says of each event that starts a workflow: which commit it is about, which names may be matched, who is trusted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from crossproof.errors import BadCall, Fault
from crossproof.images.branches import is_ref
from crossproof.units import RepoRef, Sha, clip

Payload = Mapping[str, Any]

_DEPENDABOT = "dependabot[bot]"
_QUEUE = "gh-readonly-queue/"
_HEADS, _TAGS = "refs/heads/", "refs/tags/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What started the workflow, as the runner tells it. On a laptop most of it is empty."""

    name: str = ""
    payload: Payload = field(default_factory=dict)
    repository: RepoRef | None = None
    sha: str = ""
    ref: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One row of the table of events, filled in."""

    event: str
    commit: str = ""  # the subject's commit under test
    merge_commit: str = ""  # what GitHub made of it and the base, where it did
    branch: str = ""  # may be matched exactly in the companion; empty where none may
    base: str = ""  # the branch it is to land on, or is on
    default: str = ""  # the subject's default branch
    tag: str = ""
    pull: int | None = None
    body: str = ""  # of the pull request
    trusted: bool = True  # its author may write to the subject
    builds: bool = True  # the event may start a build
    anywhere: bool = False  # without a counterpart the companion's default branch is meant
    ended: str = ""  # why there is nothing to resolve
    unread_pull: int | None = None  # the pull request must be read before the row is complete
    head_name: str = ""  # the branch's name for people, also where it may not be matched


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A pull request, from an event or from the API."""

    number: int
    head_sha: str
    head_ref: str
    head_repository: str  # empty if the fork is gone
    base_ref: str
    body: str = ""
    merge_sha: str = ""
    open: bool = True
    merged: bool = False


def occasion(event: Event) -> Occasion:
    """Find the row of an event; one that is not in the table is refused, with what to give by hand."""
    name = event.name or guessed(event.payload)
    row = _ROWS.get(name)
    if row is None:
        raise BadCall(
            [Fault("event", f"{clip(name)} is no event that names a commit; give `commit_sha` and `base_ref`")]
        )
    found = replace(row(event), event=name, default=_default(event.payload))
    if (event.actor or _text(event.payload, "sender", "login")) == _DEPENDABOT and not found.ended:
        # Dependabot's runs get a read-only token and none of the secrets, like a fork's.
        on_its_own_branch = bool(found.branch) and found.branch == found.base
        base = found.default if on_its_own_branch else found.base
        return replace(found, trusted=False, builds=False, branch="", body="", base=base)
    return found


def guessed(payload: Payload) -> str:
    """Tell an event by its payload, where nothing names it: on a laptop there is only the file."""
    if not payload:
        return "by hand"
    marks = {
        "merge_group": "merge_group",
        "workflow_run": "workflow_run",
        "client_payload": "repository_dispatch",
        "comment": "issue_comment",
        "pull_request": "pull_request",
        "release": "release",
        "schedule": "schedule",
        "workflow": "workflow_dispatch",
        "ref": "push",
    }
    return next((name for mark, name in marks.items() if mark in payload), "")


def subject_of(event: Event) -> RepoRef | None:
    """Say which repository the workflow belongs to."""
    if event.repository:
        return event.repository
    try:
        return RepoRef.parse(_text(event.payload, "repository", "full_name"))
    except ValueError:
        return None


def with_pull(found: Occasion, pull: PullRequest, subject: RepoRef | None) -> Occasion:
    """Complete a row by its pull request."""
    ours = _same(pull.head_repository, subject)
    if found.event == "merge_group":  # the queue's commit stays; it was let in by someone who may write
        return replace(found, unread_pull=None, branch=pull.head_ref if ours else "", body=pull.body)
    told = replace(_of_pull(pull, subject), event=found.event, default=found.default)
    return told if found.trusted else replace(told, trusted=False, builds=False, branch="", body="")


def pull_of(payload: Payload) -> PullRequest:
    """Read the pull request out of an event (or of the API, which writes it the same way)."""
    number = payload.get("number")
    sha, ref = _text(payload, "head", "sha"), _text(payload, "head", "ref")
    if not isinstance(number, int) or not sha or not ref or not _text(payload, "base", "ref"):
        raise BadCall([Fault("event", "the pull request in it lacks its number, its head or its base")])
    return PullRequest(
        number=number,
        head_sha=sha,
        head_ref=ref,
        head_repository=_text(payload, "head", "repo", "full_name"),
        base_ref=_text(payload, "base", "ref"),
        body=_text(payload, "body"),
        merge_sha=_text(payload, "merge_commit_sha"),
        open=payload.get("state", "open") == "open",
        merged=bool(payload.get("merged_at")),
    )


def _pull_request(event: Event) -> Occasion:
    pull = pull_of(_part(event.payload, "pull_request"))
    merge = event.sha or pull.merge_sha
    if event.payload.get("action") == "closed":
        return _nothing(f"pull request #{pull.number} is closed")
    return replace(_of_pull(pull, subject_of(event)), merge_commit=merge)


def _pull_request_target(event: Event) -> Occasion:
    """Never build here: the workflow is the base's, its secrets are at hand, and the code is the author's."""
    return replace(_pull_request(event), builds=False, merge_commit="")


def _of_pull(pull: PullRequest, subject: RepoRef | None) -> Occasion:
    ours = _same(pull.head_repository, subject)
    if not pull.open:
        return _nothing(f"pull request #{pull.number} is closed")
    return Occasion(
        event="",
        commit=pull.head_sha,
        merge_commit=pull.merge_sha,
        branch=pull.head_ref if ours else "",
        head_name=pull.head_ref,
        base=pull.base_ref,
        pull=pull.number,
        body=pull.body if ours else "",
        trusted=ours,
        builds=ours,
    )


def _merge_group(event: Event) -> Occasion:
    """Its refs say all: `gh-readonly-queue/<base>/pr-<number>-<base's commit>`."""
    if event.payload.get("action") == "destroyed":
        return _nothing("the merge group is gone")
    group = _part(event.payload, "merge_group")
    base = _text(group, "base_ref").removeprefix(_HEADS)
    number = _text(group, "head_ref").removeprefix(_HEADS).removeprefix(f"{_QUEUE}{base}/pr-").partition("-")[0]
    if not base or not (number.isdecimal() and number.isascii()):
        raise BadCall([Fault("event", "the merge group in it names no base or no pull request")])
    return Occasion(event="", commit=_text(group, "head_sha"), base=base, pull=int(number), unread_pull=int(number))


def _push(event: Event) -> Occasion:
    ref = event.ref or _text(event.payload, "ref")
    commit = event.sha or _text(event.payload, "head_commit", "id") or _text(event.payload, "after")
    if event.payload.get("deleted") is True or set(_text(event.payload, "after")) == {"0"}:
        return _nothing(f"{ref} was deleted")
    if ref.startswith(_TAGS):
        return _tagged(ref.removeprefix(_TAGS), commit)
    return _on_branch(ref.removeprefix(_HEADS), commit)


def _release(event: Event) -> Occasion:
    if event.payload.get("action") in {"deleted", "unpublished"}:
        return _nothing(f"the release was {event.payload['action']}")
    return _tagged(_text(event.payload, "release", "tag_name"), event.sha)


def _schedule(event: Event) -> Occasion:
    return _on_branch(event.ref.removeprefix(_HEADS) or _default(event.payload), event.sha)


def _workflow_dispatch(event: Event) -> Occasion:
    ref = event.ref or _text(event.payload, "ref")
    if ref.startswith(_TAGS):
        return _tagged(ref.removeprefix(_TAGS), event.sha)
    return _on_branch(ref.removeprefix(_HEADS), event.sha)


def _repository_dispatch(event: Event) -> Occasion:
    """What the sender named, else what the runner checked out: the default branch."""
    sent = _part(event.payload, "client_payload") if isinstance(event.payload.get("client_payload"), dict) else {}
    ref, sha = _text(sent, "ref"), _text(sent, "sha")
    if ref.startswith(_TAGS):
        return _tagged(ref.removeprefix(_TAGS), sha)
    if ref and not sha:
        raise BadCall([Fault("client_payload", f"names the ref {clip(ref)} and no `sha`; send both")])
    branch = ref.removeprefix(_HEADS) or event.ref.removeprefix(_HEADS) or _default(event.payload)
    return _on_branch(branch, sha or event.sha)


def _workflow_run(event: Event) -> Occasion:
    """Trust by where the inner run's code came from; its own event decides the rest."""
    run = _part(event.payload, "workflow_run")
    inner, branch = _text(run, "event"), _text(run, "head_branch")
    commit = _text(run, "head_sha")
    ours = _same(_text(run, "head_repository", "full_name"), subject_of(event))
    pulls = run.get("pull_requests")
    listed = pulls[0] if isinstance(pulls, list) and pulls and isinstance(pulls[0], dict) else {}
    if inner.startswith("pull_request"):
        return Occasion(
            event="",
            commit=commit,
            branch=branch if ours else "",
            head_name=branch,
            base=_text(listed, "base", "ref"),  # GitHub lists none for a fork's: then `base_ref` must be given
            pull=listed.get("number") if isinstance(listed.get("number"), int) else None,
            trusted=ours,
            builds=ours and inner == "pull_request",
        )
    if not ours:
        return Occasion(event="", commit=commit, head_name=branch, trusted=False, builds=False)
    return _on_branch(branch, commit)


def _issue_comment(event: Event) -> Occasion:
    issue = _part(event.payload, "issue")
    number = issue.get("number")
    if not isinstance(issue.get("pull_request"), dict) or not isinstance(number, int):
        return _nothing("the comment is on an issue, not on a pull request")
    return Occasion(event="", pull=number, unread_pull=number)


def _by_hand(event: Event) -> Occasion:
    """A person at a terminal, who gives what an event would have told."""
    return Occasion(event="", commit=event.sha, anywhere=True)


def _tagged(tag: str, commit: str) -> Occasion:
    """A tag's images were built for it once; none is built later."""
    return Occasion(event="", commit=commit, tag=tag, base=tag, builds=False)


def _on_branch(branch: str, commit: str) -> Occasion:
    return Occasion(event="", commit=commit, branch=branch, base=branch, head_name=branch, anywhere=True)


def _nothing(why: str) -> Occasion:
    return Occasion(event="", ended=why, builds=False)


def incomplete(found: Occasion) -> list[Fault]:
    """Name what neither the event nor an input told."""
    faults = []
    if not _is_sha(found.commit):
        faults.append(Fault("commit_sha", f"is required: the event ({found.event}) names no commit"))
    for name, value in (("head_ref", found.branch), ("base_ref", found.base)):
        if value and not is_ref(value):
            faults.append(Fault(name, f"{clip(value)} can be no branch or tag"))
    if not found.base and not found.branch and not found.tag:
        faults.append(Fault("base_ref", f"is required: the event ({found.event}) names no branch"))
    return faults


def _is_sha(text: str) -> bool:
    try:
        Sha.parse(text)
    except ValueError:
        return False
    return True


def _same(name: str, subject: RepoRef | None) -> bool:
    """Compare full names; GitHub knows no case in them. A fork that is gone has none, and is not ours."""
    return bool(name) and subject is not None and name.lower() == str(subject).lower()


def _default(payload: Payload) -> str:
    return _text(payload, "repository", "default_branch")


def _part(payload: Payload, name: str) -> Payload:
    found = payload.get(name)
    if not isinstance(found, dict):
        raise BadCall([Fault("event", f"has no `{name}`; is it the file of another event?")])
    return found


def _text(payload: Any, *path: str) -> str:
    for name in path:
        payload = payload.get(name) if isinstance(payload, dict) else None
    return payload if isinstance(payload, str) else ""


_ROWS: dict[str, Callable[[Event], Occasion]] = {
    "pull_request": _pull_request,
    "pull_request_target": _pull_request_target,
    "merge_group": _merge_group,
    "push": _push,
    "release": _release,
    "schedule": _schedule,
    "workflow_dispatch": _workflow_dispatch,
    "repository_dispatch": _repository_dispatch,
    "workflow_run": _workflow_run,
    "issue_comment": _issue_comment,
    "by hand": _by_hand,
}
