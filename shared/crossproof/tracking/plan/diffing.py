"""Compares two plans: whether the new one takes more, refuses more, or it cannot be decided."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

import jsonschema_rs
import msgspec

from crossproof.mark import Mark
from crossproof.tracking.plan.engine import PATTERNS, WORKSPACE, param_schema, params_schema
from crossproof.tracking.plan.model import Event, Plan, Schema


class Change(StrEnum):
    """How the new is to the old."""

    SAME = "same"
    WIDER = "wider"  # takes all that the old took, and more: no log that passed will fail
    NARROWER = "narrower"  # refuses some of what the old took
    BOTH = "wider and narrower"
    UNKNOWN = "unknown"  # the engine cannot decide; look at it


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that differs."""

    what: str
    change: Change
    said: str
    mark: Mark | None = None


def diff(old: Plan, new: Plan) -> Sequence[Difference]:
    """List all differences; none means that every log is judged alike."""
    return [*_events(old, new), *_rules(old, new)]


def overall(differences: Sequence[Difference]) -> Change:
    """Sum up: one narrowing narrows the whole."""
    changes = {each.change for each in differences} - {Change.SAME}
    if not changes:
        return Change.SAME
    if Change.UNKNOWN in changes:
        return Change.UNKNOWN
    if changes == {Change.WIDER}:
        return Change.WIDER
    return Change.NARROWER if changes == {Change.NARROWER} else Change.BOTH


def _events(old: Plan, new: Plan) -> Iterator[Difference]:
    for name in [*old.events, *(name for name in new.events if name not in old.events)]:
        before, after = old.events.get(name), new.events.get(name)
        if after is None:
            said = "is gone: seeing it is a finding now"
            yield Difference(what=name, change=Change.NARROWER, said=said)
        elif before is None:
            expected = ", and is expected" if after.count.low else ""
            change = Change.BOTH if after.count.low else Change.WIDER
            yield Difference(what=name, change=change, said=f"is new{expected}", mark=after.mark)
        else:
            yield from _event(old, new, before, after)


def _event(old: Plan, new: Plan, before: Event, after: Event) -> Iterator[Difference]:
    if (before.name, before.type, before.where) != (after.name, after.type, after.where):
        yield Difference(what=after.id, change=Change.UNKNOWN, said="is matched by other lines", mark=after.mark)
    if before.count != after.count:
        change = _counts(before, after)
        said = f"is expected {after.count} times, before {before.count}"
        yield Difference(what=after.id, change=change, said=said, mark=after.marks.get("count", after.mark))
    if before.schema != after.schema or old.schemas.get(before.schema) != new.schemas.get(after.schema):
        yield Difference(what=after.id, change=Change.UNKNOWN, said="has another schema file", mark=after.mark)
    whole = relation(params_schema(old, before), params_schema(new, after), old, new)
    if whole is Change.SAME:
        return
    found = list(_params(old, new, before, after))
    yield from found or [Difference(what=after.id, change=whole, said="has other params", mark=after.mark)]


def _params(old: Plan, new: Plan, before: Event, after: Event) -> Iterator[Difference]:
    for name in [*before.params, *(name for name in after.params if name not in before.params)]:
        one, other = before.params.get(name), after.params.get(name)
        what = f"{after.id}.{name}"
        if one is None and other is not None:
            needed = other.presence == "always"
            said = "is new and required" if needed else "is new"
            change = Change.BOTH if needed else Change.WIDER
            yield Difference(what=what, change=change, said=said, mark=other.mark)
        elif one is not None and other is None:
            change = Change.BOTH if one.presence == "always" else Change.NARROWER
            yield Difference(what=what, change=change, said="is gone: sending it is a finding now", mark=after.mark)
        elif one is not None and other is not None:
            if (one.presence, one.when) != (other.presence, other.when):
                change = {"always": Change.NARROWER, "sometimes": Change.WIDER}.get(other.presence, Change.UNKNOWN)
                said = f"is there {other.presence}, before {one.presence}"
                yield Difference(what=what, change=change, said=said, mark=other.mark)
            values = relation(param_schema(old, one), param_schema(new, other), old, new)
            if values is not Change.SAME and one.schema != other.schema:
                yield Difference(what=what, change=values, said="has other values", mark=other.mark)


