"""Tells whether a port answers, also where a proxy accepts for a service that is not there yet."""

import socket

_PATIENCE = 0.3


def answers(host: str, port: int) -> bool:
    """Connect and listen a moment: Docker's proxy accepts at once, and hangs up when it finds nobody behind it."""
    try:
        with socket.create_connection((host, port), timeout=_PATIENCE) as connection:
            connection.settimeout(_PATIENCE)
            try:
                return bool(connection.recv(1))
            except TimeoutError:
                return True  # it waits for us to speak first
    except OSError:
        return False
