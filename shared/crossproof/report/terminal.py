"""Writes a page of our Markdown for a person at a terminal: aligned tables, bold headings, nothing escaped."""

import html
import re
import textwrap
from collections.abc import Iterator

_CODE_OR_ESCAPE = re.compile(
    r"(?P<ticks>`+) ?(?P<code>.+?) ?(?P=ticks)|\\(?P<char>[\\`*_\[\]~$|#!])|\*\*(?P<bold>.+?)\*\*"
    r"|(?<!\\)\[(?P<text>.+?)(?<!\\)\]\((?P<target>[^()\s]+)\)"
)
_CELL_END = re.compile(r"(?<!\\)\|")
_SUMMARY = re.compile(r"<details(?: open)?><summary>(?P<title>.*?)</summary>|</details>")
_RULE = re.compile(r"\|(?: ?:?-+:? ?\|)+")
_LAST_COLUMN = 72


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
    """Align all columns but the last, which is wrapped."""
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows if column < len(row)) for column in range(len(rows[0]) - 1)]
    lines = []
    for row in rows:
        head = "  ".join(f"{cell:<{width}}" for cell, width in zip(row[:-1], widths, strict=False))
        first, *more = textwrap.wrap(row[-1], _LAST_COLUMN) or [""]
        lines += [f"  {head}  {first}".rstrip(), *(" " * (len(head) + 4) + part for part in more)]
    return ["", *lines, ""]
