"""Decides what an answer to the one POST means: something was started, nothing was, or nobody can tell yet."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from crossproof.errors import CrossproofError, Unreachable
from crossproof.units import RunId

_MOVED = frozenset({301, 302, 307, 308})
_SERVER_TROUBLE = 500
_TIMEOUT = 408


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back from the POST."""

    status: int
    text: str
    shown: str  # request, status and GitHub's words, for messages
    broken: bool = False
    at: datetime | None = None  # the server's clock
    limited_for: float | None = None  # a rate limit refused it for so many seconds
    error: CrossproofError | None = None  # of an answer that is not 2xx: the same with its remedy


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer came. `left` is False only where the request provably never left."""

    error: CrossproofError
    left: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """GitHub took it. The id is exact where it is given; with it comes the run's page."""

    run_id: RunId | None
    at: datetime | None
    page: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was started, and the same request will be refused again."""

    status: int
    error: CrossproofError


@dataclass(frozen=True, slots=True)
class OlderForm:
    """Nothing was started: this server does not know the newest form of the request. The next older one may be sent."""


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing was started: a rate limit, or the request never left. It may be sent again after so many seconds."""

    after: float
    error: CrossproofError


@dataclass(frozen=True, slots=True)
class Unclear:
    """It may have been started. Never send it again: look for it."""

    shown: str
    at: datetime | None = None


Sent: TypeAlias = Accepted | Refused | OlderForm | Later | Unclear


def read_reply(reply: Reply | Silence, *, asks_for_details: bool) -> Sent:
    """Sort an answer. In doubt it is `Unclear`."""
    if isinstance(reply, Silence):
        return Unclear(reply.error.what) if reply.left else Later(2.0, reply.error)
    error = reply.error or Unreachable(reply.shown)
    if reply.limited_for is not None:
        return Later(reply.limited_for, error)
    if 200 <= reply.status < 300:  # noqa: PLR2004
        return _taken(reply)
    if reply.status >= _SERVER_TROUBLE or reply.status == _TIMEOUT or reply.status < 200:  # noqa: PLR2004
        return Unclear(reply.shown, reply.at)
    if asks_for_details and _is_about_details(reply):
        return OlderForm()
    return Refused(reply.status, error)


def moved(refused: Refused) -> bool:
    """Whether it was refused because the repository has another name now."""
    return refused.status in _MOVED


def body_of_workflow(ref: str, inputs: Mapping[str, str], *, details: bool) -> dict[str, object]:
    """Write the POST that starts a workflow. `return_run_details` is harmless where the API version implies it."""
    body: dict[str, object] = {"ref": ref}
    if inputs:
        body["inputs"] = dict(inputs)
    if details:
        body["return_run_details"] = True
    return body


def _taken(reply: Reply) -> Sent:
    """204, or 200 with the id. GitHub sent 200 to everybody by accident in December 2025: never demand a body.

    A body that breaks off, or that is no JSON, may come from a proxy as well as from GitHub.
    """
    if reply.broken:
        return Unclear(reply.shown, reply.at)
    if not reply.text.strip():
        return Accepted(None, reply.at)
    try:
        found = json.loads(reply.text)
    except ValueError:
        return Unclear(reply.shown, reply.at)
    run_id = found.get("workflow_run_id") if isinstance(found, dict) else None
    if isinstance(run_id, int) and not isinstance(run_id, bool) and run_id > 0:
        page = found.get("html_url")
        return Accepted(RunId(run_id), reply.at, page if isinstance(page, str) else "")
    return Accepted(None, reply.at)


def _is_about_details(reply: Reply) -> bool:
    """Enterprise Server before 3.21 answers 400 to the unknown key; a 422 with the name in it says the same."""
    return reply.status in (400, 422) and "return_run_details" in reply.text
