"""What is recognised at a glance is exactly what a careful look would pass: speed changes no verdict."""

import json
from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tracking import plan_of

from crossproof.tracking.judging.glance import AT_ONCE
from crossproof.tracking.judging.kinds import kinds_of
from crossproof.tracking.judging.lines import LineJudge, Tally
from crossproof.tracking.judging.trace import Rows
from crossproof.tracking.log.chunks import Chunk
from crossproof.tracking.plan.model import Plan
from crossproof.tracking.redaction import Redaction

PLAN = plan_of("""
    events:
      home:
        match: {name: home, type: view}
        params:
          id: {type: string}
          page: {enum: [start, news]}
          n: {type: number, presence: sometimes}
          nick: {type: string, presence: sometimes}
          code: {type: string, pattern: "^[a-z]", presence: sometimes}
          level: {type: [string, integer]}
      article:
        match: {name: article, type: view}
        params: {id: {type: string, pattern: "^[a-z]+$"}, tag: {const: x}}
      odd: {match: {name: odd, type: view}, params: {id: {}, list: {type: array}}}
    unique: [{key: /params/id}, {key: /params/nick}]
    flows: [{before: [home, article]}]
""")
GOOD = {
    "name": "article",
    "type": "view",
    "timestamp": 1770370997,
    "params": {"id": "a", "tag": "x"},
    "vendor": {"t": {}},
}


HOME = {**GOOD, "name": "home", "params": {"id": "a", "page": "start", "level": 3}}


@dataclass(frozen=True)
class Seen:
    """What a judge says of a chunk, without the order in which it came to say it."""

    events: int
    findings: list
    trace: tuple

    @classmethod
    def of(cls, tally: Tally) -> "Seen":
        found = sorted(
            (what, seen.count, seen.first, seen.last, sorted(seen.examples))
            for what, seen in tally.findings.groups.items()
        )
        trace = tally.trace
        rows = (list(trace.lines), list(trace.kinds), [str(time) for time in trace.times], trace.probes, trace.units)
        return cls(tally.events, found, rows)


def judge(*, careful: bool = False, long: bool = False) -> LineJudge:
    judge = LineJudge(kinds_of(PLAN, platform="", today=date(2026, 6, 1)), Redaction())
    if careful:
        judge.glance.fast.clear()
    elif long:  # so much of the log was read that forms were made of its first good lines
        judge.read = 1 << 30
        for _ in range(2):  # and then it was learned how lines end that name their event last
            judge.judge(chunk_of([line(each) for event in (GOOD, HOME) for each in (event, named_last(event))]))
    return judge


def line(event: object) -> bytes:
    return json.dumps(event).encode()


def named_last(event: dict[str, object]) -> dict[str, object]:
    return {key: event[key] for key in sorted(event, key=lambda key: key in {"name", "type"})}


def chunk_of(raws: list[bytes]) -> Chunk:
    return Chunk(0, b"\n".join(raws))


def at_a_glance(raws: list[bytes]) -> list[int]:
    return list(judge().glance.look(raws).numbers)


def by_form(raws: list[bytes]) -> list[int]:
    rows = Rows([], [], [], [])
    list(judge(long=True).forms.look(b"\n".join(raws), raws, rows, []))
    return [line - 1 for line in rows.lines]


ways = pytest.mark.parametrize("recognised", [at_a_glance, by_form])
orders = pytest.mark.parametrize("plain", [line(GOOD), line(named_last(GOOD))], ids=["named first", "named last"])


