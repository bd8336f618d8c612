"""Connections for many requests at once, to any host: the machine's proxies and certificates, nobody's credentials.

requests spends 0.7 ms of a request's time in the interpreter where urllib3, on which it stands, spends 0.2: with 500
small artifacts that is the difference between keeping up with the official action and not.
"""

import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from requests import Session
from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy

from crossproof import __version__
from crossproof.github.answer import Answer
from crossproof.github.exchange import TIMEOUT, checked_url, failure
from crossproof.github.lightly import Auth

_AGENT = f"crossproof/{__version__}"
_LARGEST_BODY = 64 * 1024 * 1024


class Pools:
    """One pool of connections for each way out: directly, or through the proxy that the machine names for a host."""

    def __init__(self, connections: int) -> None:
        """Keep at most so many connections to one host."""
        self._connections = connections
        self._pools: dict[str, urllib3.PoolManager] = {}
        self._lock = threading.Lock()

    def get(self, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        """Ask once: no redirect is followed, nothing is repeated, the body is left to be read."""
        return self._for(url).request(
            "GET",
            url,
            headers={"User-Agent": _AGENT, "Accept-Encoding": "identity", **headers},
            redirect=False,
            retries=False,
            preload_content=False,
            timeout=urllib3.Timeout(connect=10, read=TIMEOUT),
        )

    def close(self) -> None:
        """Let go of every connection."""
        for pool in self._pools.values():
            pool.clear()

    def _for(self, url: str) -> urllib3.PoolManager:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            if origin not in self._pools:
                self._pools[origin] = self._made(origin)
            return self._pools[origin]

    def _made(self, origin: str) -> urllib3.PoolManager:
        with Session() as session:  # reads proxies and certificates where requests reads them for every other request
            found = session.merge_environment_settings(origin, {}, None, None, None)
        verify = found["verify"]
        more: dict[str, Any] = {
            "num_pools": 4,
            "maxsize": self._connections,
            "ca_certs": verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH,
        }
        proxy = select_proxy(origin, found["proxies"])
        if not proxy:
            return urllib3.PoolManager(**more)
        parts = urlsplit(proxy)
        login = f"{parts.username}:{parts.password or ''}" if parts.username else None
        return urllib3.ProxyManager(proxy, proxy_headers=urllib3.make_headers(proxy_basic_auth=login), **more)


class PooledReads:
    """An exchange with the API for many small reads from several threads at once."""

    def __init__(self, api_url: str, pools: Pools) -> None:
        """Refuse a URL that would send a credential in clear over a network."""
        self.base_url = checked_url(api_url.rstrip("/"), "api_url")
        self._pools = pools

    def once(
        self,
        auth: Auth,
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
        sent: dict[str, str] = {**(headers or {})}
        auth.authentication(sent)
        query = f"?{urlencode(params)}" if params else ""
        try:
            answer = self._pools.get(f"{self.base_url}{path}{query}", sent)
            text = answer.read(_LARGEST_BODY).decode("utf-8", "replace")
            answer.drain_conn()
            answer.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise failure(error, f"{verb} {path}") from None
        lowered = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(verb=verb, path=path, status=answer.status, headers=lowered, text=text)
