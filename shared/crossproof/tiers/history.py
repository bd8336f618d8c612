"""What earlier runs took: shards are balanced by it, and a tier that got slow is noticed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from crossproof.tiers.judging import file_durations
from crossproof.tiers.result import TierResult

FILE = ".crossproof/tiers-history.json"
_SCHEMA = "crossproof/tier-history/1"
_KEPT = 20
_LEAST = 3  # runs before a tier can be called slow
_SLOWER, _BY_AT_LEAST = 1.5, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Seconds of each test file by tier, and of each tier's last runs."""

    files: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    tiers: Mapping[str, Sequence[float]] = field(default_factory=dict)

    @classmethod
    def read(cls, content: bytes) -> "History":
        """Read it; what cannot be read is no history, which costs balance and proves nothing wrong."""
        try:
            data: Any = json.loads(content)
            if data["schema"] != _SCHEMA:
                return cls()
            return cls(
                files={t: {f: float(s) for f, s in files.items()} for t, files in data["files"].items()},
                tiers={t: [float(s) for s in runs] for t, runs in data["tiers"].items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls()

    def with_(self, results: Sequence[TierResult]) -> "History":
        """Add what passed; a tier that was cut short says nothing of how long it takes."""
        good = [result for result in results if result.state.verdict == "passed"]
        files = {result.tier: file_durations(result.cases) for result in good}
        runs = {
            result.tier: [*self.tiers.get(result.tier, ()), round(result.seconds.get("whole", 0.0), 1)][-_KEPT:]
            for result in good
        }
        return History(files={**self.files, **files}, tiers={**self.tiers, **runs})

    def slow(self, results: Sequence[TierResult]) -> Sequence[str]:
        """Name the tiers that took much longer than they use to."""
        return [
            f"{result.tier} took {took:.0f} s; its last {len(runs)} runs took {median(runs):.0f} s"
            for result in results
            if len(runs := self.tiers.get(result.tier, ())) >= _LEAST
            and (took := result.seconds.get("whole", 0.0)) > max(_SLOWER * median(runs), median(runs) + _BY_AT_LEAST)
        ]

    def as_json(self) -> str:
        """Write it."""
        return json.dumps({"schema": _SCHEMA, "files": self.files, "tiers": self.tiers}, indent=1) + "\n"
