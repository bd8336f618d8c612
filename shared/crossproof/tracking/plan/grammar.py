"""The grammar of a tracking plan: the one source of the strict loader, the editor's hints and the published schema.

Written in draft-07 on purpose: editors' YAML servers understand it. Params' own schemas are JSON Schema 2020-12.
"""

from typing import Any

from crossproof.tracking.plan.keywords import ASSERTIONS, REMARKS, SCHEMA, Grammar
from crossproof.tracking.rules import LEVELS, RULES, SWITCHABLE

_POINTER = {
    "type": "string",
    "pattern": "^(/([^~/]|~[01])*)+$",
    "$comment": "a JSON Pointer, such as /params/page_name",
}
_SPAN = {
    "type": "string",
    "pattern": r"^[0-9]+(\.[0-9]+)?(ms|s|m|h)$",
    "$comment": "a span of time, such as 250ms, 5s or 2m",
}
_DATE = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "$comment": "a date, such as 2027-01-31"}
_NAME = {"type": "string", "minLength": 1, "maxLength": 200}
_ID = {
    "type": "string",
    "pattern": "^[A-Za-z_][A-Za-z0-9_.-]{0,99}$",
    "$comment": "a name of letters, digits, _ . and -",
}
_LEVEL = {"enum": list(LEVELS)}
_FILE = {"type": "string", "minLength": 1, "description": "a file of the workspace, relative to this plan"}
_WORDS = {"type": "array", "items": _NAME}
_IDS = {"type": "array", "items": _ID, "minItems": 1}
_RANGES = "a number, or a range such as 1..3 or 0..*"
_RANGE = {
    "if": {"type": "string"},
    "then": {"pattern": r"^[0-9]{1,9}\.\.([0-9]{1,9}|\*)$", "$comment": _RANGES},
    "else": {
        "if": {"type": "object"},
        "then": {
            "properties": {"min": {"type": "integer", "minimum": 0}, "max": {"type": "integer", "minimum": 0}},
            "additionalProperties": False,
        },
        "else": {"type": "integer", "minimum": 0, "$comment": _RANGES},
    },
}
_SCOPE = {
    "description": "file (the default), session, or a JSON Pointer whose value tells one thread of events from another",
    "if": {"enum": ["file", "session"]},
    "else": _POINTER,
}


def _closed(description: str, required: list[str], /, **properties: Any) -> Grammar:
    """Describe a mapping that knows exactly these keys."""
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _said(description: str, grammar: Grammar) -> Grammar:
    return {**grammar, "description": description}


_TEXT = {"type": "string"}
_LEVELS_BY_RULE = {
    "description": "rule (or a whole family such as time/*) to level",
    "type": "object",
    "properties": dict.fromkeys([*SWITCHABLE, *sorted({f"{rule.split('/')[0]}/*" for rule in SWITCHABLE})], _LEVEL),
    "additionalProperties": False,
}
_PRESENCE: Grammar = {
    "presence": _said(
        "always: must be there and populated (the default). when: must be there if `when` holds. "
        "sometimes: may be missing. never: must not be there.",
        {"enum": ["always", "when", "sometimes", "never"]},
    ),
    "when": {
        "description": "JSON Pointers and the values they must have for `presence: when`.",
        "type": "object",
        "propertyNames": _POINTER,
        "minProperties": 1,
    },
    "sensitive": _said("Holds personal data: its values are never shown.", {"type": "boolean"}),
    "$type": _said("A type of `types` to start from.", _ID),
}
PARAM: Grammar = {
    "description": "a JSON Schema (2020-12) with `presence`, `when`, `sensitive` and `$type`",
    "if": {"type": "boolean"},
    "then": {"const": True, "$comment": "true (or a schema): to forbid a param, write `presence: never`"},
    "else": {"type": "object", "properties": {**_PRESENCE, **ASSERTIONS, **REMARKS}, "additionalProperties": False},
}
_PARAMS = {
    "description": "param name to its schema",
    "type": "object",
    "propertyNames": _NAME,
    "additionalProperties": PARAM,
}

