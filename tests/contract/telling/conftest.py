"""Each place where people look, as a fake and for real: what they see there, and what can go wrong on the way."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.telling import HOME, Board, lost, notice

from crossproof.chat.slack import EVENT, Slack
from crossproof.github.access import TokenAccess
from crossproof.github.api import Api
from crossproof.github.comments import Comments
from crossproof.telling.wording import as_comment, stamp_in
from crossproof.units import RepoRef, SecretStr
from crossproof_sandbox import Sandbox, faults


@pytest.fixture
def github():
    with Sandbox() as sandbox:
        sandbox.repository(HOME)
        yield sandbox


@dataclass
class FakePlace:
    """The board of the unit tests."""

    board: Board = field(default_factory=Board)

    @property
    def clock(self):
        return self.board.clock

    def messages(self):
        return self.board

    def seen(self):
        """Give what people see: the reports that the messages tell of."""
        return [one.notice.stamp.report for one in self.board.roots]

    def lose_answer(self, *, carried_out):
        self.board.spoil("post", lost(), after=carried_out)

    def blind(self, times=1):
        self.board.spoil("find", lost(), times=times)

    def somebody_else_says(self, told):
        """The board is ours alone."""


@dataclass
class SlackPlace:
    """A channel of the sandbox's Slack."""

    github: Sandbox

    def __post_init__(self) -> None:
        self.slack = self.github.slack
        self.channel = self.slack.channel()
        self.token = self.slack.token()
        self.heard: list[str] = []

    @property
    def clock(self):
        return self.github.clock

    def messages(self, token="", channel="C0RELEASES", url=""):
        secret = SecretStr(token or self.token)
        return Slack(secret, channel, url or self.slack.url, self.clock, self.heard.append)

    def seen(self):
        return [one.metadata["event_payload"]["report"] for one in self.channel.roots if one.bot_id == "B0PROOF"]

    def lose_answer(self, *, carried_out):
        how = {"after_accept": faults.reset} if carried_out else {"instead": faults.status(503)}
        self.slack.faults.on("POST", "/chat.postMessage", times=1, **how)

    def blind(self, times=1):
        self.slack.faults.on("POST", "/conversations.history", faults.status(500), times=3 * times)

    def somebody_else_says(self, told):
        metadata = {"event_type": EVENT, "event_payload": told.stamp.written()}
        self.slack.say(self.channel, "I say so", bot="B0OTHER", metadata=metadata)
        self.slack.say(self.channel, "I say so too")


@dataclass
class CommentPlace:
    """A pull request of the sandbox's GitHub."""

    github: Sandbox

    def __post_init__(self) -> None:
        self.repository = self.github.repository(HOME)
        self.repository.commit({"a": "b"}, branch="feature")
        self.number = self.repository.pull("feature", title="T").number
        self.token = self.github.actions_token(HOME)

    @property
    def clock(self):
        return self.github.clock

    def messages(self, token=""):
        api = Api(TokenAccess(SecretStr(token or self.token)), api_url=self.github.url, clock=self.clock)
        return Comments(api, RepoRef.parse(HOME), self.number)

    def comment(self, body, login):
        token = self.github.token(login=login)
        Api(TokenAccess(SecretStr(token)), api_url=self.github.url, clock=self.clock).send(
            "POST", f"/repos/{HOME}/issues/{self.number}/comments", {"body": body}
        )

    def seen(self):
        ours = [c for c in self.repository.discussion.comments.values() if c.author == "github-actions[bot]"]
        return [stamp_in(one.body).report for one in ours]

    def lose_answer(self, *, carried_out):
        how = {"after_accept": faults.reset} if carried_out else {"instead": faults.status(502)}
        self.github.faults.on("POST", "*/comments", times=1, **how)

    def blind(self, times=1):
        self.github.faults.on("GET", "*/comments", faults.status(403, "Forbidden"), times=times)

    def somebody_else_says(self, told):
        self.comment(as_comment(told), "mallory")
        self.comment(f"> {as_comment(told)}", "mallory")


@pytest.fixture(params=["fake", "slack", "comment"])
def place(request, github) -> Any:
    match request.param:
        case "fake":
            return FakePlace()
        case "slack":
            return SlackPlace(github)
        case "comment":
            return CommentPlace(github)


@pytest.fixture
def slack(github):
    return SlackPlace(github)


@pytest.fixture
def comments(github):
    return CommentPlace(github)


@pytest.fixture
def topic():
    return notice().stamp.topic
