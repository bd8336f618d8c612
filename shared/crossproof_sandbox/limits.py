"""How much a caller may ask for: GitHub's hourly budget, and the secondary limits on bursts."""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crossproof_sandbox.faults import SECONDARY_LIMIT
from crossproof_sandbox.refusal import Refused

ANONYMOUS_HOURLY = 60
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Budget:
    """One caller's hour."""

    limit: int
    resets_at: datetime
    used: int = 0

    @property
    def remaining(self) -> int:
        """What is left of it."""
        return max(0, self.limit - self.used)

    def headers(self, resource: str = "core") -> dict[str, str]:
        """Tell the caller, as every answer does."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(int(self.resets_at.timestamp())),
            "X-RateLimit-Used": str(self.used),
            "X-RateLimit-Resource": resource,
        }


@dataclass(kw_only=True)
class Limits:
    """Set these to make them bite; the concurrent one always does."""

    concurrent: int = 100
    points_per_minute: int | None = None  # GitHub: 900, a read costs 1 and a write 5
    writes_per_minute: int | None = None  # GitHub: 80 requests that create content
    retry_after: int = 60
    exceeded_status: int = 403  # GitHub says 403 or 429
    hourly: dict[str, int] = field(default_factory=dict)  # by the token's label, where it differs from its kind's
    _budgets: dict[str, Budget] = field(default_factory=dict)
    _recent: deque[tuple[datetime, str, int]] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def budget(self, label: str, limit: int, now: datetime) -> Budget:
        """Give a caller's hour, a new one when the old is over."""
        with self._lock:
            budget = self._budgets.get(label)
            if budget is None or budget.resets_at <= now:
                budget = self._budgets[label] = Budget(limit, now + _HOUR)
            budget.limit = self.hourly.get(label, limit)
            return budget

    def exhaust(self, label: str, *, resets_in: float, now: datetime) -> None:
        """Use up a caller's hour."""
        limit = self.hourly.get(label, 5000)
        with self._lock:
            self._budgets[label] = Budget(limit, now + timedelta(seconds=resets_in), used=limit)

    def check_primary(self, budget: Budget, label: str) -> None:
        """Refuse a caller whose hour is used up."""
        if not budget.remaining:
            raise Refused(self.exceeded_status, f"API rate limit exceeded for {label}.", headers=budget.headers())

    def check_secondary(self, method: str, in_flight: int, now: datetime) -> None:
        """Refuse what goes too fast."""
        points = 1 if method == "GET" else 5
        with self._lock:
            while self._recent and self._recent[0][0] <= now - _MINUTE:
                self._recent.popleft()
            self._recent.append((now, method, points))
            spent = sum(cost for _, _, cost in self._recent)
            writes = sum(verb != "GET" for _, verb, _ in self._recent)
        too_fast = (
            in_flight > self.concurrent
            or (self.points_per_minute is not None and spent > self.points_per_minute)
            or (self.writes_per_minute is not None and writes > self.writes_per_minute)
        )
        if too_fast:
            headers: Mapping[str, str] = {"Retry-After": str(self.retry_after)}
            raise Refused(self.exceeded_status, SECONDARY_LIMIT, headers=headers)
