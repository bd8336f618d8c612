"""Decides whether a callback tells of the expected run; believes GitHub's own answers and nothing of the payload."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crossproof.dispatch import endings
from crossproof.dispatch.runs import Artifact, Run
from crossproof.dispatch.token import Key, tokens_in
from crossproof.units import RunId, Sha, clip
from crossproof.verdict import Reason


class Binding(StrEnum):
    """What binds a run to a commit."""

    TOKEN = "token-in-title"  # noqa: S105 - a name, no secret
    TITLE = "commit-in-title"
    ARTIFACT = "artifact-name"
    DEPLOYMENT = "began-after-deployment"  # of a run on schedule: what was live while it ran


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the payload says: where to look, never what is there."""

    run_id: RunId
    commit: Sha | None
    token: str = ""
    key: Key | None = None
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the receiver was told to expect."""

    event: str
    workflow: str


@dataclass(frozen=True, slots=True)
class Forged:
    """The run is not what was expected."""

    why: str
    reason: Reason = endings.FORGED_CALLBACK


def read_claim(payload: Mapping[str, object], here: str) -> Claim:
    """Read the payload, ours or one agreed between two teams long ago; raise ValueError with what is missing.

    `answer_to` (or `dispatch`, if it is of this repository) is what our dispatch sent along, handed back.
    """
    asked = _ours(payload, here)
    key = Key.read(asked.get("key"))
    commit = _text(payload.get("commit_sha")) or (key.parts.get("sha", "") if key else "")
    return Claim(
        run_id=_run_id(payload.get("run_id")),
        commit=Sha.parse(commit) if commit else None,
        token=_text(asked.get("id")) or _text(payload.get("id")),
        key=key,
        status=_text(payload.get("status")) or _text(payload.get("conclusion")),
    )


def mistaken(claim: Claim, run: Run, expected: Expectation) -> Forged | None:
    """Find out whether the run that GitHub shows is another than the expected one."""
    if run.event != expected.event:
        return Forged(f"run {run.id} was started by {run.event}, not by {expected.event}")
    if expected.workflow not in (run.path, run.workflow_file, str(run.workflow_id)):
        return Forged(f"run {run.id} is of {run.path}, not of {expected.workflow}")
    if claim.token and claim.token not in tokens_in(*run.titles):
        return Forged(f"run {run.id} does not show the token {clip(claim.token)} in its title {clip(run.title)}")
    return None


def bound_by(claim: Claim, run: Run, artifacts: Sequence[Artifact]) -> Binding | None:
    """Find what binds the run to the commit that the callback names, or nothing.

    Titles and artifact names were made when the run was, by its own workflow: an old run cannot grow a new one.
    """
    if claim.commit is None:
        return None
    sha = claim.commit.hex
    # The token's mark is the hash of its key: a key that hashes to it and names the commit was there from the start.
    marks = tokens_in(*run.titles)
    if claim.key and claim.key.names_commit(sha) and any(token.startswith(claim.key.prefix) for token in marks):
        return Binding.TOKEN
    if any(_whole(sha, title) for title in run.titles):
        return Binding.TITLE
    if any(_whole(sha, artifact.name) for artifact in artifacts):
        return Binding.ARTIFACT
    return None


def _ours(payload: Mapping[str, object], here: str) -> Mapping[str, object]:
    """Find what we sent. A child that calls back with our own action sends a `dispatch` of its own: not that one."""
    for name in ("answer_to", "dispatch"):
        found = payload.get(name)
        if isinstance(found, Mapping) and _text(found.get("repo")).lower() == here.lower():
            return found
    return {}


def _whole(sha: str, text: str) -> bool:
    return re.search(rf"(?<![0-9a-f]){sha}(?![0-9a-f])", text.lower()) is not None


def _run_id(value: object) -> RunId:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 2**63):
        raise ValueError(f"run_id must be the number of a run, not {clip(repr(value))}")
    return RunId(int(text))


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
