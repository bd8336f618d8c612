"""The part of GitHub's expressions that run-names are made of."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof_sandbox.expressions import BadExpression, evaluate, interpolate

CONTEXTS = {
    "github": {
        "actor": "ann",
        "run_attempt": 2,
        "event": {"client_payload": {"dispatch": {"id": "dw-1"}, "list": ["a", "b"], "empty": ""}},
    },
    "inputs": {"name": "Zoë", "dry-run": False, "loud": True},
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("github.actor", "ann"),
        ("GitHub.ACTOR", "ann"),
        ("github.event.client_payload.dispatch.id", "dw-1"),
        ("github.event.client_payload['dispatch'].id", "dw-1"),
        ("github.event.client_payload.list[1]", "b"),
        ("github.event.client_payload.list[7]", None),
        ("github.event.nothing.at.all", None),
        ("inputs.dry-run", False),
        ("github.event.client_payload.empty || inputs.name", "Zoë"),
        ("inputs.none || 'it''s'", "it's"),
        ("inputs.loud && 'yes' || 'no'", "yes"),
        ("!inputs.loud && 'yes' || 'no'", "no"),
        ("'A' == 'a'", True),
        ("github.run_attempt != 2", False),
        ("(1 == 1) == true", True),
        ("format('{0}-{1} {{x}}', github.actor, 2.5)", "ann-2.5 {x}"),
        ("join(github.event.client_payload.list, '+')", "a+b"),
        ("contains('Hello', 'ELL')", True),
        ("startsWith('refs/heads/x', 'refs/heads/')", True),
        ("toJSON(inputs.loud)", "true"),
        ("null", None),
        ("-1.5", -1.5),
    ],
)
def test_an_expression_has_its_value(expression, value):
    assert evaluate(expression, CONTEXTS) == value


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "secrets.TOKEN",
        "env.X",
        "hashFiles('a')",
        "'open",
        "a b",
        "github.",
        "(1",
        "format('{1}', 1)",
        "1 +1",
        "github[",
        "github.1",
        "github.'x'",
        "startsWith()",
        "format(1)",
        "fromJSON(1)",
        "'a' 'b'",
    ],
)
def test_what_github_would_not_take_is_an_error(expression):
    with pytest.raises(BadExpression):
        evaluate(expression, CONTEXTS)


def test_values_are_written_into_text_as_github_does():
    text = "a ${{ inputs.loud }} ${{ github.event }} ${{ inputs.nothing }}|${{ github.event.client_payload.list }}|${{ 3 }}"
    assert interpolate(text, CONTEXTS) == "a true Object |Array|3"


def test_text_without_expressions_stays_as_it_is():
    assert interpolate("$ {{ }} $x {0}", CONTEXTS) == "$ {{ }} $x {0}"


@given(st.text())
def test_any_text_given_as_an_input_arrives_unchanged(text):
    assert interpolate("[${{ inputs.x }}]", {"inputs": {"x": text}}) == f"[{text}]"


@given(st.text())
def test_a_literal_means_itself(text):
    assert evaluate("'" + text.replace("'", "''") + "'", {}) == text


@given(st.text(alphabet="github.inputs()[]'|&=!,{} 01-"))
def test_nonsense_is_an_error_and_never_a_crash(text):
    with suppress(BadExpression):
        evaluate(text, CONTEXTS)
