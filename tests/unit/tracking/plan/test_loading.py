"""A plan says what it says in one way only; what it gets wrong is told with its line, all of it at once."""

from datetime import date

import jsonschema
import pytest
from inline_snapshot import snapshot
from tests.tracking import Workspace, plan_of

from crossproof.documents import BadDocument
from crossproof.tracking.plan.grammar import PART, PLAN
from crossproof.tracking.plan.keywords import SCHEMA_FILE
from crossproof.tracking.plan.loading import load
from crossproof.tracking.plan.model import Count, Flow, Gap, Step
from crossproof.tracking.pointers import Pointer
from crossproof.tracking.rules import RULES, Level

HEAD = 'plan: 1\nname: app\nversion: "1"\n'


def refusal(text: str, **files: str) -> list[str]:
    with pytest.raises(BadDocument) as refused:
        plan_of(text, **files)
    return [str(remark) for remark in refused.value.remarks]


def test_bundles_types_and_own_params_are_laid_over_each_other_and_the_most_exact_word_wins():
    plan = plan_of("""
        types:
          text: {type: string}
          uuid: {$type: text, format: uuid}
        bundles:
          common: {tracking_id: {$type: uuid}, page: {$type: text}}
        events:
          home:
            match: {name: home}
            use: [common]
            params: {page: {const: home}}
    """)
    params = plan.events["home"].params
    assert params["tracking_id"].schema == {"type": "string", "format": "uuid"}
    assert params["page"].schema == {"const": "home"}
    assert str(params["tracking_id"].mark) == "plan.yaml:9:12"
    assert str(params["page"].mark) == "plan.yaml:14:14"


def test_an_event_is_expected_once_at_least_unless_the_plan_says_otherwise():
    plan = plan_of("""
        events:
          a: {match: {name: a}}
          b: {match: {name: b}, count: 0..*}
          c: {match: {name: c}, count: 2}
          d: {match: {name: d}, count: {min: 1, max: 3}}
    """)
    assert [str(event.count) for event in plan.events.values()] == ["1..*", "0..*", "2", "1..3"]


def test_flows_gaps_and_ignores_are_read_with_their_units():
    plan = plan_of("""
        source: {session: /params/visit}
        events: {a: {match: {name: a}}, b: {match: {name: b}}}
        flows:
          - {id: f, scope: session, steps: [a, {event: b, within: 250ms, repeat: 0..*}]}
          - {before: [a, b]}
        timing: {gaps: [{event: a, p95: 1.5s, min_samples: 5}, {from: a, to: b, max: 2m}]}
        ignore: [{rule: param/missing, event: a, until: 2026-07-01, reason: IOS-123}]
    """)
    steps = (Step(events=("a",)), Step(events=("b",), within=0.25, times=Count(0, None)))
    assert plan.flows == (Flow(id="f", scope=Pointer("/params/visit"), steps=steps, mark=plan.flows[0].mark),)
    assert (plan.before[0].first, plan.before[0].then, plan.before[0].id) == ("a", "b", "a-before-b")
    first, second = plan.timing.gaps
    assert first == Gap(start="a", end="a", p95=1.5, min_samples=5, mark=first.mark)
    assert second == Gap(start="a", end="b", max=120, mark=second.mark)
    assert plan.ignores[0].until == date(2026, 7, 1)


def test_levels_an_event_wins_over_the_plan_a_rule_over_its_family_and_all_over_the_default():
    plan = plan_of("""
        policy: {unknown_event: warning, unknown_param: notice}
        severity: {time/*: notice, time/gap: error}
        timing: {monotonic: warning}
        events:
          a: {match: {name: a}, unknown_param: error}
          b: {match: {name: b}, severity: {param/missing: warning}}
    """)
    assert plan.level("event/unknown") is Level.WARNING
    assert (plan.level("param/unknown", "a"), plan.level("param/unknown", "b")) == (Level.ERROR, Level.NOTICE)
    assert (plan.level("param/missing", "a"), plan.level("param/missing", "b")) == (Level.ERROR, Level.WARNING)
    assert (plan.level("time/window"), plan.level("time/gap")) == (Level.NOTICE, Level.ERROR)
    assert plan.level("time/out-of-order") is Level.NOTICE


