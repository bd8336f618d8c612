"""release.yml: nothing is tagged that was not proven, wherever a run began or was cut off; its steps are the rehearsed ones."""

import itertools
import re
from pathlib import Path

import pytest
import yaml
from tests.conditions import runs

from crossproof_docs import release

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
JOBS = yaml.safe_load(TEXT)["jobs"]
ORDER = ["prepare", "image", "commit", "prove", "publish"]


def played(ends: dict[str, str], *, found: str, cancelled: bool = False) -> dict[str, str]:
    """Play the workflow: each job that starts ends as said; give what became of each."""
    results: dict[str, dict] = {}
    for name in ORDER:
        job = JOBS[name]
        needs = {each: results[each] for each in _listed(job.get("needs", []))}
        condition = str(job.get("if", "true")).removeprefix("${{").removesuffix("}}").strip()
        if name == "prepare":
            condition = "true"  # its own is about the branch
        result = ends[name] if runs(condition, cancelled=cancelled, needs=needs) else "skipped"
        outputs = {"sha": found, "tag": "v1.0.0"} if name == "prepare" and result == "success" else {"sha": ""}
        if name == "commit" and result == "success":
            outputs = {"sha": "made"}
        results[name] = {"result": result, "outputs": outputs}
    return {name: each["result"] for name, each in results.items()}


def _listed(needs: str | list[str]) -> list[str]:
    return [needs] if isinstance(needs, str) else needs


def test_the_jobs_are_those_that_are_played_here():
    assert list(JOBS) == ORDER


@pytest.mark.parametrize("found", ["", "earlier"])
def test_nothing_is_published_unless_every_job_that_ran_before_it_succeeded(found):
    published = []
    for ends in itertools.product(["success", "failure", "cancelled"], repeat=4):
        results = played(dict(zip(ORDER, [*ends, "success"], strict=True)), found=found)
        if results["publish"] != "skipped":
            published.append(results)
    assert published
    for results in published:
        assert results["prove"] == results["prepare"] == "success"
        assert found or results["image"] == results["commit"] == "success"
        assert {"failure", "cancelled"}.isdisjoint(results.values())


def test_from_nothing_every_job_runs():
    assert set(played(dict.fromkeys(ORDER, "success"), found="").values()) == {"success"}


def test_where_an_earlier_run_made_the_commit_no_image_is_built_and_it_is_proven_again():
    results = played(dict.fromkeys(ORDER, "success"), found="earlier")
    assert results == {**dict.fromkeys(ORDER, "success"), "image": "skipped", "commit": "skipped"}


def test_a_cancelled_run_publishes_nothing():
    assert played(dict.fromkeys(ORDER, "success"), found="earlier", cancelled=True)["publish"] == "skipped"


def test_every_step_that_it_runs_is_there_and_is_rehearsed():
    named = set(re.findall(r"crossproof_docs\.release (\w+)", TEXT))
    assert named == {"commit", *release._STEPS}
    rehearsal = (ROOT / "tests/e2e/test_release.py").read_text(encoding="utf-8")
    assert {step for step in named if f'"{step}"' not in rehearsal} == set()


def test_the_only_jobs_that_hold_a_key_are_those_that_push():
    keys = {name for name, job in JOBS.items() if "secrets." in yaml.safe_dump(job)}
    assert keys == {"commit", "publish"}
    assert all(JOBS[name]["environment"] for name in keys)
