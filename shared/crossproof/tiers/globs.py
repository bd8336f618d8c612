"""Decides whether a path fits patterns written as in .gitignore: the last one that fits counts, `!` takes back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_CLASS = re.compile(r"\[(!|\^)?(\]?[^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns in their order, the later stronger."""

    lines: Sequence[str]

    def __post_init__(self) -> None:
        """Refuse what can never fit, such as an unfinished `[`."""
        for line in self.lines:
            _compiled(line)

    def decides(self, path: str) -> str:
        """Give the pattern because of which the path fits; empty if it does not."""
        last = ""
        for line in self.lines:
            negated, found = _compiled(line)
            if found.fullmatch(path):
                last = "" if negated else line
        return last


def no_pattern_of_files(pattern: str) -> str:
    """Say why files below a folder cannot be looked for by a pattern; empty where they can."""
    if pattern.startswith("/"):
        return "begins with /, and patterns are relative"
    if any("**" in part and part != "**" for part in pattern.split("/")):
        return "has a ** that is not all between two /"
    return ""


@lru_cache(maxsize=1024)
def _compiled(line: str) -> tuple[bool, re.Pattern[str]]:
    negated = line.startswith("!")
    body = line[1:] if negated else line
    if body.startswith(("\\!", "\\#")):
        body = body[1:]
    only_folders = body.endswith("/")
    body = body.rstrip("/")
    if not body:
        raise ValueError(f"{line!r} is a pattern that fits nothing")
    anchored = "/" in body
    head = "" if anchored else "(?:.*/)?"
    # A pattern that fits a folder fits everything in it.
    tail = "/.*" if only_folders else "(?:/.*)?"
    return negated, re.compile(head + _translated(body.lstrip("/"), line) + tail, re.DOTALL)


def _translated(body: str, line: str) -> str:
    parts: list[str] = []
    at = 0
    while at < len(body):
        rest = body[at:]
        if rest.startswith("**/") and (at == 0 or body[at - 1] == "/"):
            parts.append("(?:.*/)?")
            at += 3
        elif rest == "**" and (at == 0 or body[at - 1] == "/"):
            parts.append(".+")
            at += 2
        elif rest[0] == "*":
            parts.append("[^/]*")
            at += len(rest) - len(rest.lstrip("*"))
        elif rest[0] == "[":
            found = _CLASS.match(rest)
            if not found:
                raise ValueError(f"{line!r} has a `[` without its `]`")
            parts.append(_character_class(found, line))
            at += found.end()
        elif rest[0] == "\\" and len(rest) > 1:
            parts.append(re.escape(rest[1]))
            at += 2
        else:
            parts.append("[^/]" if rest[0] == "?" else re.escape(rest[0]))
            at += 1
    return "".join(parts)


def _character_class(found: re.Match[str], line: str) -> str:
    inner = found[2].replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace("&&", "&\\&")
    written = f"(?!/)[{'^' if found[1] else ''}{inner}]"
    try:
        re.compile(written)
    except re.error:
        raise ValueError(f"{line!r} has a range that ends before it begins") from None
    return written
