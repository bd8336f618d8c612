"""What goes wrong on demand: before a request is carried out, or after, where the client cannot tell."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from crossproof_sandbox.log import matches
from crossproof_sandbox.wire import Answer, Ending, Request

Spoil = Callable[[Answer], Answer]


def reset(_: Answer) -> Answer:
    """Reset the connection."""
    return Answer(ending=Ending.RESET)


def cut(answer: Answer) -> Answer:
    """Promise the whole body, send half, close."""
    return replace(answer, ending=Ending.CUT)


def broken_json(answer: Answer) -> Answer:
    """Send a well-formed answer whose JSON stops in the middle."""
    return replace(answer, body=answer.body[: len(answer.body) // 2] or b"{")


def status(code: int, message: str = "", **headers: str) -> Spoil:
    """Answer so instead; `retry_after="3"` becomes the header Retry-After."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    if code >= 500:  # GitHub's edge answers 5xx with HTML
        page = f"<html><body><h1>{code}</h1>{message or 'Server Error'}</body></html>"
        return lambda _: Answer(status=code, headers={"Content-Type": "text/html", **named}, body=page.encode())
    body = json.dumps({"message": message or "fault", "documentation_url": ""}).encode()
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return lambda _: Answer(status=code, headers={**kind, **named}, body=body)


def slow(seconds: float) -> Spoil:
    """Let the client wait for that many real seconds."""
    return lambda answer: replace(answer, wait=seconds)


SECONDARY_LIMIT = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


def secondary_limit(retry_after: int | None = 60, code: int = 403) -> Spoil:
    """Answer as GitHub does to a client that goes too fast."""
    return status(code, SECONDARY_LIMIT, **({} if retry_after is None else {"retry_after": str(retry_after)}))


@dataclass(slots=True, kw_only=True)
class Fault:
    """One rule; it counts how often it struck."""

    method: str
    path: str
    instead: Spoil | None = None
    after_accept: Spoil | None = None
    before: Callable[[], object] | None = None
    times: int | None = None
    skip: int = 0
    since: float = 0.0  # seconds of the sandbox's clock
    when: Callable[[Request], bool] = field(default=lambda _: True)
    struck: int = 0
    _seen: int = 0

    def strikes(self, request: Request, seconds: float) -> bool:
        """Say whether this request is hit, and count it."""
        if not matches(request.method, request.path, self.method, self.path):
            return False
        if seconds < self.since or not self.when(request):
            return False
        self._seen += 1
        if self._seen <= self.skip or (self.times is not None and self.struck >= self.times):
            return False
        self.struck += 1
        return True


class Faults:
    """The rules, looked at in order for every request; the first that strikes decides."""

    def __init__(self) -> None:
        """Begin without any."""
        self._rules: list[Fault] = []
        self._lock = threading.Lock()

    def on(  # noqa: PLR0913 - a rule says which requests, how many of them, and what happens
        self,
        method: str,
        path: str,
        instead: Spoil | None = None,
        *,
        after_accept: Spoil | None = None,
        before: Callable[[], object] | None = None,
        times: int | None = None,
        skip: int = 0,
        since: float = 0.0,
        when: Callable[[Request], bool] = lambda _: True,
    ) -> Fault:
        """Spoil requests of a method (`*` is any) whose path ends so, or matches a pattern with `*`.

        `instead` answers without carrying the request out; `after_accept` carries it out and spoils the answer;
        `before` lets something else happen first, such as another run that somebody starts in the same moment.
        `times`, `skip`, `since` (seconds of the sandbox's clock) and `when` say which of them.
        """
        rule = Fault(
            method=method,
            path=path,
            instead=instead,
            after_accept=after_accept,
            before=before,
            times=times,
            skip=skip,
            since=since,
            when=when,
        )
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Let everything go well again."""
        with self._lock:
            self._rules.clear()

    def striking(self, request: Request, seconds: float) -> Fault | None:
        """Give the rule that hits this request."""
        with self._lock:
            return next((rule for rule in self._rules if rule.strikes(request, seconds)), None)
