"""One message per topic in a Slack channel, found again by its metadata, with what came later in its thread."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.slack_response import SlackResponse

from crossproof.addresses import may_be_asked
from crossproof.chat.refusal import refusal
from crossproof.chat.transport import SENDABLE, Web
from crossproof.clock import Clock
from crossproof.errors import BadCall, Fault, RateLimited, Unreachable
from crossproof.telling.messages import Standing, Thread, Unanswered
from crossproof.telling.notice import Notice, Stamp
from crossproof.telling.wording import as_slack
from crossproof.units import SecretStr

EVENT = "crossproof_verdict"
DAYS = 30  # a topic of which nothing was said for so long begins a new message
_PAGE = 200  # as Slack advises
_MOST_PAGES = 50
_AT_ONCE = 3600.0  # seconds before the newest find in which a run that raced us may have posted
_PATIENCE = 90.0  # seconds that one request may wait for rate limits: the strictest is one a minute
_PAUSES = (1.0, 3.0)
_GONE = "message_not_found"
_WHO = (("bot_id", "bot_id"), ("user_id", "user"))  # what auth.test calls us, and where a message names its author


class Slack:
    """One channel, as an app's bot sees it."""

    def __init__(
        self, token: SecretStr, channel: str, api_url: str, clock: Clock, announce: Callable[[str], None]
    ) -> None:
        """Speak as the app of this token; `announce` is told of every wait. What cannot be sent is not quoted."""
        if not SENDABLE.fullmatch(token.reveal()):
            raise BadCall([Fault("slack_token", "contains blanks or line breaks; check how the secret was stored")])
        if not may_be_asked(api_url):
            raise BadCall([Fault("slack_api_url", "is no plain https URL; http only reaches this machine")])
        self._web = Web(token.reveal(), api_url)
        self._channel, self._clock, self._announce = channel, clock, announce
        self._me: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """Name it for people."""
        return f"Slack channel {self._channel}"

    @property
    def memory(self) -> "Slack":
        """A bot sees what it said."""
        return self

    def find(self, topic: str) -> Sequence[Standing]:
        """Look through the channel's last days, the newest first, until nothing further back can be a rival."""
        found: list[Standing] = []
        for message in self._history():
            if found and float(found[0].id) - _ts(message) > _AT_ONCE:
                break
            standing = self._standing(message)
            if standing and standing.stamp.topic == topic and message.get("thread_ts", message["ts"]) == message["ts"]:
                found.append(standing)
        return found[::-1]

    def post(self, notice: Notice) -> Standing:
        """Begin the topic's message."""
        return self._post(notice)

    def update(self, standing: Standing, notice: Notice) -> None:
        """Let it say something else. What was not sent along would stay or go by Slack's rules, so all of it is."""
        self._call(
            lambda: self._web.chat_update(
                channel=self._channel, ts=standing.id, parse="none", metadata=_metadata(notice), **as_slack(notice)
            ),
            repeat=True,
        )

    def remove(self, standing: Standing) -> None:
        """Delete it, if it is still there."""
        self._call(lambda: self._web.chat_delete(channel=self._channel, ts=standing.id), repeat=True, fine=(_GONE,))

    def thread(self, standing: Standing) -> Thread:
        """Give the replies to a message."""
        return _Below(self, standing)

    def replies(self, root: Standing) -> Sequence[Standing]:
        """Give our replies to a message."""
        found = self._pages(lambda **page: self._web.conversations_replies(ts=root.id, **page))
        return [each for message in found if message["ts"] != root.id and (each := self._standing(message, root))]

    def reply(self, root: Standing, notice: Notice, *, everybody: bool) -> Standing:
        """Reply to a message; to everybody, the channel shows the reply too."""
        return self._post(notice, root, thread_ts=root.id, reply_broadcast=everybody)

    def _post(self, notice: Notice, root: Standing | None = None, **more: Any) -> Standing:
        answer = self._call(
            lambda: self._web.chat_postMessage(
                channel=self._channel,
                metadata=_metadata(notice),
                parse="none",
                unfurl_links=False,
                unfurl_media=False,
                **as_slack(notice),
                **more,
            ),
            repeat=False,
        )
        ts = answer.get("ts")
        if not isinstance(ts, str) or not _is_ts(ts):
            raise Unanswered("Slack took the message and did not say where it is.", anchor="slack")
        return Standing(id=ts, stamp=notice.stamp, url=self._page_of(ts, root))

    def _history(self) -> Iterator[Mapping[str, Any]]:
        oldest = f"{self._clock.now().timestamp() - DAYS * 86_400:.6f}"
        return self._pages(lambda **page: self._web.conversations_history(oldest=oldest, **page))

    def _pages(self, ask: Callable[..., SlackResponse]) -> Iterator[Mapping[str, Any]]:
        """Give the messages of all pages. A list longer than the bound is an error, not a shorter list."""
        page = partial(ask, channel=self._channel, limit=_PAGE, include_all_metadata=True)
        for _ in range(_MOST_PAGES):
            answer = self._call(page, repeat=True)
            messages = answer.get("messages")
            if not isinstance(messages, list):
                raise Unreachable("Slack's list of messages is none.", seen=str(sorted(answer)), anchor="slack")
            yield from (one for one in messages if isinstance(one, dict) and _is_ts(one.get("ts")))
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor and answer.get("has_more") is True:
                raise Unreachable("Slack says that there are more messages, and not how to read them.", anchor="slack")
            if not cursor:
                return
            page = partial(page, cursor=cursor)
        raise Unreachable(
            f"The channel has more than {_MOST_PAGES} pages of messages in {DAYS} days.",
            why="A message that is further back would not be seen.",
            fix="Tell it in a quieter channel.",
            anchor="slack",
        )

    def _standing(self, message: Mapping[str, Any], root: Standing | None = None) -> Standing | None:
        """Read a message as one of ours: by who wrote it, and by the metadata that only apps can write."""
        metadata = message.get("metadata")
        payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
        if not isinstance(metadata, dict) or metadata.get("event_type") != EVENT or not isinstance(payload, dict):
            return None
        stamp = Stamp.read(payload) if self._wrote(message) else None
        return Standing(id=message["ts"], stamp=stamp, url=self._page_of(message["ts"], root)) if stamp else None

    def _wrote(self, message: Mapping[str, Any]) -> bool:
        if self._me is None:
            me = self._call(self._web.auth_test, repeat=True)
            if not any(me.get(name) for name, _ in _WHO):
                raise Unreachable("Slack does not say who we are.", seen=str(sorted(me)), anchor="slack")
            self._me = me
        return any(self._me.get(name) and message.get(there) == self._me[name] for name, there in _WHO)

    def _page_of(self, ts: str, root: Standing | None) -> str:
        """Name its page, for links; a workspace that is not known yet has none."""
        home = str((self._me or {}).get("url") or "")
        below = f"?thread_ts={root.id}&cid={self._channel}" if root else ""
        return f"{home.rstrip('/')}/archives/{self._channel}/p{ts.replace('.', '')}{below}" if home else ""

    def _call(self, ask: Callable[[], SlackResponse], *, repeat: bool, fine: Sequence[str] = ()) -> Mapping[str, Any]:
        """Ask; what Slack limits was not carried out and is asked again, what was lost only where that is harmless."""
        start, pauses = self._clock.monotonic(), list(_PAUSES)
        while True:
            try:
                return _ok(ask, fine)
            except RateLimited as limit:
                if self._clock.monotonic() - start + limit.after > _PATIENCE:
                    raise
                self._announce(f"Slack asks to slow down: waiting {limit.after:.0f} s")
                self._clock.sleep(limit.after)
            except Unreachable as lost:
                if not pauses or (isinstance(lost, Unanswered) and not repeat):
                    raise
                self._announce(f"{lost.what} Once more in {pauses[0]:.0f} s.")
                self._clock.sleep(pauses.pop(0))


