"""What helps people with plans: remarks, examples, drafts, comparison, strength, description, Tealium's tables."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from tests.tracking import Workspace, plan_of

from crossproof.tracking.judging.record import Circumstances
from crossproof.tracking.judging.run import judge
from crossproof.tracking.plan.describing import description
from crossproof.tracking.plan.diffing import Change, diff, overall
from crossproof.tracking.plan.examples import run_examples
from crossproof.tracking.plan.inferring import Draft
from crossproof.tracking.plan.lint import lint
from crossproof.tracking.plan.loading import load
from crossproof.tracking.plan.strength import Breaking
from crossproof.tracking.plan.tealium import NotATable, rows, written
from crossproof.tracking.redaction import Redaction

TODAY = date(2026, 6, 1)


def remarks(text: str) -> list[str]:
    return [str(remark) for remark in lint(plan_of(text), TODAY)]


def test_a_plan_that_means_what_it_says_has_no_remarks():
    assert remarks("events: {home: {match: {name: home}, params: {id: {type: string, format: uuid}}}}") == []


def test_what_is_said_in_vain_twice_or_too_loosely_is_remarked_where_it_stands():
    assert remarks("""
        events:
          a: {match: {name: a}, params: {n: {type: string, pattern: stage}, user_email: {type: string}}}
          b: {match: {name: a, type: view}, expires: "2026-05-01", params: {n: {type: integer}, free: {}}}
          c: {match: {type: view}, deprecated: gone}
          d: {match: {name: d, where: {/params/x: 1, /params/y: 2}}, params: {x: {const: 2}}}
        flows: [{id: f, scope: /params/m, steps: [a, c], never: [a]}]
        scenarios: {s: {require: [a, d]}}
        ignore: [{rule: time/gap, until: 2026-05-01, reason: later}]
    """) == snapshot(
        [
            "plan.yaml:6:52: the pattern 'stage' matches anywhere in a text. Anchor it with ^ and $.",
            "plan.yaml:6:69: `user_email` sounds like personal data. Say `sensitive: true`, so that its values are never shown.",
            "plan.yaml:7:3: `b` is expected, and no scenario requires it: it is never missed. Require it in a scenario, or plan `count: 0..*`.",
            "plan.yaml:7:37: `b` expired on 2026-05-01. Remove it, or move `expires`.",
            "plan.yaml:7:69: `n` is integer or number in `b` and string in `a`. Send one type.",
            "plan.yaml:7:89: `b.free` may be anything. Give it a type, an enum, a pattern or a format.",
            "plan.yaml:9:7: `d` is told by /params/y, which is none of its params. Plan it.",
            "plan.yaml:9:71: `d` is told by /params/x being '1', and plans another `const`.",
            "plan.yaml:10:9: flow `f` both walks over `a` and forbids it.",
            "plan.yaml:10:9: flow `f` waits for `c`, which is not expected any more.",
            "plan.yaml:10:9: the threads are told apart by /params/m, which `a` need not carry. Plan the param there as always present.",
            "plan.yaml:10:9: the threads are told apart by /params/m, which `c` need not carry. Plan the param there as always present.",
            "plan.yaml:12:10: the ignore of time/gap ended on 2026-05-01: its findings count. Remove it, or move `until`.",
        ]
    )


def test_events_that_are_told_apart_by_type_or_value_do_not_overlap():
    assert (
        remarks("""
        events:
          a: {match: {name: a, type: view, where: {/params/x: "1"}}, params: {x: {const: "1"}}}
          b: {match: {name: a, type: view, where: {/params/x: "2"}}, params: {x: {const: "2"}}}
          c: {match: {name: a, type: link}}
    """)
        == []
    )


EXAMPLES = """
    events:
      home:
        match: {name: home}
        params: {id: {type: string, pattern: "^[0-9]+$"}, user: {type: string, presence: sometimes}}
        examples:
          valid: [{name: home, timestamp: 1770370997, params: {id: "1"}}]
          invalid:
            - {drop: id, expect: param/missing}
            - {set: {id: x}, expect: param/pattern}
            - {event: {name: Home, timestamp: 1770370997, params: {id: "1"}}, expect: event/name-casing}
