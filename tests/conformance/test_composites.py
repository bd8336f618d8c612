"""A composite action hands on what its steps really take, and reads what they really say."""

import re
from pathlib import Path

import pytest
import yaml

from crossproof_docs.siblings import COMPOSITES

ROOT = Path(__file__).parents[2]


def read(name: str) -> dict:
    return yaml.safe_load((ROOT / "actions" / name / "action.yml").read_text(encoding="utf-8"))


def told(step: dict) -> set[str]:
    """Name what a step can be asked for: an action's outputs, or what a script writes."""
    if "run" in step:
        return set(re.findall(r"[a-z_]+", step["run"]))
    return set(read(action_of(step))["outputs"])


def action_of(step: dict) -> str:
    return re.fullmatch(r"[\w.-]+/[\w.-]+/actions/([\w-]+)@v\d+", step["uses"])[1]


@pytest.mark.parametrize("name", COMPOSITES)
def test_every_step_gets_inputs_that_it_has_and_all_that_it_requires(name):
    for step in read(name)["runs"]["steps"]:
        if "uses" in step:
            known = read(action_of(step))["inputs"]
            assert set(step["with"]) <= set(known), step["id"]
            assert {one for one, spec in known.items() if spec.get("required")} <= set(step["with"]), step["id"]


@pytest.mark.parametrize("name", COMPOSITES)
def test_what_is_read_of_a_step_is_what_it_says_and_comes_before(name):
    composite = read(name)
    before: dict[str, set[str]] = {}
    for step in composite["runs"]["steps"]:
        for of, output in re.findall(r"steps\.(\w+)\.outputs\.(\w+)", yaml.safe_dump(step, width=10_000)):
            assert output in before[of], f"{step['id']} reads {of}.{output}"
        before[step["id"]] = told(step)
    for of, output in re.findall(r"steps\.(\w+)\.outputs\.(\w+)", yaml.safe_dump(composite["outputs"], width=10_000)):
        assert output in before[of], f"an output reads {of}.{output}"


@pytest.mark.parametrize("name", COMPOSITES)
def test_every_input_is_used_and_every_script_gets_texts_by_its_environment_only(name):
    composite = read(name)
    text = yaml.safe_dump(composite["runs"], width=10_000)
    assert {one for one in composite["inputs"] if not re.search(rf"inputs\.{one}\b", text)} == set()
    for step in composite["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), "what others wrote would be run as a script"


@pytest.mark.parametrize("name", COMPOSITES)
def test_the_last_step_always_runs_and_has_the_verdict(name):
    composite = read(name)
    last = composite["runs"]["steps"][-1]
    assert last["if"] == "always()"
    for output in ("verdict", "reason"):
        assert composite["outputs"][output]["value"] == f"${{{{ steps.{last['id']}.outputs.{output} }}}}"
