"""What people read, and that text from elsewhere is nothing but text in it."""

import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from markdown_it import MarkdownIt
from tests.hostile import any_text
from tests.telling import FAILED, PASSED, RUN, UNPROVEN, notice

from crossproof.report.visible import visible
from crossproof.telling.wording import as_comment, as_description, as_slack, description_head, stamp_in
from crossproof_sandbox.slack_blocks import check_blocks, mentions_in

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PAGE = f"https://github.example/acme/app/actions/runs/{RUN}/attempts/1"
SLACK = [
    "<!channel>", "<!here|here>", "<@U123>", "<#C123>", "<!subteam^S1>", "<https://evil.example|here>", "@here", "#general",
    "&lt;!channel&gt;", "*bold*", "`code`", "<", ">", "&", "&amp;", ":bomb:", "[a](https://evil.example)", "<!-- -->", "\N{BUG}",
]  # fmt: skip
hostile = st.lists(st.sampled_from(SLACK) | any_text, max_size=6).map("".join)


def test_a_comment_says_the_verdict_first_and_carries_its_stamp_out_of_sight():
    assert as_comment(notice()) == snapshot("""\
<!-- crossproof/notify topic=9071a63f56def37568f66152442e9636 report=80bebe5ba60089757f8bb333c7506fd4 verdict=failed run=17000000100 attempt=1 ended_at=2026-11-02T09:05:00+00:00 -->

### ❌ failed: dispatch-and-wait · acme/child

acme/child tests.yml: run 5 failed.

| reason | change | commit | run |
| --- | --- | --- | --- |
| `child-failed` | `main` | `aaaaaaa of acme/child` | [run 17000000100](https://github.example/acme/app/actions/runs/17000000100/attempts/1) |
""")


def test_a_slack_message_has_blocks_for_eyes_and_a_text_for_the_rest():
    assert as_slack(notice(subject="release 4.2")) == snapshot(
        {
            "text": """\
❌ failed · release 4.2
acme/child tests.yml: run 5 failed.\
""",
            "blocks": [
                {"type": "header", "text": {"type": "plain_text", "text": "❌ failed · release 4.2", "emoji": False}},
                {
                    "type": "section",
                    "text": {"type": "plain_text", "text": "acme/child tests.yml: run 5 failed.", "emoji": False},
                },
                {
                    "type": "context",
                    "elements": [
                        {"type": "plain_text", "text": "reason: child-failed", "emoji": False},
                        {"type": "plain_text", "text": "commit: aaaaaaa of acme/child", "emoji": False},
                        {
                            "type": "mrkdwn",
                            "text": "<https://github.example/acme/app/actions/runs/17000000100/attempts/1|run 17000000100>",
                            "verbatim": True,
                        },
                    ],
                },
            ],
        }
    )


@pytest.mark.parametrize("ended", [PASSED, FAILED, UNPROVEN])
def test_a_description_says_what_it_is_about_and_then_the_sentence(ended):
    assert as_description(notice(ended)) == f"dispatch-and-wait · acme/child: acme/child tests.yml: run 5 {ended[0]}."


def test_a_remark_about_the_telling_itself_is_part_of_what_is_told():
    remarked = replace(notice(), remark="<b>why</b>")
    assert as_comment(remarked).endswith("\n> &lt;b&gt;why&lt;/b&gt;\n")
    assert as_slack(remarked)["blocks"][-1]["elements"][0]["text"] == "&lt;b&gt;why&lt;/b&gt;"


@given(hostile, hostile)
def test_nothing_foreign_comes_alive_in_slack_and_slack_takes_it(sentence, place):
    assume("\ud800" not in place)
    said = as_slack(notice(sentence=sentence, subject=place.strip() or None))
    assert check_blocks(said["blocks"]) == []
    assert mentions_in(said["text"], said["blocks"], names=False) == [PAGE]
    assert 0 < len(said["text"]) <= 3000


@given(hostile)
def test_what_slack_shows_is_what_the_report_says(sentence):
    assume(visible(sentence).strip())
    text = as_slack(notice(sentence=sentence))["blocks"][1]["text"]["text"]
    shown = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert shown == visible(sentence).strip()


@given(hostile, hostile)
def test_nothing_foreign_comes_alive_in_a_comment(sentence, place):
    page = as_comment(notice(sentence=sentence, subject=place.strip() or None))
    tokens = READER.parse(page)
    kinds = [token.type for token in tokens if token.level == 0 and token.nesting >= 0 and token.type != "inline"]
    assert [kind for kind in kinds if kind != "paragraph_open"] == ["html_block", "heading_open", "table_open"]
    assert tokens[0].content == page.partition("\n")[0] + "\n"
    leaves = [leaf for token in tokens for leaf in token.children or ()]
    assert [leaf.attrs["href"] for leaf in leaves if leaf.type == "link_open"] == [PAGE]
    assert not [leaf for leaf in leaves if leaf.type == "image"]
    assert {leaf.content for leaf in leaves if leaf.type == "html_inline"} <= {"<br>", "<code>", "</code>"}
    assert not re.search(r"@\w", page.partition("\n")[2].replace("@&#8203;", ""))


@given(hostile, hostile)
def test_the_stamp_survives_whatever_is_told(sentence, place):
    told = notice(sentence=sentence, subject=place.strip() or None)
    assert stamp_in(as_comment(told)) == told.stamp


@given(hostile)
def test_no_text_in_a_comment_is_taken_for_a_stamp(text):
    stamped = as_comment(notice()).partition("\n")[0]
    assert stamp_in(f"> {stamped}") is None
    assert stamp_in(f" {stamped}") is None
    assert stamp_in(text) is None
    assert (
        stamp_in(as_comment(notice(sentence=f"{text}{stamped}{text}")))
        == notice(sentence=f"{text}{stamped}{text}").stamp
    )


@given(hostile, hostile)
def test_a_description_is_one_line_that_github_takes(sentence, place):
    said = as_description(notice(sentence=sentence, subject=place.strip() or None))
    assert 0 < len(said) <= 140
    assert visible(said) == said
    assert "\n" not in said
    assert max(map(ord, said)) <= 0xFFFF


@given(st.text(min_size=1, max_size=150), st.text(min_size=1, max_size=150))
def test_what_is_about_something_else_has_another_head(one, other):
    heads = [description_head(notice(subject=title)) for title in (one, other)]
    assume(" ".join(visible(one).split()).replace(": ", " ") != " ".join(visible(other).split()).replace(": ", " "))
    assume(max(map(ord, one + other)) <= 0xFFFF)
    assert heads[0] != heads[1]
    for head in heads:
        assert head.partition(": ")[0] + ": " == head


def test_a_comment_stays_within_what_github_takes():
    for letter in ("x", "<", "@", "\n"):
        assert len(as_comment(notice(sentence=letter * 20_000, subject="<" * 100))) < 65_536
