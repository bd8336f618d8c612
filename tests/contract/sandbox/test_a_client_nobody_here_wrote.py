"""PyGithub's own objects read the sandbox: a client that was written against the real GitHub, not against us."""

import pytest
from github import Auth, Github, GithubException

from crossproof_sandbox import Job, RunningClock, Sandbox, Upload


@pytest.fixture
def pygithub(github):
    made = []

    def connect(token):
        one = Github(
            auth=Auth.Token(token),
            base_url=github.url,
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
        )
        made.append(one)
        return one

    yield connect
    for one in made:
        one.close()


def test_it_finds_its_way_from_the_repository_to_everything_below(github, repo, pygithub):
    github.limits.points_per_minute = None
    repo.lives(
        in_progress=2,
        conclusion="failure",
        jobs=[Job(name="a", log="x")],
        artifacts=[Upload(name="z", content={"a": "1"})],
    )
    repo.commit({"b.txt": "b"}, branch="feature/x")
    pull = repo.pull("feature/x", title="T")
    repo.tag("v1", message="m")
    client = pygithub(github.token())
    seen = client.get_repo("acme/app")
    assert (client.get_user().login, seen.default_branch, seen.permissions.push) == ("octocat", "main", True)
    assert {b.name for b in seen.get_branches()} == {"main", "feature/x"}
    assert seen.get_branch("feature/x").commit.files[0].filename == "b.txt"
    assert seen.compare("main", "feature/x").ahead_by == 1
    assert seen.get_contents("b.txt", ref="feature/x").decoded_content == b"b"
    assert [r.ref for r in seen.get_git_matching_refs("heads/f")] == ["refs/heads/feature/x"]
    assert len(seen.get_git_tree("main", recursive=True).tree) == 4
    assert seen.get_git_tag(seen.get_git_ref("tags/v1").object.sha).tag == "v1"
    assert [p.number for p in seen.get_pulls(head="acme:feature/x")] == [pull.number]
    assert [f.filename for f in seen.get_pull(pull.number).get_files()] == ["b.txt"]
    status = seen.get_commit("main").create_status("success", context="crossproof/app")
    assert (status.context, seen.get_commit("main").get_combined_status().state) == ("crossproof/app", "success")
    workflow = seen.get_workflow("track.yml")
    run = workflow.create_dispatch("main", {"correlation_id": "dw-1"}, throw=True, return_run_details=True)
    assert seen.create_repository_dispatch("run-tracktor", {"a": 1}) is True
    github.clock.advance(2)
    run = seen.get_workflow_run(run.id)
    assert (run.display_title, run.status, run.conclusion) == ("Track [dw-1]", "completed", "failure")
    assert [j.name for j in run.jobs()] == ["a"]
    assert [a.name for a in run.get_artifacts()] == ["z"]
    assert run.rerun() is True
    assert workflow.get_runs().totalCount == 2
    assert client.get_rate_limit().rate.limit == 5000


def test_it_pages_through_long_lists(github, repo, pygithub):
    for number in range(75):
        repo.ran("track.yml", ago=1000 - number)
    runs = list(pygithub(github.token()).get_repo("acme/app").get_workflow_runs())
    assert len({run.id for run in runs}) == 75


def test_it_is_refused_in_words_that_it_understands(github, repo, pygithub):
    with pytest.raises(GithubException) as refused:
        pygithub(github.token({"metadata": "read"})).get_repo("acme/app").get_workflow_runs().get_page(0)
    assert (refused.value.status, refused.value.message) == (403, "Resource not accessible by personal access token")


def test_it_signs_in_as_an_app():
    with Sandbox(clock=RunningClock()) as github:  # PyGithub signs by the wall's clock
        github.repository("acme/app")
        app = github.app("prover")
        installation = github.install(app, "acme")
        auth = Auth.AppAuth(app.id, app.private_key).get_installation_auth(installation.id)
        client = Github(auth=auth, base_url=github.url, retry=None)
        assert client.get_repo("acme/app").full_name == "acme/app"
        client.close()
        assert (github.log[0].caller, github.log[0].status) == ("app:prover", 201)
