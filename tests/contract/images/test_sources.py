"""Laws of looking at repositories: the same on the fake and on a GitHub over loopback; and what only GitHub does."""

import json
from dataclasses import replace

import pytest
from tests.companions import FakeSources, sha_of

from crossproof.github.access import TokenAccess
from crossproof.github.api import Api
from crossproof.github.sources import GithubSources
from crossproof.images.counterparts import Commit
from crossproof.images.events import PullRequest
from crossproof.probe import Absent, Present, Unknown
from crossproof.units import RepoRef, SecretStr
from crossproof.verdict import NO_ACCESS
from crossproof_sandbox import Sandbox, faults

DASHBOARD = RepoRef("acme", "dashboard")
SLASHED = "feat/TT-1&more#x"


@pytest.fixture
def github():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def repo(github):
    made = github.repository("acme/dashboard", private=True)
    made.commit({"go.mod": "module d\n", "pkg/a.go": "a", "pkg/deep/b.go": "b"})
    made.branch(SLASHED)
    made.tag("v1")
    made.tag("v2", message="annotated")
    return made


@pytest.fixture
def connect(github, repo):
    def make(token=None, strict=True) -> GithubSources:
        access = TokenAccess(SecretStr(github.token() if token is None else token))
        return GithubSources(Api(access, api_url=github.url, clock=github.clock))

    return make


@pytest.fixture
def sources(connect):
    return connect()


@pytest.fixture(params=["the fake", "GitHub"])
def both(request, repo):
    """Give one to look through, and the id of the commit that all names point to."""
    head = repo.history.branches["main"]
    if request.param == "GitHub":
        return request.getfixturevalue("sources"), head
    merged = repo.history.commits[head].parents
    fake = FakeSources(
        default="main",
        branches={"main": head, SLASHED: head},
        tags={"v1": head, "v2": head},
        merges={head: tuple(merged)},
        trees={ref: {"go.mod": "1", "pkg": "2", "pkg/a.go": "3", "README.md": "4"} for ref in (head, head[:12], "v1")},
        files={"go.mod": "module d\n"},
    )
    return fake, head


# --- laws ----------------------------------------------------------------------------------------------------------


def test_a_branch_is_found_by_its_whole_name_and_by_no_part_of_it(both):
    sources, head = both
    assert sources.branch(DASHBOARD, SLASHED) == Present(Commit(sha=head, branch=SLASHED))
    for part in ("feat", "feat/TT-1", "TT-1&more#x", "mai", "feat/TT-1&more#x/y"):
        assert isinstance(sources.branch(DASHBOARD, part), Absent), part


def test_a_tag_leads_to_its_commit_whether_or_not_it_is_annotated(both):
    sources, head = both
    for name in ("v1", "v2"):
        assert sources.tag(DASHBOARD, name) == Present(Commit(sha=head, tag=name))
    assert isinstance(sources.tag(DASHBOARD, "v"), Absent)
    assert isinstance(sources.tag(DASHBOARD, "main"), Absent)


def test_the_default_branch_is_found_by_whatever_name_it_has(both):
    sources, head = both
    assert sources.default_branch(DASHBOARD) == Present(Commit(sha=head, branch="main"))


def test_a_commit_is_found_by_its_full_id_and_tells_its_parents(both):
    sources, head = both
    assert sources.commit(DASHBOARD, head) == Present(Commit(sha=head))
    assert isinstance(sources.commit(DASHBOARD, "9" * 40), Absent)
    parents = sources.parents(DASHBOARD, head)
    assert isinstance(parents, Present)
    assert len(parents.value) == 1
    assert isinstance(sources.parents(DASHBOARD, "9" * 40), Absent)


def test_content_is_listed_by_id_by_part_of_an_id_and_by_tag(both):
    sources, head = both
    seen = [sources.tree(DASHBOARD, ref, deep=False) for ref in (head, head[:12], "v1")]
    assert all(isinstance(each, Present) for each in seen)
    assert len({json.dumps(dict(each.value.entries), sort_keys=True) for each in seen}) == 1
    assert set(seen[0].value.entries) == {"README.md", "go.mod", "pkg"}
    deep = sources.tree(DASHBOARD, head, deep=True)
    assert "pkg/a.go" in deep.value.entries
    assert isinstance(sources.tree(DASHBOARD, "9" * 40, deep=False), Absent)
    assert isinstance(sources.tree(DASHBOARD, "v9.9.9", deep=False), Absent)


def test_a_file_is_read_at_a_commit(both):
    sources, head = both
    assert sources.text(DASHBOARD, "go.mod", head) == Present("module d\n")
    assert isinstance(sources.text(DASHBOARD, "go.sum", head), Absent)


