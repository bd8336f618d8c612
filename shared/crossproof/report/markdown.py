"""Makes Markdown in which text from elsewhere stays text: no cell, code span, link, mention or HTML of its own."""

import re
from collections.abc import Sequence

from crossproof.report.visible import visible

_SPECIAL = re.compile(r"[\\`*_\[\]~$|#!&<>@]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@&#8203;"}  # the last: nobody is mentioned by a report
_BLOCK_AT_START = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")
_BACKTICKS = re.compile(r"`+")
_DETAILS = re.compile(r"<details(?: open)?>.*?</details>[ \t]*\n?", re.DOTALL)
_DROPPED = "> Details left out: the page would be longer than GitHub shows. The report files have them.\n"
_CUT = "> Cut here: the page would be longer than GitHub shows. The report files have the rest.\n"
_TO_CLOSE = 200  # bytes kept back to close what the cut leaves open


def inline(text: str) -> str:
    """Write foreign text within a line of Markdown, or a cell of a table; its line ends become `<br>`."""
    escaped = _SPECIAL.sub(lambda m: _ENTITIES.get(m[0], f"\\{m[0]}"), visible(text).strip())
    started = _BLOCK_AT_START.sub(lambda m: f"{m[1]}&#{ord(m[2][0])};{m[2][1:]}", escaped)
    return re.sub(r"\s*\n\s*", "<br>", started)


def code(text: str) -> str:
    """Write foreign text as code within a line or a cell."""
    shown = re.sub(r"\s*\n\s*", " ", visible(text).strip())
    if not shown:
        return ""
    if "|" in shown:  # a code span cannot hold one that is right both in a cell and outside
        return f"<code>{inline(shown)}</code>"
    fence = "`" * (max(map(len, _BACKTICKS.findall(shown)), default=0) + 1)
    pad = " " if shown[0] == "`" or shown[-1] == "`" else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def block(text: str, language: str = "") -> str:
    """Write foreign text as a block of code, whatever fences it holds itself."""
    shown = visible(text).strip("\n")
    fence = "`" * max(3, max(map(len, _BACKTICKS.findall(shown)), default=0) + 1)
    return f"{fence}{language}\n{shown}\n{fence}\n"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Write a table of cells that are Markdown already; `right` numbers the columns of figures."""
    rule = ["---:" if column in right else "---" for column in range(len(headings))]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (headings, rule, *rows))


def details(title: str, body: str) -> str:
    """Fold Markdown away under a title."""
    return f"<details><summary>{inline(title)}</summary>\n\n{body.rstrip()}\n\n</details>\n"


def shortened(markdown: str, limit: int) -> str:
    """Bring a page down to so many bytes: first without its details, then cut at a line; either way it says so."""
    page = markdown if markdown.endswith("\n") or not markdown else markdown + "\n"
    if _size(page) <= limit:
        return page
    blocks = list(_DETAILS.finditer(page))
    for found in sorted(blocks, key=lambda m: -len(m.group())):
        page = page.replace(found.group(), _DROPPED, 1)
        if _size(page) <= limit:
            return page
    return _cut_at_a_line(page, limit)


def _cut_at_a_line(page: str, limit: int) -> str:
    room = limit - _size(_CUT) - _TO_CLOSE
    if room <= 0:
        return _CUT if _size(_CUT) <= limit else ""
    head = page.encode("utf-8", "backslashreplace")[:room].decode(errors="ignore")
    kept = head[: head.rfind("\n") + 1] or head + "\n"
    fence = _open_fence(kept)
    unclosed = kept.count("<details") - kept.count("</details>")
    closed = (f"{fence}\n" if fence else "") + "</details>\n" * unclosed + "\n"
    return kept + (closed if _size(closed) < _TO_CLOSE else "\n") + _CUT


def _open_fence(text: str) -> str:
    fence = ""
    for found in re.finditer(r"^ {0,3}(`{3,}|~{3,})(.*)$", text, re.MULTILINE):
        if not fence:
            fence = found[1]
        elif found[1].startswith(fence) and not found[2].strip():
            fence = ""
    return fence


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))
