"""Reads what GitHub keeps elsewhere (logs, artifacts) from the signed address it gives, with no credential of ours."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

import requests

from crossproof.addresses import may_be_asked
from crossproof.errors import Unreachable
from crossproof.github.exchange import TIMEOUT, failure

_MOST_HOPS = 5
_CHUNK = 256 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WHOLE, _PART = 200, 206
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


class LinkRefused(Unreachable):
    """The storage refuses the signed address: it lives for a minute only. Ask GitHub for a new one."""


class Stream:
    """A body that arrives in pieces. `start` is where it really begins, `total` the size of the whole, if told."""

    def __init__(self, raw: requests.Response, most: int) -> None:
        """Read where the storage says the body begins; a server may ignore the range that was asked for."""
        self._raw = raw
        self._most = most
        self._host = urlsplit(raw.url).hostname
        self.etag = raw.headers.get("ETag", "")
        told = _RANGE.fullmatch(raw.headers.get("Content-Range", "")) if raw.status_code == _PART else None
        if raw.status_code == _PART and not told:
            raise Unreachable(f"{self._host} sent a part without saying which.", anchor="downloads")
        length = raw.headers.get("Content-Length", "")
        self.start = int(told[1]) if told else 0
        self.total = int(told[2]) if told else int(length) if length.isdecimal() else None

    def __iter__(self) -> Iterator[bytes]:
        """Give the pieces; a body that breaks off or outgrows its bound is an error, never a shorter body."""
        got = 0
        try:
            for chunk in self._raw.iter_content(_CHUNK):
                got += len(chunk)
                if got > self._most:
                    raise Unreachable(
                        f"{self._host} sends more than {self._most} bytes.",
                        why="That is more than may be read here.",
                        anchor="downloads",
                    )
                yield chunk
        except requests.RequestException as error:
            raise failure(error, f"the download from {self._host} (broken off after {got} bytes)") from None


@contextmanager
def opened(url: str, *, start: int = 0, most: int) -> Iterator[Stream]:
    """Open a signed address, from byte `start` on; it and where it leads must be https (or this machine)."""
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with requests.Session() as session:
        session.auth = _nobody  # else requests would look into a netrc file
        for _ in range(_MOST_HOPS):
            if not may_be_asked(url):
                raise Unreachable("The download leads to an address without https.", anchor="downloads")
            host = urlsplit(url).hostname
            try:
                raw = session.get(url, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True)
            except requests.RequestException as error:
                raise failure(error, f"the download from {host}") from None
            with raw:
                if raw.status_code in _REDIRECTS and "Location" in raw.headers:
                    url = urljoin(url, raw.headers["Location"])
                    continue
                if raw.status_code not in (_WHOLE, _PART):
                    raise _not_given(raw.status_code, host)
                yield Stream(raw, most)
                return
    raise Unreachable(f"The download was redirected {_MOST_HOPS} times and not given.", anchor="downloads")


def _not_given(status: int, host: str | None) -> Unreachable:
    kind = LinkRefused if status in (401, 403, 404, 410) else Unreachable
    return kind(
        f"{host} answered {status} to a download.",
        why="Signed addresses end after a minute." if kind is LinkRefused else "",
        fix="Run again; a self-hosted runner must be able to reach this host.",
        anchor="downloads",
    )


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
