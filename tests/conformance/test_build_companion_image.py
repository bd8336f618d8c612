"""The reusable workflow and the jobs that call it: what waits for what, and that both sides speak the same names."""

import itertools
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from tests.as_the_runner.protocol import pairs_in
from tests.conditions import runs

from crossproof.images import manifests
from crossproof_sandbox.expressions import evaluate

ROOT = Path(__file__).parents[2]
NAME = "build-companion-image.yml"
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows" / NAME).read_text(encoding="utf-8"))
CALLERS = [path for path in sorted(ROOT.glob("actions/*/examples/*.yml")) if NAME in path.read_text(encoding="utf-8")]
RESULTS = ("success", "failure", "cancelled", "skipped")


def jobs_of(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]


def steps(job: str) -> dict[str, dict]:
    return {each.get("name", each.get("uses", "")): each for each in WORKFLOW["jobs"][job]["steps"]}


def test_there_is_an_example_that_calls_it():
    assert CALLERS


@pytest.mark.parametrize("path", CALLERS, ids=lambda path: path.name)
def test_the_tests_run_exactly_where_there_is_an_image(path):
    """Neither before the build has ended, nor without it, nor not at all because it was not needed."""
    jobs = jobs_of(path)
    build = next(name for name, job in jobs.items() if NAME in job.get("uses", ""))
    resolve = jobs[build]["needs"]
    tests = [name for name, job in jobs.items() if build in job.get("needs", ())]
    assert tests
    for name in tests:
        others = [each for each in jobs[name]["needs"] if each not in (build, resolve)]
        cases = itertools.product(
            RESULTS, RESULTS, ("true", "false", ""), ("success", "skipped", "failure"), (False, True)
        )
        for resolved, built, needed, before, cancelled in cases:
            needs = {
                resolve: {"result": resolved, "outputs": {"needs_build": needed, "strategy": "existing-image"}},
                build: {"result": built, "outputs": {}},
                **{each: {"result": before, "outputs": {}} for each in others},
            }
            there = (needed, built) in {("true", "success"), ("false", "skipped")}
            wanted = resolved == "success" and there and not cancelled and (before == "success" or not others)
            assert runs(jobs[name]["if"], cancelled=cancelled, needs=needs) is wanted, needs


@pytest.mark.parametrize("path", CALLERS, ids=lambda path: path.name)
def test_the_build_runs_exactly_where_it_is_needed_and_the_tests_take_what_it_made(path):
    jobs = jobs_of(path)
    build = next(name for name, job in jobs.items() if NAME in job.get("uses", ""))
    resolve = jobs[build]["needs"]
    for result, needed in itertools.product(RESULTS, ("true", "false", "")):
        needs = {resolve: {"result": result, "outputs": {"needs_build": needed}}}
        assert runs(jobs[build]["if"], cancelled=False, needs=needs) is (result == "success" and needed == "true")
    image = next(job["env"]["DASHBOARD_IMAGE"] for job in jobs.values() if build in job.get("needs", ()))
    expression = image.removeprefix("${{").removesuffix("}}")
    for built, expected in (("built@sha256:1", "built@sha256:1"), ("", "resolved@sha256:2")):
        needs = {
            build: {"outputs": {"dashboard_image": built}},
            resolve: {"outputs": {"dashboard_image": "resolved@sha256:2"}},
        }
        assert evaluate(expression, {"needs": needs}) == expected


def test_a_caller_gives_what_is_required_and_nothing_unknown():
    taken = WORKFLOW[True]["workflow_call"]  # YAML 1.1 reads `on` as true
    for path in CALLERS:
        for job in jobs_of(path).values():
            if NAME in job.get("uses", ""):
                required = {name for name, each in taken["inputs"].items() if each.get("required")}
                assert required <= set(job["with"]) <= set(taken["inputs"])
                assert set(job.get("secrets", {})) <= set(taken["secrets"])


