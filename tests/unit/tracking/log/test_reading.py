"""The table of bad input: one finding each, with file, line, column, byte and excerpt; the rest is still judged."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tracking import plan_of

from crossproof.tracking.judgement import Group, Judgement
from crossproof.tracking.judging.record import Circumstances
from crossproof.tracking.judging.run import judge
from crossproof.tracking.log.chunks import chunks
from crossproof.tracking.log.limits import MAX_DOCUMENT
from crossproof.tracking.log.sniffing import UnreadableLog

PLAN = plan_of("""
    policy: {unknown_event: "off"}
    severity: {time/missing: "off", event/envelope: "off"}
    events: {home: {match: {name: home}, params: {id: {type: [string, number]}}}}
""")
GOOD = b'{"name":"home","timestamp":1770370997,"params":{"id":"a"}}'


def judged(log: bytes | list[bytes]) -> Judgement:
    return judge([("app.jsonl", log if isinstance(log, list) else [log])], PLAN, Circumstances(today=date(2026, 6, 1)))


def told(judgement: Judgement) -> list[str]:
    return [line(group) for group in judgement.groups]


def line(group: Group) -> str:
    example = group.examples[0]
    said = f"{group.about} {group.reason}".strip()
    return f"{group.rule} {example.place}: {said} ({example.text})".replace(" ()", "")


def with_value(value: bytes) -> bytes:
    return b'{"name":"home","timestamp":1770370997,"params":{"id":' + value + b"}}"


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (with_value(b'"\x00"'), "log/parse-error app.jsonl:2: is no JSON: invalid character (column 55, byte 113: "),
        (GOOD + b"\x00", "log/parse-error app.jsonl:2: is no JSON: trailing characters (column 59, byte 117: "),
        (with_value(b'"\xff"'), "log/parse-error app.jsonl:2: holds bytes that are no UTF-8 (column 55, byte 113: "),
        (
            with_value(b'"\xed\xa0\x80"'),
            "log/parse-error app.jsonl:2: holds bytes that are no UTF-8 (column 55, byte 113: ",
        ),
        (
            with_value(rb'"\ud800"'),
            "log/parse-error app.jsonl:2: is no JSON: ends too early, or holds half of a surrogate pair (column 64, ",
        ),
        (with_value(b"NaN"), "log/parse-error app.jsonl:2: is no JSON: invalid character (column 54, byte 112: "),
        (with_value(b"-Infinity"), "log/parse-error app.jsonl:2: is no JSON: invalid character (column 55, byte 113: "),
        (with_value(b"1e400"), "log/parse-error app.jsonl:2: is no JSON: number out of range (column 1, byte 59: "),
        (
            with_value(b"9" * 5000),
            "log/parse-error app.jsonl:2: is no JSON: integer value out of range (column 1, byte 59: ",
        ),
        (with_value(b"01"), "log/parse-error app.jsonl:2: is no JSON: invalid number (column 55, byte 113: "),
        (with_value(b"1."), "log/parse-error app.jsonl:2: is no JSON: invalid number (column 56, byte 114: "),
        (with_value(b'"a\tb"'), "log/parse-error app.jsonl:2: is no JSON: invalid character (column 56, byte 114: "),
        (GOOD[:-1] + b",}", "log/parse-error app.jsonl:2: is no JSON: trailing comma in object (column 59, byte 117: "),
        (b"// " + GOOD, r"log/parse-error app.jsonl:2: is no JSON: invalid character (column 1, byte 59: // {"),
        (b"\x1e" + GOOD, r"log/parse-error app.jsonl:2: is no JSON: invalid character (column 1, byte 59: \x1e{"),
        (
            b"\xc2\xa0" + GOOD,
            r"log/parse-error app.jsonl:2: is no JSON: invalid character (column 1, byte 59: \xc2\xa0{",
        ),
        (GOOD + b" " + GOOD, "log/parse-error app.jsonl:2: is no JSON: trailing characters (column 60, byte 118: "),
        (
            GOOD[:-9],
            "log/parse-error app.jsonl:2: is no JSON: ends too early, or holds half of a surrogate pair (column 50, ",
        ),
        (b"[1]", "log/not-object app.jsonl:2: is an array, not an object (column 1, byte 59: [1])"),
        (b"null", "log/not-object app.jsonl:2: is null, not an object (column 1, byte 59: null)"),
        (b'"text"', 'log/not-object app.jsonl:2: is a text, not an object (column 1, byte 59: "text")'),
        (b"7", "log/not-object app.jsonl:2: is a number, not an object (column 1, byte 59: 7)"),
        (b"true", "log/not-object app.jsonl:2: is true or false, not an object (column 1, byte 59: true)"),
        (
            with_value(b"[" * 64 + b"]" * 64),
            "log/too-deep app.jsonl:2: is nested more than 64 levels deep (column 1, byte 59: ",
        ),
        (
            with_value(b"[" * 100_000 + b"]" * 100_000),
            "log/too-deep app.jsonl:2: is nested more than 64 levels deep (column 1, byte 59: ",
        ),
        (
            with_value(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
            "log/too-deep app.jsonl:2: is nested more than 64 levels deep (column 1, byte 59: ",
        ),
        (GOOD[:-1] + b',"name":"home"}', "log/duplicate-key app.jsonl:2: home has 'name' twice"),
        (with_value(b'"a","id":"a"'), "log/duplicate-key app.jsonl:2: home has 'id' twice"),
        (with_value(b'"a" , "id" : 7'), "log/duplicate-key app.jsonl:2: home has 'id' twice"),
        (with_value(rb'"\"","\u0069d":"\\"'), "log/duplicate-key app.jsonl:2: home has 'id' twice"),
        (GOOD[:-1] + b',"vendor":{"a":[{"b":1,"b":1}]}}', "log/duplicate-key app.jsonl:2: home has 'b' twice"),
    ],
)
def test_a_bad_line_is_one_finding_with_its_place_and_the_lines_around_it_are_judged(bad, said):
    judgement = judged(b"\n".join([GOOD, bad, GOOD]))
    assert len(judgement.groups) == 1
    assert told(judgement)[0].startswith(said)
    assert judgement.judged >= 2
    assert all(len(example.text) < 200 for group in judgement.groups for example in group.examples)


@pytest.mark.parametrize(
    "log",
    [
        GOOD + b"\n" + GOOD + b"\n",
        GOOD + b"\r\n" + GOOD + b"\r\n",
        GOOD + b"\n\n \t\r\n" + GOOD,
        b"\r\n\r\n  " + GOOD + b"\n" + GOOD,
        b"\t" + GOOD + b" \r\n" + GOOD,
        with_value(b'"\xe2\x80\xa8\xc2\x85\\u2028"') + b"\n" + GOOD,  # line separators that are none
        with_value(b"18446744073709551616") + b"\n" + with_value(b"1" + b"0" * 30),
        with_value(b'"\\ud83d\\ude00"') + b"\n" + GOOD,
    ],
)
def test_white_space_long_numbers_and_odd_characters_are_no_findings(log):
    judgement = judged(log)
    assert told(judgement) == []
    assert judgement.judged == 2


def test_lines_are_counted_as_an_editor_does_also_past_blank_ones():
    judgement = judged(b"\n\r\n" + GOOD + b"\n\n{bad\n" + GOOD)
    assert told(judgement) == [
        "log/parse-error app.jsonl:5: is no JSON: object keys must be strings (column 2, byte 64: {bad)"
    ]


def test_a_last_line_that_breaks_off_is_told_apart_from_a_bad_line():
    assert told(judged(GOOD + b"\n" + GOOD[:20])) == [
        'log/truncated app.jsonl:2: breaks off (column 21, byte 79: {"name":"home","time)'
    ]
    assert told(judged(GOOD + b"\n" + GOOD[:20] + b"\n")) != told(judged(GOOD + b"\n" + GOOD[:20]))
    assert told(judged(GOOD + b"\n" + GOOD)) == []


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (b"\xef\xbb\xbf" + GOOD, ["log/bom app.jsonl: begins with a byte order mark"]),
        (
            b"\xff\xfe" + GOOD.decode().encode("utf-16-le"),
            ["log/encoding app.jsonl: is utf-16-le; places below are those of its text as UTF-8"],
        ),
        (
            b"\xfe\xff" + GOOD.decode().encode("utf-16-be"),
            ["log/encoding app.jsonl: is utf-16-be; places below are those of its text as UTF-8"],
        ),
        (
            b"\xff\xfe\x00\x00" + GOOD.decode().encode("utf-32-le"),
            ["log/encoding app.jsonl: is utf-32-le; places below are those of its text as UTF-8"],
        ),
        (
            GOOD.decode().encode("utf-16-le"),
            ["log/encoding app.jsonl: is utf-16-le; places below are those of its text as UTF-8"],
        ),
        (b"[" + GOOD + b"]", ["log/json-array app.jsonl: is one JSON array"]),
        (
            json.dumps(json.loads(GOOD), indent=2).encode(),
            ["log/pretty-printed app.jsonl: has events that are spread over several lines"],
        ),
    ],
)
def test_a_file_of_another_form_is_read_all_the_same_and_told_once(log, said):
    judgement = judged(log)
    assert told(judgement) == said
    assert judgement.judged == 1


def test_an_array_counts_events_and_a_broken_one_is_judged_as_far_as_it_goes():
    array = b"[\n" + GOOD + b",\n" + GOOD.replace(b'"a"', b"true") + b",\n" + GOOD + b"\n]"
    assert told(judged(array)) == [
        "param/type app.jsonl, event 2: home.id is boolean, not number or string (true)",
        "log/json-array app.jsonl: is one JSON array",
    ]
    cut = judged(array[:-20])
    assert cut.judged == 2
    assert "log/truncated" in {group.rule for group in cut.groups}


def test_events_spread_over_lines_may_follow_each_other_and_a_broken_one_does_not_end_the_reading():
    pretty = json.dumps(json.loads(GOOD), indent=2).encode()
    judgement = judged(b"\n".join([pretty, b'{"name":\n  oops}', pretty, GOOD]))
    assert judgement.judged == 3
    assert [group.rule for group in judgement.groups] == ["log/parse-error", "log/pretty-printed"]


def test_a_first_line_that_is_broken_does_not_make_a_log_a_document():
    judgement = judged(b'{"name": "ho\n' + GOOD + b"\n" + GOOD + b"\n")
    assert judgement.judged == 2
    assert [group.rule for group in judgement.groups] == ["log/parse-error"]


@pytest.mark.parametrize("log", [b"", b"\n", b"\n\r\n \t\n", b"\xef\xbb\xbf", b"[]", b"[ \n ]"])
def test_a_log_without_a_single_event_is_never_fine(log):
    judgement = judged(log)
    assert judgement.events == 0
    assert ("log/empty", "error") in {(group.rule, group.level.value) for group in judgement.groups}


def test_a_line_beyond_the_limit_is_passed_over_without_being_held_and_the_rest_is_judged():
    block = b"x" * (1 << 20)
    blocks = [GOOD + b"\n", b'{"a":"', *[block] * 17, b'"}\n' + GOOD + b"\n"]
    judgement = judged(blocks)
    assert told(judgement) == ["log/line-too-long app.jsonl:2: has 17.0 MiB; at most 16 are read (column 1, byte 59)"]
    assert judgement.judged == 2


def test_rules_across_lines_reach_over_stretches_that_hold_no_event():
    plan = plan_of("""
        events: {home: {match: {name: home}, params: {id: {type: string}, session: {type: string}}}}
        unique: [{key: /params/id}]
        same: [{key: /params/session}]
    """)
    event = b'{"name":"home","timestamp":1770370997,"params":{"id":"a","session":"%s"}}\n'
    blank, endless = b"\n" * 9, b"x" * (17 << 20) + b"\n"
    blocks = [blank, event % b"s", blank, endless, event % b"t", blank]
    judgement = judge([("app.jsonl", blocks)], plan, Circumstances(today=date(2026, 6, 1)))
    assert [f"{group.rule} {group.examples[0].place}" for group in judgement.groups] == [
        "id/duplicate app.jsonl:21",
        "log/line-too-long app.jsonl:20",
        "same/differs app.jsonl:21",
    ]


def test_a_line_of_100_mib_costs_no_memory_for_its_length():
    held = [len(chunk.data) for chunk in chunks(b"x" * (1 << 20) for _ in range(100))]
    assert held == [0]


def test_an_array_that_would_have_to_be_held_whole_is_refused_beyond_the_limit():
    blocks = [b"[", *[GOOD + b"," + b" " * (1 << 20)] * (MAX_DOCUMENT // (1 << 20) + 1)]
    with pytest.raises(UnreadableLog, match="one JSON array of more than 64 MiB"):
        judged(blocks)


def test_text_that_stops_being_utf_16_cannot_be_read():
    with pytest.raises(UnreadableLog, match="begins as utf-16-le and then is not"):
        judged(b"\xff\xfe" + GOOD.decode().encode("utf-16-le") + b"\x00\xd8")


@given(st.lists(st.sampled_from([GOOD, b"{bad", b"", b"\r", with_value(b"7"), b"[1]"]), max_size=12), st.data())
def test_how_a_stream_is_cut_into_blocks_changes_nothing(lines, data):
    log = b"\n".join(lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(log)), max_size=6)))
    blocks = [log[a:b] for a, b in zip([0, *cuts], [*cuts, len(log)], strict=True)]
    assert b"\n".join(chunk.data for chunk in chunks(blocks)).rstrip(b"\n") == log.rstrip(b"\n")
    one, several = judged(log), judged(blocks)
    assert told(one) == told(several)
    assert (one.events, one.judged) == (several.events, several.judged)


@given(st.lists(st.binary(max_size=30), max_size=5))
def test_no_bytes_whatever_crash_the_judge(lines):
    judgement = judged([line + b"\n" for line in lines])
    assert judgement.judged == 0
    assert any(group.rule.startswith("log/") for group in judgement.groups)
