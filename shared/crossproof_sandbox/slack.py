"""A Slack on loopback: one workspace with channels, bots and webhooks, strict where Slack is, and late where it is."""

import json
import re
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from crossproof_sandbox.clock import Clock
from crossproof_sandbox.faults import Faults
from crossproof_sandbox.log import SECRET_HEADERS, Exchange, Log
from crossproof_sandbox.slack_blocks import check_blocks, mentions_in
from crossproof_sandbox.wire import Answer, Ending, LoopbackServer, Request

_LONGEST_TEXT = 40_000
_LARGEST_METADATA = 8_000  # bytes of JSON
_MOST = 999
_OUTSIDE = (15, 1)  # messages in one answer, and requests in a minute, for apps sold outside the Marketplace
_SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
}
_EVENT_TYPE = re.compile(r"[A-Za-z0-9_]{1,255}", re.ASCII)


class Wrong(Exception):
    """What Slack answers instead: `{"ok": false, "error": …}`."""

    def __init__(self, error: str, **more: Any) -> None:
        """Name it as Slack does."""
        super().__init__(error)
        self.body = {"ok": False, "error": error, **more}


@dataclass(slots=True, kw_only=True)
class Message:
    """One message of a channel."""

    ts: str
    text: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any] | None
    bot_id: str  # "": a person's
    thread_ts: str = ""
    broadcast: bool = False
    edits: int = 0
    names_live: bool = False  # @here and #general in the text are parsed
    seen_from: float = 0.0  # seconds of the clock; before that, no list shows it

    @property
    def at_top(self) -> bool:
        """Whether those see it who follow no thread."""
        return not self.thread_ts or self.broadcast

    @property
    def mentions(self) -> list[str]:
        """Name whom or what the message would alert or link, as Slack parses it."""
        return mentions_in(self.text, self.blocks, names=self.names_live)


