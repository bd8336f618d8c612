"""Cuts the operations that the sandbox speaks out of GitHub's REST description, without its prose.

`make rest` installs npm's @octokit/openapi in a temporary folder (385 MB, so never in the repository) and writes
`github.json` beside this file: plain JSON Schema, because OpenAPI 3.0's `nullable` and its patches per API version are
resolved here, once.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from crossproof_sandbox.routing import operations

PACKAGE = "@octokit/openapi"
TARGET = Path(__file__).with_name("github.json")
# The versions beside the description's own (2022-11-28) that the suite asks for.
VERSIONS = ("2026-03-10",)

Json = dict[str, Any]

_PROSE = frozenset(
    {"description", "example", "examples", "externalDocs", "title", "deprecated", "nullable", "discriminator"}
)
_NAMED = frozenset({"properties", "patternProperties", "schemas"})  # below these, keys are names and never prose


def subset(description: Json, wanted: Iterable[tuple[str, str]]) -> Json:
    """Keep these operations and every schema they reach."""
    found = {f"{method} {path}": _operation(description, method, path) for method, path in sorted(wanted)}
    schemas: Json = {}
    waiting = sorted(_references(found))
    while waiting:
        name = waiting.pop()
        if name not in schemas:
            schemas[name] = _schema(description["components"]["schemas"][name])
            waiting.extend(_references(schemas[name]))
    return {"operations": found, "schemas": dict(sorted(schemas.items()))}


def _operation(description: Json, method: str, path: str) -> Json:
    entry = description["paths"].get(path, {}).get(method.lower())
    if entry is None:
        raise SystemExit(f"GitHub's REST description has no {method} {path}")
    result = _shape(description, entry)
    changes = entry.get("x-github-breaking-changes", [])
    versions = {
        version: changed
        for version in VERSIONS
        if (changed := _shape(description, _patched(entry, (c for c in changes if c["version"] == version)))) != result
    }
    return result | ({"versions": versions} if versions else {})


def _shape(description: Json, entry: Json) -> Json:
    resolve = _resolver(description)
    parameters = [resolve(parameter) for parameter in entry.get("parameters", [])]
    body = entry.get("requestBody")
    return {
        "parameters": [
            {"name": p["name"], "in": p["in"], "required": p.get("required", False), "schema": _schema(p["schema"])}
            for p in parameters
        ],
        "body": _json_schema(resolve(body)) if body else None,
        "body_required": bool(body and body.get("required", True)),
        "answers": {status: _json_schema(resolve(answer)) for status, answer in entry["responses"].items()},
    }


def _json_schema(content: Json) -> Json | None:
    for kind, value in content.get("content", {}).items():
        if kind.endswith("json"):
            schema: Json = _schema(value["schema"])
            return schema
    return None


def _resolver(description: Json) -> Callable[[Json], Json]:
    def resolve(value: Json) -> Json:
        if "$ref" not in value:
            return value
        found: Any = description
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return resolve(found)

    return resolve


def _schema(value: Any, *, names: bool = False) -> Any:
    """Turn an OpenAPI 3.0 schema into JSON Schema: no prose, and `nullable` written as a type."""
    if isinstance(value, list):
        return [_schema(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value and not names:  # OpenAPI 3.0 ignores whatever stands beside a reference
        return {"$ref": value["$ref"].replace("#/components/schemas/", "#/schemas/")}
    kept = {
        key: _schema(item, names=key in _NAMED)
        for key, item in value.items()
        if names or (key not in _PROSE and not key.startswith("x-"))
    }
    return _nullable(kept) if value.get("nullable") is True and not names else kept


def _nullable(schema: Json) -> Json:
    if "enum" in schema and None not in schema["enum"]:
        schema = schema | {"enum": [*schema["enum"], None]}
    match schema.get("type"):
        case str(kind):
            return schema | {"type": [kind, "null"]}
        case _ if any(key in schema for key in ("anyOf", "oneOf", "allOf")):
            return {"anyOf": [schema, {"type": "null"}]}
        case _:
            return schema


def _patched(entry: Json, changes: Iterable[Json]) -> Json:
    """Apply a version's changes: some are JSON Patch (a list), some JSON Merge Patch (an object)."""
    result: Json = json.loads(json.dumps(entry))
    for change in changes:
        patch = change["patch"]
        if isinstance(patch, dict):
            _merge(result, patch)
            continue
        for step in patch:
            *parents, last = (part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:])
            place: Any = result
            for part in parents:
                place = place[part]
            if step["op"] == "remove":
                del place[last]
            else:
                place[last] = step["value"]
    return result


def _merge(target: Json, patch: Mapping[str, Any]) -> None:
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = value


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"].rpartition("/")[2]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(_references(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(_references(item) for item in value))
    return set()


def _written(result: Json) -> str:
    """Write one line for each operation and each schema, so that a new version is a readable change."""
    parts = [
        f"{json.dumps(part)}: {{\n"
        + ",\n".join(f"{json.dumps(key)}: {json.dumps(value, sort_keys=True)}" for key, value in entries.items())
        + "\n}"
        for part, entries in result.items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main(asked: Sequence[str]) -> int:
    """Write the subset of the newest description, or compare the committed one with the release it was taken from."""
    version = json.loads(TARGET.read_text())["source"]["version"] if asked == ["--check"] else "latest"
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "install", "--silent", "--no-save", "--prefix", folder, f"{PACKAGE}@{version}"]
        subprocess.run(command, check=True)
        package = Path(folder, "node_modules", PACKAGE)
        version = json.loads((package / "package.json").read_text())["version"]
        description = json.loads((package / "generated" / "api.github.com.json").read_text())
        licence = (package / "LICENSE").read_text()
    source = {"package": PACKAGE, "version": version, "licence": licence}
    text = _written({"source": source, **subset(description, operations())})
    if asked == ["--check"]:
        if text != TARGET.read_text():
            print(f"{TARGET.name} is not what {PACKAGE} {version} says of our operations: make rest", file=sys.stderr)
            return 1
        return 0
    TARGET.write_text(text)
    print(f"{TARGET.name}: {len(operations())} operations of {PACKAGE} {version}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
