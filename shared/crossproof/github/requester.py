"""Makes exactly one HTTP request to GitHub through PyGithub's requester."""

from collections.abc import ItemsView, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

import requests

from crossproof import __version__
from crossproof.clock import Clock
from crossproof.github.answer import Answer
from crossproof.github.exchange import CHUNK, TIMEOUT, as_text, checked_url, failure, whole_body
from crossproof.github.lightly import Auth, HTTPSRequestsConnectionClass, Requester, RequestsResponse

# PyGithub sleeps 2 s and asks again on 202, and re-sends *any verb* on 301 without its query: it never sees these two.
_KEPT_FROM_PYGITHUB = frozenset({202, 301})


class Exchange:
    """One base URL of a GitHub API, and the connections to it. Knows no policy."""

    def __init__(self, api_url: str, clock: Clock) -> None:
        """Refuse a URL that would send a credential in clear over a network."""
        self.base_url = checked_url(api_url.rstrip("/"), "api_url")
        self._clock = clock
        self._reading = _Connection(self.base_url, clock)

    def once(
        self,
        authorization: str,
        verb: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        timeout: float = TIMEOUT,
    ) -> Answer:
        """Send one request. A write goes over a connection of its own: a reset of a pooled one would tell nothing."""
        connection = self._reading if verb == "GET" else _Connection(self.base_url, self._clock)
        connection.seconds = timeout
        requester = Requester(
            auth=_Header(authorization),
            base_url=self.base_url,
            timeout=TIMEOUT,
            user_agent=f"crossproof/{__version__}",
            per_page=100,
            verify=True,
            retry=None,
            pool_size=None,
            lazy=True,
        )
        try:
            with suppress(_Kept):
                requester.requestJson(verb, path, dict(params or {}), dict(headers or {}), body, cnx=connection)
        except requests.RequestException as error:
            raise failure(error, f"{verb} {path}") from None
        finally:
            if connection is not self._reading:
                connection.close()
        got = connection.got
        return Answer(verb=verb, path=path, status=got.status, headers=got.lowered, text=got.read(), broken=got.broken)


class _Header(Auth):
    """A header's value, as PyGithub wants it."""

    def __init__(self, authorization: str) -> None:
        self._type, _, self._token = authorization.partition(" ")

    @property
    def token_type(self) -> str:
        return self._type

    @property
    def token(self) -> str:
        return self._token


class _Kept(Exception):
    """Takes an answer past PyGithub's own handling of it."""


class _Got(RequestsResponse):
    """An answer whose body is read whole or is known to be broken; the status stands either way."""

    def __init__(self, raw: requests.Response, clock: Clock) -> None:
        super().__init__(raw)
        self._text, self.broken = as_text(*whole_body(raw.iter_content(CHUNK), clock, requests.RequestException))
        self.lowered = {name.lower(): value for name, value in raw.headers.items()}

    def getheaders(self) -> ItemsView[str, str]:
        return self.lowered.items()

    def read(self) -> str:
        return self._text


class _Connection(HTTPSRequestsConnectionClass):
    """PyGithub's connection (its session: no netrc, no retries), with the body read under our eyes."""

    got: _Got
    seconds: float = TIMEOUT

    def __init__(self, base_url: str, clock: Clock) -> None:
        url = urlsplit(base_url)
        super().__init__(url.hostname or "", url.port)
        default = 443 if url.scheme == "https" else 80
        host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
        self._origin = f"{url.scheme}://{host}:{url.port or default}"
        self._clock = clock

    def getresponse(self) -> _Got:
        raw = self.session.request(
            self.verb,
            f"{self._origin}{self.url}",
            headers=self.headers,
            data=self.input,
            timeout=self.seconds,
            allow_redirects=False,
            stream=True,
        )
        with raw:
            self.got = _Got(raw, self._clock)
        if self.got.status in _KEPT_FROM_PYGITHUB:
            raise _Kept
        return self.got