_MATCH = _closed(
    "Which lines of a log are this event.",
    [],
    name=_said("The value at `source.name`.", _TEXT),
    type=_said("The value at `source.type`.", _TEXT),
    where=_said(
        "JSON Pointers and the values they must have.",
        {"type": "object", "propertyNames": _POINTER, "minProperties": 1},
    ),
)
_EXAMPLE_EVENT = {
    "description": "a whole event, or a file that holds one",
    "if": {"type": "string"},
    "else": {"type": "object"},
}
_EXAMPLES = _closed(
    "Events that run as tests of the plan (`crossproof plan test`).",
    [],
    valid={"type": "array", "items": _EXAMPLE_EVENT},
    invalid={
        "type": "array",
        "items": _closed(
            "A change to the first valid example (or a whole event), and the rule that must speak.",
            ["expect"],
            drop=_said("The param to leave out.", _NAME),
            set=_said("Params to set.", {"type": "object", "minProperties": 1}),
            event=_EXAMPLE_EVENT,
            expect={
                "description": "the rule that must be broken",
                "enum": [r for r in RULES if r.startswith(("param/", "event/"))],
            },
        ),
    },
)
_EVENT = _closed(
    "One event of the app.",
    ["match"],
    match=_MATCH,
    description=_said("What the user did.", _TEXT),
    owner=_said("Who answers for it.", _TEXT),
    links=_said("Where more is written about it.", _WORDS),
    since=_said("The app version that sends it first.", _TEXT),
    expires=_said("From this date on, seeing it is a finding.", _DATE),
    deprecated=_said("Why it should no longer be sent, and what replaces it.", _TEXT),
    platforms=_said("Only these platforms send it.", {**_WORDS, "minItems": 1}),
    use=_said("Bundles whose params it carries.", {"type": "array", "items": _ID}),
    params=_PARAMS,
    schema=_said("A JSON Schema file that the whole event must satisfy too.", _FILE),
    unknown_param=_said("How bad a param is that the plan does not know.", _LEVEL),
    count=_said("How often it is expected in a run; at least once unless said otherwise.", _RANGE),
    severity=_LEVELS_BY_RULE,
    examples=_EXAMPLES,
)
_STEP_KEYS: Grammar = {
    "event": _ID,
    "any": _said("One of these events.", _IDS),
    "within": _said("At most this long after the step before.", _SPAN),
    "repeat": _RANGE,
}
_STEP = {
    "description": "an event, or a mapping with event or any, within and repeat",
    "if": {"type": "string"},
    "then": _ID,
    "else": {
        "type": "object",
        "properties": _STEP_KEYS,
        "additionalProperties": False,
        "if": {"type": "object", "required": ["any"]},
        "then": {"not": {"required": ["event"]}},
        "else": {"required": ["event"]},
    },
}
_FLOW = {
    "description": "`steps` in order, or `before: [a, b]`: no b without an a before it",
    "if": {"required": ["before"]},
    "then": _closed(
        "No second event without the first before it.",
        ["before"],
        id=_ID,
        before={"type": "array", "items": _ID, "minItems": 2, "maxItems": 2},
        scope=_SCOPE,
    ),
    "else": _closed(
        "Events in order.",
        ["id", "steps"],
        id=_ID,
        description=_TEXT,
        scope=_SCOPE,
        mode=_said(
            "subsequence: other events may come between (the default). contiguous: none may. "
            "exact: the scope holds these steps and nothing else.",
            {"enum": ["subsequence", "contiguous", "exact"]},
        ),
        steps={"type": "array", "items": _STEP, "minItems": 1, "maxItems": 100},
        never=_said("Events that must not happen in the scope.", _IDS),
    ),
}
_SAMPLES = _said("Below this many gaps, `p95` is not judged (20).", {"type": "integer", "minimum": 1})
_GAP = {
    "description": "time between two events",
    "if": {"required": ["event"]},
    "then": _closed(
        "Time from one to the next of the same event.",
        ["event"],
        event=_ID,
        scope=_SCOPE,
        p95=_SPAN,
        max=_SPAN,
        min_samples=_SAMPLES,
    ),
    "else": _closed(
        "Time from the last `from` to a `to`.",
        ["from", "to"],
        **{"from": _ID},
        to=_ID,
        scope=_SCOPE,
        p95=_SPAN,
        max=_SPAN,
        min_samples=_SAMPLES,
    ),
}
_TIMING = _closed(
    "When things may happen.",
    [],
    monotonic=_said("How bad it is when a line is older than the line before it.", _LEVEL),
    window=_closed(
        "Events must lie inside the run that recorded them.",
        ["from", "to"],
        **{"from": {"enum": ["run_start"]}},
        to={"enum": ["run_end"]},
        skew=_said("How far two clocks may differ.", _SPAN),
    ),
    gaps={"type": "array", "items": _GAP},
    double_fire=_closed(
        "The same event twice in a moment.",
        ["within", "key"],
        within=_SPAN,
        key={
            "type": "array",
            "minItems": 1,
            "items": {"description": "name, or a JSON Pointer", "if": {"const": "name"}, "else": _POINTER},
        },
    ),
)
_SOURCE = _closed(
    "Where in a line of the log the parts of an event stand.",
    [],
    name=_POINTER,
    type=_POINTER,
    time=_POINTER,
    params=_POINTER,
    id=_POINTER,
    session=_POINTER,
    sequence=_said("A number that orders events of the same time.", _POINTER),
    time_unit=_said("Unit of numbers at `time`.", {"enum": ["auto", "s", "ms", "us", "iso"]}),
)
_POLICY = _closed(
    "How strict the plan is.",
    [],
    unknown_event=_LEVEL,
    unknown_param=_LEVEL,
    min_events=_said("Fewer events than this prove nothing.", {"type": "integer", "minimum": 1}),
    null_is=_said("Whether null counts as a value.", {"enum": ["missing", "value"]}),
    empty_string_is=_said('Whether "" counts as a value.', {"enum": ["missing", "value"]}),
)
_SCENARIO = _closed(
    "One walk through the app.",
    ["require"],
    description=_TEXT,
    files=_said("Logs of this scenario, by a glob on their names.", _TEXT),
    require=_said("Events that this walk must send.", _IDS),
)
_IGNORE = _closed(
    "Findings that are known and accepted for a while.",
    ["rule", "until", "reason"],
    rule={"description": "the rule to ignore", "enum": list(SWITCHABLE)},
    event=_ID,
    param=_NAME,
    until=_said("The last day it is ignored.", _DATE),
    reason=_said("Why, and where it will be fixed.", {"type": "string", "minLength": 3}),
)
_BASELINE = _closed(
    "Hints for learning and comparing a baseline.",
    [],
    volatile=_said("Params whose values differ each time.", _WORDS),
    run_constant=_said("Params that keep one value within a run.", _WORDS),
    min_runs=_said("From this many runs on, values are compared as errors.", {"type": "integer", "minimum": 3}),
)

