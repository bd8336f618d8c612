"""Budgets, conditional requests, and everything that goes wrong on demand; and that the log has seen it all."""

import json
import threading

import pytest
import requests

from crossproof_sandbox import Sandbox, Upload
from crossproof_sandbox.description import Violation
from crossproof_sandbox.faults import broken_json, cut, reset, secondary_limit, slow, status
from crossproof_sandbox.wire import Answer, LoopbackServer

REPO = "/repos/acme/app"
RUNS = f"{REPO}/actions/runs"
DISPATCH = f"{REPO}/actions/workflows/track.yml/dispatches"


def in_parallel(number, action):
    threads = [threading.Thread(target=action) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_an_answer_not_modified_costs_nothing_and_each_token_has_its_own(github, client, speak):
    first = client.get(RUNS)
    again = client.get(RUNS, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert not {"Content-Length", "Content-Type"} & set(again.headers)
    assert again.headers["X-RateLimit-Remaining"] == first.headers["X-RateLimit-Remaining"] == "4999"
    assert speak(github.token()).get(RUNS, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    client.post(DISPATCH, {"ref": "main"})
    assert client.get(RUNS, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert (len(github.log), github.log.charged) == (5, 4)


def test_a_poll_of_a_run_is_charged_only_when_something_changed(github, repo, client):
    repo.lives(queued=10, in_progress=600)
    client.post(DISPATCH, {"ref": "main"})
    path = f"{RUNS}/{next(iter(repo.runs))}"
    github.log.clear()
    etag = ""
    for _ in range(130):
        etag = client.get(path, headers={"If-None-Match": etag}).headers["ETag"]
        github.clock.advance(5)
    assert (len(github.log), github.log.charged) == (130, 3)


def test_the_budget_runs_out_and_comes_back(github, client, speak):
    label = next(iter(github.accounts.tokens.values())).label
    github.limits.hourly[label] = 2
    answers = [client.get(REPO) for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 403]
    assert answers[2].headers["X-RateLimit-Remaining"] == "0"
    assert "API rate limit exceeded" in answers[2].json()["message"]
    reset_at = int(answers[2].headers["X-RateLimit-Reset"])
    assert reset_at == int(github.clock.now().timestamp()) + 3600
    assert client.get("/rate_limit").json()["rate"]["remaining"] == 0  # asking costs nothing and is always answered
    github.clock.advance(3600)
    assert client.get(REPO).status_code == 200


def test_a_budget_can_be_used_up_at_once(github, client):
    label = next(iter(github.accounts.tokens.values())).label
    github.limits.exhaust(label, resets_in=2, now=github.clock.now())
    assert client.get(REPO).status_code == 403
    github.clock.advance(2)
    assert client.get(REPO).status_code == 200


def test_bursts_meet_the_secondary_limit(github, client):
    github.limits.points_per_minute = 10
    github.limits.exceeded_status = 429
    codes = [client.post(f"{REPO}/dispatches", {"event_type": "x"}).status_code for _ in range(3)]
    assert codes == [204, 204, 429]
    github.clock.advance(61)
    assert client.post(f"{REPO}/dispatches", {"event_type": "x"}).status_code == 204


def test_creating_too_much_meets_it_too(github, client):
    github.limits.writes_per_minute = 2
    codes = [client.post(f"{REPO}/dispatches", {"event_type": "x"}) for _ in range(3)]
    assert [a.status_code for a in codes] == [204, 204, 403]
    assert codes[2].headers["Retry-After"] == "60"
    assert "secondary rate limit" in codes[2].json()["message"]


def test_too_many_at_once_meet_it_as_well(github, client):
    github.limits.concurrent = 1
    assert client.get(REPO).status_code == 200
    github.limits.concurrent = 0
    assert client.get(REPO).status_code == 403


def test_requests_in_flight_are_counted_while_they_are_served():
    together = threading.Barrier(4)
    seen = []

    def app(request):
        seen.append(request.in_flight)
        together.wait(timeout=30)
        return Answer.text("ok")

    server = LoopbackServer(app)
    in_parallel(4, lambda: requests.get(server.url, timeout=30))
    assert (sorted(seen), server.peak_in_flight) == ([1, 2, 3, 4], 4)
    server.close()


def test_many_dispatchers_at_once_start_as_many_runs(github, repo):
    token = github.token()
    answers = []

    def dispatch():
        body = {"ref": "main", "return_run_details": True}
        headers = {"Authorization": f"Bearer {token}"}
        answers.append(requests.post(github.url + DISPATCH, json=body, headers=headers, timeout=10).json())

    in_parallel(20, dispatch)
    assert {answer["workflow_run_id"] for answer in answers} == set(repo.runs)
    assert len(repo.runs) == len(github.log) == 20


def test_the_log_tells_how_far_apart_writes_were(github, client):
    for _ in range(3):
        client.post(f"{REPO}/dispatches", {"event_type": "x"})
        github.clock.advance(1.5)
    assert github.log.write_gaps() == [1.5, 1.5]


def test_the_log_has_everything_but_the_secret(github, client):
    token = next(iter(github.accounts.tokens.values()))
    client.post(f"{DISPATCH}?x=1", {"ref": "main"}, headers={"X-Mine": "yes"})
    client.get(f"{RUNS}?per_page=1")
    entry = github.log[0]
    assert github.log.lines == [f"POST {DISPATCH} 400", f"GET {RUNS} 200"]
    assert (entry.query, entry.body, entry.caller, entry.headers["x-mine"]) == (
        {"x": "1"},
        {"ref": "main"},
        token.label,
        "yes",
    )
    assert github.log[1].operation == "GET /repos/{owner}/{repo}/actions/runs"
    assert token.value not in "".join(map(repr, github.log))


def test_an_answer_can_fail_though_the_request_was_accepted(github, client):
    github.faults.on("POST", "/dispatches", after_accept=status(502), times=1)
    assert client.post(DISPATCH, {"ref": "main"}).status_code == 502
    assert client.get(RUNS).json()["total_count"] == 1
    assert client.post(DISPATCH, {"ref": "main"}).status_code == 204


def test_an_answer_can_fail_because_the_request_was_not_accepted(github, client):
    github.faults.on("POST", "/dispatches", status(502), times=1)
    answer = client.post(DISPATCH, {"ref": "main"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
    github.faults.on("GET", "/runs", status(500), times=1)
    assert client.get(RUNS).headers["Content-Type"] == "text/html"
    assert client.get(RUNS).json()["total_count"] == 0


@pytest.mark.parametrize(("accepted", "runs"), [(True, 1), (False, 0)])
def test_a_connection_can_be_reset_before_or_after(github, client, accepted, runs):
    where = {"after_accept": reset} if accepted else {"instead": reset}
    rule = github.faults.on("POST", "/dispatches", times=1, **where)
    with pytest.raises(requests.ConnectionError):
        client.post(DISPATCH, {"ref": "main"})
    assert client.get(RUNS).json()["total_count"] == runs
    assert (rule.struck, github.log[0].status) == (1, 0)


def test_an_answer_can_be_cut_or_broken(github, client):
    github.faults.on("GET", "/runs", after_accept=cut, times=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.get(RUNS)
    github.faults.on("GET", "/runs", after_accept=broken_json, times=1)
    broken = client.get(RUNS)
    assert broken.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken.text)


def test_somebody_else_can_be_a_moment_earlier(github, repo, client):
    github.faults.on("POST", "/dispatches", before=lambda: repo.ran("track.yml", ago=0, actor="rival"), times=1)
    client.post(DISPATCH, {"ref": "main"})
    runs = client.get(RUNS).json()["workflow_runs"]
    assert [run["actor"]["login"] for run in runs] == ["octocat", "rival"]
    assert runs[0]["created_at"] == runs[1]["created_at"]


def test_access_can_be_lost_in_three_ways(github, repo, speak):
    token = github.token()
    client = speak(token)
    github.accounts.tokens[token].repositories = frozenset()
    assert client.get(REPO).status_code == 404
    github.accounts.tokens[token].repositories = None
    assert client.get(REPO).status_code == 200
    github.delete(repo)
    assert client.get(REPO).status_code == 404
    github.revoke(token)
    assert client.get("/user").status_code == 401


def test_an_answer_can_be_slow(github, client):
    github.faults.on("GET", "/runs", after_accept=slow(0.3))
    with pytest.raises(requests.ReadTimeout):
        client.session.get(github.url + RUNS, timeout=0.05)


def test_a_limit_can_be_met_on_demand(github, client):
    github.faults.on("GET", "*", secondary_limit(retry_after=1), times=1)
    limited = client.get(RUNS)
    assert (limited.status_code, limited.headers["Retry-After"]) == (403, "1")
    github.faults.on("GET", "*", status(429), times=1)
    assert "Retry-After" not in client.get(RUNS).headers
    assert client.get(RUNS).status_code == 200


def test_faults_strike_when_told(github, client):
    github.faults.on("GET", "/runs", status(500), skip=1, times=1)
    github.faults.on("GET", "/runs", status(401), since=60)
    github.faults.on("GET", "/branches", status(503), when=lambda request: request.query.get("page") == "2")
    assert [client.get(RUNS).status_code for _ in range(3)] == [200, 500, 200]
    github.clock.advance(60)
    assert client.get(RUNS).status_code == 401
    assert client.get(f"{REPO}/branches").status_code == 200
    assert client.get(f"{REPO}/branches?page=2").status_code == 503
    github.faults.clear()
    assert client.get(RUNS).status_code == 200


def test_cancelling_can_fail_as_it_does_for_wedged_runs(github, repo, client):
    client.post(DISPATCH, {"ref": "main"})
    github.faults.on("POST", "*cancel", status(500))
    path = f"{RUNS}/{next(iter(repo.runs))}"
    assert client.post(f"{path}/cancel").status_code == 500
    assert client.post(f"{path}/force-cancel").status_code == 500
    github.clock.advance(100)
    assert client.get(path).json()["conclusion"] == "success"


def test_blobs_can_fail_too(github, repo, client):
    repo.ran("track.yml", ago=60, artifacts=[Upload(name="a", content={"a": "x" * 1000})])
    zip_url = client.get(f"{REPO}/actions/artifacts").json()["artifacts"][0]["archive_download_url"]
    github.blobs.faults.on("GET", "*", after_accept=cut, times=1)
    link = client.get(zip_url).headers["Location"]
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.get(link, headers={"Authorization": None})
    assert client.get(link, headers={"Authorization": None}).status_code == 200


def test_a_request_that_the_description_does_not_allow_is_refused_and_kept(github, client):
    assert client.get(f"{RUNS}?per-page=5").status_code == 400
    assert client.get(f"{RUNS}?status=finished").status_code == 400
    assert client.get(f"{RUNS}?exclude_pull_requests=maybe").status_code == 400
    assert client.get(f"{RUNS}?exclude_pull_requests=true&per_page=5").status_code == 200
    assert client.get(f"{RUNS}/latest").status_code == 400
    assert client.post(f"{REPO}/dispatches", {"event": "x"}).status_code == 422
    assert [refusal.status for refusal in github.refused] == [400, 400, 400, 400, 422]


def test_a_sandbox_that_is_not_strict_lets_unknown_parameters_pass_as_github_does(speak):
    with Sandbox(strict=False) as github:
        github.repository("acme/app")
        client = speak(github.token())
        client.github = github
        assert client.get(f"{RUNS}?per-page=5").status_code == 200


def wrongly():
    """Use a sandbox that answers what GitHub's description does not allow; give the answer."""
    with Sandbox() as github:
        github.repository("acme/app").topics = (1,)
        answer = requests.get(f"{github.url}{REPO}", headers={"Authorization": f"Bearer {github.token()}"}, timeout=10)
        if answer.status_code != 500 or "topics/0" not in answer.text:
            raise LookupError("it was not noticed")


def crashing():
    with Sandbox() as github:
        github.repository("acme/app").history.branches.clear()
        requests.get(f"{github.url}{REPO}", headers={"Authorization": f"Bearer {github.token()}"}, timeout=10)


def failing():
    with Sandbox() as github:
        github.violations.append(Violation("theirs"))
        raise LookupError("mine")


@pytest.mark.parametrize(
    ("use", "error", "said"),
    [
        (wrongly, Violation, 'GET /repos/{owner}/{repo} 200 at properties/topics/0: 1 is not of type "string"'),
        (crashing, KeyError, "'main'"),
        (failing, LookupError, "mine"),  # what is being raised already is worth more
    ],
)
def test_a_sandbox_that_was_wrong_says_so_where_it_is_closed(use, error, said):
    with pytest.raises(error) as raised:
        use()
    assert str(raised.value) == said
