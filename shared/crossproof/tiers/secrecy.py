"""Decides what of a secret must not be shown, in which forms, and takes it out of whatever tests say."""

import base64
import html
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from crossproof.units import SecretStr

_SHORTEST_LINE = 4  # of a secret of several lines
_SHORTEST_LEAF = 6  # of a secret that is JSON: below, it is a flag, a port or a region
SHORT = 4  # the runner's masks would blank ordinary text


def parts(secret: SecretStr) -> Sequence[str]:
    """Give the texts of which none may be shown: the whole, the values of a JSON document, and the lines of each."""
    value = secret.reveal()
    found: list[str] = []
    for whole in (value, *(leaf for leaf in _leaves(value) if len(leaf) >= _SHORTEST_LEAF)):
        found += [whole, whole.strip()]
        lines = [line.strip() for line in whole.splitlines()]
        found += [line for line in lines if len(lines) > 1 and len(line) >= _SHORTEST_LINE]
    return list(dict.fromkeys(text for text in found if text))


def _leaves(value: str) -> Iterator[str]:
    if not value.lstrip().startswith(("{", "[")):
        return
    try:
        todo: list[Any] = [json.loads(value)]
    except (ValueError, RecursionError):
        return
    while todo:
        match todo.pop():
            case dict() as mapping:
                todo += mapping.values()
            case list() as listed:
                todo += listed
            case str() as text:
                yield text
            case _:
                continue


class Scrubber:
    """Takes secrets out of texts, in the forms in which programs print them."""

    def __init__(self, secrets: Iterable[SecretStr] = ()) -> None:
        """Work the forms out once."""
        found: dict[str, None] = {}
        for secret in secrets:
            for part in parts(secret):
                found |= dict.fromkeys(_forms(part))
        # The longest first: a part of a secret must not break the whole before it is found.
        self._forms = sorted(found, key=lambda form: (-len(form), form))
        self.lines = max((form.count("\n") for form in self._forms), default=0)

    def text(self, text: str) -> str:
        """Give a text without them."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, "***")
        return text

    def data(self, value: Any) -> Any:
        """Do so in every text of a tree of data, keys of mappings included."""
        match value:
            case str():
                return self.text(value)
            case Mapping():
                return {self.text(str(key)): self.data(each) for key, each in value.items()}
            case list() | tuple():
                return [self.data(each) for each in value]
            case _:
                return value


def _forms(part: str) -> Iterator[str]:
    yield part
    if len(part) < SHORT:
        return
    quoted = json.dumps(part)[1:-1]
    yield from (quoted, json.dumps(part, ensure_ascii=False)[1:-1], repr(part)[1:-1], quote(part, safe=""))
    yield from (html.escape(part), html.escape(part, quote=False), part.replace("\n", "&#10;"))
    yield from (json.dumps(quoted)[1:-1], part.replace("\n", "\\n"))
    data = part.encode()
    for cut in range(3):  # wherever in a longer text it begins, base64 has one of three forms
        if len(data) > cut + SHORT:
            whole = base64.b64encode(data[cut:]).decode()
            yield whole.rstrip("=")[: len(whole.rstrip("=")) - (1 if len(data[cut:]) % 3 else 0)]


class Stream:
    """Scrubs what comes piece by piece: a secret of several lines is not missed where a piece ends."""

    def __init__(self, scrubber: Scrubber) -> None:
        """Start with nothing held back."""
        self._scrubber = scrubber
        self._held: list[str] = []

    def feed(self, line: str) -> Sequence[str]:
        """Take one line and give the lines that can be shown now."""
        self._held.append(line)
        whole = self._scrubber.text("\n".join(self._held)).split("\n")
        keep = self._scrubber.lines
        self._held = whole[len(whole) - keep :] if keep else []
        return whole[: len(whole) - keep] if keep else whole

    def rest(self) -> Sequence[str]:
        """Give what was held back, at the end."""
        rest, self._held = self._held, []
        return self._scrubber.text("\n".join(rest)).split("\n") if rest else []
