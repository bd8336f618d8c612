"""Writes a notice as each place shows it. Text from elsewhere stays text: it formats, links and mentions nothing."""

import re
from collections.abc import Callable
from typing import Any

from crossproof.report.markdown import code, inline, table
from crossproof.report.visible import short, visible
from crossproof.telling.notice import Notice, Stamp
from crossproof.verdict import SIGNS

DESCRIPTION = 140  # characters of a commit status' description; GitHub refuses more
_TITLE = 60
_SLACK_HEADER, _SLACK_TEXT, _SLACK_FALLBACK = 150, 3000, 3000  # characters, as sent
_COMMENT_SENTENCE = 8000
_MARKER = re.compile(r"<!-- crossproof/notify ((?:[a-z_]+=[0-9a-zA-Z:+.-]{1,64} ?){1,12})-->", re.ASCII)
_CONTROLS = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}  # the characters that Slack gives a meaning in any text


def as_comment(notice: Notice) -> str:
    """Write a comment; its first line, which is not shown, is the stamp."""
    stamp = " ".join(f"{name}={value}" for name, value in notice.stamp.written().items())
    facts = [*((name, code(said)) for name, said in notice.facts), *_run(notice)]
    parts = [
        f"<!-- crossproof/notify {stamp} -->",
        f"### {SIGNS[notice.verdict]} {notice.verdict}: {inline(short(notice.title, _SLACK_HEADER))}",
        inline(_cut(notice.sentence, _COMMENT_SENTENCE, str)),
        table([name for name, _ in facts], [[said for _, said in facts]]),
    ]
    if notice.remark:
        parts.append(f"> {inline(notice.remark)}")
    return "\n\n".join(parts).rstrip() + "\n"


def stamp_in(comment: str) -> Stamp | None:
    """Read the stamp of a comment: its very first characters, so that a quotation or a planted one is none."""
    found = _MARKER.match(comment)
    return Stamp.read(dict(part.split("=", 1) for part in found[1].split())) if found else None


def as_description(notice: Notice) -> str:
    """Write a commit status' description: what it is about, then the sentence, as far as GitHub takes it."""
    return short(description_head(notice) + notice.sentence, DESCRIPTION)


def description_head(notice: Notice) -> str:
    """Name what a status is about; titles that differ stay different, however long they are."""
    title = short(notice.title, 10_000).replace(": ", " ")
    if len(title) > _TITLE:
        title = f"{title[:_TITLE]}…{notice.stamp.topic[:4]}"
    return f"{title}: "


def as_slack(notice: Notice) -> dict[str, Any]:
    """Write a Slack message: blocks for those who see it, and the text that notifications and screen readers take."""
    run = [{"type": "mrkdwn", "text": f"<{notice.run_page}|{notice.run_name}>", "verbatim": True}]
    facts = [_plain(f"{name}: {said}", _SLACK_HEADER) for name, said in notice.facts] + (run if notice.run_page else [])
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(notice.headline, _SLACK_HEADER)},
        {"type": "section", "text": _plain(visible(notice.sentence).strip() or notice.reason, _SLACK_TEXT)},
        {"type": "context", "elements": facts},
    ]
    if notice.remark:
        blocks.append({"type": "context", "elements": [_plain(notice.remark, _SLACK_TEXT)]})
    fallback = _cut(f"{notice.headline}\n{notice.sentence}", _SLACK_FALLBACK, _escaped)
    return {"text": fallback, "blocks": blocks}


def _run(notice: Notice) -> list[tuple[str, str]]:
    return [("run", f"[{notice.run_name}]({notice.run_page})")] if notice.run_page else []


def _plain(text: str, most: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": _cut(text, most, _escaped), "emoji": False}


def _escaped(text: str) -> str:
    return re.sub(r"[&<>]", lambda found: _CONTROLS[found[0]], text)


def _cut(text: str, most: int, escaped: Callable[[str], str]) -> str:
    """Escape as much of a text as then fits; no escape is ever cut through."""
    shown = visible(text).strip()
    if len(written := escaped(shown)) <= most:
        return written
    kept, size = 0, 1  # the ellipsis
    while (size := size + len(escaped(shown[kept]))) <= most:
        kept += 1
    return escaped(shown[:kept]) + "…"
