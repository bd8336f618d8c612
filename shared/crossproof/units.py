"""The words that inputs are made of: each reads one text strictly, or says what it would have accepted.

Pydantic's own readers are not used here: they read `15:00` as 15 hours and take `yes` for true (a workflow file is
YAML 1.2), and importing it costs every container start 81 ms.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Self, TypeVar

RunId = NewType("RunId", int)
Word = TypeVar("Word", bound=StrEnum)

_LARGEST_NUMBER = 10**18  # fits every id of GitHub's and every count of bytes

_DURATION = re.compile(r"(?:(?P<hours>\d{1,5})h)?(?:(?P<minutes>\d{1,6})m)?(?:(?P<seconds>\d{1,8})s)?", re.ASCII)
_SHA = re.compile(r"[0-9a-f]{40}", re.ASCII)
# GitHub's own rules: an owner has no underscore or dot except for enterprise-managed users' `_short` suffix.
_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A span of time as people write it: `90`, `90s`, `15m`, `1h30m`."""

    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read whole seconds or h/m/s parts in that order; nothing else (`1h30` could mean two things: refused)."""
        text = text.strip()
        found = _DURATION.fullmatch(f"{text}s" if text.isdecimal() and text.isascii() else text)
        if not found or not any(found.groups()):
            raise ValueError(f"{clip(text)} is no duration; write 90, 90s, 15m or 1h30m")
        parts = {name: int(value) for name, value in found.groupdict(default="0").items()}
        return cls(parts["hours"] * 3600 + parts["minutes"] * 60 + parts["seconds"])

    @property
    def delta(self) -> timedelta:
        """The same as the standard library's type."""
        return timedelta(seconds=self.seconds)

    def __str__(self) -> str:
        """Write it as `parse` reads it."""
        hours, rest = divmod(self.seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        parts = [f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m"), (seconds, "s")) if n]
        return "".join(parts) or "0s"


def flag(text: str) -> bool:
    """Read a truth value as YAML 1.2 (and so GitHub) spells it."""
    match text.strip():
        case "true" | "True" | "TRUE":
            return True
        case "false" | "False" | "FALSE":
            return False
        case _:
            raise ValueError(f"{clip(text)} is neither true nor false")


@dataclass(frozen=True, slots=True, order=True)
class RepoRef:
    """A repository by its full name, `owner/name`."""

    owner: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `owner/name`; a URL or a lone name is refused with the form that is meant."""
        owner, slash, name = text.strip().partition("/")
        if not slash or not _OWNER.fullmatch(owner) or not _NAME.fullmatch(name) or name in {".", ".."}:
            raise ValueError(f"{clip(text)} is no repository; write owner/name")
        return cls(owner, name)

    def __str__(self) -> str:
        """Write the full name."""
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True, order=True)
class Sha:
    """A full commit id. Short ids are resolved by an API first: they name nothing on their own."""

    hex: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read forty hexadecimal digits; all zeros is how GitHub writes "no commit" and is refused."""
        value = text.strip().lower()
        if not _SHA.fullmatch(value) or set(value) == {"0"}:
            raise ValueError(f"{clip(text)} is no full commit SHA (40 hexadecimal digits)")
        return cls(value)

    @property
    def short(self) -> str:
        """The first seven digits, for people."""
        return self.hex[:7]

    def __str__(self) -> str:
        """Write all forty digits."""
        return self.hex


class SecretStr:
    """A value that must never be shown: it prints as stars, and only `reveal` gives it out."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Hide a value."""
        self._value = value

    def reveal(self) -> str:
        """Give the value to the one adapter that sends it."""
        return self._value

    def __repr__(self) -> str:
        """Never the value."""
        return "***"

    def __eq__(self, other: object) -> bool:
        """Equal to a secret of the same value; never to a bare string."""
        return isinstance(other, SecretStr) and other._value == self._value

    def __hash__(self) -> int:
        """Hash by value."""
        return hash((SecretStr, self._value))


def text(value: str) -> str:
    """Read a text as it stands, without the white space around it."""
    return value.strip()


def words(value: str) -> tuple[str, ...]:
    """Read a list separated by commas or new lines; empty parts fall away."""
    return tuple(part for part in (piece.strip() for piece in re.split(r"[,\n]", value)) if part)


def one_of(kind: type[Word]) -> Callable[[str], Word]:
    """Read one word of a list."""

    def read(value: str) -> Word:
        if value.strip() not in list(kind):
            raise ValueError(f"{clip(value)} is none of {', '.join(kind)}")
        return kind(value.strip())

    return read


def whole(low: int, high: int) -> Callable[[str], int]:
    """Read a whole number within bounds."""

    def read(value: str) -> int:
        digits = value.strip()
        if not (digits.isascii() and digits.isdecimal() and len(digits) < 20 and low <= int(digits) <= high):  # noqa: PLR2004
            raise ValueError(f"{clip(value)} is no whole number from {low} to {high}")
        return int(digits)

    return read


def moment(value: str) -> datetime:
    """Read a time of ISO 8601 that says of which zone it is: without, it could be hours off."""
    try:
        read = datetime.fromisoformat(value.strip())
    except ValueError:
        read = datetime.min  # noqa: DTZ901 - has no zone, so it is refused below
    if read.tzinfo is None:
        raise ValueError(f"{clip(value)} is no time with its zone, such as 2026-05-01T12:00:00Z")
    return read


def numbers(value: str) -> tuple[int, ...]:
    """Read a list of whole numbers separated by commas or new lines."""
    return tuple(whole(0, _LARGEST_NUMBER)(word) for word in words(value))


def clip(value: str, limit: int = 60) -> str:
    """Quote a foreign text for a message: one line, bounded, control characters shown."""
    shown = value if len(value) <= limit else value[: limit - 1] + "…"
    return repr(shown)
