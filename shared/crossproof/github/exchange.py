"""What an exchange with GitHub is, whoever makes it: its bounds, and a lost request told from one never sent."""

import re
import ssl
from collections.abc import Iterable, Mapping
from typing import Protocol

import urllib3.exceptions

from crossproof.addresses import may_be_asked
from crossproof.clock import Clock
from crossproof.errors import BadCall, Fault
from crossproof.github.answer import Answer, MaybeSent, NotSent
from crossproof.units import clip

TIMEOUT = 30
CHUNK = 64 * 1024
_WHOLE_BODY_SECONDS = 120.0  # a time-out is per read: a byte every 29 s would never end
_LARGEST_BODY = 64 * 1024 * 1024


class Exchanging(Protocol):
    """What `Api` needs of whoever makes its requests."""

    base_url: str

    def once(
        self,
        authorization: str,
        verb: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        timeout: float = TIMEOUT,
    ) -> Answer:
        """Send one request, with `authorization` as the header of that name."""
        ...


def whole_body(pieces: Iterable[bytes], clock: Clock, broken_by: type[Exception]) -> tuple[bytes, str]:
    """Read a body within bounds of time and size; one that breaks off is kept, and said to be broken."""
    body, start = bytearray(), clock.monotonic()
    try:
        for piece in pieces:
            body += piece
            if len(body) > _LARGEST_BODY:
                return bytes(body), f"the body is larger than {_LARGEST_BODY} bytes"
            if clock.monotonic() - start > _WHOLE_BODY_SECONDS:
                return bytes(body), f"the body took longer than {_WHOLE_BODY_SECONDS:.0f} s"
    except broken_by as error:
        return bytes(body), f"the body broke off after {len(body)} bytes: {_innermost(error)}"
    return bytes(body), ""


def as_text(body: bytes, broken: str) -> tuple[str, str]:
    """Decode a body; one that is no UTF-8 is shown as far as it is, and is broken."""
    try:
        return body.decode(), broken
    except UnicodeDecodeError:
        return body.decode(errors="replace"), "the body is no UTF-8"


def failure(error: Exception, request: str) -> NotSent | MaybeSent:
    """Tell what cannot have reached the other side from what may have; in doubt, it may have."""
    said = _innermost(error)
    fix = "Run again; if it persists, check the API's URL, name resolution and any proxy of a self-hosted runner."
    if _never_left(error):
        return NotSent(f"{request} could not be sent: {said}.", fix=fix, anchor="unreachable")
    return MaybeSent(
        f"{request} got no answer: {said}.",
        why="The request left, so it may have been carried out.",
        fix=fix,
        anchor="unreachable",
    )


def checked_url(url: str, where: str) -> str:
    """Refuse, as a fault of the input `where`, an address that may not be asked."""
    if not may_be_asked(url):
        shown = clip(re.sub(r"//[^/@]*@", "//", url.partition("?")[0]))  # without what may be a password
        raise BadCall([Fault(where, f"{shown} is no plain https URL; http only reaches this machine")])
    return url


def _never_left(error: Exception) -> bool:
    """No connection was made: refused, unknown host, connect time-out, proxy not reached, or a bad certificate."""
    cause = _cause(error)
    return isinstance(
        cause,
        (
            urllib3.exceptions.NewConnectionError,  # covers NameResolutionError
            urllib3.exceptions.ConnectTimeoutError,
            urllib3.exceptions.ProxyError,  # urllib3 says so only when the proxy itself was never connected to
        ),
    ) or _is_handshake(cause)


def _is_handshake(cause: BaseException) -> bool:
    """A TLS failure that only a handshake can have. Other TLS errors may come while an answer is read."""
    inner = cause.args[0] if isinstance(cause, urllib3.exceptions.SSLError) and cause.args else cause
    return isinstance(inner, ssl.SSLCertVerificationError) or getattr(inner, "reason", "") in {
        "WRONG_VERSION_NUMBER",
        "UNSUPPORTED_PROTOCOL",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "TLSV1_ALERT_PROTOCOL_VERSION",
    }


def _cause(error: Exception) -> BaseException:
    """Open what requests and urllib3 wrapped."""
    found: BaseException = error
    while True:
        inner = getattr(found, "reason", None) or (found.args[0] if found.args else None)
        if not isinstance(inner, BaseException) or isinstance(found, urllib3.exceptions.SSLError):
            return found
        found = inner


def _innermost(error: Exception) -> str:
    """Words for people, without the URL: a signed one is a credential."""
    cause = _cause(error)
    said = str(cause.args[-1]) if cause.args else ""
    return f"{type(cause).__name__} ({said[:200]})" if said else type(cause).__name__
