"""Every rule has a valid and an invalid example, the ones that the rules page shows; both must do what they say."""

import json
from collections.abc import Iterator
from datetime import date
from itertools import count

import pytest
from tests.tracking import plan_of

from crossproof.tracking.judgement import Judgement
from crossproof.tracking.judging.concluding import conclude
from crossproof.tracking.judging.record import Circumstances
from crossproof.tracking.judging.run import Run
from crossproof.tracking.judging.timing import Window
from crossproof.tracking.rules import RULES
from crossproof_docs.rules import fixtures

FIXTURES = fixtures()
OF_LOGS = [rule for rule in RULES if not rule.startswith(("baseline/", "plan/"))]


def lines(written: list[object]) -> Iterator[str]:
    seconds = count(1770370997)
    for line in written:
        if isinstance(line, str):
            yield line
        else:
            yield json.dumps({"type": "view", "timestamp": next(seconds), "params": {}, **line})


def judged(fixture: dict, written: list[object], *, bad: bool) -> Judgement:
    plan = plan_of(fixture["plan"])
    asked = fixture.get("asked", {})
    window = Window(*asked["window"]) if "window" in asked else None
    known = Circumstances(today=date(2026, 6, 1), coverage_min=asked.get("coverage_min"), window=window)
    run = Run(plan, known)
    if bad and "missing" in fixture:
        missing = fixture["missing"]
        otherwise = "log/unreadable" if missing.get("there") else "log/missing-file"
        run.missing(missing["asked"], missing.get("rule", otherwise), missing["why"])
    if bad and "cut" in fixture:
        run.missing("app.jsonl", "log/cap-reached", fixture["cut"])
    if bad and fixture.get("repeated"):
        run.same_content("copy.jsonl", "app.jsonl")
    log = "\n".join(lines(written)).encode(fixture.get("encoding", "utf-8") if bad else "utf-8")
    blocks = [b"x" * (1 << 20)] * 17 + [b"\n"] if bad and fixture.get("too_long") else []
    run.read("app.jsonl", [*blocks, log])
    return conclude(run.record, plan, known)


@pytest.mark.parametrize("rule", OF_LOGS)
def test_the_valid_example_of_a_rule_breaks_no_rule_at_all(rule):
    judgement = judged(FIXTURES[rule], FIXTURES[rule]["valid"], bad=False)
    assert [group.sentence for group in judgement.groups if group.level.rank > 1] == []
    assert judgement.judged > 0


@pytest.mark.parametrize("rule", OF_LOGS)
def test_the_invalid_example_of_a_rule_breaks_this_rule_and_says_so(rule):
    fixture = FIXTURES[rule]
    judgement = judged(fixture, fixture.get("invalid", fixture["valid"]), bad=True)
    groups = [group for group in judgement.groups if group.rule == rule]
    assert [group.sentence for group in groups] == [fixture["says"]]
    assert groups[0].level == RULES[rule].level
    # It is an example of this rule, not of others.
    others = {group.rule for group in judgement.groups} - {rule}
    assert others <= {"event/missing", "log/empty", "event/count", "time/out-of-order", "event/unknown"} or not others


def test_every_rule_has_its_examples_and_no_example_is_without_a_rule():
    assert {*FIXTURES} == {*RULES}
