"""The life of a run, as the API shows it."""

import pytest

from crossproof_sandbox import Job, Life, Step

RUNS = "/repos/acme/app/actions/runs"


@pytest.fixture
def dispatched(client):
    """Dispatch, and give the path of the run that was started."""

    def dispatch():
        answer = client.post(
            "/repos/acme/app/actions/workflows/track.yml/dispatches", {"ref": "main", "return_run_details": True}
        )
        return f"{RUNS}/{answer.json()['workflow_run_id']}"

    return dispatch


def states(github, client, path, seconds):
    seen = []
    for _ in range(seconds):
        run = client.get(path).json()
        state = (run["status"], run["conclusion"])
        if not seen or seen[-1] != state:
            seen.append(state)
        github.clock.advance(1)
    return seen


def test_a_run_lives_as_scripted(github, repo, client, dispatched):
    repo.lives(requested=1, pending=2, queued=1, in_progress=5, conclusion="failure")
    assert states(github, client, dispatched(), 12) == [
        ("requested", None),
        ("pending", None),
        ("queued", None),
        ("in_progress", None),
        ("completed", "failure"),
    ]


def test_a_run_can_be_completed_without_a_conclusion_for_a_while(github, repo, client, dispatched):
    repo.lives(in_progress=1, more={"conclusion_after": 3})
    assert states(github, client, dispatched(), 6)[1:] == [("completed", None), ("completed", "success")]


def test_a_status_that_nobody_has_heard_of_can_be_scripted(github, repo, client, dispatched):
    repo.lives(levitating=2, conclusion="enlightened")
    assert states(github, client, dispatched(), 4) == [("levitating", None), ("completed", "enlightened")]


def test_a_run_may_become_visible_late(github, repo, client, dispatched):
    repo.lives(more={"visible_after": 5})
    path = dispatched()
    assert client.get(path).status_code == 404
    assert client.get(RUNS).json()["total_count"] == 0
    github.clock.advance(5)
    assert client.get(path).status_code == 200
    assert client.get(RUNS).json()["total_count"] == 1


def test_history_can_be_told(repo, client):
    sha = repo.commit({"a": "1"}, branch="feature", message="Try")
    repo.ran("track.yml", ago=90, took=30, conclusion="timed_out", event="push", branch="feature", run_id=7)
    repo.ran("track.yml", ago=60, title="Nightly", actor="ann")
    told = [
        (r["display_title"], r["event"], r["head_branch"], r["head_sha"] == sha, r["conclusion"], r["actor"]["login"])
        for r in client.get(RUNS).json()["workflow_runs"]
    ]
    assert told == [
        ("Nightly", "workflow_dispatch", "main", False, "success", "ann"),
        ("Track []", "push", "feature", True, "timed_out", "octocat"),
    ]
    assert client.get(f"{RUNS}/7").json()["updated_at"] == "2026-11-02T08:59:00Z"


def test_a_filtered_list_is_as_stale_as_its_index_and_an_unfiltered_one_is_fresh(github, repo, client, dispatched):
    repo.index_lag = 60
    repo.lives(in_progress=10)
    dispatched()
    github.clock.advance(61)
    dispatched()
    assert [r["status"] for r in client.get(RUNS).json()["workflow_runs"]] == ["in_progress", "completed"]
    stale = client.get(f"{RUNS}?event=workflow_dispatch").json()["workflow_runs"]
    assert [r["status"] for r in stale] == ["in_progress"]


def test_a_filtered_list_ends_after_a_thousand_results(repo, client):
    for number in range(1005):
        repo.ran("track.yml", ago=100_000 - number, took=1)
    assert len(client.get(f"{RUNS}?per_page=100&page=11").json()["workflow_runs"]) == 5
    assert client.get(f"{RUNS}?event=workflow_dispatch&per_page=100&page=10").json()["total_count"] == 1005
    assert client.get(f"{RUNS}?event=workflow_dispatch&per_page=100&page=11").json()["workflow_runs"] == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("created=>=2026-11-02T08:00:00Z", 1),
        ("created=2026-11-02T06:00:00Z..2026-11-02T08:00:00Z", 1),
        ("created=2026-11-02", 2),
        ("created=<2026-11-02", 0),
        ("status=failure", 1),
        ("status=completed", 2),
        ("actor=OCTOCAT", 2),
        ("actor=hubot", 0),
        ("branch=main&event=push", 1),
        ("event=schedule", 0),
    ],
)
def test_filters_select(repo, client, query, found):
    repo.ran("track.yml", ago=600, event="push", conclusion="failure")
    repo.ran("track.yml", ago=7200)
    assert client.get(f"{RUNS}?{query}").json()["total_count"] == found


def test_lists_are_cut_into_pages_with_links(repo, client):
    for number in range(5):
        repo.ran("track.yml", ago=500 - number)
    first = client.get(f"{RUNS}?per_page=2")
    assert set(first.links) == {"next", "last"}
    second = client.get(first.links["next"]["url"])
    assert set(second.links) == {"first", "prev", "next", "last"}
    third = client.get(second.links["next"]["url"])
    assert set(third.links) == {"first", "prev"}
    pages = [page.json()["workflow_runs"] for page in (first, second, third)]
    assert [len(page) for page in pages] == [2, 2, 1]
    ids = [run["id"] for page in pages for run in page]
    assert ids == sorted(ids, reverse=True)