def test_rules_that_guard_the_proof_cannot_be_switched_off():
    assert refusal(
        HEAD + "severity: {log/empty: off, log/truncated: notice}\nevents: {a: {match: {name: a}}}"
    ) == snapshot(
        [
            "plan.yaml:4:12: severity: the key 'log/empty' is not known here. Did you mean `log/repeated`?",
            "plan.yaml:4:28: severity: the key 'log/truncated' is not known here. Did you mean `log/repeated`?",
        ]
    )


def test_every_fault_that_the_grammar_cannot_see_is_told_with_its_line_in_one_go():
    assert refusal(
        HEAD
        + """types: {loop: {$type: loop}, uuid: {format: uuid}}
events:
  home:
    match: {}
    use: [comon]
    expires: 2026-02-30
    count: 3..1
    params:
      a: {$type: uid}
      b: {$type: loop}
      c: {pattern: "^(?!stage)"}
      d: {presence: when}
      e: {$ref: "#/$defs/nope"}
      f: {$ref: "https://example.org/x.json"}
      g: {$ref: "../../etc/passwd"}
      h: {$ref: gone.json}
    examples: {invalid: [{expect: param/type}], valid: [nothing.json]}
flows:
  - {id: f, steps: [hme, {event: home, repeat: 1..3}, {event: home, repeat: 0..500}], never: [x]}
  - {before: [home, hom]}
unique: [{key: /params/id, events: [nope]}]
timing: {gaps: [{event: home}, {from: home, to: hume, max: 1s}]}
scenarios: {s: {require: [homee]}}
ignore: [{rule: time/gap, event: x, until: 2026-13-01, reason: later}]
"""
    ) == snapshot(
        [
            "plan.yaml:7:5: `match` needs a name or a type.",
            "plan.yaml:8:11: the plan has no bundle 'comon'.",
            "plan.yaml:9:5: expires: day is out of range for month.",
            "plan.yaml:10:5: count: the range 3..1 ends before it begins.",
            "plan.yaml:12:7: the plan has no type 'uid'. Did you mean `uuid`?",
            "plan.yaml:13:7: the type 'loop' is made of itself: loop → loop.",
            "plan.yaml:14:11: the pattern '^(?!stage)' cannot be used. It must be a regular expression without look-around and back-references: say what must not match with `not: {pattern: …}`.",
            "plan.yaml:15:7: the param 'd' needs both `presence: when` and `when`, or neither.",
            "plan.yaml:16:7: the schema cannot be used: \"Pointer '/$defs/nope' does not exist\".",
            "plan.yaml:17:11: 'https://example.org/x.json' is not in the workspace; nothing is fetched for a plan.",
            "plan.yaml:18:11: '../../etc/passwd' leads out of the workspace. Name a file inside it, relative to this one.",
            "plan.yaml:19:11: 'gone.json' cannot be read: there is no such file in the workspace.",
            "plan.yaml:20:26: an invalid example needs one of `drop`, `set` and `event`.",
            "plan.yaml:20:57: 'nothing.json' cannot be read: there is no such file in the workspace.",
            "plan.yaml:22:21: the plan has no event 'hme'. Did you mean `home`?",
            "plan.yaml:22:26: an upper bound means nothing where other events may come between. Write `..*`, limit the event with `count`, or use `mode: contiguous`.",
            "plan.yaml:22:55: a step repeats 100 times at most. Use * or `count`.",
            "plan.yaml:22:95: the plan has no event 'x'.",
            "plan.yaml:23:21: the plan has no event 'hom'. Did you mean `home`?",
            "plan.yaml:24:37: the plan has no event 'nope'.",
            "plan.yaml:25:17: a gap needs `max`, `p95` or both.",
            "plan.yaml:25:45: the plan has no event 'hume'. Did you mean `home`?",
            "plan.yaml:26:27: the plan has no event 'homee'. Did you mean `home`?",
            "plan.yaml:27:27: the plan has no event 'x'.",
            "plan.yaml:27:37: until: month must be in 1..12.",
        ]
    )


def test_a_pattern_that_could_run_away_is_refused_where_it_stands_with_what_to_write_instead():
    assert refusal(
        "events:\n  a:\n    match: {name: a}\n    params:\n      p:\n        pattern: ^(?!stage)x$\n"
    ) == snapshot(
        [
            "plan.yaml:9:9: the pattern '^(?!stage)x$' cannot be used. It must be a regular expression without look-around and back-references: say what must not match with `not: {pattern: …}`."
        ]
    )


