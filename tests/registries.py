"""A real registry on loopback (Debian's docker-registry), and hands that push to it and put faults before it."""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

ROOT = Path(__file__).parents[1]
USER, PASSWORD = "tester", "made-up"
_HTPASSWD = f"{USER}:$2b$05$abcdefghijklmnopqrstuupNZbhxYdC58esayGQAPkXUkZfWQoYFG\n"


def binary() -> str:
    """Find it, or say nothing."""
    unpacked = ROOT / ".cache/docker-registry/usr/bin/docker-registry"
    return shutil.which("docker-registry") or (str(unpacked) if unpacked.exists() else "")


def missing() -> str:
    """Say why no registry can be started here, or nothing."""
    return "" if binary() else "no docker-registry here (.ci/registry fetches it)"


@dataclass
class Pusher:
    """Pushes manifests and blobs as a builder does, by the distribution specification."""

    url: str
    auth: tuple[str, str] | None = None

    def put_blob(self, repository: str, content: bytes) -> str:
        """Keep a blob."""
        digest = f"sha256:{sha256(content).hexdigest()}"
        begun = requests.post(f"{self.url}/v2/{repository}/blobs/uploads/", auth=self.auth, timeout=10)
        place = urljoin(self.url, begun.headers["Location"])
        more = "&" if "?" in place else "?"
        done = requests.put(
            f"{place}{more}digest={digest}",
            data=content,
            headers={"Content-Type": "application/octet-stream"},
            auth=self.auth,
            timeout=10,
        )
        assert done.status_code == 201, done.text
        return digest

    def push(self, repository: str, content: bytes, media_type: str, *tags: str) -> str:
        """Keep a manifest: by its digest first, then under its tags."""
        digest = f"sha256:{sha256(content).hexdigest()}"
        for name in (digest, *tags):
            done = self.tag(repository, content, media_type, name)
            assert done.status_code == 201, done.text
        return digest

    def tag(self, repository: str, content: bytes, media_type: str, name: str) -> requests.Response:
        """Put one name to a manifest, whatever is answered."""
        return requests.put(
            f"{self.url}/v2/{repository}/manifests/{name}",
            data=content,
            headers={"Content-Type": media_type},
            auth=self.auth,
            timeout=10,
        )


@dataclass
class EcrPusher:
    """Pushes to moto's ECR, with the digests that content really has: moto makes up others. It keeps no blobs."""

    client: Any
    blobs: "Answers | None" = None  # hands out what moto cannot

    def put_blob(self, repository: str, content: bytes) -> str:
        """Let a server of ours keep it, if there is one."""
        digest = f"sha256:{sha256(content).hexdigest()}"
        if self.blobs:
            self.blobs.on(f"/{digest}", 200, content)
        return digest

    def push(self, repository: str, content: bytes, media_type: str, *tags: str) -> str:
        """Keep a manifest; that it is there already is fine."""
        digest = f"sha256:{sha256(content).hexdigest()}"
        for tag in tags or (f"part-{digest[7:19]}",):
            with suppress(self.client.exceptions.ImageAlreadyExistsException):
                self.client.put_image(
                    repositoryName=repository,
                    imageManifest=content.decode(),
                    imageManifestMediaType=media_type,
                    imageDigest=digest,
                    imageTag=tag,
                )
        return digest


@dataclass
class Running(Pusher):
    """A registry that answers."""

    host: str = ""


@contextmanager
def registry(folder: Path, *, password: bool = False, blobs_at: str = "") -> Iterator[Running]:
    """Run one until the block ends; `blobs_at` sends readers of blobs to another address, as clouds do."""
    config: dict[str, object] = {
        "version": 0.1,
        "log": {"level": "info", "formatter": "text"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "store")}},
        "http": {"addr": "127.0.0.1:0"},
    }
    if password:
        (folder / "htpasswd").write_text(_HTPASSWD)
        config["auth"] = {"htpasswd": {"realm": "tests", "path": str(folder / "htpasswd")}}
    if blobs_at:
        config["middleware"] = {"storage": [{"name": "redirect", "options": {"baseurl": blobs_at}}]}
    (folder / "config.yml").write_text(json.dumps(config))  # JSON is YAML
    log = folder / "registry.log"
    with log.open("wb") as told:
        process = subprocess.Popen([binary(), "serve", str(folder / "config.yml")], stdout=told, stderr=told)
    try:
        host = _listening(process, log)
        yield Running(url=f"http://{host}", auth=(USER, PASSWORD) if password else None, host=host)
    finally:
        process.terminate()
        process.wait(10)


def _listening(process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(200):
        for line in log.read_text().splitlines():
            if "listening on 127.0.0.1:" in line:
                return "127.0.0.1:" + line.partition("listening on 127.0.0.1:")[2].partition('"')[0].strip()
        assert process.poll() is None, f"docker-registry ended: {log.read_text()}"
        time.sleep(0.05)
    raise AssertionError(f"docker-registry did not come up: {log.read_text()}")


@dataclass
class Answers:
    """A server of one's own: what it answers to each path, and what it was asked with."""

    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    scripted: dict[str, list[tuple[int, dict[str, str], bytes]]] = field(default_factory=dict)
    url: str = ""

    @property
    def host(self) -> str:
        """The host, as a registry is named."""
        return self.url.removeprefix("http://")

    def on(self, path: str, status: int, body: object = b"", **headers: str) -> None:
        """Answer a path so; the last answer of several holds."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.scripted.setdefault(path, []).append((status, named, content))


@contextmanager
def answering() -> Iterator[Answers]:
    """Serve until the block ends."""
    told = Answers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            script = told.scripted.get(self.path.partition("?")[0], [(404, {}, b"404 page not found\n")])
            status, headers, body = script.pop(0) if len(script) > 1 else script[0]
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