texts = st.sampled_from(["a", "start", "x", "", 'q"uote', "back\\slash", "jane@example.com", "ü", "1"])
scalars = (
    texts | st.integers(-5, 5) | st.booleans() | st.none() | st.just([1, {"a": "b"}]) | st.just({"deep": {"er": "x"}})
)
params = st.dictionaries(
    st.sampled_from(["id", "page", "tag", "n", "nick", "code", "level", "list", "Id", "extra"]), scalars, max_size=6
)
events = st.builds(
    lambda name, kind, time, given, rest: {"name": name, "type": kind, "timestamp": time, "params": given, **rest},
    st.sampled_from(["home", "article", "odd", "Home", 7]),
    st.sampled_from(["view", "view", "click"]),
    st.sampled_from([1770370997, 1770370997.5, "2026-02-06T10:00:00Z", None, 3]),
    params | st.just("text"),
    st.sampled_from([{}, {"vendor": {"tealium": {}}}, {"vendor": "t"}, {"extra": ["a", "b"]}]),
)
in_order = st.sampled_from([dict, named_last])
good = st.builds(
    lambda order, id_: order({**GOOD, "params": {"id": id_, "tag": "x"}}),
    in_order,
    st.text("abc", min_size=1, max_size=3),
)
home = st.builds(
    lambda order, level, rest, beside: order({**HOME, **beside, "params": {**HOME["params"], "level": level, **rest}}),
    in_order,
    scalars,
    st.dictionaries(st.sampled_from(["n", "nick", "code"]), scalars),
    st.sampled_from([{}, {"vendor": 1}, {"vendor": {"t": "x"}}, {"more": "x"}]),
)


def written(event: object, how: int) -> bytes:
    """Write an event in one of several ways that mean the same, or with a key that stands twice."""
    match how:
        case 0:
            return json.dumps(event, separators=(",", ":")).encode()
        case 1:
            return json.dumps(event, ensure_ascii=False, separators=(" , ", " : ")).encode()
        case 2:
            return json.dumps(event).replace("/", "\\/").replace("a", "\\u0061").encode()
        case 3:
            return (json.dumps(event)[:-1] + ', "params": {"id": "z", "tag": "x"}}').encode()
        case _:
            return json.dumps(event).replace('"params": {', '"params": {"id": 1, ').encode()


lines = st.builds(written, good | home | events, st.integers(0, 4)) | st.sampled_from([b"", b"{bad", b"[]", b" \r"])


@given(st.lists(lines, min_size=1, max_size=AT_ONCE * 2 + 3), st.booleans())
def test_a_glance_and_a_careful_look_say_the_same_of_any_lines(raws, long):
    quick, careful = judge(long=long).judge(chunk_of(raws)), judge(careful=True).judge(chunk_of(raws))
    assert Seen.of(quick) == Seen.of(careful)


@ways
@orders
def test_a_good_line_is_recognised_at_a_glance_in_whatever_way_it_is_written(recognised, plain):
    assert recognised([plain, plain]) == [0, 1]
    assert recognised([plain, plain.replace(b'"a"', rb'"\u0061"')]) == [0, 1]


def test_a_param_that_may_be_missing_may_be_missing_null_or_any_planned_value():
    given = [{}, {"n": 1.5}, {"nick": "x", "code": "y", "n": 2}, {"nick": ""}]
    raws = [json.dumps({**HOME, "params": {**HOME["params"], **each}}).encode() for each in given]
    assert by_form(raws) == [0, 1, 2, 3]
    null = json.dumps({**HOME, "params": {**HOME["params"], "nick": None}}).encode()
    assert by_form([null]) == []  # its key could as well be one that stands twice
    assert at_a_glance([null]) == [0]


def test_what_stands_beside_the_envelope_may_change_from_line_to_line():
    given = [{}, {"vendor": "text"}, {"vendor": {"a": ["b", {"c": 1}]}}, {"vendor": None}]
    raws = [json.dumps({**GOOD, **each}).encode() for each in given]
    raws.append(json.dumps({key: value for key, value in GOOD.items() if key != "vendor"}).encode())
    assert by_form(raws) == [0, 1, 2, 3, 4]