class _Below:
    """The thread of one message."""

    def __init__(self, slack: Slack, root: Standing) -> None:
        self._slack, self._root = slack, root

    def find(self) -> Sequence[Standing]:
        return self._slack.replies(self._root)

    def post(self, notice: Notice, *, everybody: bool) -> Standing:
        return self._slack.reply(self._root, notice, everybody=everybody)


def _ok(ask: Callable[[], SlackResponse], fine: Sequence[str]) -> Mapping[str, Any]:
    try:
        answer = ask()
    except SlackApiError as refused:
        answer = refused.response
    data = answer.data if isinstance(answer.data, dict) else {}
    if data.get("ok") is True or data.get("error") in fine:
        return data
    if data.get("error") in {"ratelimited", "rate_limited"}:
        raise RateLimited("Slack's rate limit refuses this.", seen=str(data.get("error")), anchor="slack")
    raise refusal(answer.api_url.rpartition("/")[2], data)


def _metadata(notice: Notice) -> dict[str, Any]:
    return {"event_type": EVENT, "event_payload": notice.stamp.written()}


def _is_ts(value: object) -> bool:
    seconds, dot, rest = value.partition(".") if isinstance(value, str) else ("", "", "")
    return bool(dot) and all(part.isascii() and part.isdecimal() and len(part) < 20 for part in (seconds, rest))  # noqa: PLR2004


def _ts(message: Mapping[str, Any]) -> float:
    return float(message["ts"])
