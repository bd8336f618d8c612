"""The Slack adapter over real sockets: pages, limits, lags, refusals, and where the token goes."""

import threading

import pytest
from tests.contract.telling.conftest import SlackPlace
from tests.telling import FAILED, PASSED, RUN, notice

from crossproof.chat.slack import DAYS
from crossproof.chat.webhook import Webhook
from crossproof.errors import BadCall, CrossproofError, NoAccess, RateLimited, Unreachable
from crossproof.report.trouble import as_text
from crossproof.telling.deciding import When
from crossproof.telling.delivering import Did, deliver
from crossproof.telling.messages import Unanswered
from crossproof.units import SecretStr
from crossproof_sandbox import RunningClock, Sandbox, faults
from crossproof_sandbox.wire import Answer, LoopbackServer

DAY = 86_400


def tell(slack, ended=FAILED, when=When.ALWAYS, **changes):
    return deliver(slack.messages(), notice(ended, **changes), when, slack.clock)


def refusal_of(call, *given):
    with pytest.raises(CrossproofError) as refused:
        call(*given)
    return refused.value


def test_what_came_later_stands_in_the_thread_and_a_change_is_shown_to_everybody(slack):
    tell(slack)
    tell(slack, run=RUN + 1)
    tell(slack, PASSED, run=RUN + 2)
    [root] = slack.channel.roots
    assert root.text.startswith("✅ passed")
    assert [(one.text.split()[1], one.broadcast) for one in slack.channel.below(root)] == [
        ("failed", False),
        ("passed", True),
    ]


def test_a_reply_that_everybody_sees_is_no_second_message(slack, topic):
    tell(slack)
    tell(slack, PASSED, run=RUN + 1)
    assert len(slack.messages().find(topic)) == 1


def test_the_link_leads_to_the_message(slack):
    delivery = tell(slack)
    assert (
        delivery.url
        == f"https://sandbox.slack.example/archives/C0RELEASES/p{slack.channel.roots[0].ts.replace('.', '')}"
    )


def test_nothing_in_a_message_comes_alive_even_when_it_is_changed(slack):
    for number, text in enumerate(("<!channel> @here #general <@U1>", "<https://evil.example|x> &lt;!here&gt;")):
        tell(slack, sentence=text, run=RUN + number)
    pages = [f"https://github.example/acme/app/actions/runs/{RUN + number}/attempts/1" for number in (1, 1)]
    assert [one.mentions for one in slack.channel.messages] == [[page] for page in pages]


def test_it_is_found_among_thousands_of_other_messages(slack):
    tell(slack)
    for number in range(1000):
        slack.slack.say(slack.channel, f"chatter {number}")
    assert tell(slack, PASSED, run=RUN + 1).did is Did.REPLIED
    assert len([one for one in slack.channel.roots if one.bot_id]) == 1


def test_an_older_rival_on_the_next_page_is_seen(slack, topic):
    slack.messages().post(notice())
    for number in range(250):
        slack.slack.say(slack.channel, f"chatter {number}")
    second = slack.messages().post(notice(PASSED, run=RUN + 1))
    assert [each.stamp.run for each in slack.messages().find(topic)] == [RUN, RUN + 1]
    slack.clock.advance(3700)
    slack.messages().remove(second)
    slack.messages().post(notice(PASSED, run=RUN + 2))
    assert [each.stamp.run for each in slack.messages().find(topic)] == [RUN + 2]


def test_after_a_month_of_silence_a_new_message_begins(slack):
    tell(slack)
    slack.clock.advance(DAYS * DAY - 60)
    assert tell(slack, PASSED, run=RUN + 1).did is Did.REPLIED
    slack.clock.advance(120)
    assert tell(slack, FAILED, run=RUN + 2).did is Did.POSTED


def test_a_channel_too_busy_to_be_read_is_not_known_and_said(slack):
    tell(slack)
    for number in range(50 * 200):
        slack.slack.say(slack.channel, f"chatter {number}")
    delivery = tell(slack, run=RUN + 1)
    assert "more than 50 pages" in delivery.remark


