"""Makes one read of a registry, repeating what passes with time, and tells an answer from none at all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from crossproof import __version__
from crossproof.addresses import may_be_asked
from crossproof.clock import Clock
from crossproof.errors import Unreachable

_TIMEOUT = (10, 60)
_PAUSES = (1.0, 2.0, 4.0)
_LONGEST_PAUSE = 60.0
_LARGEST = 8 * 1024 * 1024  # of a manifest or a configuration; layers are never read
_CHUNK = 64 * 1024
_TOO_MANY, _SERVER_TROUBLE = 429, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer, whatever its status. Header names are lower-case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """Say what the body is called, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Exchange:
    """The connections to one registry and to what it refers to. Knows no credential of its own."""

    def __init__(self, clock: Clock, announce: Callable[[str], None]) -> None:
        """`announce` is told of every wait."""
        self._clock = clock
        self._announce = announce
        self._session = requests.Session()
        self._session.auth = _nobody  # else requests would look into a netrc file
        self.asked = 0

    def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        """Read an address; no redirect is followed here, for a credential must not follow it."""
        if not may_be_asked(url):
            raise Unreachable(f"The registry leads to {_shown(url)}, which is no https address.", anchor="registry")
        pauses = iter(_PAUSES)
        while True:
            reply, trouble = self._once(url, headers)
            pause = next(pauses, None)
            if reply is not None and not trouble:
                return reply
            if pause is None:
                break
            pause = max(pause, _retry_after(reply))
            self._announce(f"{_shown(url)}: {trouble}; asking again in {pause:.0f} s")
            self._clock.sleep(pause)
        if reply is not None:
            return reply
        raise Unreachable(
            f"{_shown(url)} gave no answer: {trouble}.",
            fix="Run again; if it persists, check `ecr_registry` and the network of a self-hosted runner.",
            anchor="registry",
        )

    def _once(self, url: str, headers: Mapping[str, str]) -> tuple[Reply | None, str]:
        sent = {"User-Agent": f"crossproof/{__version__}", "Accept-Encoding": "identity", **headers}
        self.asked += 1
        try:
            with self._session.get(url, headers=sent, timeout=_TIMEOUT, allow_redirects=False, stream=True) as raw:
                body = _body(raw)
                lowered = {name.lower(): value for name, value in raw.headers.items()}
                reply = Reply(url=url, status=raw.status_code, headers=lowered, body=body)
        except requests.RequestException as error:
            return None, type(error).__name__  # its text would show the address, which may be a signed one
        if reply.status == _TOO_MANY or reply.status >= _SERVER_TROUBLE:
            return reply, f"it answered {reply.status}"
        return reply, ""


def _body(raw: requests.Response) -> bytes:
    body = bytearray()
    for chunk in raw.iter_content(_CHUNK):
        body += chunk
        if len(body) > _LARGEST:
            raise requests.exceptions.ContentDecodingError("larger than any manifest")
    length = raw.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) != len(body):
        raise requests.exceptions.ChunkedEncodingError("broken off")
    return bytes(body)


def _retry_after(reply: Reply | None) -> float:
    value = reply.headers.get("retry-after", "") if reply else ""
    return min(float(value), _LONGEST_PAUSE) if value.isdecimal() and value.isascii() else 0.0


def _shown(url: str) -> str:
    """Show an address without its query: a signed one is a credential."""
    return url.partition("?")[0]


def _nobody(request: Any) -> Any:
    return request
