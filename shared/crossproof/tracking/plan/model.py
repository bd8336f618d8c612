"""What a tracking plan says, once it has been read: plain values that cannot be wrong in themselves."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from crossproof.mark import Mark
from crossproof.tracking.pointers import Pointer
from crossproof.tracking.rules import RULES, Level

Schema = dict[str, Any]  # `true` is written {}
Presence = Literal["always", "when", "sometimes", "never"]
Scope = Pointer | Literal["file"]
if TYPE_CHECKING:  # who only names plans, as `--help` does, need not load the engine
    import jsonschema_rs

    Engine = jsonschema_rs.Validator
else:
    Engine = object

NOWHERE = Mark("", 0)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where in a line the parts of an event stand."""

    name: Pointer = Pointer("/name")
    type: Pointer = Pointer("/type")
    time: Pointer = Pointer("/timestamp")
    params: Pointer = Pointer("/params")
    id: Pointer = Pointer("/params/tracking_id")
    session: Pointer = Pointer("/params/session_id")
    sequence: Pointer | None = None
    time_unit: Literal["auto", "s", "ms", "us", "iso"] = "auto"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What counts as a value, and how little proves nothing."""

    min_events: int = 1
    null_is_missing: bool = True
    empty_is_missing: bool = True

    @property
    def unpopulated(self) -> list[object]:
        """List the values that count as none."""
        return [*([None] if self.null_is_missing else []), *([""] if self.empty_is_missing else [])]


class Count(msgspec.Struct, frozen=True):
    """How often something may happen."""

    low: int = 0
    high: int | None = None

    def holds(self, seen: int) -> bool:
        """Tell whether so many are right."""
        return self.low <= seen and (self.high is None or seen <= self.high)

    def __str__(self) -> str:
        """Write it as the plan does."""
        return str(self.low) if self.low == self.high else f"{self.low}..{'*' if self.high is None else self.high}"


class Param(msgspec.Struct, frozen=True, kw_only=True):
    """One param of one event; the same bundle gives each event its own."""

    name: str
    schema: Schema
    presence: Presence = "always"
    when: Sequence[tuple[Pointer, object]] = ()
    sensitive: bool = False
    description: str = ""
    mark: Mark = NOWHERE
    marks: Mapping[str, Mark] = msgspec.field(default_factory=dict)  # of its keywords

    @property
    def types(self) -> frozenset[str]:
        """Name the JSON types it may have, as far as the plan says so directly."""
        match self.schema:
            case {"type": str(one)}:
                return frozenset({one})
            case {"type": list(several)}:
                return frozenset(several)
            case _:
                return frozenset()


class InvalidExample(msgspec.Struct, frozen=True, kw_only=True):
    """A change that must break a rule."""

    expect: str
    drop: str = ""
    set: Mapping[str, object] = msgspec.field(default_factory=dict)
    event: Mapping[str, object] | None = None
    mark: Mark = NOWHERE


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One planned event: which lines are it, and what they must hold."""

    id: str
    name: str | None = None
    type: str | None = None
    where: Sequence[tuple[Pointer, object]] = ()
    params: Mapping[str, Param] = msgspec.field(default_factory=dict)
    schema: str = ""  # the workspace file that the whole event must satisfy too
    count: Count = Count(1, None)
    levels: Mapping[str, Level] = msgspec.field(default_factory=dict)
    description: str = ""
    owner: str = ""
    links: Sequence[str] = ()
    since: str = ""
    expires: date | None = None
    deprecated: str = ""
    platforms: Sequence[str] = ()
    valid: Sequence[Mapping[str, object]] = ()
    invalid: Sequence[InvalidExample] = ()
    mark: Mark = NOWHERE
    marks: Mapping[str, Mark] = msgspec.field(default_factory=dict)  # of its keys


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a flow: one of these events, so often, so soon after the step before."""

    events: tuple[str, ...]
    within: float | None = None
    times: Count = Count(1, 1)

    def __str__(self) -> str:
        """Name it for a reader."""
        return " or ".join(self.events)


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """Events in order."""

    id: str
    steps: Sequence[Step]
    mode: Literal["subsequence", "contiguous", "exact"] = "subsequence"
    scope: Scope = "file"
    never: frozenset[str] = frozenset()
    mark: Mark = NOWHERE


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """No `then` without a `first` before it."""

    id: str
    first: str
    then: str
    scope: Scope = "file"
    mark: Mark = NOWHERE


class Unique(msgspec.Struct, frozen=True, kw_only=True):
    """A value that occurs once."""

    key: Pointer
    across: Literal["file", "all_files"] = "all_files"
    events: frozenset[str] | None = None
    mark: Mark = NOWHERE


class Same(msgspec.Struct, frozen=True, kw_only=True):
    """A value that does not change within its scope."""

    key: Pointer
    scope: Scope = "file"
    events: frozenset[str] | None = None
    mark: Mark = NOWHERE


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Time from the last `start` to each `end`; for one event, from one occurrence to the next."""

    start: str
    end: str
    max: float | None = None
    p95: float | None = None
    min_samples: int = 20  # below it the 95th of a hundred is the largest (nearest rank)
    scope: Scope = "file"
    mark: Mark = NOWHERE

    def __str__(self) -> str:
        """Name it for a reader."""
        return f"{self.start} → {self.end}" if self.start != self.end else f"{self.start} to the next"