"""


def test_examples_that_do_what_they_say_are_counted():
    tried = run_examples(plan_of(EXAMPLES))
    assert (tried.run, [str(each) for each in tried.failed]) == (4, [])


def test_examples_that_do_not_are_told_with_what_they_do_instead():
    broken = EXAMPLES.replace('params: {id: "1"}}]', 'params: {id: "x"}}]').replace("drop: id", "drop: user")
    assert [str(each) for each in run_examples(plan_of(broken)).failed] == snapshot(
        [
            "plan.yaml:9:5: valid example 1 breaks param/pattern: id does not match '^[0-9]+$'.",
            "plan.yaml:12:11: it breaks param/pattern, not param/missing.",
        ]
    )


def change(old: str, new: str) -> tuple[Change, list[str]]:
    found = diff(plan_of(old), plan_of(new))
    return overall(found), [f"{each.what} {each.said}: {each.change}" for each in found]


BASE = 'events: {a: {match: {name: a}, params: {p: {enum: ["1", "2"]}, q: {type: integer}}, count: 1..3}}'


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (BASE, (Change.SAME, [])),
        (BASE.replace('["1", "2"]', '["2", "1"]'), (Change.SAME, [])),
        (BASE.replace('"2"]', '"2", "3"]'), (Change.WIDER, ["a.p has other values: wider"])),
        (BASE.replace(', "2"]', "]"), (Change.NARROWER, ["a.p has other values: narrower"])),
        (BASE.replace('"2"]', '"3"]'), (Change.BOTH, ["a.p has other values: wider and narrower"])),
        (BASE.replace("integer", "number"), (Change.WIDER, ["a.q has other values: wider"])),
        (BASE.replace("integer}", "integer, presence: sometimes}"), (Change.WIDER, ["a.q is there sometimes, before always: wider"])),
        (BASE.replace(", q: {type: integer}", ""), (Change.BOTH, ["a.q is gone: sending it is a finding now: wider and narrower"])),
        (BASE.replace("1..3", "0..*"), (Change.WIDER, ["a is expected 0..* times, before 1..3: wider"])),
        (BASE.replace("1..3", "2"), (Change.NARROWER, ["a is expected 2 times, before 1..3: narrower"])),
        (BASE + "\nunique: [{key: /params/p}]", (Change.NARROWER, ["unique /params/p is new: narrower"])),
        (BASE + "\nseverity: {param/enum: warning}", (Change.WIDER, ["param/enum is warning, before error: wider"])),
        (BASE.replace("name: a", "name: b"), (Change.UNKNOWN, ["a is matched by other lines: unknown"])),
        (BASE.replace("{a: {match: {name: a}", "{b: {match: {name: b}"), (Change.BOTH, ["a is gone: seeing it is a finding now: narrower", "b is new, and is expected: wider and narrower"])),
    ],
    ids=range(14),
)  # fmt: skip
def test_a_change_of_a_plan_is_wider_narrower_both_or_unknown(new, expected):
    assert change(BASE, new) == expected


PARAMS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["string", "integer", ["string", "null"]]),
        "minLength": st.integers(0, 3),
        "maxLength": st.integers(2, 5),
        "enum": st.lists(st.sampled_from(["a", "bb", "ccc", 1, None]), min_size=1, max_size=3, unique=True),
        "pattern": st.sampled_from(["^a", "^[a-c]+$"]),
    },
)


@given(PARAMS, PARAMS, st.sampled_from(["a", "bb", "ccc", "abcd", "z", "", 1, 2.5, None, True]))
def test_wider_is_only_said_where_no_value_that_passed_would_fail(old, new, value):
    def plan(schema):
        return plan_of("events: {a: {match: {name: a}, params: {p: %s}}}" % json.dumps(schema))  # noqa: UP031

    before, after = plan(old), plan(new)
    passed, passes = (each.engines["a"].is_valid({"p": value}) for each in (before, after))
    match overall(diff(before, after)):
        case Change.SAME:
            assert passed == passes
        case Change.WIDER:
            assert passes or not passed
        case Change.NARROWER:
            assert passed or not passes


def strength(plan: str, *params: dict):
    planned = plan_of(plan)
    breaking = Breaking(planned)
    for each in params:
        breaking.take(planned.events["a"], each)
    return breaking.result()


def test_a_plan_that_notices_every_break_scores_whole_and_a_loose_param_is_named():
    tight = strength("events: {a: {match: {name: a}, params: {p: {enum: [x, y]}}}}", {"p": "x"})
    assert (tight.score, tight.weak) == (1.0, [])
    loose = strength("events: {a: {match: {name: a}, params: {p: {type: string}}}}", {"p": "x"})
    assert [(each.param, each.survived, each.mark) for each in loose.weak] == [
        ("p", ("another text",), "plan.yaml:4:41")
    ]


def test_without_a_good_event_nothing_is_measured_and_the_event_is_said_to_be_untried():
    untried = strength("events: {a: {match: {name: a}, params: {p: {type: integer}}}}", {"p": "x"})
    assert (untried.score, untried.untried) == (None, ["a"])


def drafted(logs: list[list[tuple[str, str, dict]]]) -> str:
    draft = Draft()
    for log in logs:
        for name, kind, params in log:
            draft.take(name, kind, params)
        draft.end_log()
    return draft.written("app")


def test_a_draft_says_of_each_param_what_was_seen_and_how_often():
    ids = [f"F63B24A2-6B29-4AE1-8DD9-DDA8B8F75A{n:02}" for n in range(12)]
    home = [
        ("home", "view", {"tracking_id": each, "page": "start", "user": "jane@example.com", "n": k})
        for k, each in enumerate(ids)
    ]
    article = [
        ("article", "view", {"tracking_id": f"{each[:-2]}99", "assetid": "123", "headline": ""}) for each in ids[:2]
    ]
    assert drafted([home + article, home]) == snapshot("""\