def test_a_list_that_says_there_is_more_and_not_where_is_no_list(slack, topic):
    slack.slack.faults.on(
        "POST", "/conversations.history", lambda _: Answer.json({"ok": True, "messages": [], "has_more": True})
    )
    assert isinstance(refusal_of(slack.messages().find, topic), Unreachable)


@pytest.mark.parametrize("body", [{"ok": True}, {"ok": True, "messages": None}, {"ok": True, "messages": {}}])
def test_an_answer_without_messages_is_not_an_empty_channel(slack, topic, body):
    slack.slack.faults.on("POST", "/conversations.history", lambda _: Answer.json(body))
    assert isinstance(refusal_of(slack.messages().find, topic), Unreachable)


def test_a_message_that_is_shown_late_is_found_before_it_is_sent_again(slack):
    slack.slack.lag = 5
    slack.slack.faults.on("POST", "/chat.postMessage", after_accept=faults.cut, times=1)
    assert tell(slack).did is Did.POSTED
    assert len(slack.channel.messages) == 1


def test_a_limit_that_refused_is_waited_out_and_nothing_is_sent_twice(slack):
    slack.slack.faults.on("POST", "/chat.postMessage", faults.status(429, retry_after="7"), times=2)
    before = slack.clock.monotonic()
    assert tell(slack).did is Did.POSTED
    assert slack.clock.monotonic() - before == 14
    assert len(slack.channel.messages) == 1
    assert slack.heard == ["Slack asks to slow down: waiting 7 s"] * 2


@pytest.mark.parametrize("retry_after", ["3600", "99999999999", "soon", "-5", ""])
def test_a_limit_that_lasts_is_not_waited_for(slack, retry_after):
    slack.slack.faults.on("POST", "/chat.postMessage", faults.status(429, retry_after=retry_after))
    delivery = tell(slack)
    assert (delivery.did, type(delivery.error)) == (Did.FAILED, RateLimited)
    assert slack.clock.monotonic() < 100


def test_an_app_sold_outside_the_marketplace_reads_fifteen_messages_a_minute_and_is_told_of_it(slack):
    tell(slack)
    slack.slack.sold_outside = True
    for number in range(20):
        slack.slack.say(slack.channel, f"chatter {number}")
    assert tell(slack, PASSED, run=RUN + 1).did is Did.REPLIED
    assert any("slow down" in line for line in slack.heard)


@pytest.mark.parametrize("error", ["internal_error", "fatal_error", "service_unavailable", "request_timeout"])
def test_an_error_after_which_some_of_it_may_be_done_is_a_doubt(slack, error):
    slack.slack.faults.on(
        "POST", "/chat.postMessage", after_accept=lambda _: Answer.json({"ok": False, "error": error}), times=1
    )
    assert tell(slack).did is Did.POSTED
    assert len(slack.channel.messages) == 1