PLAN: Grammar = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Crossproof tracking plan",
    **_closed(
        "What an app is meant to send.",
        ["plan", "name", "version", "events"],
        plan={"description": "The version of this format: 1.", "const": 1},
        name=_NAME,
        version=_said("The version of this plan, quoted.", {"type": "string", "minLength": 1, "maxLength": 100}),
        description=_TEXT,
        owner=_TEXT,
        extends=_said("Plans to start from; what stands here wins.", {"type": "array", "items": _FILE}),
        source=_SOURCE,
        order_by=_said("What decides the order of events.", {"enum": ["time", "line"]}),
        policy=_POLICY,
        severity=_LEVELS_BY_RULE,
        types={"description": "Named types.", "type": "object", "propertyNames": _ID, "additionalProperties": PARAM},
        bundles={
            "description": "Named groups of params.",
            "type": "object",
            "propertyNames": _ID,
            "additionalProperties": _PARAMS,
        },
        events={
            "description": "Events by their id.",
            "type": "object",
            "propertyNames": _ID,
            "additionalProperties": _EVENT,
            "minProperties": 1,
        },
        flows={"type": "array", "items": _FLOW},
        unique={
            "type": "array",
            "items": _closed(
                "Values that occur once.",
                ["key"],
                key=_POINTER,
                across={"enum": ["file", "all_files"]},
                events=_said("Only these events.", _IDS),
            ),
        },
        same={
            "type": "array",
            "items": _closed("Values that do not change.", ["key"], key=_POINTER, scope=_SCOPE, events=_IDS),
        },
        timing=_TIMING,
        scenarios={"type": "object", "propertyNames": _ID, "additionalProperties": _SCENARIO},
        baseline=_BASELINE,
        ignore={"type": "array", "items": _IGNORE},
    ),
    "$defs": {"schema": SCHEMA},
}
# A plan that others extend need not be whole.
PART: Grammar = {**PLAN, "required": ["plan"]}