AMISS = {
    "type twice": (b'"type": "view"', b'"type": "view", "type": "view"'),
    "id twice": (b'"id":', b'"id":1,"id":'),
    "id twice, loosely": (b'"id": ', b'"id" : 1, "id": '),
    "vendor's key twice": (b'"t": {}', b'"t": {}, "t": 1'),
    "e-mail": (b'"a"', b'"a@b.de"'),
    "type": (b'"a"', b"7"),
    "const": (b'"x"', b'"y"'),
    "unknown": (b'"tag": "x"', b'"tag": "x", "more": 1'),
    "missing": (b'"id": "a", ', b""),
    "too deep": (b'{"t": {}}', b'{"t":' * 70 + b"1" + b"}" * 70),
}


@pytest.mark.parametrize("amiss", AMISS)
@ways
@orders
def test_a_line_with_anything_amiss_is_left_to_the_careful_look_and_its_neighbours_are_not(amiss, recognised, plain):
    odd = plain.replace(*AMISS[amiss])
    assert odd != plain
    assert 1 not in recognised([plain, odd, plain])


@orders
def test_a_bad_line_costs_its_neighbours_nothing(plain):
    odds = [plain.replace(*each) for each in AMISS.values()]
    assert by_form([plain, *odds, plain]) == [0, len(odds) + 1]


@ways
@orders
def test_two_faults_cannot_hide_each_other(recognised, plain):
    """A missing pair of quotes in one line must not pay for a surplus pair in another."""
    fewer, more = plain.replace(b'"a"', b"7"), plain.replace(b'"id":', b'"id":1,"id":')
    assert recognised([fewer, more]) == []


def test_a_line_that_ends_like_another_event_is_judged_as_what_it_is():
    """`article` stands at the end of it, and is not its name."""
    fooling = line(named_last({**HOME, "zone": {}})).replace(b'"name": "home"', b'"label": "article"')
    fooling = fooling.replace(b'{"timestamp"', b'{"name": "home", "timestamp"')
    judges = judge(long=True), judge(careful=True)
    quick, careful = (each.judge(chunk_of([line(named_last(GOOD)), fooling] * 3)) for each in judges)
    assert Seen.of(quick) == Seen.of(careful)
    assert quick.events == 6


def test_how_lines_end_is_learned_where_they_name_their_event_last():
    endings = judge(long=True).forms.endings
    assert sorted(ending.decode() for ending in endings) == [
        '}, "name": "article", "type": "view"}',
        '}, "name": "home", "type": "view"}',
    ]


ODD = ['a"b', "a\\b", "a\nb", "a\x00b", "", "ü", "😀"]


@pytest.mark.parametrize("key", ODD)
def test_a_key_beside_the_envelope_may_be_any_text(key):
    odd = line({**GOOD, key: 1})
    assert_the_same_is_said(PLAN, [odd, line(GOOD), odd, line(HOME)])


@pytest.mark.parametrize("key", [key for key in ODD if key])
def test_a_param_may_have_any_name(key):
    given = [line({**GOOD, "params": {key: value}}) for value in ("a", 1, "")]
    assert_the_same_is_said(plan_with({key: {"type": "string"}}), given)


@pytest.mark.parametrize("least", [0, 2, 1 << 31, 1 << 63])
def test_a_text_may_have_to_be_of_any_length(least):
    given = [line({**GOOD, "params": {"id": text}}) for text in ("ab", "a", "")]
    assert_the_same_is_said(plan_with({"id": {"type": "string", "minLength": least}}), given)


def plan_with(params: dict[str, object]) -> Plan:
    article = {"match": {"name": "article", "type": "view"}, "params": params}
    return plan_of("events: " + json.dumps({"article": article}, ensure_ascii=False))


def assert_the_same_is_said(plan: Plan, raws: list[bytes]) -> None:
    quick, careful = (LineJudge(kinds_of(plan, platform="", today=date(2026, 6, 1)), Redaction()) for _ in "12")
    careful.glance.fast.clear()
    quick.read = 1 << 30
    for _ in range(3):  # by dictionaries, by forms, by endings
        assert Seen.of(quick.judge(chunk_of(raws))) == Seen.of(careful.judge(chunk_of(raws)))