SPOILS = {
    "reset": faults.reset,
    "cut": faults.cut,
    "broken": faults.broken_json,
    "500": faults.status(500),
    "503": faults.status(503),
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_lost_change_is_made_again(slack, spoil):
    tell(slack)
    slack.slack.faults.on("POST", "/chat.update", after_accept=SPOILS[spoil], times=1)
    assert tell(slack, PASSED, run=RUN + 1).did is Did.REPLIED
    assert slack.channel.roots[0].text.startswith("✅ passed")


def test_without_knowing_who_we_are_nothing_is_taken_for_ours_nor_for_not_there(slack, topic):
    slack.messages().post(notice())
    for nobody in (lambda _: Answer.json({"ok": True}), faults.status(500)):
        slack.slack.faults.clear()
        slack.slack.faults.on("POST", "/auth.test", nobody)
        assert isinstance(refusal_of(slack.messages().find, topic), Unreachable)


class TestRefusals:
    def of(self, slack, **how):
        delivery = deliver(slack.messages(**how), notice(), When.ALWAYS, slack.clock)
        assert delivery.did is Did.FAILED
        assert isinstance(delivery.error, NoAccess)
        return delivery.error

    def test_a_token_that_is_none(self, slack):
        assert self.of(slack, token="xoxb-no").fix.startswith("Make a new bot token")

    def test_a_scope_that_is_missing_is_named(self, slack):
        token = slack.slack.token("channels:history", bot="B0PROOF")
        error = self.of(slack, token=token)
        assert (error.what, error.fix) == (
            "The Slack app may not do chat.postMessage.",
            "Add the scope 'chat:write' on the app's page, install it again, and store its new token.",
        )

    def test_without_the_scope_to_read_it_tells_and_says_why(self, slack):
        delivery = deliver(slack.messages(token=slack.slack.token("chat:write")), notice(), When.ALWAYS, slack.clock)
        assert delivery.did is Did.POSTED
        assert "conversations.history" in delivery.remark

    def test_a_bot_that_is_not_in_the_channel(self, slack):
        slack.slack.channel("C0OTHER")
        assert "/invite" in self.of(slack, channel="C0OTHER").fix

    def test_a_private_channel_looks_as_if_it_were_not_there(self, slack):
        slack.slack.channel("C0SECRET", private=True)
        assert "/invite" in self.of(slack, channel="C0SECRET").fix
        assert "Check the channel's id" in self.of(slack, channel="C0NOWHERE").fix

    def test_an_archived_channel(self, slack):
        slack.channel.archived = True
        assert self.of(slack).fix == "Choose another channel for `slack_channel`."

    def test_blocks_that_slack_refuses_are_our_fault_and_say_which(self, slack):
        body = {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": ["[ERROR] at /blocks/0"]}}
        slack.slack.faults.on("POST", "/chat.postMessage", lambda _: Answer.json(body))
        delivery = tell(slack)
        assert "/blocks/0" in delivery.error.seen
        assert "Open an issue" in delivery.error.fix


@pytest.fixture
def elsewhere():
    """A server that keeps what it is sent."""
    seen = []

    def app(request):
        seen.append(request)
        return Answer.json({"ok": True, "ts": "1.000001"})

    server = LoopbackServer(app)
    yield server.url, seen
    server.close()


class TestSecrets:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_no_redirect_takes_the_token_to_another_host(self, slack, elsewhere, status):
        url, seen = elsewhere
        slack.slack.faults.on("POST", "*", lambda _: Answer(status=status, headers={"Location": f"{url}/api/x"}))
        delivery = tell(slack)
        assert delivery.did is Did.FAILED
        assert "another place" in delivery.why
        assert seen == []

    @pytest.mark.parametrize("code", [0, 302, 404, 429, 500])
    def test_neither_the_token_nor_the_address_of_a_webhook_is_in_what_is_said(self, slack, code):
        address = slack.slack.webhook(slack.channel)
        slack.slack.faults.on("POST", "*", faults.status(code, "no") if code else faults.reset)
        for messages in (slack.messages(), Webhook(SecretStr(address), slack.clock)):
            delivery = deliver(messages, notice(), When.ALWAYS, slack.clock)
            told = as_text(delivery.error) + repr(delivery) + "".join(slack.heard)
            assert slack.token not in told
            assert address.rpartition("/")[2] not in told

    def test_a_token_or_an_address_that_cannot_be_sent_is_refused_without_being_quoted(self, slack):
        for given in ({"token": "xoxb-a\nb"}, {"url": "http://slack.example/api/"}):
            error = refusal_of(lambda given=given: slack.messages(**given))
            assert isinstance(error, BadCall)
            assert "xoxb-a" not in str(error.faults)
            assert "slack.example" not in str(error.faults)

    @pytest.mark.parametrize(
        "address",
        [
            "http://hooks.example/services/T0/B0/abcdef",
            "ftp://x/y",
            "https://user:secret@x/y",
            "https:///y",
            "a\nb",
            "hello",
        ],
    )
    def test_an_address_that_would_go_in_clear_or_is_none_is_refused_without_being_quoted(self, slack, address):
        error = refusal_of(Webhook, SecretStr(address), slack.clock)
        assert isinstance(error, BadCall)
        assert "services" not in str(error.faults)
        assert "secret@" not in str(error.faults)


class TestWebhooks:
    def tell(self, slack, address=""):
        webhook = Webhook(SecretStr(address or slack.slack.webhook(slack.channel)), slack.clock)
        return deliver(webhook, notice(sentence="<!channel>"), When.ALWAYS, slack.clock)

    def test_one_message_for_each_run(self, slack):
        assert [self.tell(slack).did for _ in range(2)] == [Did.POSTED] * 2
        assert len(slack.channel.messages) == 2
        assert slack.channel.messages[0].mentions == [f"https://github.example/acme/app/actions/runs/{RUN}/attempts/1"]

    @pytest.mark.parametrize("spoil", ["reset", "cut", "500"])
    def test_a_doubtful_one_is_never_sent_again(self, slack, spoil):
        slack.slack.faults.on("POST", "*", after_accept=SPOILS[spoil])
        assert self.tell(slack).did is Did.DOUBTFUL
        assert len(slack.slack.log) == 1

    def test_a_page_of_a_proxy_is_no_yes(self, slack):
        slack.slack.faults.on("POST", "*", lambda _: Answer.text("<html>Please log in</html>"))
        assert self.tell(slack).did is Did.DOUBTFUL

    def test_a_limit_is_waited_out(self, slack):
        slack.slack.faults.on("POST", "*", faults.status(429, retry_after="30"), times=1)
        assert self.tell(slack).did is Did.POSTED
        assert len(slack.channel.messages) == 1

    def test_one_that_was_removed_says_what_to_do(self, slack):
        delivery = self.tell(slack, f"{slack.slack.url.removesuffix('/api/')}/services/T0/B0/gone")
        assert (delivery.did, delivery.error.fix) == (
            Did.FAILED,
            "The webhook was removed: make a new one and store its address as the secret.",
        )

    def test_where_nobody_listens_nothing_was_sent(self, slack):
        delivery = self.tell(slack, "http://127.0.0.1:9/services/T0/B0/x")
        assert delivery.did is Did.FAILED
        assert "could not be sent" in delivery.why


def test_where_nobody_listens_it_is_not_told_and_not_in_doubt(slack):
    delivery = deliver(slack.messages(url="http://127.0.0.1:9/api/"), notice(), When.ALWAYS, slack.clock)
    assert (delivery.did, type(delivery.error)) == (Did.FAILED, Unreachable)


def test_an_answer_that_is_an_outage_page_is_a_doubt(slack):
    slack.slack.faults.on("POST", "/chat.postMessage", lambda _: Answer.text("<html>down</html>"))
    with pytest.raises(Unanswered):
        slack.messages().post(notice())


def test_many_reports_of_one_run_that_tell_at_once_leave_the_worst_in_sight(times):
    """On the wall's clock: what one run writes over another it sees a moment later, and only time makes a moment."""
    with Sandbox(clock=RunningClock(speed=4)) as github:
        slack = SlackPlace(github)
        for turn in range(times(few=3, many=40)):
            legs = [notice((FAILED, PASSED)[at % 2], sentence=f"leg {at}", run=RUN + turn) for at in range(4)]
            start = threading.Barrier(len(legs))

            def tell_of(leg, start=start):
                messages = slack.messages()
                start.wait()
                deliver(messages, leg, When.ALWAYS, slack.clock)

            threads = [threading.Thread(target=tell_of, args=[leg]) for leg in legs]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            [root] = slack.channel.roots
            assert root.text.startswith("❌ failed")
            assert root.metadata["event_payload"]["run"] == str(RUN + turn)
