"""How a workflow file is read."""

import pytest

from crossproof_sandbox.refusal import Refused
from crossproof_sandbox.workflow import read


def test_on_is_a_word_and_no_truth():
    assert set(read("a.yml", "on: push\njobs: {a: {}}").triggers) == {"push"}
    assert set(read("a.yml", "on: [push, workflow_dispatch]\njobs: {a: {}}").triggers) == {"push", "workflow_dispatch"}


def test_the_name_falls_back_to_the_path_and_jobs_to_their_keys():
    workflow = read("a.yml", "on: push\njobs: {a: {}, b: {name: Bee}}")
    assert (workflow.name, workflow.jobs) == ("a.yml", ("a", "Bee"))


@pytest.mark.parametrize(
    ("types", "event", "listens"),
    [
        ("", "x", True),
        ("types: [x, y]", "y", True),
        ("types: x", "x", True),
        ("types: [x]", "X", False),
        ("types: []", "x", False),
    ],
)
def test_a_repository_dispatch_is_heard_by_its_types(types, event, listens):
    workflow = read("a.yml", f"on: {{repository_dispatch: {{{types}}}}}\njobs: {{a: {{}}}}")
    assert workflow.listens_to(event) is listens


def test_a_workflow_without_the_trigger_hears_nothing():
    assert not read("a.yml", "on: push\njobs: {a: {}}").listens_to("x")


def test_a_run_name_may_use_only_what_github_allows():
    with pytest.raises(ValueError, match="secrets"):
        read("a.yml", "run-name: ${{ secrets.X }}\non: push\njobs: {a: {}}")


@pytest.mark.parametrize("text", ["", "a: 1", "on: push", "jobs: {}", "- on"])
def test_a_file_that_is_no_workflow_is_refused(text):
    with pytest.raises(ValueError, match="no workflow"):
        read("a.yml", text)


INPUTS = """
on:
  workflow_dispatch:
    inputs:
      who: {required: true}
      loud: {type: boolean}
      where: {type: choice, options: [dev, 1]}
      count: {type: number, default: 3}
jobs: {a: {}}
"""


def test_inputs_get_their_defaults_and_types():
    values = read("a.yml", INPUTS).accept({"who": "ann", "where": "1", "loud": "true"})
    assert values == {"who": "ann", "loud": True, "where": "1", "count": "3"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Required input 'who' not provided"),
        ({"who": "a", "where": "moon"}, "Provided value 'moon' for input 'where' not in the list of allowed values"),
        ({"who": "a", "where": "dev", "loud": "yes"}, "Provided value 'yes' for input 'loud' is not a boolean"),
        ({"who": "a", "x": "1", "y": "2"}, 'Unexpected inputs provided: ["x", "y"]'),
    ],
)
def test_inputs_that_do_not_fit_are_refused(given, message):
    with pytest.raises(Refused) as refused:
        read("a.yml", INPUTS).accept(given)
    assert (refused.value.status, refused.value.message) == (422, message)


@pytest.mark.parametrize(
    ("run_name", "title"), [("Run ${{ inputs.x }}", "Run 1"), ("' '", "fallback"), ("${{ inputs.y }}", "fallback")]
)
def test_a_title_of_white_space_counts_as_none(run_name, title):
    workflow = read("a.yml", f"run-name: {run_name}\non: push\njobs: {{a: {{}}}}")
    assert workflow.title({}, {"x": "1"}, "fallback") == title
