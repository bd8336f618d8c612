"""Finds the plan's line that a finding broke: it shows in a pull request, which a line of a log does not."""

from crossproof.mark import Mark
from crossproof.tracking.findings import What
from crossproof.tracking.plan.model import NOWHERE, Plan

# Rule to the keywords of a param's schema that it may come from.
_KEYWORDS = {
    "param/type": ("type",),
    "param/enum": ("enum",),
    "param/const": ("const",),
    "param/pattern": ("pattern",),
    "param/format": ("format",),
    "param/range": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "param/length": ("minLength", "maxLength"),
    "param/conditional": ("when",),
    "param/forbidden": ("presence",),
}
_EVENT_KEYS = {
    "event/count": "count",
    "event/deprecated": "deprecated",
    "event/expired": "expires",
    "event/ambiguous": "match",
    "param/unknown": "params",
}
_TIMING_KEYS = {"time/window": "window", "time/out-of-order": "monotonic", "id/double-fire": "double_fire"}


def mark_of(plan: Plan, what: What) -> Mark:
    """Give the most exact place there is; the plan's first line if it is about none."""
    return _of_param(plan, what) or _of_rule(plan, what) or _of_event(plan, what) or Mark(plan.file, 1)


def _of_param(plan: Plan, what: What) -> Mark | None:
    event = plan.events.get(what.event)
    param = event.params.get(what.param) if event else None
    if param is None:
        return None
    return next((param.marks[word] for word in _KEYWORDS.get(what.rule, ()) if word in param.marks), param.mark)


def _of_event(plan: Plan, what: What) -> Mark | None:
    event = plan.events.get(what.event)
    if event is None:
        return None
    return event.marks.get(_EVENT_KEYS.get(what.rule, ""), event.mark)


def _of_rule(plan: Plan, what: What) -> Mark | None:
    """Find the flow, the gap or the key that a finding across lines is about."""
    marks = [
        *(flow.mark for flow in plan.flows if what.rule.startswith("order/") and f"flow {flow.id}" in what.reason),
        *(pair.mark for pair in plan.before if what.rule == "order/before" and pair.then == what.event),
        *(each.mark for each in plan.unique if what.rule.startswith("id/") and str(each.key) == what.param),
        *(each.mark for each in plan.same if what.rule == "same/differs" and str(each.key) == what.param),
        *(gap.mark for gap in plan.timing.gaps if what.rule == "time/gap" and gap.end == what.event),
    ]
    key = _TIMING_KEYS.get(what.rule)
    if key and key in plan.timing.marks:
        marks.append(plan.timing.marks[key])
    return next((mark for mark in marks if mark != NOWHERE), None)
