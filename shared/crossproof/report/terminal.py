"""Writes a page of our Markdown for a person at a terminal: aligned tables, bold headings, nothing escaped."""

import html
import re
import textwrap
from collections.abc import Iterator
from itertools import zip_longest

_CODE_OR_ESCAPE = re.compile(
    r"(?P<ticks>`+) ?(?P<code>.+?) ?(?P=ticks)|\\(?P<char>[\\`*_\[\]~$|#!])|\*\*(?P<bold>.+?)\*\*"
    r"|(?<!\\)\[(?P<text>.+?)(?<!\\)\]\((?P<target>[^()\s]+)\)"
)
_CELL_END = re.compile(r"(?<!\\)\|")
_SUMMARY = re.compile(r"<details(?: open)?><summary>(?P<title>.*?)</summary>|</details>")
_RULE = re.compile(r"\|(?: ?:?-+:? ?\|)+")
_LAST_COLUMN, _COLUMN = 72, 56  # characters; a longer word stays whole, so that it can be copied


def as_terminal(markdown: str, *, colours: bool) -> str:
    """Render what `report.markdown` makes; it need not understand any other Markdown."""
    bold = "\x1b[1m{}\x1b[0m" if colours else "{}"
    lines: list[str] = []
    table: list[list[str]] = []
    fence = ""
    for line in markdown.splitlines():
        if fence or line.startswith("```"):
            lines += [] if line.startswith("```") and (not fence or line == fence) else [f"    {line}"]
            fence = ("" if line == fence else fence) if fence else "`" * (len(line) - len(line.lstrip("`")))
        elif line.startswith("|"):
            if not _RULE.fullmatch(line):
                table.append([_plain(cell.strip(), bold) for cell in _CELL_END.split(line)[1:-1]])
        else:
            lines += [*_aligned(table), *_shown(line, bold)]
            table = []
    return re.sub(r"\n{3,}", "\n\n", "\n".join([*lines, *_aligned(table)])).strip("\n")


def _shown(line: str, bold: str) -> Iterator[str]:
    if line.startswith("#"):
        yield bold.format(_plain(line.lstrip("# "), "{}"))
    elif found := _SUMMARY.fullmatch(line.strip()):
        yield bold.format(_plain(found["title"], "{}")) if found["title"] else ""
    else:
        yield _plain(line, bold)


def _plain(text: str, bold: str) -> str:
    def one(found: re.Match[str]) -> str:
        if found["bold"]:
            return bold.format(_plain(found["bold"], "{}"))
        if found["target"]:
            return f"{_plain(found['text'], '{}')} ({found['target']})"
        return found["code"] or found["char"]

    plain = _CODE_OR_ESCAPE.sub(one, text.replace("<br>", " ").replace("\\|", "|"))
    return html.unescape(plain).replace("\u200b", "")


def _aligned(rows: list[list[str]]) -> list[str]:
    """Wrap the cells and align the columns."""
    if not rows:
        return []
    wrapped = [[*(_wrapped(cell, _COLUMN) for cell in row[:-1]), _wrapped(row[-1], _LAST_COLUMN)] for row in rows]
    columns = list(zip_longest(*wrapped, fillvalue=[""]))
    widths = [max(len(part) for cell in column for part in cell) for column in columns[:-1]]
    lines = []
    for row in wrapped:
        for parts in zip_longest(*row, fillvalue=""):
            head = "".join(f"{part:<{width}}  " for part, width in zip(parts[:-1], widths, strict=False))
            lines.append(f"  {head}{parts[-1]}".rstrip())
    return ["", *lines, ""]


def _wrapped(cell: str, width: int) -> list[str]:
    return textwrap.wrap(cell, width, break_long_words=False, break_on_hyphens=False) or [""]