@dataclass(slots=True, kw_only=True)
class Channel:
    """One channel; `members` are bot ids."""

    id: str
    members: set[str] = field(default_factory=set)
    private: bool = False
    archived: bool = False
    messages: list[Message] = field(default_factory=list)

    @property
    def roots(self) -> list[Message]:
        """Give the messages that are replies to nothing."""
        return [one for one in self.messages if not one.thread_ts]

    def below(self, root: Message) -> list[Message]:
        """Give the replies to a message."""
        return [one for one in self.messages if one.thread_ts == root.ts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """Who a token speaks for, and what it may do."""

    id: str
    scopes: frozenset[str]


class Slack:
    """Serves one workspace; its faults and its log are like those of the API of GitHub."""

    def __init__(self, clock: Clock, *, host: str) -> None:
        """Start serving on a port of its own."""
        self.faults = Faults()
        self.log = Log()
        self.lag = 0.0  # seconds until a new message is in any list
        self.sold_outside = False
        self.channels: dict[str, Channel] = {}
        self._clock = clock
        self._bots: dict[str, Bot] = {}
        self._hooks: dict[str, Channel] = {}
        self._asked: dict[str, deque[float]] = {}
        self._last = 0
        self._lock = threading.RLock()
        self._server = LoopbackServer(self._serve, host=host)
        self.url = f"{self._server.url}/api/"

    def close(self) -> None:
        """Stop serving."""
        self._server.close()

    @property
    def crashes(self) -> list[Exception]:
        """What went wrong in here."""
        return self._server.crashes

    # --- scripting -----------------------------------------------------------------------------------------------

    def channel(self, name: str = "C0RELEASES", **more: Any) -> Channel:
        """Give a channel by its id, made if need be."""
        return self.channels.setdefault(name, Channel(id=name, **more))

    def token(self, *scopes: str, bot: str = "B0PROOF", member_of: Sequence[Channel] = ()) -> str:
        """Hand out a bot's token; without scopes named it may do all that the suite needs."""
        value = f"xoxb-{secrets.token_hex(12)}"
        given = frozenset(scopes or ("chat:write", "channels:history", "groups:history"))
        self._bots[value] = Bot(id=bot, scopes=given)
        for channel in member_of or self.channels.values():
            channel.members.add(bot)
        return value

    def webhook(self, channel: Channel) -> str:
        """Hand out the address that posts to one channel; whoever has it may post."""
        path = f"/services/T0SANDBOX/B0HOOK/{secrets.token_hex(12)}"
        self._hooks[path] = channel
        return f"{self._server.url}{path}"

    def say(self, channel: Channel, text: str, *, bot: str = "", metadata: dict[str, Any] | None = None) -> Message:
        """Let somebody else write into a channel."""
        return self._add(channel, Message(ts=self._ts(), text=text, blocks=[], metadata=metadata, bot_id=bot))

    # --- serving -------------------------------------------------------------------------------------------------

    def _serve(self, request: Request) -> Answer:
        with self._lock:
            fault = self.faults.striking(request, self._clock.monotonic())
            if fault and fault.before:
                fault.before()
            answer = fault.instead(Answer()) if fault and fault.instead else self._answer(request)
            if fault and fault.after_accept:
                answer = fault.after_accept(answer)
            self._write_down(request, answer)
        return answer

    def _answer(self, request: Request) -> Answer:
        if request.method == "POST" and request.path.startswith("/services/"):
            return self._hook(request)
        method = request.path.removeprefix("/api/")
        handle = self._METHODS.get(method)
        if handle is None or not request.path.startswith("/api/"):
            return Answer.json({"ok": False, "error": "unknown_method"})
        try:
            bot = self._caller(request, method)
            if refused := self._too_fast(method):
                return refused
            return Answer.json({"ok": True, **handle(self, bot, _arguments(request))})
        except Wrong as wrong:
            return Answer.json(wrong.body)

    def _caller(self, request: Request, method: str) -> Bot:
        bot = self._bots.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if bot is None:
            raise Wrong("invalid_auth")
        if (scope := _SCOPES.get(method)) and scope not in bot.scopes:
            raise Wrong("missing_scope", needed=scope, provided=",".join(sorted(bot.scopes)))
        return bot

    def _too_fast(self, method: str) -> Answer | None:
        if not (self.sold_outside and method in {"conversations.history", "conversations.replies"}):
            return None
        now, recent = self._clock.monotonic(), self._asked.setdefault(method, deque())
        while recent and recent[0] <= now - 60:
            recent.popleft()
        if len(recent) < _OUTSIDE[1]:
            recent.append(now)
            return None
        after = {"Retry-After": str(int(60 - (now - recent[0])) + 1)}
        return Answer.json({"ok": False, "error": "ratelimited"}, status=429, headers=after)

    def _auth_test(self, bot: Bot, _: Mapping[str, Any]) -> dict[str, Any]:
        return {"url": "https://sandbox.slack.example/", "team": "Sandbox", "user": "proof", "team_id": "T0SANDBOX",
                "user_id": f"U{bot.id[1:]}", "bot_id": bot.id}  # fmt: skip

    def _post(self, bot: Bot, given: Mapping[str, Any]) -> dict[str, Any]:
        channel = self._writable(bot, given)
        said = _content(given)
        thread = str(given.get("thread_ts") or "")
        if thread and not any(one.ts == thread for one in channel.messages):
            raise Wrong("thread_not_found")
        broadcast = bool(thread and given.get("reply_broadcast"))
        one = self._add(channel, Message(ts=self._ts(), bot_id=bot.id, thread_ts=thread, broadcast=broadcast, **said))
        return {"channel": channel.id, "ts": one.ts, "message": _shown(one, metadata=True)}

    def _update(self, bot: Bot, given: Mapping[str, Any]) -> dict[str, Any]:
        channel = self._writable(bot, given)
        one = self._mine(bot, channel, given, "cant_update_message")
        for name, value in _content(given).items():
            if name in given:
                setattr(one, name, value)
        one.names_live = given.get("parse", "client") != "none"  # unlike chat.postMessage, whose default is none
        one.edits += 1
        return {"channel": channel.id, "ts": one.ts, "text": one.text}

    def _delete(self, bot: Bot, given: Mapping[str, Any]) -> dict[str, Any]:
        channel = self._writable(bot, given)
        one = self._mine(bot, channel, given, "cant_delete_message")
        channel.messages.remove(one)
        return {"channel": channel.id, "ts": one.ts}

    def _history(self, bot: Bot, given: Mapping[str, Any]) -> dict[str, Any]:
        channel = self._readable(bot, given)
        return self._page([one for one in self._listed(channel) if one.at_top][::-1], given)

    def _replies(self, bot: Bot, given: Mapping[str, Any]) -> dict[str, Any]:
        channel, root = self._readable(bot, given), str(given.get("ts", ""))
        if not any(one.ts == root for one in channel.messages):
            raise Wrong("thread_not_found")
        return self._page([one for one in self._listed(channel) if root in {one.ts, one.thread_ts}], given)

    _METHODS: Mapping[str, Callable[["Slack", Bot, Mapping[str, Any]], dict[str, Any]]] = {
        "auth.test": _auth_test,
        "chat.postMessage": _post,
        "chat.update": _update,
        "chat.delete": _delete,
        "conversations.history": _history,
        "conversations.replies": _replies,
    }

    def _hook(self, request: Request) -> Answer:
        channel = self._hooks.get(request.path)
        if channel is None:
            return Answer.text("no_service", status=404)
        if channel.archived:
            return Answer.text("channel_is_archived", status=410)
        try:
            said = _content(_arguments(request))
        except Wrong as wrong:
            return Answer.text(wrong.body["error"], status=400)
        self._add(channel, Message(ts=self._ts(), bot_id="B0HOOK", **said))
        return Answer.text("ok")

    def _channel(self, given: Mapping[str, Any], bot: Bot) -> Channel:
        channel = self.channels.get(str(given.get("channel", "")))
        if channel is None or (channel.private and bot.id not in channel.members):
            raise Wrong("channel_not_found")
        return channel

    def _readable(self, bot: Bot, given: Mapping[str, Any]) -> Channel:
        channel = self._channel(given, bot)
        if channel.private and "groups:history" not in bot.scopes:
            raise Wrong("missing_scope", needed="groups:history", provided=",".join(sorted(bot.scopes)))
        if bot.id not in channel.members:
            raise Wrong("not_in_channel")
        return channel

    def _writable(self, bot: Bot, given: Mapping[str, Any]) -> Channel:
        channel = self._channel(given, bot)
        if bot.id not in channel.members:
            raise Wrong("not_in_channel")
        if channel.archived:
            raise Wrong("is_archived")
        return channel

    def _mine(self, bot: Bot, channel: Channel, given: Mapping[str, Any], refusal: str) -> Message:
        one = next((one for one in channel.messages if one.ts == given.get("ts")), None)
        if one is None:
            raise Wrong("message_not_found")
        if one.bot_id != bot.id:
            raise Wrong(refusal)
        return one

    def _listed(self, channel: Channel) -> Iterator[Message]:
        return (one for one in channel.messages if one.seen_from <= self._clock.monotonic())

    def _page(self, found: Sequence[Message], given: Mapping[str, Any]) -> dict[str, Any]:
        within = [one for one in found if float(one.ts) > float(given.get("oldest") or 0)]
        most = _OUTSIDE[0] if self.sold_outside else _MOST
        size = max(1, min(most, int(given.get("limit") or 100)))
        start = int(given.get("cursor") or 0)
        more = start + size < len(within)
        metadata = str(given.get("include_all_metadata", "0")) in {"1", "true", "True"}
        return {
            "messages": [_shown(one, metadata=metadata) for one in within[start : start + size]],
            "has_more": more,
            "response_metadata": {"next_cursor": str(start + size) if more else ""},
        }

    def _add(self, channel: Channel, one: Message) -> Message:
        one.seen_from = self._clock.monotonic() + self.lag
        channel.messages.append(one)
        return one

    def _ts(self) -> str:
        """Stamp a message: microseconds, and never the same twice in a workspace."""
        self._last = max(self._last + 1, int(self._clock.now().timestamp() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def _write_down(self, request: Request, answer: Answer) -> None:
        hook = request.path.startswith("/services/")
        self.log.add(
            Exchange(
                at=self._clock.now(),
                method=request.method,
                path="/services/…" if hook else request.path,  # the address is the secret
                operation="",
                query=request.query,
                headers={name: value for name, value in request.headers.items() if name not in SECRET_HEADERS},
                caller="webhook" if hook else "bot",
                body=_arguments(request),
                status=0 if answer.ending is Ending.RESET else answer.status,
                in_flight=request.in_flight,
                charged=False,
            )
        )


def _arguments(request: Request) -> dict[str, Any]:
    """Read what was sent, as JSON or as a form."""
    if "json" not in request.headers.get("content-type", ""):
        return dict(parse_qsl(request.body.decode()))
    try:
        found = json.loads(request.body or b"{}")
    except ValueError:
        raise Wrong("invalid_json") from None
    return found if isinstance(found, dict) else {}


def _content(given: Mapping[str, Any]) -> dict[str, Any]:
    text, blocks, metadata = str(given.get("text") or ""), given.get("blocks") or [], given.get("metadata")
    if not text and not blocks:
        raise Wrong("no_text")
    if len(text) > _LONGEST_TEXT:
        raise Wrong("msg_too_long")
    if faults := check_blocks(blocks):
        raise Wrong("invalid_blocks", response_metadata={"messages": faults})
    if metadata is not None:
        payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
        if not isinstance(payload, dict) or not _EVENT_TYPE.fullmatch(str(metadata.get("event_type", ""))):
            raise Wrong("invalid_metadata_schema")
        if len(json.dumps(metadata).encode()) > _LARGEST_METADATA:
            raise Wrong("metadata_too_large")
    return {"text": text, "blocks": blocks, "metadata": metadata}


def _shown(one: Message, *, metadata: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": "message", "ts": one.ts, "text": one.text, "blocks": one.blocks}
    if one.bot_id:
        shown |= {"bot_id": one.bot_id, "user": f"U{one.bot_id[1:]}"}
    else:
        shown["user"] = "U0SOMEBODY"
    if one.thread_ts:
        shown["thread_ts"] = one.thread_ts
    if one.broadcast:
        shown["subtype"] = "thread_broadcast"
    if metadata and one.metadata is not None:
        shown["metadata"] = one.metadata
    return shown
