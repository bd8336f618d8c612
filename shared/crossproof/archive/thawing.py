"""Decides what to do about evidence that lies in an archive class: what bringing it back takes, costs and means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crossproof.archive.store import Stored, Thaw

DAYS_KEPT = 7
# AWS's documentation: "Archive retrieval options"; the longer figure, for a promise must hold.
_TAKES = {
    ("GLACIER", "Expedited"): timedelta(minutes=5),
    ("GLACIER", "Standard"): timedelta(hours=5),
    ("GLACIER", "Bulk"): timedelta(hours=12),
    ("DEEP_ARCHIVE", "Standard"): timedelta(hours=12),
    ("DEEP_ARCHIVE", "Bulk"): timedelta(hours=48),
}
# us-east-1's list prices in dollars: for a request, and for a GB.
_COSTS = {"Expedited": (0.01, 0.03), "Standard": (0.00005, 0.01), "Bulk": (0.0, 0.0)}
_GIGA = 1_000_000_000
_SHORTEST, _LONGEST = 60.0, 600.0


class Speed(StrEnum):
    """How fast, in AWS's words."""

    STANDARD = "Standard"
    BULK = "Bulk"
    EXPEDITED = "Expedited"


class Restore(StrEnum):
    """What may be done about frozen evidence."""

    NEVER = "never"
    REQUEST = "request"
    WAIT = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """Objects that cannot be read now, and what bringing them back means."""

    objects: Sequence[Stored]
    speed: str
    takes: timedelta
    dollars: float

    @property
    def to_ask(self) -> Sequence[Stored]:
        """Those that nobody has asked for yet."""
        return [one for one in self.objects if one.thaw is Thaw.FROZEN]

    def ready_at(self, now: datetime) -> datetime:
        """When they will be there at the latest, if asked for now."""
        return now + self.takes

    def __str__(self) -> str:
        """Say it as a reader decides by it."""
        classes = ", ".join(sorted({one.storage_class for one in self.objects}))
        hours = self.takes.total_seconds() / 3600
        span = f"{hours:.0f} hours" if hours >= 1 else f"{self.takes.total_seconds() / 60:.0f} minutes"
        size = sum(one.size for one in self.objects)
        many = f"{len(self.objects)} objects with {size} bytes are in {classes}"
        return f"{many}: {self.speed} takes up to {span} and costs about ${self.dollars:.4f}"


def frozen(objects: Sequence[Stored], speed: str) -> Frozen | None:
    """Weigh what must be brought back, if anything; Deep Archive knows no Expedited, so Standard is taken there."""
    cold = [one for one in objects if one.thaw is not Thaw.READY]
    if not cold:
        return None
    deep = any(one.storage_class == "DEEP_ARCHIVE" for one in cold)
    fitting = "Standard" if deep and speed == "Expedited" else speed
    takes = max(_TAKES.get((one.storage_class, fitting), timedelta(hours=12)) for one in cold)
    request, gigabyte = _COSTS[fitting]
    dollars = request * len(cold) + gigabyte * sum(one.size for one in cold) / _GIGA
    return Frozen(objects=cold, speed=fitting, takes=takes, dollars=dollars)


def look_again_after(waited: float) -> float:
    """Say how many seconds to wait between two looks: rarely, because a restore takes hours."""
    return min(_LONGEST, max(_SHORTEST, waited / 10))
