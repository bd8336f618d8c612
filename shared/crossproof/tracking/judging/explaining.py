"""Puts into words why the engine refused an event's params: one finding per param and rule, without its values."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import jsonschema_rs
import msgspec

from crossproof.tracking.plan.model import Engine, Event, Policy
from crossproof.units import clip

MOST_ERRORS = 200  # of one event

_RULES = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), "param/range"),
    **dict.fromkeys(("minLength", "maxLength"), "param/length"),
    **dict.fromkeys(
        ("minItems", "maxItems", "uniqueItems", "contains", "additionalItems", "unevaluatedItems"), "param/items"
    ),
    **dict.fromkeys(("type", "enum", "const", "pattern", "format"), ""),
}


class Refusal(msgspec.Struct, frozen=True):
    """One thing wrong with an event."""

    rule: str
    param: str
    reason: str
    value: object = None


def explain(engine: Engine, planned: Event, params: Mapping[str, object], policy: Policy) -> Iterator[Refusal]:
    """Say everything that is wrong; never nothing, since the engine has refused."""
    said: set[tuple[str, str]] = set()
    for error in islice(engine.iter_errors(params), MOST_ERRORS):
        for refusal in _refusals(error, planned, params, policy):
            if (refusal.rule, refusal.param) not in said:
                said.add((refusal.rule, refusal.param))
                yield refusal
    if not said:
        yield Refusal("param/schema", "", "is refused by the engine without a reason")


def _refusals(
    error: jsonschema_rs.ValidationError, planned: Event, params: Mapping[str, object], policy: Policy
) -> Iterable[Refusal]:
    kind, path = error.kind, error.instance_path
    if not path:
        return _about_the_whole(error, planned, params)
    name = str(path[0])
    value = params.get(name)
    if "then" in error.schema_path and error.schema_path[0] == "allOf":
        return [Refusal("param/conditional", name, "is not populated although its condition holds", value)]
    param = planned.params.get(name)
    if param and param.presence == "never":
        return [Refusal("param/forbidden", name, "is there", value)]
    if value in policy.unpopulated:
        return [Refusal("param/empty", name, "is null" if value is None else "is the empty text", value)]
    inner = "".join(f"/{step}" for step in path[1:])
    rule = _RULES.get(kind.name, "param/schema") or f"param/{kind.name}"
    if inner and rule in {"param/type", "param/schema"}:
        rule = "param/items" if isinstance(value, list) else rule
    reason = _reason(kind.name, kind.as_dict(), error.instance)
    return [Refusal(rule, name, f"{inner} {reason}".strip(), value)]


def _about_the_whole(
    error: jsonschema_rs.ValidationError, planned: Event, params: Mapping[str, object]
) -> Iterable[Refusal]:
    said = error.kind.as_dict()
    match error.kind.name:
        case "required":
            rule = "param/conditional" if error.schema_path[0] == "allOf" else "param/missing"
            reason = "is not there" if rule == "param/missing" else "is not there although its condition holds"
            return [Refusal(rule, said["property"], reason)]
        case "additionalProperties":
            return [_stranger(name, planned, params) for name in said["unexpected"]]
        case "type":
            return [Refusal("event/envelope", "", "has params that are no object")]
        case word:
            return [Refusal("param/schema", "", _reason(word, said, error.instance))]


def _stranger(name: str, planned: Event, params: Mapping[str, object]) -> Refusal:
    twin = next((known for known in planned.params if known.casefold() == name.casefold()), None)
    if twin:
        return Refusal("param/casing", name, f"is planned as {clip(twin)}", params.get(name))
    return Refusal("param/unknown", name, "is not planned", params.get(name))


def _reason(word: str, said: Mapping[str, Any], value: object) -> str:
    """Say why a value was refused, in words that stay the same from event to event."""
    match word:
        case "type":
            return f"is {type_name(value)}, not {' or '.join(sorted(said['types']))}"
        case "enum":
            return f"is none of the {len(said['options'])} planned values"
        case "const":
            return f"is not {clip(str(said['expected_value']))}"
        case "pattern":
            return f"does not match {clip(said['pattern'], 80)}"
        case "format":
            return f"is no {said['format']}"
        case _:
            return _bound(word, said)


def _bound(word: str, said: Mapping[str, Any]) -> str:
    limit = said.get("limit", said.get("multiple_of"))
    bounds = {
        "minimum": "is less than",
        "maximum": "is more than",
        "exclusiveMinimum": "is not more than",
        "exclusiveMaximum": "is not less than",
        "multipleOf": "is no multiple of",
        "minLength": "is shorter than",
        "maxLength": "is longer than",
        "minItems": "has fewer items than",
        "maxItems": "has more items than",
        "minProperties": "has fewer keys than",
        "maxProperties": "has more keys than",
    }
    words = {
        "uniqueItems": "holds an item twice",
        "contains": "holds no item of the kind it must",
        "not": "is what it must not be",
        "anyOf": "fits none of the alternatives",
        "oneOf": "fits none, or more than one, of the alternatives",
        "required": f"lacks {clip(str(said.get('property', '')))}",
        "additionalProperties": "has keys that are not planned",
    }
    if word in bounds:
        return f"{bounds[word]} {limit}"
    return words.get(word, f"breaks `{clip(word)}`")


def type_name(value: object) -> str:
    """Name a value's JSON type."""
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "integer" if isinstance(value, int) else "number"
        case str():
            return "string"
        case list() | dict():
            return "array" if isinstance(value, list) else "object"
        case _:
            return "null"
