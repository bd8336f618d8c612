"""Where a step runs is read once, and what is missing is missed only by the one who needs it."""

from pathlib import Path

import pytest
from inline_snapshot import snapshot

from crossproof.errors import CrossproofError
from crossproof.report.trouble import PAGE, as_text
from crossproof.runner.context import Context
from crossproof.units import RepoRef, SecretStr
from crossproof.verdict import Exit

IN_A_JOB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_EVENT_NAME": "pull_request",
    "GITHUB_REPOSITORY": "octo-org/octo-repo",
    "GITHUB_SHA": "a" * 40,
    "GITHUB_REF": "refs/pull/7/merge",
    "GITHUB_REF_NAME": "7/merge",
    "GITHUB_HEAD_REF": "feature",
    "GITHUB_BASE_REF": "main",
    "GITHUB_RUN_ID": "42",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_RUN_NUMBER": "9",
    "GITHUB_JOB": "prove",
    "GITHUB_WORKFLOW": "CI",
    "GITHUB_ACTOR": "monalisa",
    "GITHUB_SERVER_URL": "https://ghe.example.com/",
    "GITHUB_API_URL": "https://ghe.example.com/api/v3",
    "GITHUB_GRAPHQL_URL": "https://ghe.example.com/api/graphql",
    "GITHUB_WORKSPACE": "/github/workspace",
    "RUNNER_TEMP": "/github/runner_temp",
    "RUNNER_OS": "Linux",
    "RUNNER_ARCH": "X64",
    "RUNNER_NAME": "runner-1",
    "RUNNER_ENVIRONMENT": "self-hosted",
    "RUNNER_DEBUG": "1",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.example.com/?api-version=2.0",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
}


def test_a_job_is_described_as_the_runner_told_it():
    context = Context.from_env(IN_A_JOB)
    assert not context.local
    assert context.repository == RepoRef("octo-org", "octo-repo")
    assert (context.sha, context.ref, context.ref_name) == ("a" * 40, "refs/pull/7/merge", "7/merge")
    assert (context.head_ref, context.base_ref) == ("feature", "main")
    assert (context.run_id, context.run_attempt, context.run_number) == (42, 2, 9)
    assert (context.job, context.workflow, context.actor, context.event_name) == (
        "prove",
        "CI",
        "monalisa",
        "pull_request",
    )
    assert context.api_url == "https://ghe.example.com/api/v3"
    assert context.workspace == Path("/github/workspace")
    assert context.runner_temp == Path("/github/runner_temp")
    assert (context.runner_os, context.runner_arch, context.runner_name) == ("Linux", "X64", "runner-1")
    assert context.debug
    assert context.id_token_secret == SecretStr("request-token")
    assert context.run_url == "https://ghe.example.com/octo-org/octo-repo/actions/runs/42/attempts/2"


def test_the_request_token_is_never_shown():
    assert "request-token" not in repr(Context.from_env(IN_A_JOB))


def test_a_laptop_is_described_as_one():
    context = Context.from_env({})
    assert context.local
    assert context.repository is None
    assert (context.run_id, context.run_attempt, context.run_number) == (None, 1, None)
    assert context.run_url == ""
    assert (context.server_url, context.api_url) == ("https://github.com", "https://api.github.com")
    assert context.workspace == Path.cwd()
    assert context.runner_temp is None
    assert not context.debug
    assert context.id_token_secret is None


@pytest.mark.parametrize("nonsense", ["", "  ", "x", "-1", "1.5", "٣", "²", "9" * 5000])
def test_a_run_without_a_readable_number_has_no_address(nonsense):
    context = Context.from_env({**IN_A_JOB, "GITHUB_RUN_ID": nonsense})
    assert context.run_id is None
    assert context.run_url == ""


def test_the_event_is_read_when_somebody_needs_it(tmp_path):
    file = tmp_path / "event.json"
    file.write_text('\ufeff{"action": "opened", "title": "grün"}', encoding="utf-8")
    assert Context.from_env({"GITHUB_EVENT_PATH": str(file)}).event() == {"action": "opened", "title": "grün"}


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"\xff\xfe{}", "it is not UTF-8"),
        (b"{'action': 1}", "it is no JSON"),
        (b"", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[1]", "it holds no JSON object"),
        (b"null", "it holds no JSON object"),
    ],
)
def test_an_event_file_that_holds_no_event_is_explained_and_never_a_traceback(tmp_path, content, because):
    file = tmp_path / "event.json"
    file.write_bytes(content)
    context = Context.from_env({"GITHUB_EVENT_PATH": str(file)})
    with pytest.raises(CrossproofError, match=because) as caught:
        context.event()
    assert caught.value.reason.exit is Exit.CALL_MUST_CHANGE
    assert len(caught.value.seen) < 400


@pytest.mark.parametrize("path", ["/no/such/file", "/"])
def test_an_event_file_that_cannot_be_opened_is_explained(path):
    with pytest.raises(CrossproofError, match="cannot be read"):
        Context.from_env({"GITHUB_EVENT_PATH": path}).event()


def test_without_an_event_the_remedy_is_an_input():
    with pytest.raises(CrossproofError) as caught:
        Context.from_env({}).event()
    assert as_text(caught.value).replace(PAGE, "PAGE") == snapshot("""\
Error: The event that started this workflow cannot be read: no event file is named.
  Why:  The runner writes it to the file that GITHUB_EVENT_PATH names; outside a runner there is none.
  Seen: GITHUB_EVENT_PATH is not set.
  Fix:  Give the value as an input instead of leaving it to the event; in a job, let no step write to that file.
  Help: PAGE#event\
""")


def test_of_a_pull_request_the_head_is_meant_and_not_the_merge_that_github_tries_out(tmp_path):
    file = tmp_path / "event.json"
    file.write_text('{"pull_request": {"head": {"sha": "' + "b" * 40 + '"}}}')
    assert Context.from_env({**IN_A_JOB, "GITHUB_EVENT_PATH": str(file)}).head_sha == "b" * 40
    assert (
        Context.from_env({**IN_A_JOB, "GITHUB_EVENT_PATH": str(file), "GITHUB_EVENT_NAME": "push"}).head_sha == "a" * 40
    )
    file.write_text("{}")
    assert Context.from_env({**IN_A_JOB, "GITHUB_EVENT_PATH": str(file)}).head_sha == "a" * 40
