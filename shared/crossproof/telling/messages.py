"""What telling needs of a place where people look: to post, and, where the place remembers, to look and to change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from crossproof.errors import Unreachable
from crossproof.telling.notice import Notice, Stamp


class Unanswered(Unreachable):
    """It was sent and no answer came that can be believed: it may stand there. Look before sending it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A message of ours that stands, by the place's own name for it."""

    id: str
    stamp: Stamp
    url: str = ""


class Thread(Protocol):
    """What was said below a message."""

    def find(self) -> Sequence[Standing]:
        """Give ours, or raise."""

    def post(self, notice: Notice, *, everybody: bool) -> Standing:
        """Say it there; `everybody`: those who do not follow the thread see it too. Raises `Unanswered` in doubt."""


class Memory(Protocol):
    """What can be done about what was said. Changing and removing twice is harmless, so it is insisted on."""

    def find(self, topic: str) -> Sequence[Standing]:
        """Give the topic's messages of ours, the eldest first, or raise: what cannot be looked at is not empty."""

    def update(self, standing: Standing, notice: Notice) -> None:
        """Let it say this from now on, or raise."""

    def remove(self, standing: Standing) -> None:
        """Take it away, or raise; one that is gone already is removed."""

    def thread(self, standing: Standing) -> Thread | None:
        """Give what is below it, where the place has such a thing."""


class Messages(Protocol):
    """One place where people look."""

    @property
    def name(self) -> str:
        """Name it for people."""

    @property
    def memory(self) -> Memory | None:
        """Give what it remembers; None for a place that takes messages and shows none."""

    def post(self, notice: Notice) -> Standing:
        """Post once. Raises `Unanswered` in doubt, anything else only where it provably does not stand."""
