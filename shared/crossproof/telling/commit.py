"""Puts a verdict on a commit as a status that branch protection reads; a worse verdict is never hidden by a better one.

A context shows its last status only. Where two reports of one commit go to the same context, the last would count:
so each status begins with what it is about, and one about something else and worse stays in sight.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crossproof.errors import CrossproofError
from crossproof.telling.messages import Standing, Thread
from crossproof.telling.notice import Notice, Stamp, worse
from crossproof.telling.wording import as_description, description_head
from crossproof.units import RepoRef, Sha
from crossproof.verdict import Verdict

CONTEXT = "crossproof/verdict"
_STATES = {Verdict.PASSED: "success", Verdict.FAILED: "failure", Verdict.UNPROVEN: "error"}
_VERDICTS = {state: verdict for verdict, state in _STATES.items()}
_ATTEMPT = re.compile(r"/actions/runs/(\d{1,19})/attempts/(\d{1,19})$", re.ASCII)
_OF_ANOTHER = "0"  # no report has this digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One status of a context, as GitHub shows it."""

    id: int
    state: str
    description: str
    url: str
    at: datetime


class CommitStatuses(Protocol):
    """The state of a commit."""

    def set(self, repository: RepoRef, sha: str, *, context: str, state: str, description: str, url: str) -> None:
        """Set it, or raise. Setting it twice is harmless."""

    def said(self, repository: RepoRef, sha: str, context: str) -> Sequence[Said]:
        """Give all that was ever said under a context, the last first, or raise."""


class OnCommit:
    """The statuses of one commit as a place where people look; it is its own memory."""

    def __init__(self, statuses: CommitStatuses, repository: RepoRef, sha: Sha, notice: Notice, context: str) -> None:
        """Tell it there, and under this context."""
        self._statuses, self._repository, self._sha, self._context = statuses, repository, sha, context
        self._head = description_head(notice)

    @property
    def name(self) -> str:
        """Name it for people."""
        return f"{self._context} on {self._repository}@{self._sha.short}"

    @property
    def memory(self) -> "OnCommit":
        """Statuses can be looked at."""
        return self

    def find(self, topic: str) -> Sequence[Standing]:
        """Give the last status of this topic; those before it are history."""
        ours = next((said for said in self._said() if said.description.startswith(self._head)), None)
        return [Standing(id=self._context, stamp=_stamp(ours, topic), url=ours.url)] if ours else []

    def post(self, notice: Notice) -> Standing:
        """Set it, unless that would hide a worse one; and look whether it did all the same."""
        if hidden := self._hidden_by(notice):
            raise self._hiding(hidden)
        self._set(_STATES[notice.verdict], as_description(notice), notice.run_page)
        if hidden := self._hidden_by(notice):
            self._set(hidden.state, hidden.description, hidden.url)
            raise self._hiding(hidden)
        return Standing(id=self._context, stamp=notice.stamp, url=notice.run_page)

    def update(self, standing: Standing, notice: Notice) -> None:  # noqa: ARG002 - a status is followed by another
        """Set the next."""
        self.post(notice)

    def remove(self, standing: Standing) -> None:
        """Leave it: statuses cannot be taken back, and only the last one counts."""

    def thread(self, standing: Standing) -> Thread | None:  # noqa: ARG002
        """Nothing is said below a status."""
        return None

    def _said(self) -> Sequence[Said]:
        return self._statuses.said(self._repository, self._sha.hex, self._context)

    def _set(self, state: str, description: str, url: str) -> None:
        self._statuses.set(
            self._repository, self._sha.hex, context=self._context, state=state, description=description, url=url
        )

    def _hidden_by(self, notice: Notice) -> Said | None:
        """Find what is worse and stays in sight: of another topic the last status, of this one the same attempt's."""
        last: dict[str, Said] = {}
        for said in self._said():
            head = f"{said.description.partition(': ')[0]}: "
            if head == self._head:
                if notice.stamp.would_hide(_stamp(said, notice.stamp.topic)):
                    return said
            elif head not in last:
                last[head] = said
                if worse(_verdict(said), notice.verdict):
                    return said
        return None

    def _hiding(self, hidden: Said) -> CrossproofError:
        return CrossproofError(
            f"The status {self._context} says {_verdict(hidden)} of another report, and that stays in sight.",
            why="Two reports of one commit share this context, and a context shows its last status only.",
            seen=hidden.description,
            fix="Give each its own `subject`: its status is then named after it.",
            anchor="subject",
        )


def _verdict(said: Said) -> Verdict:
    """Read a state; whatever is not known here is not good."""
    return _VERDICTS.get(said.state, Verdict.UNPROVEN)


def _stamp(said: Said, topic: str) -> Stamp:
    """Read from a status what a message would carry; the attempt stands in its link."""
    attempt = _ATTEMPT.search(said.url)
    return Stamp(
        topic=topic,
        report=_OF_ANOTHER,
        verdict=_verdict(said),
        run=int(attempt[1]) if attempt else 0,
        attempt=int(attempt[2]) if attempt else 0,
        ended_at=said.at,
    )
