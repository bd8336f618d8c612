"""The sandbox's Slack is as strict as Slack, and slack_sdk, which nobody here wrote, gets along with it."""

import pytest
from slack_sdk import WebClient, WebhookClient
from slack_sdk.errors import SlackApiError

META = {"event_type": "thing_happened", "event_payload": {"key": "k"}}


@pytest.fixture
def slack(github):
    return github.slack


@pytest.fixture
def channel(slack):
    return slack.channel()


@pytest.fixture
def client(slack, channel):
    return WebClient(slack.token(), base_url=slack.url, retry_handlers=[])


def refused(call, **given):
    with pytest.raises(SlackApiError) as refusal:
        call(**given)
    return refusal.value.response["error"]


def test_a_message_is_posted_changed_found_with_its_metadata_and_deleted(client, channel):
    ts = client.chat_postMessage(channel=channel.id, text="one", metadata=META)["ts"]
    client.chat_update(channel=channel.id, ts=ts, text="two", metadata=META)
    [message] = client.conversations_history(channel=channel.id, include_all_metadata=True)["messages"]
    assert (message["text"], message["metadata"], message["bot_id"]) == ("two", META, client.auth_test()["bot_id"])
    [bare] = client.conversations_history(channel=channel.id)["messages"]
    assert "metadata" not in bare
    client.chat_delete(channel=channel.id, ts=ts)
    assert refused(client.chat_update, channel=channel.id, ts=ts, text="x") == "message_not_found"


def test_replies_are_below_their_message_and_only_those_for_everybody_beside_it(client, channel):
    root = client.chat_postMessage(channel=channel.id, text="root")["ts"]
    client.chat_postMessage(channel=channel.id, text="quiet", thread_ts=root)
    client.chat_postMessage(channel=channel.id, text="loud", thread_ts=root, reply_broadcast=True)
    shown = client.conversations_history(channel=channel.id)["messages"]
    assert [one["text"] for one in shown] == ["loud", "root"]
    below = client.conversations_replies(channel=channel.id, ts=root)["messages"]
    assert [one["text"] for one in below] == ["root", "quiet", "loud"]
    assert refused(client.chat_postMessage, channel=channel.id, text="x", thread_ts="1.2") == "thread_not_found"


def test_lists_come_in_pages_the_newest_first(slack, client, channel):
    for number in range(25):
        slack.say(channel, str(number))
    pages = [page["messages"] for page in client.conversations_history(channel=channel.id, limit=10)]
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [one["text"] for page in pages for one in page] == [str(number) for number in range(24, -1, -1)]


def test_a_list_lags_behind_where_it_is_told_to(github, slack, client, channel):
    slack.lag = 10
    client.chat_postMessage(channel=channel.id, text="late")
    assert client.conversations_history(channel=channel.id)["messages"] == []
    github.clock.advance(10)
    assert len(client.conversations_history(channel=channel.id)["messages"]) == 1


def test_who_may_not_is_told_in_slack_s_words(slack, client, channel):
    other = slack.channel("C0OTHER")
    assert refused(client.chat_postMessage, channel=other.id, text="x") == "not_in_channel"
    assert refused(client.conversations_history, channel="C0NONE") == "channel_not_found"
    reader = WebClient(slack.token("channels:history"), base_url=slack.url, retry_handlers=[])
    assert refused(reader.chat_postMessage, channel=channel.id, text="x") == "missing_scope"
    stranger = WebClient("xoxb-unknown", base_url=slack.url, retry_handlers=[])
    assert refused(stranger.auth_test) == "invalid_auth"
    mine = slack.say(channel, "somebody's")
    assert refused(client.chat_delete, channel=channel.id, ts=mine.ts) == "cant_delete_message"


REFUSED = {
    "nothing": ({}, "no_text"),
    "a long text": ({"text": "x" * 40_001}, "msg_too_long"),
    "a long header": (
        {"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]},
        "invalid_blocks",
    ),
    "an empty block": ({"blocks": [{"type": "section", "text": {"type": "plain_text", "text": ""}}]}, "invalid_blocks"),
    "an event's name": (
        {"text": "x", "metadata": {"event_type": "a b", "event_payload": {}}},
        "invalid_metadata_schema",
    ),
    "much metadata": ({"text": "x", "metadata": {**META, "event_payload": {"b": "c" * 9000}}}, "metadata_too_large"),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.filterwarnings("ignore:The top-level `text` argument")
def test_what_slack_refuses_is_refused(client, channel, what):
    given, error = REFUSED[what]
    assert refused(client.chat_postMessage, channel=channel.id, **given) == error


def test_what_comes_alive_in_a_message_is_known(slack, client, channel):
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "<@U1> &lt;!here&gt;"}}
    client.chat_postMessage(channel=channel.id, text="<!channel> @here", blocks=[block])
    [message] = channel.messages
    assert message.mentions == ["!channel", "@U1"]
    client.chat_update(channel=channel.id, ts=message.ts, text="@here", blocks=[])
    assert message.mentions == ["@here"]
    client.chat_update(channel=channel.id, ts=message.ts, text="@here", blocks=[], parse="none")
    assert message.mentions == []


def test_apps_sold_outside_the_marketplace_are_slowed_down(github, slack, client, channel):
    slack.sold_outside = True
    client.conversations_history(channel=channel.id)
    assert refused(client.conversations_history, channel=channel.id) == "ratelimited"
    github.clock.advance(61)
    assert client.conversations_history(channel=channel.id)["ok"]


def test_a_webhook_takes_messages_for_one_channel_and_its_address_is_in_no_log(slack, channel):
    address = slack.webhook(channel)
    assert WebhookClient(address, retry_handlers=[]).send(text="hello").body == "ok"
    assert [one.text for one in channel.messages] == ["hello"]
    assert WebhookClient(f"{address}x", retry_handlers=[]).send(text="x").status_code == 404
    assert WebhookClient(address, retry_handlers=[]).send(text="").body == "no_text"
    assert address.rpartition("/")[2] not in "".join(slack.log.lines)
