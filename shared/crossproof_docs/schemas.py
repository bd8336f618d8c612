"""Writes the JSON Schemas of reports from the types that the actions fill: at generation time, never at run time."""

import json
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from crossproof.report.envelope import WRITTEN_AS_TEXT

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _AsWritten(GenerateJsonSchema):
    """Our units stand in a report as the text that their `parse` reads."""

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        """Describe a unit by its text, any other dataclass by its fields."""
        if schema["cls"] in WRITTEN_AS_TEXT:
            return {"type": "string"}
        return super().dataclass_schema(schema)


def schema_of(kind: type, title: str) -> str:
    """Write one schema: what a reader of a report may rely on."""
    body: dict[str, Any] = TypeAdapter(kind).json_schema(schema_generator=_AsWritten, mode="serialization")
    return json.dumps({"$schema": _DIALECT, **body, "title": title}, indent=2, ensure_ascii=False) + "\n"
