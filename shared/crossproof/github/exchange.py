"""Makes exactly one HTTP request to GitHub through PyGithub's requester, and tells a lost one from one never sent."""

import re
import ssl
from collections.abc import ItemsView, Mapping
from contextlib import suppress
from typing import Protocol
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from crossproof import __version__
from crossproof.addresses import may_be_asked
from crossproof.clock import Clock
from crossproof.errors import BadCall, Fault
from crossproof.github.answer import Answer, MaybeSent, NotSent
from crossproof.github.lightly import Auth, HTTPSRequestsConnectionClass, Requester, RequestsResponse
from crossproof.units import clip

TIMEOUT = 30
_WHOLE_BODY_SECONDS = 120.0  # requests' time-out is per read: a byte every 29 s would never end
_LARGEST_BODY = 64 * 1024 * 1024
_CHUNK = 64 * 1024
# PyGithub sleeps 2 s and asks again on 202, and re-sends *any verb* on 301 without its query: it never sees these two.
_KEPT_FROM_PYGITHUB = frozenset({202, 301})


class Exchanging(Protocol):
    """What `Api` needs of whoever makes its requests."""

    base_url: str

    def once(
        self,
        auth: Auth,
        verb: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        timeout: float = TIMEOUT,
    ) -> Answer:
        """Send one request."""
        ...


class Exchange:
    """One base URL of a GitHub API, and the connections to it. Knows no policy."""

    def __init__(self, api_url: str, clock: Clock) -> None:
        """Refuse a URL that would send a credential in clear over a network."""
        self.base_url = checked_url(api_url.rstrip("/"), "api_url")
        self._clock = clock
        self._reading = _Connection(self.base_url, clock)

    def once(
        self,
        auth: Auth,
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
            auth=auth,
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


class _Kept(Exception):
    """Takes an answer past PyGithub's own handling of it."""


class _Got(RequestsResponse):
    """An answer whose body is read whole or is known to be broken; the status stands either way."""

    def __init__(self, raw: requests.Response, clock: Clock) -> None:
        super().__init__(raw)
        body, self.broken = _body(raw, clock)
        try:
            self._text = body.decode()
        except UnicodeDecodeError:
            self._text, self.broken = body.decode(errors="replace"), "the body is no UTF-8"
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


def _body(raw: requests.Response, clock: Clock) -> tuple[bytes, str]:
    """Read the body within bounds of time and size; a body that breaks off is kept, and said to be broken."""
    body, start = bytearray(), clock.monotonic()
    try:
        for chunk in raw.iter_content(_CHUNK):
            body += chunk
            if len(body) > _LARGEST_BODY:
                return bytes(body), f"the body is larger than {_LARGEST_BODY} bytes"
            if clock.monotonic() - start > _WHOLE_BODY_SECONDS:
                return bytes(body), f"the body took longer than {_WHOLE_BODY_SECONDS:.0f} s"
    except requests.RequestException as error:
        return bytes(body), f"the body broke off after {len(body)} bytes: {_innermost(error)}"
    return bytes(body), ""


def failure(error: requests.RequestException | urllib3.exceptions.HTTPError, request: str) -> NotSent | MaybeSent:
    """Tell what cannot have reached the other side from what may have; in doubt, it may have."""
    said = _innermost(error)
    fix = "Run again; if it persists, check the API's URL, name resolution and any proxy of a self-hosted runner."
    if _never_left(error):
        return NotSent(f"{request} could not be sent: {said}.", fix=fix, anchor="unreachable")
    return MaybeSent(
        f"{request} got no answer: {said}.",
        why="The request left, so it may have been carried out.",
        fix=fix,
        anchor="unreachable",
    )


def checked_url(url: str, where: str) -> str:
    """Refuse, as a fault of the input `where`, an address that may not be asked."""
    if not may_be_asked(url):
        shown = clip(re.sub(r"//[^/@]*@", "//", url.partition("?")[0]))  # without what may be a password
        raise BadCall([Fault(where, f"{shown} is no plain https URL; http only reaches this machine")])
    return url


def _never_left(error: Exception) -> bool:
    """No connection was made: refused, unknown host, connect time-out, proxy not reached, or a bad certificate."""
    cause = _cause(error)
    return isinstance(
        cause,
        (
            urllib3.exceptions.NewConnectionError,  # covers NameResolutionError
            urllib3.exceptions.ConnectTimeoutError,
            urllib3.exceptions.ProxyError,  # urllib3 says so only when the proxy itself was never connected to
        ),
    ) or _is_handshake(cause)


def _is_handshake(cause: BaseException) -> bool:
    """A TLS failure that only a handshake can have. Other TLS errors may come while an answer is read."""
    inner = cause.args[0] if isinstance(cause, urllib3.exceptions.SSLError) and cause.args else cause
    return isinstance(inner, ssl.SSLCertVerificationError) or getattr(inner, "reason", "") in {
        "WRONG_VERSION_NUMBER",
        "UNSUPPORTED_PROTOCOL",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "TLSV1_ALERT_PROTOCOL_VERSION",
    }


def _cause(error: Exception) -> BaseException:
    """Open what requests and urllib3 wrapped."""
    found: BaseException = error
    while True:
        inner = getattr(found, "reason", None) or (found.args[0] if found.args else None)
        if not isinstance(inner, BaseException) or isinstance(found, urllib3.exceptions.SSLError):
            return found
        found = inner


def _innermost(error: Exception) -> str:
    """Words for people, without the URL: a signed one is a credential."""
    cause = _cause(error)
    said = str(cause.args[-1]) if cause.args else ""
    return f"{type(cause).__name__} ({said[:200]})" if said else type(cause).__name__
