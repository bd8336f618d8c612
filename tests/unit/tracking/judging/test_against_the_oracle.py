"""Whatever plan is made up and whatever is sent: the judge says of it what jsonschema says, which it never asks."""

import json
from datetime import date
from typing import Any

from hypothesis import given, reject
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.tracking import plan_of

from crossproof.documents import BadDocument
from crossproof.tracking.judging.record import Circumstances
from crossproof.tracking.judging.run import judge
from crossproof.tracking.plan.model import Plan
from crossproof.tracking.rules import Level

# Few values, so that schemas and what is sent meet; chosen where readers of JSON Schema are known to differ.
TEXTS = ["", "a", "ab", "12", "A1", "é", "😀", "no", "null", "2026-02-28", "2026-02-30", "127.0.0.1", "256.0.0.1", " "]
NUMBERS = [0, 1, -1, 2, 3, 10, 1.0, 0.5, -2.5, 10**30]
KEYS = ["a", "b", "ab"]
SCALARS = st.sampled_from([None, True, False, *NUMBERS, *TEXTS])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)
COUNTS = st.integers(0, 3)
LIMITS = st.sampled_from([-1, 0, 1, 2, 0.5])
# Only what both read alike: Python's `re` is another language than the plan's from \d on.
PATTERNS = st.sampled_from(["^[0-9]+$", "^[a-z]*$", "a", "^(a|1)", "é"])
FORMATS = st.sampled_from(["date", "ipv4"])
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])


def words(inner: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    """Every assertion of a plan's grammar but those that name other schemas."""
    named = st.dictionaries(st.sampled_from(KEYS), inner, min_size=1, max_size=2)
    several = st.lists(inner, min_size=1, max_size=2)
    keys = st.lists(st.sampled_from(KEYS), unique=True, max_size=2)
    return {
        "type": st.just("string") | TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
        "enum": st.lists(VALUES, min_size=1, max_size=4),
        "const": VALUES,
        "pattern": PATTERNS,
        "format": FORMATS,
        "multipleOf": st.sampled_from([1, 2, 0.5]),
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), COUNTS),
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), LIMITS),
        **dict.fromkeys(("minContains", "maxContains"), COUNTS),
        "uniqueItems": st.booleans(),
        **dict.fromkeys(
            ("items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else"), inner
        ),
        **dict.fromkeys(("unevaluatedItems", "unevaluatedProperties"), inner),
        **dict.fromkeys(("prefixItems", "allOf", "anyOf", "oneOf"), several),
        **dict.fromkeys(("properties", "dependentSchemas"), named),
        "patternProperties": st.dictionaries(st.sampled_from(["^a", "b$"]), inner, min_size=1, max_size=2),
        "required": keys,
        "dependentRequired": st.dictionaries(st.sampled_from(KEYS), keys, min_size=1, max_size=2),
    }


def some_of(choices: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    often = st.sampled_from(["type", "type", "enum", "const", "pattern", "minLength", "minimum"])
    chosen = st.lists(often | st.sampled_from(sorted(choices)), max_size=3, unique=True)
    return chosen.flatmap(lambda names: st.fixed_dictionaries({name: choices[name] for name in names}))


FLAT = some_of(words(st.booleans()))
SCHEMAS = FLAT | some_of(words(st.booleans() | FLAT))
PRESENCE = st.sampled_from(["always", "always", "always", "sometimes", "when", "when", "never"])


@st.composite
def params(draw: st.DrawFn) -> dict[str, Any]:
    """Make up the params of an event, as a plan writes them."""
    made = {}
    for name in draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True)):
        schema = draw(SCHEMAS)
        presence = draw(PRESENCE)
        condition = {"when": {"/params/kind": draw(st.sampled_from(["x", 1]))}} if presence == "when" else {}
        made[name] = {**schema, "presence": presence, **condition}
    return made | {"kind": {"presence": "sometimes"}}


@st.composite
def situations(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Make up params as planned, and many as sent: mostly those of the plan, now and then one that it does not know."""
    planned = draw(params())
    values = st.sampled_from(
        [None, "", "x", 1, *(value for param in planned.values() for value in param.get("enum", []))]
    )
    wanted = [name for name, param in planned.items() if param["presence"] != "never"]
    fit = st.fixed_dictionaries({}, optional=dict.fromkeys(wanted, values | VALUES))
    odd = st.dictionaries(st.sampled_from([*KEYS, "kind", "other"]), values, max_size=4)
    return planned, draw(st.lists(fit | fit | odd, min_size=5, max_size=20))


def expected(planned: dict[str, Any], sent: dict[str, Any], unpopulated: list[object]) -> bool:
    """Say by jsonschema, and by what the plan's format promises of presence, whether params are as planned."""
    if set(sent) - set(planned):
        return False
    for name, param in planned.items():
        schema = {word: value for word, value in param.items() if word not in {"presence", "when"}}
        filled = name in sent and not any(sent[name] == none and type(sent[name]) is type(none) for none in unpopulated)
        fits = filled and Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).is_valid(
            sent[name]
        )
        holds = "when" not in param or (type(k := sent.get("kind")), k) == (type(w := param["when"]["/params/kind"]), w)
        match param["presence"]:
            case "never" if name in sent:
                return False
            case "always" if not fits:
                return False
            case "when" if holds and not fits:
                return False
            case "when" | "sometimes" if filled and not fits:
                return False
    return True


def written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


@given(situation=situations(), null=st.booleans(), empty=st.booleans())
def test_the_judge_and_the_oracle_agree(situation, null, empty):
    planned, sent = situation
    policy = {
        "unknown_param": "error",
        "null_is": "missing" if null else "value",
        "empty_string_is": "missing" if empty else "value",
    }
    events = {"home": {"match": {"name": "home"}, "params": planned}}
    try:
        plan = plan_of(f"policy: {written(policy)}\nevents: {written(events)}\n")
    except BadDocument:
        reject()  # what it is refused for is tested elsewhere: bounds that cross, an `if` without a `then`
    lines = [written({"name": "home", "timestamp": 1, "params": params}).encode() for params in sent]
    wrong = {number: said for number, line in enumerate(lines) if (said := refused(plan, line))}
    unpopulated = [None] * null + [""] * empty
    assert set(wrong) == {n for n, params in enumerate(sent) if not expected(planned, params, unpopulated)}, wrong
    assert bool(refused(plan, b"\n".join(lines))) is bool(wrong)


def refused(plan: Plan, content: bytes) -> list[str]:
    judgement = judge([("a.jsonl", [content])], plan, Circumstances(today=date(2026, 6, 1)))
    found = (group for group in judgement.groups if group.rule.startswith("param/") and group.level is Level.ERROR)
    return [group.sentence for group in found]
