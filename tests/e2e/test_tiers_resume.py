"""A second attempt of a run does not run again what the first one proved, if that is still about the same thing."""

import shutil

import pytest
from tests import stacks
from tests.as_the_runner import Job, Step

from crossproof_sandbox import RunningClock, Sandbox, Upload, faults

MANIFEST = """\
version: 1
defaults: {runtime: self, gates: {min_tests: 0}}
tiers:
  good: {run: echo good >> ran}
  mended: {run: test -e mended && echo mended >> ran}
"""


@pytest.fixture
def github():
    with Sandbox(clock=RunningClock()) as sandbox:
        sandbox.repository("acme/app").workflow("ci.yml", "on: push\njobs: {a: {runs-on: x, steps: []}}\n")
        yield sandbox


@pytest.fixture
def attempts(github, tmp_path, in_container):
    """Run a first attempt that fails, upload what it left as our examples do, mend it, and give the second attempt."""

    def second(*, change=lambda text: text, **inputs):
        job = Job(work=tmp_path / "work", github={"api_url": github.url}, token=github.token())
        job.write(".github/tiers.yml", MANIFEST)
        first = Step(job=job, action="run-tiered-tests", on=stacks.InKubernetes()).run()
        assert (first.exit_code, first.outputs["tiers"]) == (1, '{"good": "passed", "mended": "failed"}'), first.log
        left = job.workspace / ".crossproof/run-tiered-tests"
        content = {str(file.relative_to(left)): change(file.read_text()) for file in left.rglob("*") if file.is_file()}
        run = github.repository("acme/app").ran("ci.yml", ago=600, artifacts=[Upload(name="tests", content=content)])
        shutil.rmtree(job.workspace / ".crossproof")
        job.write("mended", "")
        job.context |= {"run_id": str(run.id), "run_attempt": "2"}
        return Step(
            job=job, action="run-tiered-tests", on=stacks.InKubernetes(), inputs={"resume": "true", **inputs}
        ).run()

    return second


def ran(result):
    return (result.step.job.workspace / "ran").read_text().split()


def test_what_passed_is_taken_over_and_what_failed_runs_again(attempts):
    result = attempts()
    assert (result.exit_code, result.outputs["tiers"]) == (0, '{"good": "passed", "mended": "passed"}'), result.log
    assert "good: passed already on this commit; not run again" in result.log
    assert ran(result) == ["good", "mended"]


@pytest.mark.parametrize("part", ['"sha": "', '"manifest": "'])
def test_what_passed_on_another_commit_or_manifest_runs_again(attempts, part):
    result = attempts(change=lambda text: text.replace(part, f"{part}f"))
    assert result.exit_code == 0, result.log
    assert ran(result) == ["good", "good", "mended"]


def test_where_github_does_not_give_the_results_everything_runs_and_the_log_says_why(attempts, github):
    github.faults.on("GET", "/artifacts", faults.status(403))
    result = attempts()
    assert result.exit_code == 0, result.log
    assert "The results of earlier attempts cannot be had, so what passed in them runs again:" in result.log
    assert ran(result) == ["good", "good", "mended"]
