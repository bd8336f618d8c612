"""What is proven is proven of the commit that is checked out, whatever the event is about."""

import json
import subprocess

import pytest
from tests.as_the_runner import AsProcess, Step

MANIFEST = "version: 1\ntiers:\n  unit: {runtime: self, run: 'true'}\n"


@pytest.fixture
def plan(job):
    """A plan of a checkout with one commit."""
    job.write(".github/tiers.yml", MANIFEST)
    git(job, "init", "-q")
    git(job, "add", "-A")
    git(job, "commit", "-qm", "first")
    job.hand_over()

    def run(**inputs):
        result = Step(job=job, action="run-tiered-tests", on=AsProcess(), inputs={"mode": "plan", **inputs}).run()
        assert result.exit_code == 0, result.log
        return result, json.loads((job.workspace / result.outputs["report_path"]).read_text())["subject"]["sha"]

    return run


def git(job, *args):
    who = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "safe.directory=*"]
    return subprocess.run(["git", *who, *args], cwd=job.workspace, check=True, capture_output=True, text=True).stdout


def test_a_report_is_about_the_commit_that_is_checked_out_and_the_log_says_that_it_is_another(plan, job):
    head = git(job, "rev-parse", "HEAD").strip()
    result, sha = plan()
    assert sha == head
    event = job.context["sha"]
    assert f"Checked out is {head[:7]}, and not {event[:7]} of the event: it is what is tested." in result.log


def test_without_a_repository_the_event_is_believed(plan, job):
    (job.workspace / ".git").rename(job.work / "elsewhere")
    result, sha = plan()
    assert sha == job.context["sha"]
    assert "Checked out is" not in result.log


@pytest.mark.parametrize("change", ["new.py", ".github/tiers.yml"])
def test_on_a_laptop_changed_files_are_no_commit(plan, job, change):
    assert plan(local="true")[1] == git(job, "rev-parse", "HEAD").strip()
    job.write(change, MANIFEST + "# changed\n")
    assert not plan(local="true")[1]
