"""Connections for many requests at once, to any host: the machine's proxies and certificates, nobody's credentials.

requests spends 0.7 ms of a request's time in the interpreter where urllib3, on which it stands, spends 0.2, and loading
it costs 15 ms: with 500 small artifacts that is the difference between keeping up with the official action and not.
"""

import sys
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import certifi
import urllib3

from crossproof import __version__
from crossproof.clock import Clock
from crossproof.github.answer import Answer
from crossproof.github.exchange import CHUNK, TIMEOUT, as_text, checked_url, failure, whole_body

_AGENT = f"crossproof/{__version__}"
_WAIT = urllib3.Timeout(connect=10, read=TIMEOUT)
_CERTIFICATES = frozenset({"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"})


_Way = urllib3.HTTPConnectionPool | urllib3.ProxyManager


class Pools:
    """One pool of connections for each host: directly, or through the proxy that the machine names for it."""

    def __init__(self, connections: int, environment: Mapping[str, str]) -> None:
        """Keep at most so many connections to one host, by the way out that the environment names."""
        self._connections = connections
        self._plain = _is_plain(environment)
        self._ways: dict[str, _Way] = {}
        self._lock = threading.Lock()

    def get(self, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        """Ask once: no redirect is followed, nothing is repeated, the body is left to be read."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        way = self._to(origin)
        return way.urlopen(
            "GET",
            url if isinstance(way, urllib3.ProxyManager) else url.removeprefix(origin) or "/",
            headers={"User-Agent": _AGENT, "Accept-Encoding": "identity", **headers},
            redirect=False,
            retries=False,
            preload_content=False,
            timeout=_WAIT,
        )

    def close(self) -> None:
        """Let go of every connection."""
        for way in self._ways.values():
            way.clear() if isinstance(way, urllib3.ProxyManager) else way.close()

    def _to(self, origin: str) -> _Way:
        with self._lock:
            if origin not in self._ways:
                self._ways[origin] = self._made(origin)
            return self._ways[origin]

    def _made(self, origin: str) -> _Way:
        certificates, proxy = (certifi.where(), "") if self._plain else _as_requests_would(origin)
        more: dict[str, Any] = {"maxsize": self._connections}
        if origin.startswith("https:") or proxy:
            more["ca_certs"] = certificates
        if not proxy:
            return urllib3.connection_from_url(origin, **more)
        parts = urlsplit(proxy)
        login = f"{parts.username}:{parts.password or ''}" if parts.username else None
        return urllib3.ProxyManager(proxy, proxy_headers=urllib3.make_headers(proxy_basic_auth=login), **more)


def _is_plain(environment: Mapping[str, str]) -> bool:
    """Whether nothing names a proxy or certificates; a laptop's system settings are left to requests to find."""
    named = {name for name, value in environment.items() if value}
    return sys.platform == "linux" and not (
        named & _CERTIFICATES or any(name.lower().endswith("_proxy") for name in named)
    )


def _as_requests_would(origin: str) -> tuple[str, str]:
    """Find certificates and proxy where requests finds them for every other request."""
    from requests import Session  # noqa: PLC0415 - see above
    from requests.utils import select_proxy  # noqa: PLC0415

    with Session() as session:
        found = session.merge_environment_settings(origin, {}, None, None, None)
    certificates = found["verify"] if isinstance(found["verify"], str) else certifi.where()
    return certificates, select_proxy(origin, found["proxies"]) or ""


class PooledReads:
    """An exchange with the API for many small reads from several threads at once."""

    def __init__(self, api_url: str, pools: Pools, clock: Clock) -> None:
        """Refuse a URL that would send a credential in clear over a network."""
        self.base_url = checked_url(api_url.rstrip("/"), "api_url")
        self._pools = pools
        self._clock = clock

    def once(
        self,
        authorization: str,
        verb: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        timeout: float = TIMEOUT,  # noqa: ARG002 - the pools have theirs
    ) -> Answer:
        """Send one read."""
        if verb != "GET" or body is not None:
            raise ValueError(f"{verb} is no read: a write needs a connection of its own")
        query = f"?{urlencode(params)}" if params else ""
        try:
            answer = self._pools.get(
                f"{self.base_url}{path}{query}", {**(headers or {}), "Authorization": authorization}
            )
        except urllib3.exceptions.HTTPError as error:
            raise failure(error, f"{verb} {path}") from None
        pieces = answer.stream(CHUNK, decode_content=False)
        text, broken = as_text(*whole_body(pieces, self._clock, urllib3.exceptions.HTTPError))
        answer.close() if broken else answer.release_conn()
        lowered = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(verb=verb, path=path, status=answer.status, headers=lowered, text=text, broken=broken)
