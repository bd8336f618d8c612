"""Decides whether what a child left as its outputs is what it must be: one JSON object of texts, within bounds."""

import json
from collections.abc import Mapping

from crossproof.units import clip

MOST_BYTES = 1024 * 1024
MOST_ZIPPED = 2 * MOST_BYTES  # a zip of incompressible text is a little larger than the text


def read_outputs(content: bytes) -> Mapping[str, str]:
    """Read them, or raise ValueError with what is wrong."""
    if len(content) > MOST_BYTES:
        raise ValueError(f"it has {len(content)} bytes; at most {MOST_BYTES} are read")
    try:
        found = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_no_duplicates)
    except UnicodeDecodeError:
        raise ValueError("it is no UTF-8") from None
    except (json.JSONDecodeError, RecursionError) as fault:
        raise ValueError(f"it is no JSON ({fault})") from None
    if not isinstance(found, dict):
        raise ValueError(f"it must be one JSON object, and is a {type(found).__name__}")  # noqa: TRY004 - it is a text's fault
    for name, value in found.items():
        if not isinstance(value, str):
            raise ValueError(f"the value of {clip(name)} must be a text; quote it")  # noqa: TRY004 - as above
    return found


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {clip(name)} stands there twice")
        found[name] = value
    return found
