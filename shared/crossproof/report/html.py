"""Makes HTML pages that stand alone: nothing is fetched, and text from elsewhere stays text."""

import base64
import hashlib
from html import escape

from crossproof.report.visible import visible


class Html(str):
    """Markup of ours. Any other text is escaped where it meets markup."""

    __slots__ = ()


_VOID = frozenset({"meta", "br", "input", "circle", "line", "rect"})


def tag(name: str, /, *inside: str, **attributes: str | float | None) -> Html:
    """Make one element. `class_` and `data_x` are written `class` and `data-x`; None leaves an attribute out."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_text(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID and not inside:
        return Html(f"<{name}{given}>" if name in {"meta", "br", "input"} else f"<{name}{given}/>")
    return Html(f"<{name}{given}>{joined(*inside)}</{name}>")


def joined(*parts: str) -> Html:
    """Put parts together; what is no markup of ours is escaped."""
    return Html("".join(part if isinstance(part, Html) else _text(part) for part in parts))


def document(title: str, body: Html, *, style: str, script: str) -> str:
    """Make a page that may run this script and no other, and load nothing at all."""
    rules = [
        "default-src 'none'",
        f"style-src '{_hash(style)}'",
        f"script-src '{_hash(script)}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content="; ".join(rules)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        Html(f"<style>{style}</style>"),
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', body, Html(f'<script>{script}</script>')), lang='en')}\n"


def _text(value: str) -> str:
    return escape(visible(value), quote=True)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
