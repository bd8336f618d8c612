"""Gets past a registry's door: reads what it asks for, and fetches a token or shows a password, to nobody else."""

import base64
import json
import re
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from crossproof.errors import BadCall, Fault, NoAccess
from crossproof.registry.exchange import Exchange, Reply
from crossproof.units import SecretStr, clip

_SCHEME = re.compile(r"\s*(?P<scheme>[A-Za-z][\w-]*)\s+(?P<rest>.*)", re.DOTALL)
_PARAMETER = re.compile(r'(\w+)="([^"]*)"|(\w+)=([^\s,"]+)')
_OK, _UNAUTHORIZED = 200, 401


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user's name and password for one registry."""

    username: str
    password: SecretStr = field(repr=False)

    @property
    def basic(self) -> str:
        """Write them as a header."""
        text = f"{self.username}:{self.password.reveal()}"
        if not text.isprintable():
            raise BadCall([Fault("registry_password", "contains line breaks or the like; check how it was stored")])
        return "Basic " + base64.b64encode(text.encode()).decode()


class Doors:
    """One registry's door. What opened it for a repository is kept for the next request there."""

    def __init__(self, exchange: Exchange, credentials: Credentials | None) -> None:
        """Without credentials only what is public can be read, which may still need a token."""
        self._exchange = exchange
        self._credentials = credentials
        self._opened: dict[str, str] = {}

    def get(self, url: str, accept: str, repository: str) -> Reply:
        """Read; where the registry asks who is there, say so once."""
        reply = self._exchange.get(url, _headers(accept, self._opened.get(repository)))
        if reply.status != _UNAUTHORIZED:
            return reply
        answer = self._answer(reply, repository)
        if answer is None:
            return reply
        self._opened[repository] = answer
        return self._exchange.get(url, _headers(accept, answer))

    def _answer(self, reply: Reply, repository: str) -> str | None:
        found = _SCHEME.match(reply.headers.get("www-authenticate", ""))
        scheme = found["scheme"].lower() if found else ""
        if found and scheme == "bearer":
            parts = _PARAMETER.findall(found["rest"])
            return self._token({(a or c).lower(): b or d for a, b, c, d in parts}, repository)
        if scheme == "basic":
            return self._credentials.basic if self._credentials else None
        return None

    def _token(self, asked: dict[str, str], repository: str) -> str | None:
        realm = asked.get("realm", "")
        scope = asked.get("scope") or f"repository:{repository}:pull"
        query = {name: value for name, value in (("service", asked.get("service", "")), ("scope", scope)) if value}
        url = f"{realm}{'&' if urlsplit(realm).query else '?'}{urlencode(query)}"
        reply = self._exchange.get(
            url, _headers("application/json", self._credentials.basic if self._credentials else None)
        )
        if reply.status == _OK:
            try:
                found = json.loads(reply.body)
                token = found.get("token") or found.get("access_token")
            except (ValueError, AttributeError):
                token = None
            if isinstance(token, str) and token.isprintable():
                return f"Bearer {token}"
        raise NoAccess(
            f"The registry's token service gave no token for {repository}.",
            why=f"It answered {reply.status} {clip(reply.body[:200].decode(errors='replace'), 200)}.",
            seen=f"{urlsplit(realm).hostname} for {scope}",
            fix="Check `registry_username` and `registry_password`, and that they may pull from the repository.",
            anchor="registry",
        )


def _headers(accept: str, authorization: str | None) -> dict[str, str]:
    return {"Accept": accept} | ({"Authorization": authorization} if authorization else {})
