"""The sandbox's HTTP/1.1 server on loopback: one request in, one answer out, kept alive, and endable mid-answer."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

_IDLE_SECONDS = 120  # a keep-alive connection that nobody uses is closed
_ONE_PACKET = 1 << 16
_CHUNK = 1 << 20


class Ending(Enum):
    """How an answer ends."""

    WHOLE = auto()
    CUT = auto()  # the headers promise all of it, half of the body comes, the connection closes
    RESET = auto()  # nothing comes: the connection is reset


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What came in; header names are in lower case."""

    method: str
    target: str  # as sent: the path still percent-encoded
    headers: Mapping[str, str]
    body: bytes
    in_flight: int = 1

    @property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; the last one of a name counts."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class FilePart:
    """A body that is read from a file while it is sent, so that a large one needs no memory."""

    path: Path
    start: int
    end: int

    def __len__(self) -> int:
        """Count the bytes."""
        return self.end - self.start


@dataclass(slots=True, kw_only=True)
class Answer:
    """What goes out."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    file: FilePart | None = None  # goes out instead of the body
    ending: Ending = Ending.WHOLE
    wait: float = 0.0  # real seconds before the first byte
    bytes_per_second: float = 0.0  # 0 is as fast as it goes

    @classmethod
    def json(cls, value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Self:
        """Write a JSON answer as GitHub does."""
        kind = {"Content-Type": "application/json; charset=utf-8"}
        return cls(status=status, headers={**kind, **(headers or {})}, body=json.dumps(value).encode())

    @classmethod
    def text(cls, value: str, *, status: int = 200, kind: str = "text/plain; charset=utf-8") -> Self:
        """Write a plain answer."""
        return cls(status=status, headers={"Content-Type": kind}, body=value.encode())


App = Callable[[Request], Answer]


class LoopbackServer:
    """Serves one app on an ephemeral port until it is closed; what the app raises is kept and answered with 500."""

    def __init__(self, app: App, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Bind and start serving."""
        self.crashes: list[Exception] = []
        self.peak_in_flight = 0
        self._in_flight = 0
        self._lock = threading.Lock()
        self._server = _Server((host, port), self, app)
        self.host = host
        self.port = self._server.server_port
        self.url = f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and end every connection that is still open."""
        stopping = threading.Thread(target=self._server.shutdown)
        stopping.start()
        with suppress(OSError):  # a connection wakes it: by itself its loop looks up every 20 ms
            socket.create_connection((self.host, self.port)).close()
        stopping.join()
        self._thread.join()
        self._server.end_connections()
        self._server.server_close()

    def entered(self) -> int:
        """Count one more request in flight."""
        with self._lock:
            self._in_flight += 1
            self.peak_in_flight = max(self.peak_in_flight, self._in_flight)
            return self._in_flight

    def left(self) -> None:
        """Count one less."""
        with self._lock:
            self._in_flight -= 1


class _Server(ThreadingHTTPServer):
    request_queue_size = 512
    block_on_close = False

    def __init__(self, address: tuple[str, int], owner: LoopbackServer, app: App) -> None:
        self.owner = owner
        self.app = app
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        with self._open_lock:
            still_open = list(self._open)
        for connection in still_open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it ended by itself meanwhile

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: a client that went away is no fault of ours, and an app's own faults are kept in `crashes`."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _IDLE_SECONDS
    server: _Server

    def handle_any(self) -> None:
        owner = self.server.owner
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        in_flight = owner.entered()
        try:
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(method=self.command, target=self.path, headers=headers, body=body, in_flight=in_flight)
            self._send(_safely(owner, self.server.app, request))
        finally:
            owner.left()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815 - http.server's names

    def log_message(self, *_: Any) -> None:
        """Say nothing on stderr: `Sandbox.log` is the request log."""

    def _send(self, answer: Answer) -> None:
        time.sleep(answer.wait)
        if answer.ending is Ending.RESET:
            self._reset()
            return
        for piece in _pieces(answer, with_body=self.command != "HEAD"):
            self.wfile.write(piece)
        self.close_connection = self.close_connection or answer.ending is Ending.CUT

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()  # with a linger of zero, closing sends RST
        self.close_connection = True


def _pieces(answer: Answer, *, with_body: bool) -> Iterable[bytes]:
    body = answer.file or answer.body
    bodiless = answer.status in {204, 304}
    head = _head(answer, None if bodiless else len(body))
    length = 0 if bodiless or not with_body else len(body)
    if answer.ending is Ending.CUT:
        length //= 2
    if isinstance(body, bytes) and length < _ONE_PACKET and not answer.bytes_per_second:
        yield head + body[:length]  # together, or the client's delayed acknowledgement makes it wait
        return
    yield head
    began = time.monotonic()
    step = max(1, int(answer.bytes_per_second / 50)) if answer.bytes_per_second else _CHUNK
    for start in range(0, length, step):
        if answer.bytes_per_second:
            time.sleep(max(0.0, began + start / answer.bytes_per_second - time.monotonic()))
        yield _slice(body, start, min(start + step, length))


def _slice(body: bytes | FilePart, start: int, end: int) -> bytes:
    if isinstance(body, bytes):
        return body[start:end]
    with body.path.open("rb") as file:
        file.seek(body.start + start)
        return file.read(end - start)


def _safely(owner: LoopbackServer, app: App, request: Request) -> Answer:
    try:
        return app(request)
    except Exception as crash:  # noqa: BLE001 - kept, and raised where the sandbox is closed
        owner.crashes.append(crash)
        return Answer.text(f"the sandbox itself failed: {crash!r}", status=500)


def _head(answer: Answer, length: int | None) -> bytes:
    reason = HTTPStatus(answer.status).phrase
    lines = [f"HTTP/1.1 {answer.status} {reason}", *(f"{name}: {value}" for name, value in answer.headers.items())]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
