"""Describes a plan for people who learn it: every event with its params, what comes after what, and real examples."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crossproof.report.markdown import block, code, inline, table
from crossproof.tracking.plan.model import Event, Flow, Param, Plan
from crossproof.tracking.plan.spans import shown
from crossproof.tracking.redaction import Redaction

Examples = Mapping[str, Mapping[str, Any]]  # one event's params each, by the event's id


def description(plan: Plan, examples: Examples, redaction: Redaction) -> str:
    """Write the whole description."""
    parts = [f"# {inline(plan.name)} {inline(plan.version)}\n"]
    parts += [f"{inline(plan.description)}\n"] if plan.description else []
    owner = f", owned by {inline(plan.owner)}" if plan.owner else ""
    parts.append(f"{len(plan.events)} events{owner}. Plan {code(plan.file)}, sha256 {code(plan.sha256[:12])}.\n")
    parts.append(_overview(plan))
    parts += [_event(plan, event, examples.get(event.id), redaction) for event in plan.events.values()]
    parts += ["## Flows\n", *(_flow(flow) for flow in plan.flows)] if plan.flows else []
    parts.append("\n".join(_rules(plan)))
    return "\n".join(part for part in parts if part)


def _overview(plan: Plan) -> str:
    rows = [
        (code(event.id), inline(_match(event)), inline(str(event.count)), inline(event.description))
        for event in plan.events.values()
    ]
    return "## Events\n\n" + table(("Event", "Is a line with", "How often", ""), rows)


def _match(event: Event) -> str:
    parts = [f"name {event.name}" if event.name else "", f"type {event.type}" if event.type else ""]
    parts += [f"{pointer} = {value}" for pointer, value in event.where]
    return ", ".join(filter(None, parts))


def _event(plan: Plan, event: Event, example: Mapping[str, Any] | None, redaction: Redaction) -> str:
    facts = [
        event.description,
        f"Owner: {event.owner}." if event.owner and event.owner != plan.owner else "",
        f"Since {event.since}." if event.since else "",
        f"Only on {', '.join(event.platforms)}." if event.platforms else "",
        f"Deprecated: {event.deprecated}." if event.deprecated else "",
        f"Wanted until {event.expires}." if event.expires else "",
    ]
    rows = [
        (code(param.name), _presence(param), code(_values(param)), inline(param.description))
        for param in event.params.values()
    ]
    parts = [f"### {inline(event.id)}\n", *(f"{inline(fact)}\n" for fact in facts if fact)]
    parts += [f"- {inline(link)}" for link in event.links]
    parts.append(table(("Param", "There", "Values", ""), rows) if rows else "It has no params.\n")
    if example is not None:
        parts.append("An example as it was sent:\n\n" + block(_example(event, example, redaction)))
    return "\n".join(parts)


def _presence(param: Param) -> str:
    if param.presence == "when":
        return inline("when " + " and ".join(f"{pointer} is {value}" for pointer, value in param.when))
    return param.presence + (", sensitive" if param.sensitive else "")


def _values(param: Param) -> str:
    """Say what may stand there, in the fewest words."""
    schema = param.schema
    match schema:
        case {"const": value}:
            return f"{value}"
        case {"enum": list(values)}:
            return " | ".join(map(str, values))
        case {"pattern": str(pattern)}:
            return pattern
        case {"format": str(form)}:
            return form
        case {"type": str(kind)}:
            return " ".join([kind, *_bounds(schema)])
        case _:
            return " ".join(schema) or "anything"


def _bounds(schema: Mapping[str, Any]) -> Iterator[str]:
    signs = {
        "minimum": "≥",
        "maximum": "≤",
        "exclusiveMinimum": ">",
        "exclusiveMaximum": "<",
        "minLength": "length ≥",
        "maxLength": "length ≤",
    }
    return (f"{sign} {schema[word]}" for word, sign in signs.items() if word in schema)


def _example(event: Event, example: Mapping[str, Any], redaction: Redaction) -> str:
    lines = []
    for name, value in example.items():
        param = event.params.get(name)
        lines.append(f"{name}: {redaction.shown(value, name, sensitive=bool(param and param.sensitive))}")
    return "\n".join(lines)


def _flow(flow: Flow) -> str:
    """Write a flow as numbered steps and as a diagram."""
    arrows = [f"  s{n}[{_label(step.events)}]" for n, step in enumerate(flow.steps)]
    arrows += [f"  s{n} -->{_within(flow, n + 1)} s{n + 1}" for n in range(len(flow.steps) - 1)]
    steps = [f"{n}. {_step(flow, n - 1)}" for n in range(1, len(flow.steps) + 1)]
    never = f"\nNever: {', '.join(map(code, sorted(flow.never)))}.\n" if flow.never else ""
    scope = f"per {flow.scope}" if flow.scope != "file" else "per log"
    mode = {"subsequence": "others may come between", "contiguous": "nothing comes between", "exact": "nothing else"}[
        flow.mode
    ]
    head = f"### {inline(flow.id)}\n\nIn order, {inline(scope)}; {mode}:\n"
    return "\n".join([head, *steps, never, "```mermaid\nflowchart LR", *arrows, "```\n"])


def _label(events: Sequence[str]) -> str:
    return '"' + " or ".join(events) + '"'


def _within(flow: Flow, step: int) -> str:
    within = flow.steps[step].within
    return f"|{shown(within)}|" if within is not None else ""


def _step(flow: Flow, number: int) -> str:
    step = flow.steps[number]
    often = f", {step.times} times" if (step.times.low, step.times.high) != (1, 1) else ""
    soon = f", within {shown(step.within)} of the step before" if step.within is not None else ""
    return " or ".join(map(code, step.events)) + often + soon


def _rules(plan: Plan) -> Iterator[str]:
    """Say what holds across events."""
    said = [f"{code(pair.then)} never comes without {code(pair.first)} before it." for pair in plan.before]
    said += [f"{code(str(each.key))} is another in every event." for each in plan.unique]
    said += [
        f"{code(str(each.key))} stays the same within a {'log' if each.scope == 'file' else code(str(each.scope))}."
        for each in plan.same
    ]
    for gap in plan.timing.gaps:
        bounds = [
            f"at most {shown(gap.max)}" if gap.max else "",
            f"95 of 100 within {shown(gap.p95)}" if gap.p95 else "",
        ]
        said.append(f"From {code(gap.start)} to {code(gap.end)}: {', '.join(filter(None, bounds))}.")
    if said:
        yield "## What holds across events\n"
        yield from (f"- {each}" for each in said)
        yield ""
