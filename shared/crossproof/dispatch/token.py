"""The mark that a child run carries in its title: made of its work's key and a random part, and read back whole."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from crossproof.units import RepoRef

# Letters, digits and hyphens only: the token is echoed into titles and shells (return-dispatch#336).
_TOKEN = re.compile(r"(?<![A-Za-z0-9-])dw-(?P<mark>[a-z2-7]{16})-(?P<random>[a-z2-7]{13})(?![A-Za-z0-9-])", re.ASCII)
_MARK, _RANDOM = 16, 13  # 80 bits that name the work, 65 that name this one start of it


@dataclass(frozen=True, slots=True)
class Key:
    """What makes two starts the same work. Whoever knows its parts can recompute the mark, and so check it."""

    parts: Mapping[str, str]

    @classmethod
    def of_caller(cls, key: str, *, repository: RepoRef, starts: str) -> Self:
        """Make the key of an `idempotency_key`: one child for it in this repository, whoever asks."""
        return cls({"key": key, "repository": str(repository).lower(), "starts": starts})

    @property
    def text(self) -> str:
        """Write it in the one way that is hashed and sent."""
        return json.dumps(dict(self.parts), sort_keys=True, separators=(",", ":"))

    @classmethod
    def read(cls, text: object) -> Self | None:
        """Read a key that came back; anything else is None."""
        try:
            found = json.loads(text) if isinstance(text, str) else None
        except ValueError:
            return None
        if not isinstance(found, dict) or not all(isinstance(part, str) for part in found.values()):
            return None
        return cls(found)

    @property
    def mark(self) -> str:
        """The part of the token that every start of this work has in common."""
        return _base32(hashlib.sha256(self.text.encode()).digest())[:_MARK]

    @property
    def prefix(self) -> str:
        """How the tokens of this work begin."""
        return f"dw-{self.mark}-"

    def token(self, randomness: bytes) -> str:
        """Make the token of one start."""
        return self.prefix + _base32(hashlib.sha256(randomness).digest())[:_RANDOM]

    def names_commit(self, sha: str) -> bool:
        """Whether this work was done for that commit."""
        return sha in (self.parts.get("sha"), self.parts.get("key"))


def tokens_in(*texts: str) -> frozenset[str]:
    """Find every whole token."""
    return frozenset(found.group() for text in texts for found in _TOKEN.finditer(text))


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().lower().rstrip("=")
