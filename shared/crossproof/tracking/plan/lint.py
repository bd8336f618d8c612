"""Finds what a plan says in vain, twice, or more loosely than it looks: it is read all the same, but not as meant."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import combinations
from typing import Any

from crossproof.documents import Remark
from crossproof.tracking.plan.model import Event, Param, Plan, Scope
from crossproof.tracking.pointers import Pointer
from crossproof.units import clip

_PERSONAL = ("email", "e_mail", "phone", "first_name", "last_name", "full_name", "birth", "iban")


def lint(plan: Plan, today: date) -> Sequence[Remark]:
    """List all remarks, in the order of the plan."""
    checks: Sequence[Callable[[Plan, date], Iterator[Remark]]] = (
        _overlaps,
        _expired,
        _patterns,
        _loose,
        _types,
        _where,
        _threads,
        _flows,
        _scenarios,
        _personal,
    )
    return sorted({remark for check in checks for remark in check(plan, today)})


def _overlaps(plan: Plan, today: date) -> Iterator[Remark]:  # noqa: ARG001 - one signature for all checks
    """Two events that can be the same line, neither more exact than the other."""
    for one, other in combinations(plan.events.values(), 2):
        exact = [(len(event.where), event.name is None, event.type is None) for event in (one, other)]
        if exact[0] == exact[1] and _meet(one.name, other.name) and _meet(one.type, other.type):
            values = dict(one.where)
            if all(values.get(pointer, value) == value for pointer, value in other.where):
                what = f"`{other.id}` matches lines that `{one.id}` matches too."
                yield Remark(other.mark, what, "Tell them apart by `type` or `where`.")


def _meet(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def _expired(plan: Plan, today: date) -> Iterator[Remark]:
    for event in plan.events.values():
        if event.expires and today >= event.expires:
            mark = event.marks.get("expires", event.mark)
            yield Remark(mark, f"`{event.id}` expired on {event.expires}.", "Remove it, or move `expires`.")
    for ignore in plan.ignores:
        if today > ignore.until:
            what = f"the ignore of {ignore.rule} ended on {ignore.until}: its findings count."
            yield Remark(ignore.mark, what, "Remove it, or move `until`.")


def _patterns(plan: Plan, today: date) -> Iterator[Remark]:  # noqa: ARG001
    for _, param in _params(plan):
        for pattern in _said(param.schema, "pattern"):
            if isinstance(pattern, str) and not (pattern.startswith("^") or pattern.endswith("$")):
                mark = param.marks.get("pattern", param.mark)
                what = f"the pattern {clip(pattern)} matches anywhere in a text."
                yield Remark(mark, what, "Anchor it with ^ and $.")


def _loose(plan: Plan, today: date) -> Iterator[Remark]:  # noqa: ARG001
    for event, param in _params(plan):
        if not param.schema and param.presence != "never":
            what = f"`{event.id}.{param.name}` may be anything."
            yield Remark(param.mark, what, "Give it a type, an enum, a pattern or a format.")


def _types(plan: Plan, today: date) -> Iterator[Remark]:  # noqa: ARG001
    """A param that is planned with one type here and another there."""
    first: dict[str, tuple[Event, Param]] = {}
    for event, param in _params(plan):
        known = first.setdefault(param.name, (event, param))
        types = [_widened(each.types) for each in (known[1], param)]
        if all(types) and types[0].isdisjoint(types[1]):
            said = [" or ".join(sorted(each)) for each in types]
            what = f"`{param.name}` is {said[1]} in `{event.id}` and {said[0]} in `{known[0].id}`."
            yield Remark(param.mark, what, "Send one type.")


def _widened(types: frozenset[str]) -> frozenset[str]:
    return types | {"number"} if "integer" in types else types


def _where(plan: Plan, today: date) -> Iterator[Remark]:  # noqa: ARG001
    """A condition of `match` that the event's own params do not hold to."""
    for event in plan.events.values():
        for pointer, value in event.where:
            name = pointer.below(plan.source.params)
            param = event.params.get(name) if name else None
            if name and param is None and event.params:
                what = f"`{event.id}` is told by {pointer}, which is none of its params."
                yield Remark(event.marks.get("match", event.mark), what, "Plan it.")
            elif param and param.schema.get("const", value) != value:
                what = f"`{event.id}` is told by {pointer} being {clip(str(value))}, and plans another `const`."
                yield Remark(param.mark, what)


def _threads(plan: Plan, today: date) -> Iterator[Remark]:  # noqa: ARG001
    """A scope or a key that an event it is asked of does not carry for sure."""
    asked: list[tuple[Scope, frozenset[str], Any]] = [
        *((flow.scope, frozenset(e for step in flow.steps for e in step.events), flow.mark) for flow in plan.flows),
        *((gap.scope, frozenset({gap.start, gap.end}), gap.mark) for gap in plan.timing.gaps),
    ]
    for scope, events, mark in asked:
        name = scope.below(plan.source.params) if isinstance(scope, Pointer) else None
        for event in sorted(events) if name else ():
            param = plan.events[event].params.get(name or "")
            if param is None or param.presence != "always":
                what = f"the threads are told apart by {scope}, which `{event}` need not carry."
                yield Remark(mark, what, "Plan the param there as always present.")


def _flows(plan: Plan, today: date) -> Iterator[Remark]:
    """A step that cannot happen any more, or whose event is also forbidden in the flow."""
    for flow in plan.flows:
        for event in (plan.events[name] for step in flow.steps for name in step.events):
            if event.count.high == 0 or event.deprecated or (event.expires and today >= event.expires):
                yield Remark(flow.mark, f"flow `{flow.id}` waits for `{event.id}`, which is not expected any more.")
            if event.id in flow.never:
                yield Remark(flow.mark, f"flow `{flow.id}` both walks over `{event.id}` and forbids it.")


def _scenarios(plan: Plan, today: date) -> Iterator[Remark]:  # noqa: ARG001
    walked = {event for scenario in plan.scenarios.values() for event in scenario.require}
    for event in plan.events.values() if plan.scenarios else ():
        if event.id not in walked and event.count.low > 0 and not event.deprecated:
            what = f"`{event.id}` is expected, and no scenario requires it: it is never missed."
            yield Remark(event.mark, what, "Require it in a scenario, or plan `count: 0..*`.")


def _personal(plan: Plan, today: date) -> Iterator[Remark]:  # noqa: ARG001
    for _, param in _params(plan):
        if any(word in param.name.lower() for word in _PERSONAL) and not param.sensitive and param.presence != "never":
            what = f"`{param.name}` sounds like personal data."
            yield Remark(param.mark, what, "Say `sensitive: true`, so that its values are never shown.")


def _params(plan: Plan) -> Iterator[tuple[Event, Param]]:
    return ((event, param) for event in plan.events.values() for param in event.params.values())


def _said(schema: Any, keyword: str) -> Iterator[Any]:
    """Find all values of a keyword in a schema."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == keyword:
                yield value
            yield from _said(value, keyword)
    elif isinstance(schema, list):
        for each in schema:
            yield from _said(each, keyword)