# Drafted from logs. Read it line by line: it says what was seen, which is not always what is right.
plan: 1
name: app
version: "draft"
bundles:
  common:
    tracking_id: {type: string, format: uuid}  # 26 of 26, 13 values
events:
  article:  # 2 times, not in every one of 2 logs
    match: {name: article, type: view}
    use: [common]
    params:
      assetid: {type: string, pattern: "^[0-9]+$"}  # 2 of 2, 1 values
      headline: {presence: sometimes}  # 2 of 2, 2 of them empty, 0 values
    count: 0..*
  home:  # 24 times, in every one of 2 logs
    match: {name: home, type: view}
    use: [common]
    params:
      "n": {type: integer}  # 24 of 24, 12 values
      page: {const: start}  # 24 of 24, 1 values
      user: {type: string, sensitive: true}  # 24 of 24, 1 values
""")


NAMES = st.text(min_size=1, max_size=12) | st.sampled_from(
    ["home", "true", "null", "1", "a: b", "- x", "#", "{", "Ü\n"]
)
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.just(["a"])
)


@given(st.lists(st.lists(st.tuples(NAMES, st.sampled_from(["", "view", "link"]), st.dictionaries(NAMES, VALUES, max_size=4)), min_size=1, max_size=12), min_size=1, max_size=3))  # fmt: skip
def test_a_draft_can_be_read_and_takes_the_logs_it_was_drafted_from(logs):
    plan = load("plan.yaml", Workspace({"plan.yaml": drafted(logs)}))
    lines = [
        (
            f"{number}.jsonl",
            [
                b"\n".join(
                    json.dumps({"name": name, "type": kind, "timestamp": 1770370997, "params": params}).encode()
                    for name, kind, params in log
                )
            ],
        )
        for number, log in enumerate(logs)
    ]
    judgement = judge(lines, plan, Circumstances(today=TODAY))
    wrong = {group.rule for group in judgement.groups if group.level.rank > 2}
    assert wrong == set()


def test_a_description_shows_events_flows_and_real_examples_without_what_is_sensitive():
    plan = plan_of("""
        description: What the app sends.
        events:
          ready: {match: {name: ready, type: media}, description: The player is there., params: {m: {type: string, minLength: 2}}}
          play:
            match: {name: play}
            params: {m: {type: string}, user: {type: string, sensitive: true, presence: sometimes}}
            count: 0..*
        flows:
          - {id: media, scope: /params/m, steps: [ready, {event: play, within: 5s, repeat: 1..*}]}
          - {before: [ready, play]}
        unique: [{key: /params/id}]
    """)
    page = description(plan, {"play": {"m": "1|2", "user": "Jane"}}, Redaction())
    assert "Jane" not in page
    assert page == snapshot("""\