@pytest.mark.parametrize("job", ["here", "there"])
def test_every_look_of_a_build_asks_the_same_question(job):
    """Another input in one of them would look for another image."""
    looks = [each["with"] for each in steps(job).values() if "resolve-dashboard-image@" in each.get("uses", "")]
    assert len(looks) >= 2
    same = [{name: value for name, value in each.items() if name not in ("relevant_paths", "build")} for each in looks]
    assert all(each == same[0] for each in same)
    assert looks[-1]["build"] == "never", "the last look proves that the image is there"
    assert looks[-1]["relevant_paths"] == looks[-2]["relevant_paths"], "it looks for the image that was pushed"


def test_one_build_at_a_time_has_a_key_and_none_is_cancelled_for_another():
    for job in WORKFLOW["jobs"].values():
        assert job["concurrency"] == {
            "group": "companion-image-${{ inputs.build_key }}",
            "cancel-in-progress": False,
        }


def test_the_cache_of_one_companion_is_not_another_s():
    push = steps("here")["Build, and push under its digest alone"]["with"]
    assert "scope=companion-${{ inputs.companion_repository }}" in push["cache-from"]
    assert "scope=companion-${{ inputs.companion_repository }}" in push["cache-to"]
    assert "push-by-digest=true" in push["outputs"]


def written(tmp_path, **env: str) -> dict[str, str]:
    """Run the step that writes labels, as it stands, and read its outputs as the runner does."""
    script = steps("here")["Write down what the image is made from"]["run"]
    output = tmp_path / "output"
    given = {
        "SOURCE": "https://github.com/acme/dashboard", "DASHBOARD_SHA": "d" * 40, "SUBJECT": "acme/gateway",
        "SUBJECT_SHA": "a" * 40, "BUILD_KEY": "0" * 20, "RECIPE": "1", "USED": "apidef internal/otel",
        "PULL_REQUEST": "", "IMAGE": "localhost:5000/acme/dashboard:xr-1", **env,
    }  # fmt: skip
    subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={"PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(output), **given},
        check=True,
    )
    return dict(pairs_in(output.read_bytes()))


def test_the_image_says_what_it_is_made_from_in_the_words_that_are_read_again(tmp_path):
    outputs = written(tmp_path, PULL_REQUEST="7")
    labels = dict(line.split("=", 1) for line in outputs["labels"].splitlines())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", labels.pop(manifests.CREATED))
    assert labels == {
        manifests.SOURCE: "https://github.com/acme/dashboard",
        manifests.REVISION: "d" * 40,
        manifests.SUBJECT: "acme/gateway",
        manifests.SUBJECT_REVISION: "a" * 40,
        manifests.BUILD_KEY: "0" * 20,
        manifests.RECIPE: "1",
        manifests.USED_PATHS: "apidef internal/otel",
        manifests.PULL_REQUEST: "7",
    }
    assert outputs["name"] == "localhost:5000/acme/dashboard"
    assert outputs["annotations"] == "\n".join(f"index,manifest:{line}" for line in outputs["labels"].splitlines())


def test_outside_a_pull_request_no_number_is_written(tmp_path):
    assert manifests.PULL_REQUEST not in written(tmp_path)["labels"]


def test_both_tags_are_tried_and_a_tag_that_is_taken_is_said_and_ends_nothing(tmp_path):
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/asked\nexit 1\n')
    docker.chmod(0o755)
    env = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "IMAGE": "r/i@sha256:1",
        "BUILD_IMAGE": "r/i:xr",
        "LAST_IMAGE": "r/i:xl",
    }
    script = steps("here")["Put its two tags on it"]["run"]
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (tmp_path / "asked").read_text().splitlines() == [
        "buildx imagetools create --prefer-index=false --tag r/i:xr r/i@sha256:1",
        "buildx imagetools create --prefer-index=false --tag r/i:xl r/i@sha256:1",
    ]
    assert "::notice title=Not tagged::r/i:xr" in done.stdout
    assert "::warning title=Not tagged::r/i:xl" in done.stdout