def _counts(before: Event, after: Event) -> Change:
    low, high = after.count.low - before.count.low, _high(after) - _high(before)
    if low >= 0 and high <= 0:
        return Change.NARROWER
    return Change.WIDER if low <= 0 and high >= 0 else Change.BOTH


def _high(event: Event) -> float:
    return float("inf") if event.count.high is None else event.count.high


def _rules(old: Plan, new: Plan) -> Iterator[Difference]:
    """Compare what is said across events: what is added narrows, what is gone widens, what changed is looked at."""
    for name, before, after in (
        ("flow", {flow.id: flow for flow in old.flows}, {flow.id: flow for flow in new.flows}),
        ("pair", {pair.id: pair for pair in old.before}, {pair.id: pair for pair in new.before}),
        ("unique", {str(each.key): each for each in old.unique}, {str(each.key): each for each in new.unique}),
        ("same", {str(each.key): each for each in old.same}, {str(each.key): each for each in new.same}),
        ("gap", {str(each): each for each in old.timing.gaps}, {str(each): each for each in new.timing.gaps}),
        ("scenario", old.scenarios, new.scenarios),
    ):
        yield from _named(name, before, after)
    for rule in sorted(old.levels.keys() | new.levels.keys()):
        before_level, after_level = old.level(rule), new.level(rule)
        if before_level is not after_level:
            change = Change.NARROWER if after_level.rank > before_level.rank else Change.WIDER
            yield Difference(what=rule, change=change, said=f"is {after_level}, before {before_level}")
    for part in ("source", "policy", "order_by"):
        if getattr(old, part) != getattr(new, part):
            yield Difference(what=part, change=Change.UNKNOWN, said="is another")


def _named(
    kind: str, before: Mapping[str, msgspec.Struct], after: Mapping[str, msgspec.Struct]
) -> Iterator[Difference]:
    for name in [*before, *(name for name in after if name not in before)]:
        what = f"{kind} {name}"
        if name not in after:
            yield Difference(what=what, change=Change.WIDER, said="is gone")
        elif name not in before:
            yield Difference(what=what, change=Change.NARROWER, said="is new")
        elif _without_mark(before[name]) != _without_mark(after[name]):
            yield Difference(what=what, change=Change.UNKNOWN, said="is another")


def _without_mark(each: msgspec.Struct) -> dict[str, object]:
    return {key: value for key, value in msgspec.structs.asdict(each).items() if key != "mark"}


def relation(before: Schema, after: Schema, old: Plan, new: Plan) -> Change:
    """Decide by containment which of two schemas takes more; only a proof counts."""
    one, other = _canonical(before, old), _canonical(after, new)
    if one is None or other is None:
        return Change.SAME if before == after and old.schemas == new.schemas else Change.UNKNOWN
    match str(other.covers(one)), str(one.covers(other)):
        case "yes", "yes":
            return Change.SAME
        case "yes", _:
            return Change.WIDER
        case _, "yes":
            return Change.NARROWER
        case "no", "no":
            return Change.BOTH
        case _:
            return Change.SAME if before == after else Change.UNKNOWN


def _canonical(schema: Schema, plan: Plan) -> jsonschema_rs.CanonicalSchema | None:
    registry = jsonschema_rs.Registry([(WORKSPACE + path, file) for path, file in plan.schemas.items()])
    try:
        return jsonschema_rs.canonicalize(
            schema,
            draft=jsonschema_rs.Draft202012,
            validate_formats=True,
            pattern_options=PATTERNS,
            registry=registry,
            base_uri=WORKSPACE + plan.file,
            offline=True,
        )
    except ValueError:
        return None
