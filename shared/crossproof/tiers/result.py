"""How one job of one tier ended: the state, the tests, and all that merge, resume and people want to know of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from crossproof.tiers.cases import Attempt, Case, Ended, Totals
from crossproof.tiers.coverage import Coverage, as_data, from_data
from crossproof.verdict import Verdict

SCHEMA = "crossproof/tier-result/1"
FILE = "tier-result.json"


class State(StrEnum):
    """How a tier ended."""

    PASSED = "passed"
    FLAKY = "flaky"
    FAILED = "failed"
    ERROR = "error"
    TIMED_OUT = "timed-out"
    CANCELLED = "cancelled"
    NO_TESTS = "no-tests"
    SKIPPED = "skipped"
    NOT_RUN = "not-run"

    @property
    def verdict(self) -> Verdict:
        """Say what the state proves of the tier."""
        match self:
            case State.PASSED | State.FLAKY:
                return Verdict.PASSED
            case State.FAILED:
                return Verdict.FAILED
            case _:
                return Verdict.UNPROVEN


class Cause(StrEnum):
    """What went wrong where tests could not tell."""

    NONE = ""
    SETUP = "setup"
    INFRA = "infra"
    MIGRATE = "migrate"
    COLLECT = "collect"
    CRASH = "crash"
    REPORT = "report"
    TESTS = "tests"
    GATE = "gate"
    COMMAND = "command"
    SHARDS = "shards"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a shard saw and took: the digest of all tests, and its own."""

    digest: str
    count: int
    mine: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReport:
    """A service as it was last seen; for people."""

    name: str
    state: str
    image: str = ""
    seconds: float | None = None  # until it was ready
    trouble: str = ""
    probes: Sequence[str] = ()
    log: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierResult:
    """One job's result; the file in which other jobs read it is made of this."""

    id: str
    tier: str
    shard: int
    shards: int
    state: State
    cause: Cause = Cause.NONE
    sentence: str
    cases: Sequence[Case] = ()
    quarantined: Sequence[str] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    network: str = ""
    proof: Proof | None = None
    coverage: Coverage = field(default_factory=dict)
    services: Sequence[ServiceReport] = ()
    notes: Sequence[str] = ()
    tail: str = ""
    reproduce: str = ""
    sha: str = ""
    manifest: str = ""  # its digest

    @property
    def totals(self) -> Totals:
        """Count its tests."""
        return Totals.of(self.cases)

    def as_json(self) -> str:
        """Write the file."""
        body = {**asdict(self), "coverage": as_data(self.coverage)}
        return json.dumps({"schema": SCHEMA, **body}, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: bytes | str) -> "TierResult":
        """Read a file; raise ValueError with what makes it none."""
        data: Any = json.loads(text)
        try:
            if data.pop("schema") != SCHEMA:
                raise ValueError("it follows another schema")
            proof = data["proof"]
            return cls(
                **{
                    **data,
                    "state": State(data["state"]),
                    "cause": Cause(data["cause"]),
                    "cases": [_case(each) for each in data["cases"]],
                    "proof": Proof(**proof) if proof else None,
                    "coverage": from_data(data["coverage"]),
                    "services": [ServiceReport(**each) for each in data["services"]],
                }
            )
        except (KeyError, TypeError, AttributeError) as fault:
            raise ValueError(f"it is no result of a tier ({type(fault).__name__}: {fault})") from None


def _case(data: dict[str, Any]) -> Case:
    attempts = [Attempt(**{**each, "ended": Ended(each["ended"])}) for each in data["attempts"]]
    return Case(**{**data, "ended": Ended(data["ended"]), "attempts": attempts})
