"""Holds every request and every answer against GitHub's own REST description."""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from crossproof_sandbox.refusal import Refused

_SUBSET = Path(__file__).parent / "rest" / "github.json"

# Where GitHub really answers what its description does not allow; each with its source.
_NULL_TOO = (
    ("workflow-run", "head_repository"),  # null when the fork is gone (dawidd6/action-download-artifact reads it so)
    ("pull-request-simple", "head", "repo"),  # the same
    ("pull-request", "head", "repo"),
    ("pull-request", "head", "user"),
)
# Parameters whose format the description gives too narrowly.
_ANY_TEXT = frozenset({"created"})  # "date-time", though GitHub's search syntax for dates is meant (`>=D`, `D..E`)
_ERROR = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}


class Violation(AssertionError):
    """The sandbox answered what GitHub's description does not allow: a defect of the sandbox."""


class Description:
    """The description's subset; validators are compiled when they are first needed."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self._validators: dict[tuple[str, str, str], Any] = {}

    @cached_property
    def _subset(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(_SUBSET.read_text())
        for schema, *parents, name in _NULL_TOO:
            properties = loaded["schemas"][schema]["properties"]
            for parent in parents:
                properties = properties[parent]["properties"]
            properties[name] = {"anyOf": [properties[name], {"type": "null"}]}
        # Spelled out here as "allOf [user, enterprise]", which nothing fits; the named schema says "anyOf".
        loaded["operations"]["GET /app/installations"]["answers"]["200"]["items"] = {"$ref": "#/schemas/installation"}
        for entry in loaded["operations"].values():
            for parameter in entry["parameters"]:
                if parameter["name"] in _ANY_TEXT:
                    parameter["schema"] = {"type": "string"}
        return loaded

    def check_request(
        self, operation: str, version: str, params: Mapping[str, str], query: Mapping[str, str], body: Any
    ) -> None:
        """Refuse a request that does not fit, in GitHub's words."""
        entry = self._entry(operation, version)
        given = {"path": params, "query": query}
        known = {p["name"] for p in entry["parameters"] if p["in"] == "query"}
        if unknown := sorted(set(query) - known):
            raise Refused(400, f"{operation} has no query parameter {', '.join(unknown)}")
        for parameter in entry["parameters"]:
            value = given.get(parameter["in"], {}).get(parameter["name"])
            if value is not None:
                self._check_parameter(operation, version, parameter, value)
        schema = entry["body"]
        if schema is None:
            if body is not None:
                raise Refused(400, f"{operation} takes no body")
            return
        if body is None:
            if entry["body_required"]:
                raise Refused(400, "Body should be a JSON object")
            return
        self._check_body(operation, version, schema, body)

    def check_answer(self, operation: str, version: str, status: int, body: Any) -> None:
        """Raise `Violation` for an answer that does not fit."""
        entry = self._entry(operation, version)
        declared = str(status) in entry["answers"]
        if not declared and status < 400:
            raise Violation(f"{operation} never answers {status}")
        schema = entry["answers"].get(str(status)) if status < 400 else _ERROR
        if schema is None:
            if body is not None:
                raise Violation(f"{operation} answers {status} without a body")
            return
        error = next(self._validator(operation, version, str(status), schema).iter_errors(body), None)
        if error is not None:
            raise Violation(f"{operation} {status} at {_where(error)}: {error.message[:500]}")

    def _entry(self, operation: str, version: str) -> dict[str, Any]:
        entry: dict[str, Any] = self._subset["operations"][operation]
        changed: dict[str, Any] = entry.get("versions", {}).get(version, entry)
        return changed

    def _check_parameter(self, operation: str, version: str, parameter: dict[str, Any], value: str) -> None:
        validator = self._validator(operation, version, f"parameter {parameter['name']}", parameter["schema"])
        if not any(validator.is_valid(reading) for reading in _readings(value)):
            raise Refused(400, f"{parameter['name']}={value} does not fit {json.dumps(parameter['schema'])}")

    def _check_body(self, operation: str, version: str, schema: dict[str, Any], body: Any) -> None:
        errors = [_github_words(e) for e in self._validator(operation, version, "body", schema).iter_errors(body)]
        closed = "additionalProperties" not in schema and "properties" in schema
        if closed and isinstance(body, dict):
            unknown = sorted(set(body) - set(schema["properties"]))
            errors += [f'"{name}" is not a permitted key.' for name in unknown]
        if errors:
            raise Refused(422, "Invalid request.\n\n" + "\n".join(errors))

    def _validator(self, operation: str, version: str, part: str, schema: dict[str, Any]) -> Any:
        key = (operation, version, part)
        if key not in self._validators:
            import jsonschema_rs  # noqa: PLC0415 - not needed before the first request

            whole = schema | {"schemas": self._subset["schemas"]}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        return self._validators[key]


def _readings(value: str) -> list[Any]:
    """A parameter is text on the wire: it fits if any reading of it does."""
    readings: list[Any] = [value]
    if value.lstrip("-").isdecimal():
        readings.append(int(value))
    if value in {"true", "false"}:
        readings.append(value == "true")
    return readings


def _github_words(error: Any) -> str:
    """Say it as GitHub's API says it."""
    place = _where(error)
    match error.kind.name:
        case "maxProperties":
            return f"No more than {error.kind.limit} properties are allowed; {len(error.instance)} were supplied."
        case "required":
            return f'"{error.kind.property}" wasn\'t supplied.'
        case "type":
            return f"For '{place}', {json.dumps(error.instance)[:200]} is not of the right type."
        case _:
            return f"For '{place}', {error.message[:300]}"


def _where(error: Any) -> str:
    return "/".join(["properties", *map(str, error.instance_path)])
