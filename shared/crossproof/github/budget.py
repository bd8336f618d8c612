"""Keeps count of requests, and of what the rate limit still allows."""

from dataclasses import dataclass
from datetime import UTC, datetime

from crossproof.github.answer import Answer
from crossproof.github.etags import NOT_MODIFIED


@dataclass(frozen=True, slots=True)
class Budget:
    """The rate limit as the last answer told it."""

    limit: int
    remaining: int
    resets: datetime


@dataclass(slots=True)
class Counted:
    """How many requests were made, how many of them counted against the limit, and what it still allows."""

    all: int = 0
    charged: int = 0
    budget: Budget | None = None

    @property
    def calls(self) -> int:
        """Count all requests, by the name that those know who only read."""
        return self.all

    @property
    def left(self) -> float:
        """Say which part of the limit is left; 1 where no answer told."""
        return self.budget.remaining / self.budget.limit if self.budget and self.budget.limit else 1.0

    @property
    def shown(self) -> str:
        """Say what is left, for people."""
        if not self.budget:
            return f"{self.all} requests so far"
        return f"{self.budget.remaining} of {self.budget.limit} requests left until {self.budget.resets:%H:%M} UTC"

    def take(self, answer: Answer) -> None:
        """Note what an answer says. "Not modified" is free (GitHub's documentation on conditional requests)."""
        self.charged += answer.status != NOT_MODIFIED
        head = answer.headers
        try:
            resets = datetime.fromtimestamp(float(head["x-ratelimit-reset"]), UTC)
            self.budget = Budget(int(head["x-ratelimit-limit"]), int(head["x-ratelimit-remaining"]), resets)
        except (KeyError, ValueError, OverflowError, OSError):
            return  # Enterprise Server with limits switched off sends none
