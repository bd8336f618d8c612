"""The other host: where GitHub's redirects to logs and artifacts lead, by links that soon expire."""

import re
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote

from crossproof_sandbox.clock import Clock
from crossproof_sandbox.faults import Faults
from crossproof_sandbox.history import object_id
from crossproof_sandbox.log import SECRET_HEADERS, Exchange, Log
from crossproof_sandbox.wire import Answer, Ending, FilePart, LoopbackServer, Request

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    content: bytes | Path
    etag: str
    expires_at: datetime
    kind: str
    filename: str


class Blobs:
    """Serves stored bytes to whoever has a link: with ranges, without credentials."""

    def __init__(self, clock: Clock, *, host: str) -> None:
        """Start serving on a port of its own."""
        self.live_seconds = 60.0
        self.bytes_per_second = 0.0  # what one connection gets; 0 is as fast as it goes
        self.log = Log()
        self.faults = Faults()
        self._clock = clock
        self._links: dict[str, _Link] = {}
        self._lock = threading.Lock()
        self._server = LoopbackServer(self._answer, host=host)
        self.url = self._server.url

    @property
    def crashes(self) -> list[Exception]:
        """What went wrong in here."""
        return self._server.crashes

    @property
    def peak_in_flight(self) -> int:
        """Give the most downloads that ever ran at once."""
        return self._server.peak_in_flight

    def close(self) -> None:
        """Stop serving."""
        self._server.close()

    def link(self, content: bytes | Path, *, kind: str, filename: str, blob: str = "") -> str:
        """Sign a link to these bytes; every link to one blob leads to the same ETag."""
        blob = blob or object_id("blob", filename.encode())
        signature = secrets.token_hex(12)
        expires_at = self._clock.now() + timedelta(seconds=self.live_seconds)
        with self._lock:
            self._links[signature] = _Link(
                content=content, etag=f'"{blob}"', expires_at=expires_at, kind=kind, filename=filename
            )
        stamp = quote(expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        return f"{self.url}/blobs/{blob}/{quote(filename)}?se={stamp}&sp=r&sig={signature}"

    def _answer(self, request: Request) -> Answer:
        fault = self.faults.striking(request, self._clock.monotonic())
        if fault and fault.instead:
            answer = fault.instead(Answer())
        else:
            answer = self._serve(request)
            if fault and fault.after_accept:
                answer = fault.after_accept(answer)
        self.log.add(
            Exchange(
                at=self._clock.now(),
                method=request.method,
                path=request.path,
                operation="",
                query={name: value for name, value in request.query.items() if name != "sig"},
                headers={name: value for name, value in request.headers.items() if name not in SECRET_HEADERS},
                caller="WITH CREDENTIALS" if "authorization" in request.headers else "anonymous",
                body=None,
                status=0 if answer.ending is Ending.RESET else answer.status,
                in_flight=request.in_flight,
                charged=False,
            )
        )
        return answer

    def _serve(self, request: Request) -> Answer:
        link = self._linked(request)
        if isinstance(link, Answer):
            return link
        size = link.content.stat().st_size if isinstance(link.content, Path) else len(link.content)
        headers = {
            "Content-Type": link.kind,
            "Content-Disposition": f'attachment; filename="{quote(link.filename)}"',
            "Accept-Ranges": "bytes",
            "ETag": link.etag,
            "Date": format_datetime(self._clock.now(), usegmt=True),
        }
        wanted = _range(request.headers.get("range", ""), size)
        first, last = wanted or (0, size - 1)
        if wanted and (first >= size or last < first):
            return Answer(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
        if wanted:
            headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        answer = Answer(status=206 if wanted else 200, headers=headers, bytes_per_second=self.bytes_per_second)
        if isinstance(link.content, Path):
            answer.file = FilePart(link.content, first, last + 1)
        else:
            answer.body = link.content[first : last + 1]
        return answer

    def _linked(self, request: Request) -> _Link | Answer:
        if "authorization" in request.headers:
            # Azure refuses a signed link that comes with credentials too; a test finds the leak in the log.
            return _azure(400, "InvalidAuthenticationInfo")
        link = self._links.get(request.query.get("sig", ""))
        if link is None or link.expires_at <= self._clock.now():
            return _azure(403, "AuthenticationFailed")
        if request.method not in {"GET", "HEAD"}:
            return _azure(405, "UnsupportedHttpVerb")
        if request.headers.get("if-match", link.etag) != link.etag:
            return _azure(412, "ConditionNotMet")
        return link


def _range(header: str, size: int) -> tuple[int, int] | None:
    """Read one range; anything else is answered whole, as servers may."""
    found = _RANGE.fullmatch(header)
    if not found or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _azure(status: int, code: str) -> Answer:
    return Answer.text(
        f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>", status=status, kind="application/xml"
    )
