"""Brings artifacts from where GitHub keeps them: resumed when broken, in parts when large, by links made anew."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from crossproof.addresses import may_be_asked
from crossproof.artifacts.delivery import PARTS_AT_ONCE, Described, Part, Received, Room, expired, parts
from crossproof.artifacts.recorded import Artifact
from crossproof.errors import Unreachable
from crossproof.github.api import Api
from crossproof.github.exchange import failure
from crossproof.github.pooled import Pools
from crossproof.parallel import Stop, all_of
from crossproof.units import RepoRef

_CHUNK = 112 * 1024  # from 128 KiB on, glibc asks the kernel for new pages each time, and gives them back
_PAUSES = (0.5, 1.0, 2.0, 4.0)  # after each try that brought nothing; a byte of progress begins anew
_MOST_HOPS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WHOLE, _PARTIAL, _GONE, _CHANGED = 200, 206, 410, 412
_WILL_NOT_PASS = frozenset({405, 406, 409, 416})
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


class _Anew(Exception):
    """Storage now has other bytes than before, or gives them from the start only: what came so far is worthless."""


class _Broken(Exception):
    """Trouble that may pass with a fresh link."""

    def __init__(self, error: Unreachable) -> None:
        """Remember what to say if it does not."""
        super().__init__(error.what)
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """A body that has begun to arrive."""

    raw: urllib3.BaseHTTPResponse
    host: str
    start: int
    total: int
    etag: str
    described: Described

    def pieces(self, length: int) -> Iterator[bytes]:
        """Give so many bytes as they arrive; a body that breaks off is trouble, never a shorter body."""
        left = length
        try:
            for piece in self.raw.stream(_CHUNK, decode_content=False):
                yield piece[:left]
                left -= min(left, len(piece))
        except HTTPError as error:
            raise _Broken(failure(error, f"the download from {self.host}")) from None
        except BaseException:
            self.raw.close()
            raise
        if left:
            raise _Broken(_short(self.host, length - left, length))


class GithubDeliveries:
    """Fetches artifacts of one repository; safe to use from several threads."""

    def __init__(
        self, api: Api, repository: RepoRef, pools: Pools, *, room: Callable[[Artifact, int], Room], stop: Stop
    ) -> None:
        """`api` signs links (through pooled connections); `room` makes a place for so many bytes of an artifact."""
        self._api = api
        self._repository = repository
        self._pools = pools
        self._room = room
        self._stop = stop

    def receive(self, artifact: Artifact) -> Received:
        """Bring all of an artifact."""
        for _ in range(2):
            source = _Source(self._api, self._repository, self._pools, artifact)
            try:
                return self._receive(source, artifact)
            except _Anew:
                continue
        raise Unreachable(
            f"{artifact.name!r} changes in storage while it is fetched, or cannot be resumed there.",
            fix="Run again.",
            anchor="downloads",
        )

    def _receive(self, source: "_Source", artifact: Artifact) -> Received:
        planned = parts(artifact.size)
        first = self._begin(source, planned)
        room = self._room(artifact, first.total)
        try:
            if first.raw.status == _WHOLE:
                digest = hashlib.sha256()
                _fill(source, room, Part(0, first.total), first, self._stop, digest.update)
                return Received(room, first.described, digest.hexdigest())
            sha256 = self._fill_in_parts(source, room, parts(first.total), first)
            return Received(room, first.described, sha256)
        except BaseException:
            room.close()
            raise

    def _begin(self, source: "_Source", planned: tuple[Part, ...]) -> _Answer:
        patience = _Patience(self._stop)
        wanted = planned[0] if len(planned) > 1 else None
        while True:
            try:
                return source.open(wanted)
            except _Broken as broken:
                patience.lost(broken.error)
                source.renew()

    def _fill_in_parts(self, source: "_Source", room: Room, ranges: tuple[Part, ...], first: _Answer) -> str:
        """Write all parts, several at once, and hash them in order behind the writing."""
        stop = self._stop.part()
        done = [threading.Event() for _ in ranges]
        digest = hashlib.sha256()

        def fill(number: int) -> None:
            _fill(source, room, ranges[number], first if number == 0 else None, stop)
            done[number].set()

        def hash_in_order() -> None:
            for number, part in enumerate(ranges):
                while not done[number].wait(0.2):
                    stop.check()
                for at in range(part.start, part.end, _CHUNK):
                    digest.update(room.read_at(at, min(_CHUNK, part.end - at)))

        tasks: list[Callable[[], None]] = [hash_in_order, *(partial(fill, n) for n in range(len(ranges)))]
        all_of(tasks, at_once=PARTS_AT_ONCE + 1, stop=stop)
        return digest.hexdigest()


def _fill(
    source: "_Source",
    room: Room,
    part: Part,
    answer: _Answer | None,
    stop: Stop,
    note: Callable[[bytes], object] = len,
) -> None:
    """Write one part, going on where a connection broke."""
    at, patience = part.start, _Patience(stop)
    while at < part.end:
        try:
            answer = answer or source.open(Part(at, part.end))
            for piece in answer.pieces(part.end - at):
                stop.check()
                room.write_at(at, piece)
                note(piece)
                at += len(piece)
                patience.progressed()
        except _Broken as broken:
            patience.lost(broken.error)
            source.renew()
        answer = None


class _Patience:
    """How often a connection may fail without bringing a byte."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._lost = 0

    def progressed(self) -> None:
        self._lost = 0

    def lost(self, error: Unreachable) -> None:
        if self._lost == len(_PAUSES):
            error.why = f"{error.why} Tried {self._lost + 1} times, each with a new link.".strip()
            raise error
        self._stop.pause(_PAUSES[self._lost])
        self._lost += 1


