"""Makes a plan of its gathered text; what the grammar cannot see (names, ranges, patterns) is decided here."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

import msgspec

from crossproof.documents import BadDocument
from crossproof.mark import Mark
from crossproof.tracking.plan import spans
from crossproof.tracking.plan.across import Across
from crossproof.tracking.plan.engine import Compiler, Unusable
from crossproof.tracking.plan.gathering import Gatherer, PlanFiles, Told
from crossproof.tracking.plan.model import (
    BaselineHints,
    Count,
    Engine,
    Event,
    InvalidExample,
    Param,
    Plan,
    Policy,
    Scenario,
    Source,
)
from crossproof.tracking.plan.written import Text, Written
from crossproof.tracking.pointers import Pointer
from crossproof.tracking.rules import SWITCHABLE, Level
from crossproof.units import clip

_OURS = frozenset({"presence", "when", "sensitive", "$type"})


def load(path: str, files: PlanFiles) -> Plan:
    """Read a plan by its path in the workspace; raises `BadDocument` with everything that is wrong."""
    gatherer = Gatherer(files, path)
    gatherer.plan()
    plan = _Loader(Text(gatherer)).plan()
    if gatherer.found.remarks:
        raise BadDocument("tracking plan", gatherer.found.remarks)
    return plan


class _Loader:
    def __init__(self, text: Text) -> None:
        self.text, self.tree = text, text.tree

    def plan(self) -> Plan:
        tree, found = self.tree, self.text.gatherer.found
        events = {name: self.event(name, written) for name, written in tree["events"].items()}
        drawn = Across(self.text, tuple(events))
        plan = Plan(
            name=tree["name"],
            version=tree["version"],
            file=found.path,
            files=tuple(found.files.values()),
            sha256=found.sha256,
            description=tree.get("description", ""),
            owner=tree.get("owner", ""),
            source=self.source(tree.get("source", {})),
            order_by=tree.get("order_by", "time"),
            policy=_policy(tree.get("policy", {})),
            levels=self.levels(),
            events=events,
            flows=drawn.flows(),
            before=drawn.before(),
            unique=drawn.unique(),
            same=drawn.same(),
            timing=drawn.timing(),
            scenarios=self.scenarios(events),
            ignores=drawn.ignores(),
            baseline=self.baseline(tree.get("baseline", {})),
            schemas=found.schemas,
        )
        if any(remark.mark.file in found.schemas for remark in found.remarks):
            return plan  # the engine would only say the same again, and worse
        compiler = Compiler(plan)
        engines: dict[str, Engine] = {}
        for event in events.values():
            engines |= self.proven(compiler, event)
        return msgspec.structs.replace(plan, engines=engines)

    def event(self, name: str, written: Written) -> Event:
        match = written["match"]
        mark = self.text.mark(self.tree["events"], name)
        if not match.get("name") and not match.get("type"):
            self.text.object_to(self.text.mark(written, "match"), "`match` needs a name or a type.")
        examples = written.get("examples", {})
        levels = _levels(written.get("severity", {}))
        if "unknown_param" in written:
            levels["param/unknown"] = Level(written["unknown_param"])
        return Event(
            id=name,
            name=match.get("name"),
            type=match.get("type"),
            where=_where(match.get("where", {})),
            params=self.params(name, written),
            schema=self.schema(written),
            count=self.text.attempt(spans.count, written, "count", Count(1, None)),
            levels=levels,
            description=written.get("description", ""),
            owner=str(written.get("owner", self.tree.get("owner", ""))),
            links=tuple(written.get("links", ())),
            since=written.get("since", ""),
            expires=self.text.attempt(_optional_day, written, "expires", None),
            deprecated=written.get("deprecated", ""),
            platforms=tuple(written.get("platforms", ())),
            valid=tuple(self.examples(examples)),
            invalid=tuple(self.invalid(each, at) for each, at in self.text.items(examples, "invalid")),
            mark=mark,
            marks=self.text.marks(written),
        )

    def schema(self, written: Written) -> str:
        with suppress(Told):
            if "schema" in written:
                return self.text.gatherer.schema(written["schema"], self.text.mark(written, "schema"))
        return ""

    def params(self, event: str, written: Written) -> dict[str, Param]:
        """Lay an event's own params over those of its bundles."""
        params: dict[str, Param] = {}
        bundles = self.tree.get("bundles", {})
        for bundle, mark in self.text.items(written, "use"):
            if self.text.known(bundle, bundles, "bundle", mark):
                params |= {
                    n: self.param(event, n, spec, self.text.mark(bundles[bundle], n))
                    for n, spec in bundles[bundle].items()
                }
        own = written.get("params", {})
        return params | {n: self.param(event, n, spec, self.text.mark(own, n)) for n, spec in own.items()}

    def param(self, event: str, name: str, written: Written | bool, mark: Mark) -> Param:
        spec = {} if isinstance(written, bool) else self.typed(written, mark, ())
        schema = {key: value for key, value in spec.items() if key not in _OURS}
        if "$defs" in schema:  # then `#/$defs/…` means this param's own
            schema["$id"] = f"urn:crossproof:{event}:{name}"
        when = _where(spec.get("when", {}))
        presence = spec.get("presence", "when" if when else "always")
        if (presence == "when") != bool(when):
            self.text.object_to(mark, f"the param {clip(name)} needs both `presence: when` and `when`, or neither.")
        return Param(
            name=name,
            schema=schema,
            presence=presence,
            when=when,
            sensitive=spec.get("sensitive", False),
            description=spec.get("description", ""),
            mark=mark,
            marks={} if isinstance(written, bool) else self.text.marks(written),
        )

    def typed(self, written: Written, mark: Mark, through: tuple[str, ...]) -> Written:
        """Start from the named type, if any; what stands beside `$type` wins."""
        self.text.gatherer.refs(written)
        name = written.get("$type")
        types = self.tree.get("types", {})
        if name is None or not self.text.known(name, types, "type", mark):
            return dict(written)
        if name in through:
            self.text.object_to(mark, f"the type {clip(name)} is made of itself: {' → '.join((*through, name))}.")
            return dict(written)
        base = types[name]
        return {**({} if isinstance(base, bool) else self.typed(base, mark, (*through, name))), **written}

    def examples(self, written: Written) -> Iterable[Written]:
        for each, mark in self.text.items(written, "valid"):
            event = self.whole_event(each, mark)
            if event is not None:
                yield event

    def invalid(self, written: Written, mark: Mark) -> InvalidExample:
        if sum(key in written for key in ("drop", "set", "event")) != 1:
            self.text.object_to(mark, "an invalid example needs one of `drop`, `set` and `event`.")
        event = self.whole_event(written["event"], self.text.mark(written, "event")) if "event" in written else None
        return InvalidExample(
            expect=written["expect"], drop=written.get("drop", ""), set=written.get("set", {}), event=event, mark=mark
        )

    def whole_event(self, written: Any, mark: Mark) -> Written | None:
        if isinstance(written, dict):
            return written
        gatherer = self.text.gatherer
        with suppress(Told):
            event = gatherer.tree(gatherer.beside(written, mark), mark)
            if not isinstance(event, dict):
                raise gatherer.told(mark, f"{clip(written)} is no example: it must hold one event, a mapping.")
            return event
        return None

    def source(self, written: Written) -> Source:
        pointers = {key: Pointer(value) for key, value in written.items() if key != "time_unit"}
        return Source(**pointers, time_unit=written.get("time_unit", "auto"))

    def levels(self) -> dict[str, Level]:
        """Gather what the plan says of levels; the most exact word wins."""
        policy, timing = self.tree.get("policy", {}), self.tree.get("timing", {})
        said = {"event/unknown": policy.get("unknown_event"), "param/unknown": policy.get("unknown_param")}
        said["time/out-of-order"] = timing.get("monotonic")
        levels = {rule: Level(level) for rule, level in said.items() if level}
        return levels | _levels(self.tree.get("severity", {}))

    def scenarios(self, events: Mapping[str, Event]) -> dict[str, Scenario]:
        read: dict[str, Scenario] = {}
        for name, written in self.tree.get("scenarios", {}).items():
            for event, mark in self.text.items(written, "require"):
                self.text.known(event, events, "event", mark)
            at = self.text.mark(self.tree["scenarios"], name)
            read[name] = Scenario(id=name, require=tuple(written["require"]), files=written.get("files", ""), mark=at)
        return read

    def baseline(self, written: Written) -> BaselineHints:
        return BaselineHints(
            volatile=frozenset(written.get("volatile", ())),
            run_constant=frozenset(written.get("run_constant", ())),
            min_runs=written.get("min_runs", BaselineHints().min_runs),
        )

    def proven(self, compiler: Compiler, event: Event) -> dict[str, Engine]:
        """Let the engine compile what the event asks for; what it refuses is a fault of the plan."""
        engines: dict[str, Engine] = {}
        try:
            engines[event.id] = compiler.params(event)
        except Unusable as refused:
            if not self.refused(compiler, event):
                self.text.object_to(event.mark, f"the params cannot be used: {clip(refused.message, 160)}.")
        if event.schema:
            try:
                engines[event.schema] = compiler.file(event.schema)
            except Unusable as refused:
                self.text.object_to(event.marks["schema"], f"{clip(event.schema)}: {clip(str(refused.message), 160)}.")
        return engines

    def refused(self, compiler: Compiler, event: Event) -> int:
        """Find the lines of what the engine refused: mostly a pattern with look-around, which it does not know."""
        found = 0
        for param in event.params.values():
            try:
                compiler.param(param)
            except Unusable as refused:
                found += 1
                keyword = str(refused.instance_path[-1]) if refused.instance_path else ""
                mark = param.marks.get(keyword, param.mark)
                if keyword == "pattern":
                    what = f"the pattern {clip(str(refused.instance))} cannot be used."
                    self.text.object_to(mark, what, _PATTERN_HELP)
                else:
                    self.text.object_to(mark, f"the schema cannot be used: {clip(refused.message, 160)}.")
        return found


_PATTERN_HELP = (
    "It must be a regular expression without look-around and back-references: say what must not match "
    "with `not: {pattern: …}`."
)


def _policy(written: Written) -> Policy:
    return Policy(
        min_events=written.get("min_events", 1),
        null_is_missing=written.get("null_is", "missing") == "missing",
        empty_is_missing=written.get("empty_string_is", "missing") == "missing",
    )


def _levels(written: Mapping[str, str]) -> dict[str, Level]:
    families = {
        rule: level
        for family, level in written.items()
        if family.endswith("/*")
        for rule in SWITCHABLE
        if rule.startswith(family[:-1])
    }
    exact = {rule: level for rule, level in written.items() if not rule.endswith("/*")}
    return {rule: Level(level) for rule, level in (families | exact).items()}


def _where(written: Mapping[str, object]) -> tuple[tuple[Pointer, object], ...]:
    return tuple((Pointer(pointer), value) for pointer, value in written.items())


def _optional_day(text: str) -> date | None:
    return spans.day(text)