class DoubleFire(msgspec.Struct, frozen=True, kw_only=True):
    """The same key again within a moment. No pointer stands for the event's name."""

    within: float
    key: Sequence[Pointer | Literal["name"]]
    mark: Mark = NOWHERE


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """When things may happen."""

    skew: float | None = None  # of the window; without one the window is not judged
    gaps: Sequence[Gap] = ()
    double_fire: DoubleFire | None = None
    marks: Mapping[str, Mark] = msgspec.field(default_factory=dict)


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One walk through the app."""

    id: str
    require: Sequence[str]
    files: str = ""
    mark: Mark = NOWHERE


class Ignore(msgspec.Struct, frozen=True, kw_only=True):
    """Findings accepted until a day."""

    rule: str
    until: date
    reason: str
    event: str = ""
    param: str = ""
    mark: Mark = NOWHERE


class BaselineHints(msgspec.Struct, frozen=True, kw_only=True):
    """What the plan's owner knows about how values vary."""

    volatile: frozenset[str] = frozenset()
    run_constant: frozenset[str] = frozenset()
    min_runs: int = 5


class PlanFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file the plan was read from."""

    path: str
    sha256: str
    content: bytes


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an app is meant to send."""

    name: str
    version: str
    file: str
    files: Sequence[PlanFile] = ()
    sha256: str = ""
    description: str = ""
    owner: str = ""
    source: Source = Source()
    order_by: Literal["time", "line"] = "time"
    policy: Policy = Policy()
    levels: Mapping[str, Level] = msgspec.field(default_factory=dict)
    events: Mapping[str, Event] = msgspec.field(default_factory=dict)
    flows: Sequence[Flow] = ()
    before: Sequence[Before] = ()
    unique: Sequence[Unique] = ()
    same: Sequence[Same] = ()
    timing: Timing = Timing()
    scenarios: Mapping[str, Scenario] = msgspec.field(default_factory=dict)
    ignores: Sequence[Ignore] = ()
    baseline: BaselineHints = BaselineHints()
    schemas: Mapping[str, Schema] = msgspec.field(default_factory=dict)  # schema files, by workspace path
    # What the engine made of the params of each event (by its id) and of each schema file (by its path).
    engines: Mapping[str, Engine] = msgspec.field(default_factory=dict)

    def level(self, rule: str, event: str = "") -> Level:
        """Decide how bad a finding is: the event's word, else the plan's, else the rule's own."""
        planned = self.events.get(event)
        own = planned.levels.get(rule) if planned else None
        return own or self.levels.get(rule) or RULES[rule].level
