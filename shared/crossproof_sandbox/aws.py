"""An AWS on loopback: moto's server for S3, ECR, SSM, STS and Secrets Manager, all on one port."""

import logging
import socket
import threading
import urllib.request
from contextlib import suppress
from typing import Any

REGION = "eu-west-1"
ACCOUNT = "123456789012"  # moto's own; documented as nobody's


class Aws:
    """Starts when it is made, empty. moto keeps its state per process: have one of these at a time."""

    def __init__(self, *, host: str, port: int = 0) -> None:
        """Start serving."""
        # 0.4 s that most tests never need.
        from moto.server import ThreadedMotoServer  # noqa: PLC0415

        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # one line for each request otherwise
        self._server: Any = ThreadedMotoServer(ip_address=host, port=port, verbose=False)
        self._server.start()
        self._host, (_, self._port) = host, self._server.get_host_and_port()
        self.url = f"http://{host}:{self._port}"
        self.reset()

    @property
    def env(self) -> dict[str, str]:
        """Give the variables that make an SDK speak to this AWS, as ambient credentials and a region."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
        }

    def reset(self) -> None:
        """Forget everything."""
        request = urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")  # noqa: S310 - our own loopback
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10).close()

    def close(self) -> None:
        """Stop serving."""
        stopping = threading.Thread(target=self._server.stop)
        stopping.start()
        with suppress(OSError):  # a connection wakes it: by itself its loop looks up every 500 ms
            socket.create_connection((self._host, self._port)).close()
        stopping.join()
