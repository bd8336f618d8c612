"""Whatever plan is made up and whatever is sent: the judge says of it what jsonschema says, which it never asks."""

import json
from datetime import date
from typing import Any

from hypothesis import given, reject
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.tracking import plan_of

from crossproof.documents import BadDocument
from crossproof.tracking.judging.kinds import kinds_of
from crossproof.tracking.judging.lines import LineJudge
from crossproof.tracking.log.chunks import Chunk
from crossproof.tracking.plan.model import Plan
from crossproof.tracking.redaction import Redaction
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
    often = [word for word in ("type", "type", "enum", "const", "pattern", "minLength", "minimum") if word in choices]
    chosen = st.lists(st.sampled_from(often) | st.sampled_from(sorted(choices)), max_size=3, unique=True)
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
def plain_params(draw: st.DrawFn) -> dict[str, Any]:
    """Make up params that the judge of long logs reads without asking the engine for all: texts, numbers, one of a few."""
    texts = some_of({"minLength": COUNTS, "maxLength": COUNTS, "pattern": PATTERNS, "format": FORMATS})
    few = st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3, unique=True)
    scalars = SCALARS.filter(lambda value: value is not None)
    schemas = st.one_of(
        texts.map(lambda schema: {"type": "string", **schema}),
        few.map(lambda values: {"enum": values}),
        few.map(lambda values: {"type": "string", "enum": values}),
        st.sampled_from(TEXTS).map(lambda value: {"const": value}),
        scalars.map(lambda value: {"const": value}),
        some_of({"minimum": LIMITS, "maximum": LIMITS}).map(lambda schema: {"type": "number", **schema}),
        st.sampled_from([["string", "integer"], ["boolean"], ["number", "string"], "integer", "boolean"]).map(
            lambda types: {"type": types}
        ),
        st.lists(scalars, min_size=1, max_size=3).map(lambda values: {"enum": values}),
    )
    presence = st.sampled_from(["always", "always", "sometimes", "never"])
    names = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True))
    return {name: {**draw(schemas), "presence": draw(presence)} for name in names}


@st.composite
def situations(draw: st.DrawFn, made: st.SearchStrategy[dict[str, Any]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Make up params as planned, and many as sent: mostly those of the plan, now and then one that it does not know."""
    planned = draw(made)
    known = [value for param in planned.values() for value in [*param.get("enum", []), param.get("const", "a")]]
    values = st.sampled_from([None, "", "x", 1, *known])
    wanted = {
        name: [value for value in [*known, *TEXTS, *NUMBERS, True, False, [], {}, ["a"]] if fits(param, value)]
        for name, param in planned.items()
        if param["presence"] != "never"
    }
    good = {name: st.sampled_from(fitting) if fitting else values for name, fitting in wanted.items()}
    fit = st.fixed_dictionaries(good) | st.fixed_dictionaries({}, optional=good)
    near = st.fixed_dictionaries({}, optional=dict.fromkeys(wanted, values | VALUES))
    odd = st.dictionaries(st.sampled_from([*KEYS, "kind", "other"]), values, max_size=4)
    return planned, draw(st.lists(fit | near | odd, min_size=5, max_size=20))


def fits(param: dict[str, Any], value: object) -> bool:
    schema = {word: said for word, said in param.items() if word not in {"presence", "when"}}
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).is_valid(value)


def expected(planned: dict[str, Any], sent: dict[str, Any], unpopulated: list[object]) -> bool:
    """Say by jsonschema, and by what the plan's format promises of presence, whether params are as planned."""
    if set(sent) - set(planned):
        return False
    for name, param in planned.items():
        filled = name in sent and not any(sent[name] == none and type(sent[name]) is type(none) for none in unpopulated)
        good = filled and fits(param, sent[name])
        holds = "when" not in param or same(sent.get("kind"), param["when"]["/params/kind"])
        match param["presence"]:
            case "never" if name in sent:
                return False
            case "always" if not good:
                return False
            case "when" if holds and not good:
                return False
            case "when" | "sometimes" if filled and not good:
                return False
    return True


def same(one: object, other: object) -> bool:
    """Compare as JSON does: 1 is 1.0, and true is neither."""
    return one == other and isinstance(one, bool) is isinstance(other, bool)


def written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


LONG = 1 << 30  # bytes of a log after which its lines are read into forms


@given(situation=situations(params()) | situations(plain_params()), null=st.booleans(), empty=st.booleans())
def test_the_judge_and_the_oracle_agree_however_long_the_log_is(situation, null, empty):
    planned, sent = situation
    policy = {
        "unknown_param": "error",
        "null_is": "missing" if null else "value",
        "empty_string_is": "missing" if empty else "value",
    }
    events = {"home": {"match": {"name": "home", "type": "view"}, "params": planned}}
    try:
        plan = plan_of(f"policy: {written(policy)}\nevents: {written(events)}\n")
    except BadDocument:
        reject()  # what it is refused for is tested elsewhere: bounds that cross, an `if` without a `then`
    lines = [written({"name": "home", "type": "view", "timestamp": 1, "params": params}).encode() for params in sent]
    unpopulated = [None] * null + [""] * empty
    wrong = {number for number, params in enumerate(sent) if not expected(planned, params, unpopulated)}
    for judge in (short(plan), long(plan, [line for number, line in enumerate(lines) if number not in wrong])):
        told = {number: said for number, line in enumerate(lines) if (said := refused(judge, line))}
        assert set(told) == wrong, told
        assert bool(refused(judge, b"\n".join(lines))) is bool(wrong)


def short(plan: Plan) -> LineJudge:
    return LineJudge(kinds_of(plan, platform="", today=date(2026, 6, 1)), Redaction())


def long(plan: Plan, good: list[bytes]) -> LineJudge:
    """Have read so much of the log that forms were made of its first good lines."""
    judge = short(plan)
    judge.read = LONG
    judge.judge(Chunk(0, b"\n".join(good)))
    return judge


def refused(judge: LineJudge, content: bytes) -> list[str]:
    found = judge.judge(Chunk(0, content)).findings.groups
    return [
        str(what) for what in found if what.rule.startswith("param/") and judge.plan.level(what.rule) is Level.ERROR
    ]
