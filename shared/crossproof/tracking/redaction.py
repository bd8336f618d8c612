"""Decides what of a log's values may be shown, and makes the short text that is shown."""

import re

import msgspec

_LONGEST = 120
# Bounded on purpose: no text can make it slow.
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.[A-Za-z]{2,24}")
_LOOKED_AT = 4096


class Redaction(msgspec.Struct, frozen=True):
    """What the caller wants hidden besides the params that the plan calls sensitive."""

    everything: bool = False
    params: frozenset[str] = frozenset()

    def hides(self, param: str) -> bool:
        """Tell whether no value of a param may be shown."""
        return self.everything or param in self.params

    def shown(self, value: object, param: str = "", *, sensitive: bool = False) -> str:
        """Write a value for a report: clipped, and described instead of shown if it must be hidden."""
        if sensitive or self.hides(param):
            return f"({described(value)}, hidden)"
        text = msgspec.json.encode(_short(value)).decode()
        return self.text(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")

    def text(self, text: str) -> str:
        """Write a piece of text from a log: no e-mail address ever leaves with it."""
        return "(hidden)" if self.everything else _EMAIL.sub("(e-mail hidden)", text)


def described(value: object) -> str:
    """Say what a value is without saying what it says."""
    match value:
        case str():
            return f"text of {len(value)} characters" if value else "empty text"
        case list() | dict():
            return f"{'list' if isinstance(value, list) else 'object'} of {len(value)}"
        case None | bool():
            return "null" if value is None else "true or false"
        case _:
            return "number"


def looks_personal(value: object) -> bool:
    """Tell whether a text holds an e-mail address."""
    return isinstance(value, str) and "@" in value and _EMAIL.search(value[:_LOOKED_AT]) is not None


def _short(value: object) -> object:
    """Cut long parts before they are written: a value of 16 MiB must not become a text of 16 MiB first."""
    match value:
        case str() if len(value) > _LONGEST:
            return value[:_LONGEST] + "…"
        case list():
            return [_short(each) for each in value[:5]] + (["…"] if len(value) > 5 else [])  # noqa: PLR2004
        case dict():
            return {key[:_LONGEST]: _short(each) for key, each in list(value.items())[:5]}
        case int() if abs(value) >= 1 << 63:
            return f"{str(value)[:40]}…" if abs(value) >= 10**40 else str(value)
        case _:
            return value
