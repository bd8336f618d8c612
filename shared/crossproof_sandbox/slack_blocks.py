"""Which blocks Slack takes, and what it makes of the texts in them: whom they mention, and what they link."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

_MOST_BLOCKS, _MOST_ELEMENTS = 50, 10
_LONGEST = {"header": 150, "section": 3000, "context": 3000}
_NAME = re.compile(r"(?<!\S)[@#][\w-]+")
_CONTROL = re.compile(r"<([!@#]?[^<>|]+)(?:\|[^<>]*)?>")


def check_blocks(blocks: Sequence[Any]) -> list[str]:
    """Name what Slack refuses."""
    if not isinstance(blocks, list) or len(blocks) > _MOST_BLOCKS:
        return ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]
    return [
        f"[ERROR] {fault} [json-pointer:/blocks/{at}]" for at, block in enumerate(blocks) for fault in _faults(block)
    ]


def mentions_in(text: str, blocks: Sequence[dict[str, Any]], *, names: bool) -> list[str]:
    """Give the targets of all that comes alive: in mrkdwn whatever stands in `<…>`, in plain text nothing."""
    alive = [text, *(said["text"] for block in blocks for said in _texts(block) if said["type"] == "mrkdwn")]
    return [found[1] for said in alive for found in _CONTROL.finditer(said)] + (_NAME.findall(text) if names else [])


def _faults(block: dict[str, Any]) -> Iterator[str]:
    kind = block.get("type")
    if kind not in _LONGEST:
        yield f"unsupported type: {kind}"
        return
    texts = list(_texts(block))
    if not texts or len(texts) > _MOST_ELEMENTS:
        yield "wrong number of texts"
    for said in texts:
        if said.get("type") not in {"plain_text", "mrkdwn"} or (kind == "header" and said["type"] != "plain_text"):
            yield "invalid text object"
        elif not 0 < len(str(said.get("text", ""))) <= _LONGEST[kind]:
            yield f"must be between 1 and {_LONGEST[kind]} characters"
        elif set(said) - ({"type", "text", "emoji"} if said["type"] == "plain_text" else {"type", "text", "verbatim"}):
            yield "invalid additional property"


def _texts(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from block["elements"] if block.get("type") == "context" else [block["text"]]
