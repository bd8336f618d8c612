import ssl

import pytest
import requests
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    IncompleteRead,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from crossproof.errors import BadCall
from crossproof.github.answer import MaybeSent, NotSent
from crossproof.github.exchange import checked_url, failure

POOL = HTTPSConnectionPool("api.github.com")
HERE = HTTPSConnection("api.github.com")


def wrapped(reason: Exception, outer: type[requests.RequestException] = requests.ConnectionError):
    return outer(MaxRetryError(POOL, "/?sig=secret", reason))


@pytest.mark.parametrize(
    "error",
    [
        wrapped(NewConnectionError(HERE, "[Errno 111] Connection refused")),
        wrapped(NameResolutionError("api.github.com", HERE, OSError("Name or service not known"))),
        wrapped(ConnectTimeoutError(HERE, "timed out"), requests.ConnectTimeout),
        wrapped(ProxyError("Unable to connect to proxy", OSError("refused")), requests.exceptions.ProxyError),
        wrapped(SSLError(ssl.SSLCertVerificationError(1, "certificate verify failed")), requests.exceptions.SSLError),
    ],
    ids=lambda error: type(error.args[0].reason).__name__,
)
def test_without_a_connection_nothing_was_sent(error):
    assert isinstance(failure(error, "POST /x"), NotSent)


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104, "reset"))),
        requests.ReadTimeout(ReadTimeoutError(POOL, "/", "Read timed out.")),
        requests.exceptions.ChunkedEncodingError(ProtocolError("broken", IncompleteRead(1, 2))),
        wrapped(SSLError(ssl.SSLEOFError(8, "EOF occurred in violation of protocol")), requests.exceptions.SSLError),
        requests.ConnectionError("something new"),
        requests.RequestException(),
    ],
)
def test_in_doubt_it_may_have_been_carried_out(error):
    assert isinstance(failure(error, "POST /x"), MaybeSent)


def test_a_failure_never_shows_the_address_which_may_be_signed():
    lost = failure(wrapped(NewConnectionError(HERE, "[Errno 111] Connection refused")), "the download")
    assert "sig=" not in f"{lost.what} {lost.why} {lost.seen} {lost.fix}"


@pytest.mark.parametrize(
    "url",
    [
        "https://api.github.com",
        "https://ghe.example/api/v3",
        "http://127.0.0.1:8080",
        "http://[::1]:8",
        "http://localhost:1",
    ],
)
def test_https_and_this_machine_may_be_asked(url):
    assert checked_url(url, "api_url") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://api.github.com",
        "http://127.0.0.1.evil.example",
        "http://10.0.0.1",
        "http://0.0.0.0:80",
        "ftp://x",
        "api.github.com",
        "",
        "https://",
        "https://user:hunter2@api.github.com",
        "https://[::1",
        "https://x:port",
    ],
)
def test_nothing_else_may_and_no_password_is_repeated(url):
    with pytest.raises(BadCall) as refused:
        checked_url(url, "api_url")
    assert refused.value.faults[0].where == "api_url"
    assert "hunter2" not in refused.value.faults[0].what
