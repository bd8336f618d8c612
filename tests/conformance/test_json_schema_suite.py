"""The engine, asked as a plan asks it, agrees with the official suite; so does the judge; and where the oracle agrees too."""

import json
from datetime import date
from itertools import groupby

import jsonschema_rs
import pytest
from inline_snapshot import snapshot
from jsonschema import Draft202012Validator
from tests import schema_suite
from tests.tracking import plan_of

from crossproof.documents import BadDocument
from crossproof.tracking.judging.record import Circumstances
from crossproof.tracking.judging.run import judge
from crossproof.tracking.plan.engine import STRICT
from crossproof.tracking.rules import Level

# Where a plan asks for more than the specification does, and the engine's documentation says how: the cases by name.
# None is a fault of the engine. A case that starts to pass is to be struck out here, and a test says so.
_ASSERTED = "`validate_formats=True`: a plan's `format` is checked, and these cases say that it is only a remark"
_KNOWN = "`ignore_unknown_formats=False`: a plan with a format that nothing checks is refused, and these accept it"
_REMARK = "format: {0} format: invalid {0} string is only an annotation by default"
EXCEPTIONS = {
    **{
        _REMARK.format(name): _ASSERTED
        for name in (
            *("date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname", "ipv4", "ipv6", "iri"),
            *("iri-reference", "json-pointer", "regex", "relative-json-pointer", "time", "uri", "uri-reference"),
            *("uri-template", "uuid"),
        )
    },
    **{
        f"optional/format/unknown: unknown format: unknown formats ignore {kind}": _KNOWN
        for kind in ("integers", "floats", "objects", "arrays", "booleans", "nulls", "strings")
    },
}


@pytest.fixture(scope="module", autouse=True)
def the_suite_is_here():
    if why := schema_suite.missing():
        pytest.skip(why)


def found_wrong(part: str) -> tuple[int, dict[str, str]]:
    """Ask the engine as the plan's compiler does; return how many cases there were, and which it answered otherwise."""
    registry, count, wrong = schema_suite.registry(), 0, {}
    for _, group in groupby(schema_suite.cases(part), key=lambda case: (case.file, case.group)):
        together = list(group)
        try:
            engine = jsonschema_rs.Draft202012Validator(together[0].schema, registry=registry, **STRICT)
            answers = [engine.is_valid(case.value) for case in together]
        except jsonschema_rs.ValidationError as refused:
            answers = [str(refused)] * len(together)
        count += len(together)
        wrong |= {str(case): answer for case, answer in zip(together, answers, strict=True) if answer is not case.valid}
    return count, wrong


@pytest.mark.parametrize(("part", "size"), [("required", 1257), ("optional", 158), ("format", 491)])
def test_every_case_is_answered_as_the_suite_says_but_for_those_where_a_plan_asks_for_more(part, size):
    count, wrong = found_wrong(part)
    assert count == size  # of the suite in the locked jsonschema: a suite that was not read proves nothing
    assert {name: answer for name, answer in wrong.items() if name not in EXCEPTIONS} == {}


def test_an_exception_that_the_engine_no_longer_needs_is_struck_out():
    wrong = {name for part in schema_suite.PARTS for name in found_wrong(part)[1]}
    assert set(EXCEPTIONS) - wrong == set()


def judged(value: object, plan) -> bool:
    """Let the judge judge one value, as the param of an event."""
    line = json.dumps({"name": "home", "timestamp": 1, "params": {"value": value}}, ensure_ascii=False).encode()
    judgement = judge([("a.jsonl", [line])], plan, Circumstances(today=date(2026, 6, 1)))
    assert judgement.judged == 1
    return not any(group.rule.startswith("param/") and group.level is Level.ERROR for group in judgement.groups)


def test_the_judge_says_of_a_params_value_what_the_suite_says_of_it():
    """With every schema of the suite that a plan may use as it stands: no `$ref`, `$id` or unknown keyword."""
    asked, wrong = 0, {}
    for part in schema_suite.PARTS:
        for _, group in groupby(schema_suite.cases(part), key=lambda case: (case.file, case.group)):
            together = list(group)
            if not (plan := as_plan(together[0].schema)):
                continue
            for case in together:
                asked += 1
                if judged(case.value, plan) is not case.valid:
                    wrong[str(case)] = case.valid
    assert {name for name in wrong if name not in EXCEPTIONS} == set()
    assert asked == snapshot(1594)


def as_plan(schema: object):
    """Make a plan of one event with one param, if the plan's grammar knows all that the schema says."""
    if isinstance(schema, dict):
        if "$ref" in json.dumps(schema):
            return None  # within a plan it refers to the plan, or to a file beside it
        schema = {word: value for word, value in schema.items() if word not in {"$schema", "$comment"}}
    text = json.dumps({"match": {"name": "home"}, "params": {"value": schema}}, ensure_ascii=False)
    try:
        return plan_of(f"policy: {{null_is: value, empty_string_is: value}}\nevents: {{home: {text}}}\n")
    except BadDocument:
        return None


def test_where_the_oracle_and_the_suite_agree_the_engine_agrees_and_of_what_is_required_that_is_everything():
    """jsonschema is the oracle of other tests. What it answers otherwise is optional: patterns and formats."""
    alone = []
    for part in schema_suite.PARTS:
        _, wrong = found_wrong(part)
        for case in schema_suite.cases(part):
            if str(case) in EXCEPTIONS or schema_suite.REMOTES in json.dumps(case.schema):
                continue  # it would fetch what the engine is given
            if oracle(case) is case.valid:
                assert str(case) not in wrong
            else:
                alone.append(case)
    assert [str(case) for case in alone if not case.file.startswith("optional/")] == []


def oracle(case: schema_suite.Case) -> object:
    checker = Draft202012Validator.FORMAT_CHECKER
    try:
        return Draft202012Validator(case.schema, format_checker=checker).is_valid(case.value)
    except Exception as error:  # noqa: BLE001 - Python's `re` knows less than ECMA-262, and a meta-schema may be unknown
        return type(error).__name__
