"""A GitHub and its storage on loopback that only knows one run, but serves it as fast as the machine can.

`python -m bench._artifact_host <directory> [<bytes per second and connection>]` prints its address. The sandbox is for
what is right; this is for what is fast, and must not be the slower side.
"""

import hashlib
import json
import os
import socket
import sys
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

API_SECONDS, STORAGE_SECONDS = 0.08, 0.04  # what a round trip takes where the link is shaped
_STEP = 64 * 1024


class Host:
    """One run whose artifacts are the files of a directory."""

    def __init__(self, directory: Path, bytes_per_second: float) -> None:
        self.rate = bytes_per_second
        self.files = sorted(directory.glob("*.zip"))
        self.listen = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self.listen.getsockname()[1]}"
        self.artifacts = [self._artifact(number, path) for number, path in enumerate(self.files, 1)]

    def serve(self) -> None:
        while True:
            connection, _ = self.listen.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _artifact(self, number: int, path: Path) -> dict[str, object]:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {
            "id": number,
            "name": path.stem,
            "size_in_bytes": path.stat().st_size,
            "expired": False,
            "digest": f"sha256:{digest}",
            "created_at": "2026-06-02T12:01:00Z",
            "expires_at": "2099-06-02T12:01:00Z",
            "workflow_run": {"id": 7, "repository_id": 1, "head_repository_id": 1},
        }

    def _converse(self, connection: socket.socket) -> None:
        buffer = b""
        while True:
            while b"\r\n\r\n" not in buffer:
                piece = connection.recv(8192)
                if not piece:
                    connection.close()
                    return
                buffer += piece
            head, _, buffer = buffer.partition(b"\r\n\r\n")
            try:
                self._answer(connection, head.decode("latin-1"))
            except OSError:
                connection.close()
                return

    def _answer(self, connection: socket.socket, head: str) -> None:
        url = urlsplit(head.split(" ", 2)[1])
        if url.path.startswith("/blobs/"):
            self._blob(connection, self.files[int(url.path.rpartition("/")[2]) - 1], _range(head))
            return
        time.sleep(API_SECONDS if self.rate else 0)
        if url.path.endswith("/zip"):
            number = url.path.split("/")[-2]
            connection.sendall(_head(302, 0, Location=f"{self.url}/blobs/{number}"))
            return
        query = parse_qs(url.query)
        body = json.dumps(self._told(url.path, query)).encode()
        page = int(query.get("page", ["1"])[0])
        further = url.path.endswith("/artifacts") and page * 100 < len(self.artifacts)
        link = {"Link": f'<{self.url}{url.path}?per_page=100&page={page + 1}>; rel="next"'} if further else {}
        connection.sendall(_head(200, len(body), Content_Type="application/json", **link) + body)

    def _told(self, path: str, query: dict[str, list[str]]) -> object:
        if path.endswith("/artifacts"):
            page, size = int(query.get("page", ["1"])[0]), int(query.get("per_page", ["30"])[0])
            return {"total_count": len(self.artifacts), "artifacts": self.artifacts[(page - 1) * size : page * size]}
        repository = {"full_name": "acme/ios-app"}
        return {
            "id": 7, "run_attempt": 1, "repository": repository, "head_repository": repository, "path": "e2e.yml",
            "event": "push", "status": "completed", "conclusion": "success", "head_sha": "a" * 40,
            "head_branch": "main", "created_at": "2026-06-02T12:00:00Z", "run_started_at": "2026-06-02T12:00:00Z",
            "html_url": "https://github.example/acme/ios-app/actions/runs/7",
        }  # fmt: skip

    def _blob(self, connection: socket.socket, path: Path, wanted: tuple[int, int] | None) -> None:
        time.sleep(STORAGE_SECONDS if self.rate else 0)
        size = path.stat().st_size
        start, end = wanted or (0, size)
        more = {"Content_Range": f"bytes {start}-{end - 1}/{size}"} if wanted else {}
        name = f'attachment; filename="{path.name}"'
        kind = {"Content_Type": "application/zip", "Content_Disposition": name, "ETag": f'"{path.name}"'}
        connection.sendall(_head(206 if wanted else 200, end - start, **kind, **more))
        began, sent = time.monotonic(), 0
        with path.open("rb") as file:
            while sent < end - start:
                step = min(_STEP * 4, end - start - sent) if self.rate else end - start - sent
                sent += os.sendfile(connection.fileno(), file.fileno(), start + sent, step)
                if self.rate:
                    time.sleep(max(0.0, began + sent / self.rate - time.monotonic()))


def _range(head: str) -> tuple[int, int] | None:
    for line in head.split("\r\n"):
        if line.lower().startswith("range: bytes="):
            first, _, last = line.partition("=")[2].partition("-")
            return int(first), int(last) + 1
    return None


def _head(status: int, length: int, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} x", f"Content-Length: {length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


if __name__ == "__main__":
    host = Host(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0)
    print(host.url, flush=True)
    host.serve()