def test_schema_files_refer_to_each_other_inside_the_workspace_and_nowhere_else():
    plan = plan_of(
        """
        events:
          a: {match: {name: a}, schema: schemas/event.json, params: {n: {$ref: schemas/parts.json#/$defs/n}}}
        """,
        **{
            "schemas/event.json": '{"$id": "https://example.org/event", "properties": {"params": {"$ref": "parts.json"}}}',
            "schemas/parts.json": '{"required": ["n"], "$defs": {"n": {"type": "integer"}}}',
        },
    )
    assert [file.path for file in plan.files] == ["plan.yaml", "schemas/parts.json", "schemas/event.json"]
    assert plan.engines["a"].is_valid({"n": 1})
    assert not plan.engines["a"].is_valid({"n": "1"})
    assert not plan.engines["schemas/event.json"].is_valid({"params": {}})


def test_a_misspelled_keyword_in_a_schema_file_is_a_fault_of_that_file():
    assert refusal(
        "events: {a: {match: {name: a}, schema: s.json}}", **{"s.json": '{\n "requried": ["x"],\n "$ref": "t.json"}'}
    ) == snapshot(
        [
            "s.json:2:2: the key 'requried' is not known here. Did you mean `required`?",
            "s.json:3:2: 't.json' cannot be read: there is no such file in the workspace.",
        ]
    )


def test_a_plan_may_extend_others_and_its_own_entries_win():
    files = {
        "app/ios.yaml": HEAD
        + """extends: [../common/base.yaml]
events:
  home: {match: {name: home}, use: [common], params: {os: {const: ios}}}
unique: [{key: /params/a}]
""",
        "common/base.yaml": """plan: 1
bundles: {common: {id: {type: string}}}
events: {home: {match: {name: old}}, exit: {match: {name: exit}}}
unique: [{key: /params/b}]
policy: {min_events: 3}
""",
    }
    plan = load("app/ios.yaml", Workspace(files))
    assert {name: event.name for name, event in plan.events.items()} == {"home": "home", "exit": "exit"}
    assert sorted(plan.events["home"].params) == ["id", "os"]
    assert [str(unique.key) for unique in plan.unique] == ["/params/b", "/params/a"]
    assert [str(unique.mark) for unique in plan.unique] == ["common/base.yaml:4:10", "app/ios.yaml:7:10"]
    assert plan.policy.min_events == 3
    assert [file.path for file in plan.files] == ["app/ios.yaml", "common/base.yaml"]


def test_what_a_plan_extends_must_be_there_and_must_not_come_back_to_it():
    files = {"a.yaml": HEAD + "extends: [b.yaml, c.yaml]", "b.yaml": "plan: 1\nextends: [a.yaml]"}
    with pytest.raises(BadDocument) as refused:
        load("a.yaml", Workspace(files))
    assert [str(remark) for remark in refused.value.remarks] == snapshot(
        [
            "a.yaml:1:1: the key `events` is missing, here and in what the plan extends.",
            "a.yaml:4:19: 'c.yaml' cannot be read: there is no such file in the workspace.",
            "b.yaml:2:11: 'a.yaml' extends itself, by way of a.yaml → b.yaml → a.yaml.",
        ]
    )


def test_the_digest_of_a_lone_plan_is_that_of_its_file_and_any_file_of_several_changes_it():
    lone = plan_of("events: {a: {match: {name: a}}}")
    assert lone.sha256 == lone.files[0].sha256
    with_file = "events: {a: {match: {name: a}, schema: s.json}}"
    assert plan_of(with_file, **{"s.json": "{}"}).sha256 != plan_of(with_file, **{"s.json": "{ }"}).sha256


def test_a_missing_plan_is_told_as_such():
    with pytest.raises(BadDocument) as refused:
        load("plans/ios.yaml", Workspace({}))
    assert [str(remark) for remark in refused.value.remarks] == snapshot(
        ["plans/ios.yaml:1:1: 'plans/ios.yaml' cannot be read: there is no such file in the workspace."]
    )


def test_the_grammar_is_a_schema_of_the_dialect_that_editors_understand():
    for grammar in (PLAN, PART):
        jsonschema.Draft7Validator.check_schema(grammar)
    jsonschema.Draft202012Validator.check_schema(SCHEMA_FILE)


def test_every_rule_has_a_family_a_meaning_and_a_remedy():
    for name, rule in RULES.items():
        family, _, word = name.partition("/")
        assert family in {"log", "event", "param", "order", "id", "same", "time", "baseline", "plan"}
        assert word == word.lower()
        assert rule.meaning.endswith(".")
        assert rule.fix.endswith(".")
