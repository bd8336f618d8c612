"""Which tiers a pull request affects, asked of GitHub; what GitHub does not tell runs everything, never nothing."""

import json

import pytest
from tests.as_the_runner import AsProcess, Job, Step

from crossproof_sandbox import RunningClock, Sandbox, faults
from crossproof_sandbox.wire import Answer

MANIFEST = """\
version: 1
defaults: {runtime: self}
tiers:
  api: {run: 'true', paths: [services/api/**]}
  web: {run: 'true', paths: [services/web/**]}
"""
EVERYTHING = ["api", "web"]


@pytest.fixture
def github():
    with Sandbox(clock=RunningClock()) as sandbox:
        app = sandbox.repository("acme/app", private=True)
        app.commit({"services/api/a.py": "1" * 50, "services/web/b.py": "2" * 50})
        app.branch("feature")
        app.commit({"services/api/a.py": "3"}, branch="feature")
        app.pull("feature")
        yield sandbox


@pytest.fixture
def planned(github, tmp_path):
    def plan(*, token="", changed_files=1):
        (pull,) = github.repository("acme/app").discussion.pulls.values()
        told = {"number": pull.number, "changed_files": changed_files}
        event = {"pull_request": {**told, "base": {"sha": pull.base_sha}, "head": {"sha": pull.head_sha}}}
        context = {"api_url": github.url, "event_name": "pull_request"}
        job = Job(work=tmp_path / "work", github=context, event=event, token=token or github.token())
        job.write(".github/tiers.yml", MANIFEST)
        result = Step(job=job, action="run-tiered-tests", on=AsProcess(), inputs={"mode": "plan"}).run()
        assert result.exit_code == 0, result.log
        return json.loads(result.outputs["selected"]), result

    return plan


def test_the_files_that_it_changes_select(planned):
    selected, result = planned()
    assert selected == ["api"]
    assert json.loads(result.outputs["reasons"])["api"] == "services/api/a.py changed (services/api/**)"


def test_a_list_without_a_file_although_one_is_changed_runs_everything(planned, github):
    github.faults.on("GET", "/files", lambda _: Answer.json([]))
    selected, result = planned()
    assert selected == EVERYTHING
    assert "GitHub lists 0 of 1 files that the pull request changes" in result.summary


@pytest.mark.parametrize(
    "spoil",
    [faults.status(403), faults.status(404), faults.cut],
    ids=["forbidden", "not found", "cut"],
)
def test_a_list_that_cannot_be_had_runs_everything_and_says_why(planned, github, spoil):
    github.faults.on("GET", "/files", spoil)
    selected, result = planned()
    assert selected == EVERYTHING
    assert ": everything runs." in result.summary


def test_a_token_that_may_not_ask_runs_everything(planned, github):
    assert planned(token=github.token({"metadata": "read"}))[0] == EVERYTHING
