"""Flows: other events may come between or not, steps repeat, wait, or are one of several; what broke is told."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tracking import plan_of

from crossproof.tracking.judgement import Judgement
from crossproof.tracking.judging.record import Circumstances
from crossproof.tracking.judging.run import judge

EVENTS = "events: {" + ", ".join(f"{name}: {{match: {{name: {name}}}, count: 0..*}}" for name in "abcdx") + "}\n"


def judged(flow: str, walked: str, *, step: float = 1.0, **scopes: str) -> Judgement:
    """Walk events named by letters, one second apart; `scopes` gives each its thread."""
    plan = plan_of(f'{EVENTS}severity: {{param/unknown: "off"}}\nflows: [{flow}]')
    threads = scopes.get("m", "")
    log = [
        {"name": name, "timestamp": 1770370997 + n * step, "params": {"m": threads[n]} if threads else {}}
        for n, name in enumerate(walked)
    ]
    lines = "\n".join(map(json.dumps, log)).encode()
    return judge([("app.jsonl", [lines])], plan, Circumstances(today=date(2026, 6, 1)))


def told(judgement: Judgement) -> list[str]:
    return [f"{group.rule} {group.first}: {group.sentence}" for group in judgement.groups if group.level.rank > 1]


@pytest.mark.parametrize(
    ("flow", "walked", "said"),
    [
        ("{id: f, steps: [a, b, c]}", "abc", []),
        ("{id: f, steps: [a, b, c]}", "xaxbxxcx", []),
        ("{id: f, steps: [a, b, c]}", "abacbc", []),
        ("{id: f, steps: [a, b, c]}", "ab", ["order/incomplete app.jsonl:2: c never came after b (flow f)"]),
        ("{id: f, steps: [a, b, c]}", "acb", ["order/flow app.jsonl:2: c came, but not after b (flow f)"]),
        ("{id: f, steps: [a, b, c]}", "bc", ["order/incomplete app.jsonl:1: a never came at its beginning (flow f)"]),
        ("{id: f, steps: [a, {any: [b, c]}, d]}", "acd", []),
        (
            "{id: f, steps: [a, {any: [b, c]}, d]}",
            "ad",
            ["order/incomplete app.jsonl:1: b never came after a (flow f)"],
        ),
        ("{id: f, steps: [a, {event: b, repeat: 0..*}, c]}", "ac", []),
        ("{id: f, steps: [a, {event: b, repeat: 2..*}, c]}", "abbc", []),
        (
            "{id: f, steps: [a, {event: b, repeat: 2..*}, c]}",
            "abc",
            ["order/flow app.jsonl:2: b came, but not after a (flow f)"],
        ),
        ("{id: f, steps: [a, {event: b, within: 2s}]}", "axb", []),
        (
            "{id: f, steps: [a, {event: b, within: 2s}]}",
            "axxb",
            ["order/flow app.jsonl:1: b did not come within 2 s after a (flow f)"],
        ),
        ("{id: f, steps: [a, {event: b, within: 2s}]}", "axxaxb", []),
        ("{id: f, mode: contiguous, steps: [a, b]}", "xabx", []),
        (
            "{id: f, mode: contiguous, steps: [a, b]}",
            "axb",
            ["order/flow app.jsonl:3: b did not come directly after a (flow f)"],
        ),
        ("{id: f, mode: contiguous, steps: [a, {event: b, repeat: 1..2}, c]}", "abbc", []),
        (
            "{id: f, mode: contiguous, steps: [a, {event: b, repeat: 1..2}, c]}",
            "abbbc",
            ["order/flow app.jsonl:5: c did not come directly after b (flow f)"],
        ),
        ("{id: f, mode: exact, steps: [a, b]}", "ab", []),
        (
            "{id: f, mode: exact, steps: [a, b]}",
            "abx",
            ["order/flow app.jsonl:2: b did not come directly after a (flow f)"],
        ),
        ("{id: f, mode: exact, steps: [a, {event: b, repeat: 0..*}, c]}", "abbbc", []),
        ("{id: f, steps: [a, b], never: [x]}", "axb", ["order/forbidden app.jsonl:2: x must not happen in flow f"]),
        ("{before: [a, b]}", "xab", []),
        ("{before: [a, b]}", "bab", ["order/before app.jsonl:1: b came without a before it"]),
    ],
)
def test_a_walk_is_as_planned_or_told_where_it_is_not(flow, walked, said):
    assert told(judged(flow, walked)) == said


def test_a_flow_that_no_log_begins_is_not_judged_and_says_so():
    judgement = judged("{id: f, steps: [a, b]}", "xx")
    assert told(judgement) == []
    assert "flow f: no log holds its events, or its scenario does not walk it" in judgement.not_judged


def test_threads_are_walked_apart_and_an_event_without_one_is_told():
    flow = "{id: f, scope: /params/m, steps: [a, b]}"
    assert told(judged(flow, "aabb", m="1212")) == []
    assert told(judged(flow, "aab", m="121")) == ["order/incomplete app.jsonl:2: b never came after a (flow f)"]
    assert told(judged(flow, "ab")) == [
        "id/missing app.jsonl:1: a /params/m lacks what tells the threads of flow f apart",
        "id/missing app.jsonl:2: b /params/m lacks what tells the threads of flow f apart",
    ]


def test_events_are_ordered_by_time_unless_the_plan_says_by_line():
    by_time = plan_of(EVENTS + "flows: [{id: f, steps: [a, b]}]")
    by_line = plan_of(EVENTS + "order_by: line\nflows: [{id: f, steps: [a, b]}]")
    log = b"\n".join(
        json.dumps({"name": name, "timestamp": at, "params": {}}).encode()
        for name, at in (("b", 1770370998), ("a", 1770370997))
    )
    known = Circumstances(today=date(2026, 6, 1))
    rules = [{g.rule for g in judge([("l", [log])], plan, known).groups} for plan in (by_time, by_line)]
    assert rules == [{"time/out-of-order"}, {"time/out-of-order", "order/flow"}]


@given(st.text("abcx", max_size=8))
def test_a_subsequence_is_found_whenever_there_is_one(walked):
    """The judge follows all ways at once; here is the definition, tried out by brute force."""
    at = 0
    for name in walked:
        at += at < 3 and name == "abc"[at]
    judgement = judged("{id: f, steps: [a, b, c]}", walked)
    begun = any(name in walked for name in "abc")
    assert bool(told(judgement)) == (begun and at < 3) or not walked


@given(st.text("abx", min_size=1, max_size=9), st.integers(1, 4))
def test_a_step_in_time_is_found_whenever_there_is_one(walked, within):
    pairs = [
        (i, j)
        for i, a in enumerate(walked)
        for j, b in enumerate(walked)
        if a == "a" and b == "b" and 0 < j - i <= within
    ]
    judgement = judged(f"{{id: f, steps: [a, {{event: b, within: {within}s}}]}}", walked)
    begun = "a" in walked or "b" in walked
    assert bool(told(judgement)) == (begun and not pairs)
