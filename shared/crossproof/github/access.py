"""Who asks GitHub: the credential for each request, never shown by any representation, message or log."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from crossproof.errors import BadCall, Fault
from crossproof.units import RepoRef, SecretStr

_SENDABLE = re.compile(r"[\x21-\x7e]+")  # else requests' own message would quote the header, credential and all


class Kind(StrEnum):
    """What a credential is, by the prefix GitHub gives it."""

    CLASSIC = "classic personal access token"
    FINE_GRAINED = "fine-grained personal access token"
    INSTALLATION = "job's own token (or one that an earlier step made for an App)"
    MADE = "token of the GitHub App"  # by ourselves: it is renewed
    USER = "user token of an App"
    APP = "GitHub App"
    OTHER = "token"

    @classmethod
    def of(cls, token: str) -> "Kind":
        """Tell by the prefix; older and Enterprise Server tokens have none."""
        prefixes = {
            "ghp_": cls.CLASSIC, "github_pat_": cls.FINE_GRAINED, "ghs_": cls.INSTALLATION,
            "gho_": cls.USER, "ghu_": cls.USER,
        }  # fmt: skip
        return next((kind for prefix, kind in prefixes.items() if token.startswith(prefix)), cls.OTHER)


@dataclass(frozen=True, slots=True)
class Credential:
    """What one request is sent with. `mark` tells credentials apart without being one."""

    authorization: str = field(repr=False)  # the header of that name
    mark: str
    kind: Kind

    @classmethod
    def token(cls, token: str, kind: Kind | None = None) -> "Credential":
        """Wrap a token."""
        return cls(f"token {token}", hashlib.sha256(token.encode()).hexdigest()[:16], kind or Kind.of(token))


class Access(Protocol):
    """Who asks."""

    def credential(self, repository: RepoRef | None) -> Credential:
        """Give the credential for a request about a repository (None: about none in particular)."""

    def renew(self, refused: Credential) -> bool:
        """Say, after a 401, whether the next `credential` will be a different one."""

    def granted(self, repository: RepoRef | None) -> Mapping[str, str] | None:
        """Tell the permissions that GitHub listed when it made the credential; None where it lists none."""


class TokenAccess:
    """A token from outside: it cannot be renewed here."""

    def __init__(self, token: SecretStr) -> None:
        """Refuse what cannot be sent as a header, without quoting it."""
        value = token.reveal()
        if not _SENDABLE.fullmatch(value):
            raise BadCall(
                [Fault("token", "is empty or contains blanks or line breaks; check how the secret was stored")]
            )
        self._credential = Credential.token(value)

    def credential(self, repository: RepoRef | None) -> Credential:  # noqa: ARG002 - one token asks for everything
        """Give the token."""
        return self._credential

    def renew(self, refused: Credential) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def granted(self, repository: RepoRef | None) -> None:
        """Nobody says what a token from outside may do: it must be tried."""
