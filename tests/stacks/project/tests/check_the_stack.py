"""Four tests that say localhost, as they do on a laptop."""

import socket
import subprocess
import urllib.request


def asked(port, question):
    with socket.create_connection(("localhost", port), timeout=5) as connection:
        connection.sendall(question)
        return connection.recv(4096)


def test_the_database_was_seeded():
    count = [
        "psql",
        "-h",
        "localhost",
        "-p",
        "15433",
        "-U",
        "app",
        "-d",
        "postgres",
        "-Atc",
        "SELECT count(*) FROM seeded",
    ]
    assert subprocess.run(count, capture_output=True, text=True, check=True).stdout == "3\n"


def test_the_cache_answers():
    assert asked(16380, b"PING\r\n") == b"+PONG\r\n"


def test_the_queue_has_jetstream():
    assert b'"jetstream":true' in asked(14222, b"")


def test_what_is_published_on_loopback_only_is_there_too():
    with urllib.request.urlopen("http://127.0.0.1:18222/healthz?js-enabled-only=true", timeout=5) as answer:
        assert b"ok" in answer.read()