def test_what_nobody_proposes_has_no_number_and_what_nobody_builds_is_not_under_way(both):
    sources, head = both
    assert isinstance(sources.pull_of(DASHBOARD, SLASHED), Absent)
    assert isinstance(sources.being_built(DASHBOARD, head), Absent)
    assert isinstance(sources.pull(DASHBOARD, 99), Absent)


# --- GitHub --------------------------------------------------------------------------------------------------------


def test_a_proposal_of_the_branch_is_found_and_a_fork_s_of_the_same_name_is_not(github, repo, sources):
    github.repository("mallory/dashboard")
    repo.pull(SLASHED, from_fork="mallory/dashboard")
    assert isinstance(sources.pull_of(DASHBOARD, SLASHED), Absent)
    ours = repo.pull(SLASHED)
    assert sources.pull_of(DASHBOARD, SLASHED) == Present(ours.number)
    seen = sources.pull(DASHBOARD, ours.number)
    assert isinstance(seen, Present)
    assert seen.value == PullRequest(
        number=ours.number, head_sha=ours.head_sha, head_ref=SLASHED, head_repository="acme/dashboard", base_ref="main"
    )
    gone = repo.pull(SLASHED, from_fork=None)
    assert sources.pull(DASHBOARD, gone.number).value.head_repository == ""


def test_a_closed_proposal_is_none(repo, sources):
    pull = repo.pull(SLASHED)
    pull.state = "closed"
    assert isinstance(sources.pull_of(DASHBOARD, SLASHED), Absent)
    assert sources.pull(DASHBOARD, pull.number).value.open is False


def test_a_filter_that_github_ignores_does_not_make_another_s_proposal_ours(github, repo, sources):
    repo.commit({"x": "1"}, branch="other")
    repo.pull("other")
    everything = github.log
    assert isinstance(sources.pull_of(DASHBOARD, "main"), Absent)
    assert everything


def test_a_run_that_has_not_ended_is_seen_and_named(github, repo, sources):
    repo.workflow("build.yml", "on: workflow_dispatch\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n")
    head = repo.history.branches["main"]
    repo.ran("build.yml", ago=10, took=600, sha=head)
    seen = sources.being_built(DASHBOARD, head)
    assert isinstance(seen, Present)
    assert "is in_progress" in seen.value
    github.clock.sleep(700)
    assert isinstance(sources.being_built(DASHBOARD, head), Absent)


def test_a_branch_that_others_begin_like_is_not_there(repo, sources):
    for name in ("feature-2", "feature/sub"):
        repo.branch(name)
    answer = sources.branch(DASHBOARD, "feature")
    assert isinstance(answer, Absent)
    assert "only 'refs/heads/feature-2, refs/heads/feature/sub'" in answer.proof


def test_a_list_that_goes_on_elsewhere_proves_no_absence(github, repo, sources):
    def goes_on(answer):
        return replace(answer, headers={**answer.headers, "Link": f'<{github.url}/more>; rel="next"'})

    github.faults.on("GET", "*/matching-refs/*", after_accept=goes_on)
    assert isinstance(sources.branch(DASHBOARD, "feature"), Unknown)
    assert isinstance(sources.branch(DASHBOARD, "main"), Present)


def test_a_redirect_to_another_place_tells_nothing(github, sources):
    away = faults.status(302, "Found", location="https://elsewhere.example/git/ref/heads/x")
    github.faults.on("GET", "/git/matching-refs/heads/x", away)
    assert isinstance(sources.branch(DASHBOARD, "x"), Unknown)


def test_an_answer_about_another_branch_is_not_believed(github, sources):
    def another(answer):
        record = json.loads(answer.body)
        return replace(answer, body=json.dumps([one | {"ref": "refs/heads/main-2"} for one in record]).encode())

    github.faults.on("GET", "/git/matching-refs/heads/main", after_accept=another)
    assert isinstance(sources.branch(DASHBOARD, "main"), Absent)


def test_a_renamed_repository_is_followed(github, repo, sources):
    github.rename(repo, "acme/console")
    head = repo.history.branches["main"]
    assert sources.branch(DASHBOARD, SLASHED) == Present(Commit(sha=head, branch=SLASHED))
    assert isinstance(sources.branch(DASHBOARD, "none"), Absent)


