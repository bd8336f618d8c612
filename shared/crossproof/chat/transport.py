"""Makes exactly one HTTP request to Slack for slack_sdk, and tells a lost one from one that was never sent.

The SDK's own transport repeats a POST after a reset, follows redirects with the token, knows no NO_PROXY and reads
bodies of any size; its clients let one method be replaced, and this is what it is replaced by.
"""

import http.client
import json
import logging
import re
from typing import Any, NoReturn
from urllib.error import URLError
from urllib.request import HTTPErrorProcessor, Request, build_opener

from slack_sdk.web.client import WebClient
from slack_sdk.webhook import WebhookClient, WebhookResponse

from crossproof import __version__
from crossproof.errors import RateLimited, Unreachable
from crossproof.telling.messages import Unanswered
from crossproof.units import clip

SENDABLE = re.compile(r"[\x21-\x7e]+")  # else an error of the SDK would quote the header or the address, secret and all
_SECONDS = 30
_LARGEST_BODY = 16 * 1024 * 1024
_REDIRECTS, _TOO_MANY, _SERVER_TROUBLE = range(300, 400), 429, 500
_PAUSE = 30.0  # where a limit names no time
_NEVER_SENT = ("gaierror", "SSLCertVerificationError")  # by name: `socket` and `ssl` are for no adapter to import
_FIX = "Run again; if it persists, check Slack's status page and the network or proxy of a self-hosted runner."

_SILENT = logging.getLogger("crossproof.chat")  # what went wrong is raised; the SDK would log it too
_SILENT.disabled = True


class Web(WebClient):
    """Slack's methods, over our transport."""

    def __init__(self, token: str, base_url: str) -> None:
        """Speak for a token."""
        super().__init__(
            token,
            base_url=base_url,
            timeout=_SECONDS,
            user_agent_suffix=f"crossproof/{__version__}",
            logger=_SILENT,
            retry_handlers=[],
        )

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        status, headers, body = _ask(req, url.rpartition("/")[2])
        if not _is_answer(body):
            raise Unanswered(
                f"Slack's answer to {url.rpartition('/')[2]} cannot be used.",
                why="A proxy, an outage page or a cut connection stands where the answer should be.",
                seen=f"{status}, beginning {clip(body)}",
                fix=_FIX,
                anchor="slack",
            )
        return {"status": status, "headers": headers, "body": body}


class Hook(WebhookClient):
    """One incoming webhook, over our transport; its address is a secret and is in no message."""

    def __init__(self, url: str) -> None:
        """Post to an address."""
        suffix = f"crossproof/{__version__}"
        super().__init__(url, timeout=_SECONDS, user_agent_suffix=suffix, logger=_SILENT, retry_handlers=[])

    def _perform_http_request_internal(self, url: str, req: Request) -> WebhookResponse:
        status, headers, body = _ask(req, "the webhook")
        return WebhookResponse(url=url, status_code=status, body=body, headers=headers)


class _AsItIs(HTTPErrorProcessor):
    """Gives every answer as it came: no redirect is followed, no status is an exception."""

    def http_response(self, request: Request, response: Any) -> Any:  # noqa: ARG002
        return response

    https_response = http_response


def _ask(request: Request, what: str) -> tuple[int, dict[str, str], str]:
    try:
        with build_opener(_AsItIs).open(request, timeout=_SECONDS) as response:
            status, headers = response.status, dict(response.headers.items())
            body = response.read(_LARGEST_BODY + 1)
    except (OSError, http.client.HTTPException) as error:
        _lost(error, what)
    if len(body) > _LARGEST_BODY:
        raise Unanswered(
            f"Slack's answer to {what} is larger than {_LARGEST_BODY >> 20} MiB.", fix=_FIX, anchor="slack"
        )
    text = body.decode(errors="replace")
    if status == _TOO_MANY:
        raise _limited(headers, what)
    if status in _REDIRECTS:
        raise Unreachable(f"Slack sends {what} to another place, and credentials are not sent on.", anchor="slack")
    if status >= _SERVER_TROUBLE:
        raise Unanswered(
            f"Slack answered {status} to {what}.",
            why="It may have been carried out.",
            seen=clip(text),
            fix=_FIX,
            anchor="slack",
        )
    return status, headers, text


def _lost(error: Exception, what: str) -> NoReturn:
    """Tell what cannot have reached Slack from what may have; in doubt, it may have."""
    cause = error.reason if isinstance(error, URLError) and isinstance(error.reason, Exception) else error
    said = f"{type(cause).__name__} ({str(cause)[:200]})"
    if isinstance(cause, ConnectionRefusedError) or type(cause).__name__ in _NEVER_SENT:
        raise Unreachable(f"{what} could not be sent to Slack: {said}.", fix=_FIX, anchor="slack") from None
    raise Unanswered(
        f"{what} got no answer from Slack: {said}.",
        why="The request left, so it may have been carried out.",
        fix=_FIX,
        anchor="slack",
    ) from None


def _limited(headers: dict[str, str], what: str) -> RateLimited:
    """Read how long Slack wants us to wait; a request that it limits was not carried out."""
    asked = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    error = RateLimited(f"Slack's rate limit refuses {what}.", seen=f"Retry-After: {asked or 'none'}", anchor="slack")
    error.after = float(asked) if asked.isdecimal() and len(asked) < 7 else _PAUSE  # noqa: PLR2004 - days are refused later
    return error


def _is_answer(body: str) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False
