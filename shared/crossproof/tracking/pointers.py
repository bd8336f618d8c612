"""Finds values in an event by JSON Pointer (RFC 6901): compiled once, read for every line."""

import re
from enum import Enum
from typing import Final

import msgspec

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


class _Missing(Enum):
    MISSING = "nothing there"


MISSING: Final = _Missing.MISSING


class Pointer(msgspec.Struct, frozen=True):
    """A place in an event, such as `/params/page_name`."""

    text: str
    tokens: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Take the text apart once."""
        tokens = (token.replace("~1", "/").replace("~0", "~") for token in self.text.split("/")[1:])
        msgspec.structs.force_setattr(self, "tokens", tuple(tokens))

    def read(self, event: object) -> object:
        """Give the value there, or MISSING. Lists are read by index, as the RFC says."""
        here = event
        for token in self.tokens:
            if isinstance(here, dict):
                here = here.get(token, MISSING)
            elif isinstance(here, list) and _INDEX.fullmatch(token):
                here = here[int(token)] if int(token) < len(here) else MISSING
            else:
                return MISSING
        return here

    def below(self, parent: "Pointer") -> str | None:
        """Name the one key by which this lies directly in the mapping at `parent`, if it does."""
        if len(self.tokens) == len(parent.tokens) + 1 and self.tokens[:-1] == parent.tokens:
            return self.tokens[-1]
        return None

    def __str__(self) -> str:
        """Write it as the plan does."""
        return self.text