def test_an_invisible_repository_makes_everything_unknown(github, connect):
    sources = connect(github.token(repositories=["acme/other"]))
    for answer in (
        sources.branch(DASHBOARD, "main"),
        sources.tag(DASHBOARD, "v1"),
        sources.default_branch(DASHBOARD),
        sources.commit(DASHBOARD, "9" * 40),
        sources.tree(DASHBOARD, "9" * 40, deep=False),
        sources.text(DASHBOARD, "go.mod", "9" * 40),
        sources.pull_of(DASHBOARD, "main"),
        sources.being_built(DASHBOARD, "9" * 40),
    ):
        assert isinstance(answer, Unknown)
        assert answer.error is not None
        assert answer.error.reason is NO_ACCESS


def test_a_repository_that_is_visible_and_whose_content_is_not_makes_a_missing_branch_unknown(github, connect):
    """GitHub answers 404 for what a token may not read: that it sees the repository proves nothing about branches."""
    sources = connect(github.token({"metadata": "read", "contents": "read"}))
    github.faults.on("GET", "*/git/*", faults.status(404, "Not Found"))
    assert isinstance(sources.branch(DASHBOARD, "main"), Unknown)
    assert isinstance(sources.commit(DASHBOARD, "9" * 40), Unknown)


@pytest.mark.parametrize(
    ("permissions", "look"),
    [
        ({"metadata": "read"}, lambda it: it.branch(DASHBOARD, "main")),
        ({"metadata": "read", "contents": "read"}, lambda it: it.pull_of(DASHBOARD, "main")),
        ({"metadata": "read", "contents": "read"}, lambda it: it.being_built(DASHBOARD, "9" * 40)),
    ],
    ids=["contents", "pull requests", "actions"],
)
def test_a_missing_permission_is_unknown_and_named(github, connect, permissions, look):
    answer = look(connect(github.token(permissions)))
    assert isinstance(answer, Unknown)
    assert "the fine-grained token the repository permission" in answer.fix


def test_a_revoked_token_is_unknown(connect):
    answer = connect("ghp_revoked").branch(DASHBOARD, "main")
    assert isinstance(answer, Unknown)
    assert "does not accept the token" in answer.why


SPOILT = {
    "an outage": faults.status(500),
    "a refusal": faults.status(403, "no"),
    "a reset": faults.reset,
    "half a body": faults.cut,
    "half a JSON": faults.broken_json,
    "a limit": faults.secondary_limit(3600),
    "another record": faults.status(200, "no ref"),
    "an empty repository": faults.status(409, "Git Repository is empty."),
    "nothing": faults.status(204),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_whatever_else_github_answers_is_unknown(github, sources, spoil):
    github.faults.on("GET", "*/git/*", spoil)
    github.faults.on("GET", "*/contents/*", spoil)
    for answer in (
        sources.branch(DASHBOARD, "x"),
        sources.tag(DASHBOARD, "x"),
        sources.commit(DASHBOARD, "9" * 40),
        sources.tree(DASHBOARD, "9" * 40, deep=True),
        sources.parents(DASHBOARD, "9" * 40),
        sources.text(DASHBOARD, "x", "9" * 40),
    ):
        assert isinstance(answer, Unknown), answer


def test_a_list_that_github_cut_short_is_only_used_where_it_is_whole(github, repo, connect):
    def cut_short(answer):
        return replace(answer, body=json.dumps(json.loads(answer.body) | {"truncated": True}).encode())

    head = repo.history.branches["main"]
    github.faults.on("GET", f"/git/trees/{head}", after_accept=cut_short, times=1)
    top = connect().tree(DASHBOARD, head, deep=True)
    assert isinstance(top, Present)
    assert not top.value.deep
    assert "pkg/a.go" not in top.value.entries
    github.faults.on("GET", f"/git/trees/{head}", after_accept=cut_short)
    assert isinstance(connect().tree(DASHBOARD, head, deep=False), Unknown)


def test_part_of_an_id_that_the_tree_api_does_not_take_is_looked_up_as_a_commit(github, repo, sources):
    head = repo.history.branches["main"]
    github.faults.on("GET", f"/git/trees/{head[:12]}", faults.status(404, "Not Found"))
    assert isinstance(sources.tree(DASHBOARD, head[:12], deep=False), Present)


def test_a_folder_is_no_text(repo, sources):
    assert isinstance(sources.text(DASHBOARD, "pkg", repo.history.branches["main"]), Unknown)


def test_looking_for_three_missing_names_and_the_default_costs_five_requests(github, repo, sources):
    before = len(github.log)
    for name in ("a", "b", "c"):
        assert isinstance(sources.branch(DASHBOARD, name), Absent)
    assert isinstance(sources.default_branch(DASHBOARD), Present)
    assert len(github.log) - before == 5


def test_made_up_ids_are_ids():
    assert len(sha_of("x")) == 40
