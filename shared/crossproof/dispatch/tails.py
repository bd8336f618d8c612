"""Cuts a job's log down to its end, as text that a reader can use."""

import re

_STAMP = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ?", re.MULTILINE)
_WIDEST = 1000


def tail(log: str, lines: int) -> str:
    """Give the last lines, without GitHub's time stamps, each of bounded width."""
    kept = _STAMP.sub("", log).rstrip("\r\n").split("\n")[-lines:] if lines > 0 else []
    return "\n".join(line if len(line) <= _WIDEST else line[: _WIDEST - 1] + "…" for line in kept)
