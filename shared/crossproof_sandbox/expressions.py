"""Evaluates the small part of GitHub's expression language that a `run-name` is made of."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)|'(?P<text>(?:[^']|'')*)'|(?P<name>[A-Za-z_][\w-]*)"
    r"|(?P<operator>\|\||&&|==|!=|[!().,\[\]]))"
)
_SPOT = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


class BadExpression(ValueError):
    """The workflow uses an expression that GitHub, or this subset of it, does not take."""


def interpolate(template: str, contexts: Mapping[str, Any]) -> str:
    """Fill every `${{ … }}` of a text."""
    return _SPOT.sub(lambda found: shown(evaluate(found[1], contexts)), template)


def evaluate(expression: str, contexts: Mapping[str, Any]) -> Any:
    """Work out one expression; a context that is not given is an error, a property that is missing is null."""
    reader = _Reader(list(_tokens(expression)), contexts, expression)
    value = reader.either()
    reader.end()
    return value


def shown(value: Any) -> str:
    """Write a value as GitHub does inside a text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value:g}" if isinstance(value, float) else str(value)
        case str():
            return value
        case list():
            return "Array"
        case _:
            return "Object"


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    at = 0
    text = expression.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found or not found.lastgroup:
            raise BadExpression(f"unexpected {text[at:]!r} in {expression.strip()!r}")
        yield found.lastgroup, found[found.lastgroup]
        at = found.end()


class _Reader:
    """A recursive descent over the tokens; it computes as it reads, for the language has no effects."""

    def __init__(self, tokens: list[tuple[str, str]], contexts: Mapping[str, Any], source: str) -> None:
        self._tokens = tokens
        self._at = 0
        self._contexts = contexts
        self._source = source.strip()

    def either(self) -> Any:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value if _truthy(value) else other
        return value

    def end(self) -> None:
        if self._at != len(self._tokens):
            raise BadExpression(f"unexpected {self._tokens[self._at][1]!r} in {self._source!r}")

    def _both(self) -> Any:
        value = self._equality()
        while self._take("&&"):
            other = self._equality()
            value = other if _truthy(value) else value
        return value

    def _equality(self) -> Any:
        value = self._single()
        while True:
            if self._take("=="):
                value = _equal(value, self._single())
            elif self._take("!="):
                value = not _equal(value, self._single())
            else:
                return value

    def _single(self) -> Any:
        if self._take("!"):
            return not _truthy(self._single())
        if self._take("("):
            value = self.either()
            self._must(")")
            return self._properties(value)
        kind, word = self._next()
        match kind:
            case "number":
                return float(word) if "." in word else int(word)
            case "text":
                return word.replace("''", "'")
            case "name" if self._take("("):
                return self._properties(self._call(word.lower()))
            case "name":
                return self._properties(self._named(word))
            case _:
                raise BadExpression(f"unexpected {word!r} in {self._source!r}")

    def _named(self, word: str) -> Any:
        literals = {"true": True, "false": False, "null": None}
        if word in literals:
            return literals[word]
        if word.lower() not in self._contexts:
            raise BadExpression(f"Unrecognized named-value: {word!r} in {self._source!r}")
        return self._contexts[word.lower()]

    def _properties(self, value: Any) -> Any:
        while True:
            if self._take("."):
                kind, word = self._next()
                if kind != "name":
                    raise BadExpression(f"unexpected {word!r} in {self._source!r}")
                value = _property(value, word)
            elif self._take("["):
                value = _property(value, self.either())
                self._must("]")
            else:
                return value

    def _call(self, name: str) -> Any:
        arguments: list[Any] = []
        while not self._take(")"):
            arguments.append(self.either())
            if not self._take(","):
                self._must(")")
                break
        if name not in _FUNCTIONS:
            raise BadExpression(f"Unrecognized function: {name!r} in {self._source!r}")
        try:
            return _FUNCTIONS[name](*arguments)
        except TypeError:
            raise BadExpression(f"{name} takes other arguments in {self._source!r}") from None

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise BadExpression(f"{self._source!r} ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, operator: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == ("operator", operator):
            self._at += 1
            return True
        return False

    def _must(self, operator: str) -> None:
        if not self._take(operator):
            raise BadExpression(f"{operator!r} is missing in {self._source!r}")


def _truthy(value: Any) -> bool:
    return value not in (None, False, 0, "")


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()  # GitHub ignores case when it compares texts
    return bool(left == right)


def _property(value: Any, name: Any) -> Any:
    if isinstance(value, Mapping):
        wanted = str(name).lower()
        return next((item for key, item in value.items() if key.lower() == wanted), None)
    if isinstance(value, list) and isinstance(name, int) and 0 <= name < len(value):
        return value[name]
    return None


def _format(template: str, *values: Any) -> str:
    def fill(found: re.Match[str]) -> str:
        if found[0] in {"{{", "}}"}:
            return found[0][0]
        index = int(found[1])
        if index >= len(values):
            raise BadExpression(f"format has no value {{{index}}}")
        return shown(values[index])

    return re.sub(r"\{\{|\}\}|\{(\d+)\}", fill, template)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "format": _format,
    "contains": lambda where, what: (
        shown(what).lower() in shown(where).lower() if isinstance(where, str) else what in (where or [])
    ),
    "startswith": lambda text, start: shown(text).lower().startswith(shown(start).lower()),
    "endswith": lambda text, end: shown(text).lower().endswith(shown(end).lower()),
    "join": lambda items, by=",": shown(by).join(shown(i) for i in items) if isinstance(items, list) else shown(items),
    "tojson": lambda value: json.dumps(value, indent=2),
}
