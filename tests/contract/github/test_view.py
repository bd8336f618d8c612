"""What doctor sees of GitHub through each kind of credential, over real HTTP, and that looking changes nothing."""

from datetime import UTC, datetime

import pytest
from tests.clocks import JumpingClock

from crossproof.clock import SystemClock
from crossproof.github.access import TokenAccess
from crossproof.github.api import Api
from crossproof.github.view import GithubEyes
from crossproof.probe import Absent, Present, Unknown
from crossproof.units import RepoRef, SecretStr
from crossproof_sandbox import RunningClock, Sandbox, faults

APP = RepoRef("acme", "app")
WORKFLOW = "on: workflow_dispatch\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"


@pytest.fixture
def github():
    with Sandbox(clock=RunningClock()) as github:
        github.repository("acme/app", private=True).workflow("e2e.yml", WORKFLOW)
        yield github


def eyes(github, token) -> GithubEyes:
    return GithubEyes(Api(TokenAccess(SecretStr(token)), api_url=github.url, clock=SystemClock()), APP)


def the_app(seen: GithubEyes):
    found = seen.repository(APP)
    assert isinstance(found, Present)
    return found.value


def test_a_fine_grained_token_is_known_by_its_kind_its_user_and_its_end(github):
    found = eyes(github, github.token(login="octocat", expires_in=86_400)).identity()
    assert isinstance(found, Present)
    assert (found.value.kind, found.value.login) == ("fine-grained personal access token", "octocat")
    assert found.value.expires_at is not None
    assert 0 < (found.value.expires_at - datetime.now(UTC)).total_seconds() <= 86_400
    assert (list(found.value.scopes), found.value.permissions) == ([], None)


def test_a_classic_token_shows_its_scopes(github):
    found = eyes(github, github.classic_token("repo", "gist")).identity()
    assert isinstance(found, Present)
    assert sorted(found.value.scopes) == ["gist", "repo"]


def test_a_token_that_github_does_not_know_is_unknown_with_the_remedy(github):
    found = eyes(github, "ghp_" + "x" * 36).identity()
    assert isinstance(found, Unknown)
    assert "does not accept the token" in found.why
    assert "Make a new token" in found.fix


def test_a_repository_that_cannot_be_seen_is_never_absent(github):
    assert isinstance(eyes(github, github.token()).repository(RepoRef("acme", "nowhere")), Unknown)


TRIED = [("actions", "read"), ("contents", "read"), ("actions", "write"), ("contents", "write"), ("statuses", "write")]


@pytest.mark.parametrize(("permission", "level"), TRIED)
def test_a_permission_that_is_held_is_proven_by_asking(github, permission, level):
    seen = eyes(github, github.token({"actions": "read"} | {permission: level}))
    assert isinstance(seen.try_permission(permission, level, the_app(seen)), Present)


@pytest.mark.parametrize(("permission", "level"), TRIED)
def test_a_permission_that_is_not_held_is_disproven_by_asking(github, permission, level):
    seen = eyes(github, github.token({"metadata": "read"} | ({"actions": "read"} if level == "write" else {})))
    assert isinstance(seen.try_permission(permission, level, the_app(seen)), Absent)


def test_looking_starts_no_run_and_sets_no_status(github):
    seen = eyes(github, github.token())
    for permission in ("actions", "contents", "statuses", "checks", "issues", "pull_requests"):
        seen.try_permission(permission, "write", the_app(seen))
    assert not github.repository("acme/app").runs


def test_writing_to_actions_cannot_be_tried_where_there_is_no_workflow(github):
    github.repository("acme/empty", private=True)
    seen = eyes(github, github.token())
    found = seen.repository(RepoRef("acme", "empty"))
    assert isinstance(found, Present)
    assert seen.try_permission("actions", "write", found.value) == Unknown(
        "the repository has no workflow to try it on"
    )


@pytest.mark.parametrize("level", ["read", "write"])
def test_a_permission_written_as_in_a_workflow_is_tried_and_granted_under_the_name_that_pages_show(github, level):
    seen = eyes(github, github.token({"pull_requests": "write", "metadata": "read"}))
    assert isinstance(seen.try_permission("pull-requests", level, the_app(seen)), Present)
    assert "Pull requests: read on acme/app" in seen.remedy("pull-requests", "read", APP)


def test_an_outage_is_unknown_and_never_a_missing_permission(github):
    seen = eyes(github, github.token())
    app = the_app(seen)
    github.faults.on("POST", "/dispatches", faults.status(502))
    assert isinstance(seen.try_permission("contents", "write", app), Unknown)


def test_the_server_tells_version_budget_and_clock(github):
    found = eyes(github, github.token()).server()
    assert isinstance(found, Present)
    assert found.value.version == "2026-03-10"
    assert found.value.limit == 5000
    assert found.value.skew is not None
    assert abs(found.value.skew.total_seconds()) < 3


def test_an_answer_of_404_proves_no_lack_of_a_permission(github):
    seen = eyes(github, github.token())
    app = the_app(seen)
    github.faults.on(
        "POST", "/dispatches", faults.status(404, "Not Found", X_Accepted_GitHub_Permissions="contents=write")
    )
    assert isinstance(seen.try_permission("contents", "write", app), Unknown)


def test_a_server_that_does_not_answer_is_waited_for_once_and_briefly(github):
    clock = JumpingClock()
    for path in ("/rate_limit", "/repos/acme/app"):
        github.faults.on("GET", path, faults.status(503))
    seen = GithubEyes(Api(TokenAccess(SecretStr(github.token())), api_url=github.url, clock=clock), APP)
    found = [seen.identity(), seen.server(), seen.repository(APP)]
    assert all(isinstance(each, Unknown) for each in found), found
    assert clock.monotonic() <= 30