class _Source:
    """One artifact in storage: a link that is made anew when it no longer opens, and what it is known to be."""

    def __init__(self, api: Api, repository: RepoRef, pools: Pools, artifact: Artifact) -> None:
        self._api = api
        self._path = f"/repos/{repository}/actions/artifacts/{artifact.id}/zip"
        self._pools = pools
        self._artifact = artifact
        self._lock = threading.Lock()
        self._link = ""
        self._known: tuple[int, str] | None = None

    def renew(self) -> None:
        """Ask for a new link before the next request."""
        with self._lock:
            self._link = ""

    def open(self, part: Part | None) -> _Answer:
        """Ask for a part, or for all of it."""
        headers = {"Range": f"bytes={part.start}-{part.end - 1}"} if part else {}
        with self._lock:
            link = self._link = self._link or self._signed()
            if self._known and self._known[1]:
                headers["If-Match"] = self._known[1]
        raw, host = self._ask(link, headers)
        answer = _read(raw, host)
        with self._lock:
            self._known = self._known or (answer.total, answer.etag)
            same = self._known == (answer.total, answer.etag)
        if not same or (answer.start != part.start if part else answer.start):
            raw.close()
            raise _Anew
        return answer

    def _signed(self) -> str:
        """Ask GitHub for the address; it is a credential, and lives for about a minute."""
        answer = self._api.ask(self._path)
        if answer.status == _GONE:
            raise expired(self._artifact, answer.shown)
        if answer.status not in _REDIRECTS or "location" not in answer.headers:
            raise self._api.refused(answer)
        return urljoin(f"{self._api.base_url}{self._path}", answer.headers["location"])

    def _ask(self, link: str, headers: dict[str, str]) -> tuple[urllib3.BaseHTTPResponse, str]:
        for _ in range(_MOST_HOPS):
            host = urlsplit(link).hostname or ""
            if not may_be_asked(link):
                raise Unreachable(
                    f"GitHub keeps the artifact at {host!r}, which is not asked by https.", anchor="downloads"
                )
            try:
                raw = self._pools.get(link, headers)
            except HTTPError as error:
                raise _Broken(failure(error, f"the download from {host}")) from None
            if raw.status not in _REDIRECTS or "Location" not in raw.headers:
                return raw, host
            link = urljoin(link, raw.headers["Location"])
            raw.drain_conn()
        raise Unreachable(f"The download was redirected {_MOST_HOPS} times and not given.", anchor="downloads")


def _read(raw: urllib3.BaseHTTPResponse, host: str) -> _Answer:
    """Believe an answer only if it says which bytes it brings, of how many."""
    told = _RANGE.fullmatch(raw.headers.get("Content-Range", "")) if raw.status == _PARTIAL else None
    length = raw.headers.get("Content-Length", "")
    if raw.status == _CHANGED:
        raw.close()
        raise _Anew
    if (raw.status == _WHOLE and length.isdecimal()) or told:
        return _Answer(
            raw=raw,
            host=host,
            start=int(told[1]) if told else 0,
            total=int(told[2]) if told else int(length),
            etag=raw.headers.get("ETag", ""),
            described=Described(raw.headers.get("Content-Type", ""), raw.headers.get("Content-Disposition", "")),
        )
    raw.close()
    error = Unreachable(
        f"{host} answered {raw.status} to a download"
        + (" without saying how long it is." if raw.status in {_WHOLE, _PARTIAL} else "."),
        fix="Run again; a self-hosted runner must be able to reach this host.",
        anchor="downloads",
    )
    if raw.status in _WILL_NOT_PASS or raw.status in {_WHOLE, _PARTIAL}:
        raise error
    raise _Broken(error)


def _short(host: str, at: int, end: int) -> Unreachable:
    return Unreachable(f"{host} ended a download after {at} of {end} bytes.", fix="Run again.", anchor="downloads")
