"""The examples of the rules: they run as tests, and the rules page shows them."""

from pathlib import Path
from typing import Any

from crossproof.yaml12 import Marks, parse


def fixtures() -> dict[str, Any]:
    """Read all examples, by rule."""
    found: dict[str, Any] = {}
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        read = parse(path.read_bytes(), path.name, Marks())
        if not isinstance(read, dict):
            raise TypeError(path)
        found |= read
    return found