# test 1

What the app sends.

2 events. Plan `plan.yaml`, sha256 `58d989cd5bae`.

## Events

| Event | Is a line with | How often |  |
| --- | --- | --- | --- |
| `ready` | name ready, type media | &#49;..\\* | The player is there. |
| `play` | name play | &#48;..\\* |  |

### ready

The player is there.

| Param | There | Values |  |
| --- | --- | --- | --- |
| `m` | always | `string length ≥ 2` |  |

### play

| Param | There | Values |  |
| --- | --- | --- | --- |
| `m` | always | `string` |  |
| `user` | sometimes, sensitive | `string` |  |

An example as it was sent:

```
m: "1|2"
user: (text of 4 characters, hidden)
```

## Flows

### media

In order, per /params/m; others may come between:

1. `ready`
2. `play`, 1..* times, within 5 s of the step before

```mermaid
flowchart LR
  s0["ready"]
  s1["play"]
  s0 -->|5 s| s1
```

## What holds across events

- `play` never comes without `ready` before it.
- `/params/id` is another in every event.
""")


TABLE = "tealium_event\tAttribute Name\tData Type\tRequired\nsearch\tsearch_keyword\tString\tyes\nsearch\tsearch_results\tNumber\tno\nsearch\tproduct_ids\tArray of strings\t\n"


@pytest.mark.parametrize(
    "table", [TABLE, TABLE.replace("\t", ","), "\ufeff" + TABLE.replace("\t", ";").replace("\n", "\r\n")]
)
def test_tealium_s_table_becomes_a_plan_whichever_way_it_was_copied(table):
    made = written(rows(table), "shop")
    assert made == snapshot("""\
# Made of Tealium's event specifications. They say nothing of order, counts, patterns or personal data.
plan: 1
name: shop
version: "1"
source: {name: /params/tealium_event}
events:
  search:
    match: {name: search}
    params:
      search_keyword: {type: string}
      search_results: {type: number, presence: sometimes}
      product_ids: {type: array, items: {type: string}, presence: sometimes}
""")
    plan = load("plan.yaml", Workspace({"plan.yaml": made}))
    assert plan.engines["search"].is_valid({"search_keyword": "x", "product_ids": ["1"]})
    assert not plan.engines["search"].is_valid({"search_results": 1})


@pytest.mark.parametrize(
    ("table", "faults"),
    [
        ("", ["the first line must name the columns; of nothing none is `attribute`"]),
        ("a,b\n1,2", ["the first line must name the columns; of 'a', 'b' none is `attribute`"]),
        ("attribute,type\n", ["the table has no rows"]),
        (
            "attribute,type,required\nx,Text,yes\n,String,no\ny,String,maybe",
            snapshot(
                [
                    "line 2: 'Text' is no data type; known are any, string, number, boolean, date, array of strings, array of numbers, array of booleans",
                    "line 3 names no attribute",
                    "line 4: 'maybe' is neither yes nor no",
                ]
            ),
        ),
    ],
)
def test_a_table_that_cannot_be_understood_is_refused_line_by_line(table, faults):
    with pytest.raises(NotATable) as refused:
        rows(table)
    assert list(refused.value.faults) == faults