def test_the_run_object_tells_neither_inputs_nor_payload(client, dispatched):
    run = client.get(dispatched()).json()
    assert not {"inputs", "client_payload"} & set(run)


def test_a_cancelled_run_ends_cancelled_and_cannot_be_cancelled_twice(github, repo, client, dispatched):
    repo.lives(in_progress=100)
    path = dispatched()
    assert client.post(f"{path}/cancel").status_code == 202
    assert client.get(path).json()["status"] == "in_progress"
    github.clock.advance(1)
    assert client.get(path).json()["conclusion"] == "cancelled"
    again = client.post(f"{path}/cancel")
    assert (again.status_code, again.json()["message"]) == (409, "Cannot cancel a workflow run that is completed.")


def test_some_runs_end_only_by_force(github, repo, client, dispatched):
    repo.lives(in_progress=100, more={"ignores_cancel": True})
    path = dispatched()
    client.post(f"{path}/cancel")
    github.clock.advance(10)
    assert client.get(path).json()["status"] == "in_progress"
    assert client.post(f"{path}/force-cancel").status_code == 202
    github.clock.advance(1)
    assert client.get(path).json()["conclusion"] == "cancelled"


def test_a_rerun_is_the_next_attempt_of_the_same_run(github, repo, client, dispatched):
    again = Life(phases=(("in_progress", 3.0),))
    repo.lives(in_progress=5, conclusion="failure", more={"rerun": again})
    path = dispatched()
    assert client.post(f"{path}/rerun").status_code == 403  # it still runs
    github.clock.advance(5)
    assert client.post(f"{path}/rerun").status_code == 201
    second = client.get(path).json()
    assert (second["run_attempt"], second["status"]) == (2, "in_progress")
    assert second["created_at"] != second["run_started_at"]
    assert second["previous_attempt_url"].endswith(f"{path}/attempts/1")
    assert client.get(f"{path}/attempts/1").json()["conclusion"] == "failure"
    github.clock.advance(3)
    assert client.get(path).json()["conclusion"] == "success"
    assert client.get(f"{path}/attempts/3").status_code == 404


def test_somebody_may_run_it_again_while_another_waits(github, repo, client, dispatched):
    repo.lives(in_progress=2, conclusion="failure")
    path = dispatched()
    run = next(iter(repo.runs.values()))
    github.after(3, lambda: repo.rerun(run, actor="ann"))
    github.clock.advance(3)
    again = client.get(path).json()
    assert (again["run_attempt"], again["triggering_actor"]["login"], again["actor"]["login"]) == (2, "ann", "octocat")


def test_a_run_can_be_run_again_fifty_times_and_for_a_month(github, repo, client):
    often = repo.ran("track.yml", ago=3600, took=1)
    path = f"{RUNS}/{often.id}/rerun"
    for _ in range(50):
        assert client.post(path).status_code == 201
        github.clock.advance(2)
    assert "too many times" in client.post(path).json()["message"]
    old = repo.ran("track.yml", ago=31 * 86_400)
    assert "over a month ago" in client.post(f"{RUNS}/{old.id}/rerun").json()["message"]


def test_a_waiting_run_says_whom_it_waits_for(repo, client, dispatched):
    repo.lives(waiting=60, in_progress=5, more={"environment": "production", "reviewers": ("ops",)})
    waiting = client.get(f"{dispatched()}/pending_deployments").json()
    assert waiting[0]["current_user_can_approve"] is False
    assert [(w["environment"]["name"], w["reviewers"][0]["reviewer"]["login"]) for w in waiting] == [
        ("production", "ops")
    ]


def test_a_run_can_vanish_while_somebody_waits_for_it(github, repo, client, dispatched):
    path = dispatched()
    run = next(iter(repo.runs.values()))
    github.after(3, run.delete)
    assert client.get(path).status_code == 200
    github.clock.advance(3)
    assert client.get(path).status_code == 404


def test_only_a_run_that_is_over_can_be_deleted(github, repo, client, dispatched):
    path = dispatched()
    assert client("DELETE", path).status_code == 403
    github.clock.advance(10)
    assert client("DELETE", path).status_code == 204
    assert client.get(path).status_code == 404


def test_a_run_of_a_fork_that_is_gone_has_no_head_repository(repo, client):
    repo.ran("track.yml", ago=60, head_repository=None)
    repo.ran("track.yml", ago=50, head_repository="mallory/app")
    fork, gone = client.get(RUNS).json()["workflow_runs"]
    assert fork["head_repository"]["full_name"] == "mallory/app"
    assert gone["head_repository"] is None


def test_the_newest_change_is_what_updated_at_tells(github, repo, client, dispatched):
    repo.lives(queued=2, in_progress=5, jobs=[Job(name="one", takes=3, steps=(Step(name="do"),))])
    path = dispatched()
    seen = []
    for _ in range(9):
        seen.append(client.get(path).json()["updated_at"][-3:-1])
        github.clock.advance(1)
    assert seen == ["00", "00", "02", "02", "02", "05", "05", "07", "07"]
