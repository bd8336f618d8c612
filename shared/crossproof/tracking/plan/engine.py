"""Turns a planned event into the one JSON Schema that accepts or refuses its params, and compiles it.

All that can be said of one event's params is put into one schema, so that a good line costs one call of the engine.
What the engine is never given: a way to the network or the disk, an unknown format, a pattern that can run away.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import jsonschema_rs

from crossproof.tracking.plan.model import Engine, Event, Param, Plan, Schema
from crossproof.tracking.pointers import Pointer
from crossproof.tracking.rules import Level

# How files of the workspace are named to the engine. Whatever is not registered under such a name is not to be had.
WORKSPACE = "workspace:///"
# With this matcher no text can make a pattern slow (`^(a+)+$` costs Python's `re` 8 s); it knows no look-around.
PATTERNS = jsonschema_rs.RegexOptions()
STRICT: dict[str, Any] = {
    "validate_formats": True,  # 2020-12 leaves it open, and a format that is not checked means nothing
    "ignore_unknown_formats": False,
    "pattern_options": PATTERNS,
    "offline": True,
}

Unusable = jsonschema_rs.ValidationError


class Compiler:
    """Compiles the schemas of one plan; each method raises `Unusable` if the engine refuses one."""

    def __init__(self, plan: Plan) -> None:
        """Register the plan's schema files: a `$ref` reaches them and nothing else."""
        self.plan = plan
        self.registry = jsonschema_rs.Registry([(WORKSPACE + path, file) for path, file in plan.schemas.items()])

    def params(self, event: Event) -> Engine:
        """Compile what the params of an event must be."""
        return self._compiled(params_schema(self.plan, event), self.plan.file)

    def row(self, schemas: Sequence[Schema]) -> Engine:
        """Compile what some values must be, one after the other."""
        return self._compiled({"prefixItems": [*schemas]}, self.plan.file)

    def param(self, param: Param) -> Engine:
        """Compile what one param must be, to find out whether it is this one that is refused."""
        return self._compiled({"properties": {param.name: param.schema}}, self.plan.file)

    def file(self, path: str) -> Engine:
        """Compile a schema file of the plan."""
        return self._compiled(self.plan.schemas[path], path)

    def _compiled(self, schema: Schema, base: str) -> Engine:
        return jsonschema_rs.Draft202012Validator(schema, registry=self.registry, base_uri=WORKSPACE + base, **STRICT)


def params_schema(plan: Plan, event: Event) -> dict[str, Any]:
    """Say in JSON Schema what an event's params must be."""
    asked = [param for param in event.params.values() if param.presence != "never"]
    closed = plan.level("param/unknown", event.id) is not Level.OFF
    conditions = [*_conditions(plan, event)]
    return {
        "type": "object",
        "properties": {
            param.name: param_schema(plan, param) if param.presence != "never" else False
            for param in event.params.values()
        },
        "required": [param.name for param in asked if param.presence == "always"],
        **({"additionalProperties": False} if closed else {}),
        **({"allOf": conditions} if conditions else {}),
    }


def param_schema(plan: Plan, param: Param) -> Schema:
    """Say in JSON Schema what one param must be when it is there: its own schema, and populated if it must be."""
    unpopulated = plan.policy.unpopulated
    if not unpopulated:
        return param.schema
    if param.presence != "always":
        return {"if": {"enum": unpopulated}, "else": param.schema} if param.schema else {}
    return _populated(param.schema, unpopulated)


def _populated(schema: Schema, unpopulated: list[object]) -> Schema:
    """Refuse null and "" in the cheapest way: most types and enums cannot be either to begin with."""
    match schema:
        case {} if not schema:
            return {"not": {"enum": unpopulated}}
        case {"type": "string"} if "" in unpopulated:
            return {**schema, "minLength": max(1, schema.get("minLength", 0))}
        case {"type": str(single)} if single != "null":
            return schema
        case {"const": value} | {"enum": [value]} if value not in unpopulated:
            return schema
        case {"enum": list(values)} if not any(value in unpopulated for value in values):
            return schema
        case _:
            return {"allOf": [schema, {"not": {"enum": unpopulated}}]}


def _conditions(plan: Plan, event: Event) -> Iterator[dict[str, Any]]:
    """Require what `presence: when` asks for; conditions outside of the params are judged beside the engine."""
    for param in event.params.values():
        keys = [pointer.below(plan.source.params) for pointer, _ in param.when]
        if param.presence == "when" and all(key is not None for key in keys):
            wanted = {key: {"const": value} for key, (_, value) in zip(keys, param.when, strict=True)}
            yield {
                "if": {"properties": wanted, "required": keys},
                "then": {"required": [param.name], "properties": {param.name: _must_hold(plan)}},
            }


def _must_hold(plan: Plan) -> Schema:
    return {"not": {"enum": plan.policy.unpopulated}} if plan.policy.unpopulated else {}


def outside_conditions(plan: Plan, event: Event) -> list[tuple[Param, tuple[tuple[Pointer, object], ...]]]:
    """List the conditions that reach outside of the params."""
    return [
        (param, tuple(param.when))
        for param in event.params.values()
        if param.presence == "when" and any(pointer.below(plan.source.params) is None for pointer, _ in param.when)
    ]
