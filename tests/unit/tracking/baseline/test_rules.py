"""Every rule of the baseline has a valid and an invalid example, the ones that the rules page shows."""

import json

import pytest

from crossproof.tracking.baseline.comparing import compare, unlike
from crossproof.tracking.baseline.learning import learn
from crossproof.tracking.baseline.profile import About, total
from crossproof.tracking.baseline.reading import LogReader
from crossproof.tracking.log.reading import open_log
from crossproof.tracking.rules import RULES
from crossproof_docs.rules import fixtures

FIXTURES = fixtures()
OURS = [rule for rule in RULES if rule.startswith("baseline/")]


def run(written):
    seconds = 1_770_370_000
    lines = []
    for event in written:
        seconds += 1 + event.get("later", 0)
        lines.append(json.dumps({"params": {}, "timestamp": seconds, **event}))
    return LogReader().events(open_log(["\n".join(lines).encode()]), 0)


def found(fixture, written):
    profile = total(learn(run(fixture["learned"]), About(), str(number)) for number in range(5))
    groups = compare(profile, run(written), lambda _, value: repr(value)).findings.groups
    return [(what.rule, f"{'.'.join(filter(None, (what.event, what.param)))} {what.reason}") for what in groups]


def told(fixture, written, platform):
    if difference := unlike(About(platform=fixture.get("platform", "")), About(platform=platform)):
        return [("baseline/incompatible", difference)]
    return found(fixture, written)


@pytest.mark.parametrize("rule", OURS)
def test_the_valid_example_of_a_rule_differs_in_nothing(rule):
    fixture = FIXTURES[rule]
    assert told(fixture, fixture["valid"], fixture.get("platform", "")) == []


@pytest.mark.parametrize("rule", OURS)
def test_the_invalid_example_of_a_rule_breaks_this_rule_and_no_other(rule):
    fixture = FIXTURES[rule]
    assert told(fixture, fixture["invalid"], fixture.get("on", "")) == [(rule, fixture["says"])]


def test_every_rule_has_its_examples():
    assert {*OURS} <= {*FIXTURES}
