"""The official JSON-Schema-Test-Suite, draft 2020-12, as it ships in the sdist of the jsonschema that is locked."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jsonschema_rs import Registry

HOME = Path(__file__).parents[1] / ".cache/json-schema-suite" / version("jsonschema")
REMOTES = (
    "http://localhost:1234/"  # where the suite says that its remote schemas are; they are registered, never fetched
)
PARTS = {"required": "*.json", "optional": "optional/*.json", "format": "optional/format/*.json"}
# What the two schemas under test may refer to; the drafts from before 2019 are other languages.
_FOREIGN = ("draft3", "draft4", "draft6", "draft7", "draft-next", "v1")


@dataclass(frozen=True)
class Case:
    """One value, one schema, and whether the one is valid by the other."""

    file: str
    group: str
    name: str
    schema: Any
    value: Any
    valid: bool

    def __str__(self) -> str:
        return f"{self.file}: {self.group}: {self.name}"


def missing() -> str:
    """Say why the suite is not here, or nothing."""
    return "" if HOME.is_dir() else "no JSON-Schema-Test-Suite here (.ci/schema-suite fetches it)"


def cases(part: str) -> Iterator[Case]:
    """Read the cases of a part."""
    tests = HOME / "tests/draft2020-12"
    for path in sorted(tests.glob(PARTS[part])):
        name = path.relative_to(tests).as_posix().removesuffix(".json")
        for group in json.loads(path.read_text("utf-8")):
            for test in group["tests"]:
                yield Case(
                    name, group["description"], test["description"], group["schema"], test["data"], test["valid"]
                )


def registry() -> Registry:
    """Register the remote schemas that the cases refer to."""
    found = ((path.relative_to(HOME / "remotes").as_posix(), path) for path in (HOME / "remotes").rglob("*.json"))
    remotes = {name: json.loads(path.read_text("utf-8")) for name, path in found if not name.startswith(_FOREIGN)}
    return Registry([(REMOTES + name, schema) for name, schema in remotes.items()])
