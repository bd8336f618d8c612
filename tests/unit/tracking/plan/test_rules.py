"""Every rule that is told of a plan has a valid and an invalid example, the ones that the rules page shows."""

from datetime import date

import pytest
from tests.tracking import plan_of

from crossproof.documents import BadDocument
from crossproof.tracking.plan.examples import run_examples
from crossproof.tracking.plan.lint import lint
from crossproof.tracking.plan.strength import Breaking
from crossproof.tracking.rules import RULES
from crossproof_docs.rules import fixtures

FIXTURES = fixtures()
OURS = [rule for rule in RULES if rule.startswith("plan/")]


def told(rule: str, text: str) -> list[str]:
    """Ask the tool that tells the rule what it says of a plan."""
    try:
        plan = plan_of(text)
    except BadDocument as refused:
        assert rule == "plan/invalid"
        return [remark.what for remark in refused.remarks]
    match rule:
        case "plan/lint":
            return [remark.what for remark in lint(plan, date(2026, 6, 1))]
        case "plan/example":
            return [remark.what for remark in run_examples(plan).failed]
        case "plan/weak":
            breaking = Breaking(plan)
            for sent in FIXTURES[rule]["log"]:
                breaking.take(plan.events[sent["name"]], sent["params"])
            return [how for weakness in breaking.result().weak for how in weakness.survived]
    return []


@pytest.mark.parametrize("rule", OURS)
def test_of_the_valid_example_of_a_rule_nothing_is_told(rule):
    assert told(rule, FIXTURES[rule]["valid"]) == []


@pytest.mark.parametrize("rule", OURS)
def test_of_the_invalid_example_of_a_rule_just_this_is_told(rule):
    assert told(rule, FIXTURES[rule]["invalid"]) == [FIXTURES[rule]["says"]]


def test_the_level_of_a_rule_that_no_log_can_break_cannot_be_set():
    with pytest.raises(BadDocument, match="tracking plan"):
        plan_of('severity: {plan/lint: "off"}\nevents: {home: {match: {name: home}}}\n')
