"""A good log is broken in every single way we can think of: each break is noticed, and those that cannot be are named."""

import json
from copy import deepcopy
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tracking import Step

from crossproof.outcome import Outcome
from crossproof.verdict import Verdict

PLAN = """plan: 1
name: app
version: "1"
bundles: {common: {user: {type: string}}}
events:
  start: {match: {name: start, type: link}, use: [common], count: 1}
  home: {match: {name: home, type: view}, use: [common], params: {id: {type: string}}}
  play: {match: {name: play, type: media}, use: [common], params: {media: {type: string}, id: {type: string}}, count: 0..*}
  end: {match: {name: end, type: media}, use: [common], params: {media: {type: string}, id: {type: string}}, count: 0..*}
  order: {match: {name: order, type: view}, use: [common], count: 0..0}
flows:
  - {id: media, scope: /params/media, steps: [play, {event: end, within: 30s}]}
  - {id: walk, steps: [start, home], never: [order]}
  - {before: [start, play]}
unique: [{key: /params/id, events: [home, play, end]}]
same: [{key: /params/user}]
timing: {double_fire: {within: 100ms, key: [name, /params/media]}, gaps: [{from: start, to: home, max: 5s}]}
"""


def event(name: str, kind: str, second: float, **params: str) -> dict[str, object]:
    return {"name": name, "type": kind, "timestamp": 1770370000.0 + second, "params": {"user": "A", **params}}


GOOD = [
    event("start", "link", 0),
    event("home", "view", 1, id="1"),
    event("play", "media", 2, media="x", id="2"),
    event("end", "media", 10, media="x", id="3"),
    event("play", "media", 12, media="y", id="4"),
    event("end", "media", 14, media="y", id="5"),
]
WRONG = [None, "", "zzz", 5, [], {}, True]
TIMES = ["1770370001", 1770370001000, -5, 0, 1e18, True, "2026-02-06T09:26:41Z", "soon", [1], None]


def judged(events: list[object]) -> Outcome:
    return Step({"plan.yaml": PLAN}).run({"app.jsonl": "\n".join(map(json.dumps, events))})


def changed(number: int, where: tuple[str, ...], value: object) -> list[object]:
    events = deepcopy(GOOD)
    *path, last = where
    place = events[number]
    for key in path:
        place = place[key]
    place[last] = value
    return events


def breaks():
    """Give each break by a name."""
    for number, sent in enumerate(GOOD):
        yield f"{number} left out", GOOD[:number] + GOOD[number + 1 :]
        yield f"{number} twice", [*GOOD[: number + 1], *GOOD[number:]]
        for key in sent:
            yield (
                f"{number} without {key}",
                [*GOOD[:number], {k: v for k, v in sent.items() if k != key}, *GOOD[number + 1 :]],
            )
            if key != "timestamp":
                yield f"{number} with {key} null", changed(number, (key,), None)
        for value in TIMES:
            yield f"{number} at {value!r}", changed(number, ("timestamp",), value)
        for param in sent["params"]:
            rest = {name: value for name, value in sent["params"].items() if name != param}
            yield f"{number} without param {param}", changed(number, ("params",), rest)
            for value in WRONG:
                yield f"{number} with {param} {value!r}", changed(number, ("params", param), value)
    yield "a forbidden event", [*GOOD, event("order", "view", 20)]
    yield "an unknown event", [*GOOD, event("other", "view", 20)]


# An id may be any text that no other event has.
CANNOT_BE_SEEN = {f"{number} with id 'zzz'" for number in range(1, 6)}


def test_the_log_that_is_broken_is_good():
    assert judged(GOOD).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    "broken", [pytest.param(events, id=name) for name, events in breaks() if name not in CANNOT_BE_SEEN]
)
def test_a_break_is_never_green(broken):
    assert judged(broken).verdict is not Verdict.PASSED


def test_lines_in_another_order_are_remarked_on_and_times_in_another_order_break_what_depends_on_them():
    for one, other in combinations(range(len(GOOD)), 2):
        lines = list(GOOD)
        lines[one], lines[other] = lines[other], lines[one]
        assert "time/out-of-order" in {group["rule"] for group in judged(lines).details["groups"]}
        times = deepcopy(GOOD)
        times[one]["timestamp"], times[other]["timestamp"] = times[other]["timestamp"], times[one]["timestamp"]
        # Home may come before or after a video, and one video may begin before another has ended.
        free = {(1, 2), (3, 4)}
        assert (judged(times).verdict is Verdict.PASSED) is ((one, other) in free), (one, other)


@pytest.mark.parametrize("blank", ["\n\n", "\r\n", " \n" * 3])
def test_blank_lines_are_a_log_without_events_wherever_they_stand(blank):
    log = "\n".join(map(json.dumps, GOOD))
    assert Step({"plan.yaml": PLAN}).run({"app.jsonl": blank}).reason.word == "empty-log"
    for text in (blank + log, log + "\n" + blank, log.replace("\n", "\n" + blank)):
        assert Step({"plan.yaml": PLAN}).run({"app.jsonl": text}).reason.word == "as-planned"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.just(10**40),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "type", "params", "id", "media"]) | st.text(max_size=3), inner, max_size=4
        )
    ),
    max_leaves=8,
)


def nearly(*usual: object) -> st.SearchStrategy[object]:
    return st.sampled_from(usual) | JSON


EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "name": nearly("start", "home", "play", "end", "order"),
        "type": nearly("link", "view", "media"),
        "timestamp": nearly(*range(1770370000, 1770370020)),
        "params": nearly({})
        | st.fixed_dictionaries({}, optional={name: nearly("A", "B") for name in ("user", "id", "media")}),
    },
)
LINES = (EVENTS | JSON).map(json.dumps).map(str.encode) | st.binary(max_size=20)


@given(
    lines=st.lists(LINES, max_size=12),
    between=st.sampled_from([b"\n", b"\r\n", b",", b"\n\n"]),
    array=st.booleans(),
    asked=st.sampled_from([{}, {"redact": "all"}, {"shard": "a"}]),
)
def test_whatever_is_in_a_log_the_judge_says_something_of_it_and_its_report_can_be_written(
    lines, between, array, asked
):
    content = between.join(lines)
    step = Step({"plan.yaml": PLAN})
    outcome = step.run({"app.jsonl": b"[" + content + b"]" if array else content}, **asked)
    assert json.dumps(outcome.details, default=str)
    assert {"junit.xml", "index.html"} <= set(step.report.files)
