"""Which JSON Schema keywords a plan may use: those that assert something, so that a misspelled one cannot pass unread.

Both engines accept `{requried: [a]}` and an unknown `format` without a word. Keywords that only annotate or that
name remote documents (`$id`, `$vocabulary`, `contentMediaType` …) are left out: they would check nothing.
"""

from typing import Any

Grammar = dict[str, Any]

# What jsonschema-rs checks; any other word would be accepted and mean nothing.
FORMATS = (  # noqa: SIM905 - one word a line would be longer and say no more
    "date date-time duration email hostname idn-email idn-hostname ipv4 ipv6 iri iri-reference json-pointer regex "
    "relative-json-pointer time uri uri-reference uri-template uuid"
).split()
TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"]

_COUNT = {"type": "integer", "minimum": 0}
_NUMBER = {"type": "number"}
_SCHEMA = {"$ref": "#/$defs/schema"}
_SCHEMAS = {"type": "array", "items": _SCHEMA, "minItems": 1}
_NAMED_SCHEMAS = {"type": "object", "additionalProperties": _SCHEMA}
_WORDS = {"type": "array", "items": {"type": "string"}}

ASSERTIONS: Grammar = {
    "type": {
        "description": "The JSON type, or a list of them.",
        "if": {"type": "array"},
        "then": {"items": {"enum": TYPES}, "minItems": 1, "uniqueItems": True},
        "else": {"enum": TYPES},
    },
    "enum": {"description": "The values that may stand here.", "type": "array", "minItems": 1},
    "const": {"description": "The one value that may stand here."},
    "pattern": {
        "description": "A regular expression the text must match somewhere; anchor it with ^ and $.",
        "type": "string",
    },
    "format": {"description": "A named form of text, checked strictly.", "enum": FORMATS},
    "minLength": _COUNT,
    "maxLength": _COUNT,
    "minimum": _NUMBER,
    "maximum": _NUMBER,
    "exclusiveMinimum": _NUMBER,
    "exclusiveMaximum": _NUMBER,
    "multipleOf": {"type": "number", "exclusiveMinimum": 0},
    "items": _SCHEMA,
    "prefixItems": _SCHEMAS,
    "contains": _SCHEMA,
    "minContains": _COUNT,
    "maxContains": _COUNT,
    "minItems": _COUNT,
    "maxItems": _COUNT,
    "uniqueItems": {"type": "boolean"},
    "properties": _NAMED_SCHEMAS,
    "patternProperties": _NAMED_SCHEMAS,
    "additionalProperties": _SCHEMA,
    "propertyNames": _SCHEMA,
    "unevaluatedItems": _SCHEMA,
    "unevaluatedProperties": _SCHEMA,
    "required": {**_WORDS, "uniqueItems": True},
    "dependentRequired": {"type": "object", "additionalProperties": _WORDS},
    "dependentSchemas": _NAMED_SCHEMAS,
    "minProperties": _COUNT,
    "maxProperties": _COUNT,
    "allOf": _SCHEMAS,
    "anyOf": _SCHEMAS,
    "oneOf": _SCHEMAS,
    "not": _SCHEMA,
    "if": _SCHEMA,
    "then": _SCHEMA,
    "else": _SCHEMA,
    "$ref": {
        "description": "Another schema: `#/$defs/…` of the same file, or a file of the workspace beside the plan.",
        "type": "string",
    },
    "$defs": _NAMED_SCHEMAS,
}
REMARKS: Grammar = {
    "title": {"type": "string"},
    "description": {"type": "string"},
    "$comment": {"type": "string"},
    "default": {},
    "examples": {"type": "array"},
    "deprecated": {"type": "boolean"},
}
SCHEMA: Grammar = {
    "description": "a JSON Schema (2020-12), or true or false",
    "if": {"type": "boolean"},
    "else": {"type": "object", "properties": {**ASSERTIONS, **REMARKS}, "additionalProperties": False},
}
# A schema that stands in a file of its own may say what it is.
SCHEMA_FILE: Grammar = {
    "type": "object",
    "properties": {
        **ASSERTIONS,
        **REMARKS,
        "$schema": {"const": "https://json-schema.org/draft/2020-12/schema"},
        "$id": {"type": "string"},
    },
    "additionalProperties": False,
    "$defs": {"schema": SCHEMA},
}
