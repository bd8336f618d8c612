"""Writes names and texts of others into a plan, so that YAML reads exactly these."""

import re
from collections.abc import Container

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_NOT_OF_AN_ID = re.compile(r"[^A-Za-z0-9_]+", re.ASCII)
# What some reader of YAML takes for something else than text.
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_LONGEST_ID = 80
# What YAML does not allow raw, or what a reader's eye does not see.
_TO_ESCAPE = re.compile('["\\\\\x00-\x1f\x7f-\xa0\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]')


def quoted(text: str) -> str:
    """Write a text; plain where nobody can misread it."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return f'"{_TO_ESCAPE.sub(lambda found: _escaped(found[0]), text)}"'


def _escaped(char: str) -> str:
    return f"\\{char}" if char in '"\\' else f"\\U{ord(char):08x}"


def id_of(name: str, hint: str, taken: Container[str]) -> str:
    """Make an id of a name; where it is taken, the hint or else a number tells the two apart."""
    base = _NOT_OF_AN_ID.sub("_", name)[:_LONGEST_ID].strip("_") or "event"
    base = f"_{base}" if base[0].isdigit() else base
    short = _NOT_OF_AN_ID.sub("_", hint)[:15].strip("_")
    made, number = base, 2
    if made in taken and short:
        made = f"{base}_{short}"
    while made in taken:
        made, number = f"{base}_{number}", number + 1
    return made
