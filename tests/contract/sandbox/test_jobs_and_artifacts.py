"""Jobs, logs and artifacts: what is there when, and the way to their bytes on the other host."""

import hashlib
import io
import zipfile

import pytest

from crossproof_sandbox import Job, Life, Step, Upload

RUNS = "/repos/acme/app/actions/runs"
JOBS = [
    Job(name="build", takes=2, conclusion="success", log="one\ntwo", steps=(Step(name="compile", takes=2),)),
    Job(name="test", starts=2, conclusion="failure", log="boom", labels=("self-hosted", "mac")),
]


@pytest.fixture
def start(client):
    """Start a run, and give its path."""

    def dispatch():
        body = {"ref": "main", "return_run_details": True}
        answer = client.post("/repos/acme/app/actions/workflows/track.yml/dispatches", body)
        return f"{RUNS}/{answer.json()['workflow_run_id']}"

    return dispatch


def shown(client, path):
    return [(job["name"], job["status"], job["conclusion"]) for job in client.get(path).json()["jobs"]]


def test_jobs_follow_their_own_script(github, repo, client, start):
    repo.lives(queued=1, in_progress=5, conclusion="failure", jobs=JOBS)
    path = start()
    seen = []
    for _ in range(7):
        state = shown(client, f"{path}/jobs")
        if not seen or seen[-1] != state:
            seen.append(state)
        github.clock.advance(1)
    assert seen == [
        [("build", "queued", None), ("test", "queued", None)],
        [("build", "in_progress", None), ("test", "queued", None)],
        [("build", "completed", "success"), ("test", "in_progress", None)],
        [("build", "completed", "success"), ("test", "completed", "failure")],
    ]


def test_a_job_tells_its_steps_its_labels_and_its_runner(github, repo, client, start):
    repo.lives(in_progress=5, jobs=JOBS)
    path = start()
    github.clock.advance(1)
    build, test = client.get(f"{path}/jobs").json()["jobs"]
    assert [(s["name"], s["number"], s["status"]) for s in build["steps"]] == [("compile", 1, "in_progress")]
    assert (test["labels"], test["runner_name"]) == (["self-hosted", "mac"], None)
    assert client.get(f"/repos/acme/app/actions/jobs/{build['id']}").json() == build


def test_jobs_come_from_the_workflow_file_where_no_script_names_them(github, client, start):
    path = start()
    assert [name for name, *_ in shown(client, f"{path}/jobs")] == ["build", "Test it"]


def test_a_run_that_is_only_pending_has_no_jobs(repo, client, start):
    repo.lives(pending=5, in_progress=1)
    assert shown(client, f"{start()}/jobs") == []


def test_the_list_of_jobs_may_lag(github, repo, client, start):
    repo.lives(in_progress=3, conclusion="failure", jobs=[Job(name="a")], more={"jobs_lag": 2})
    path = start()
    github.clock.advance(3)
    assert client.get(path).json()["status"] == "completed"
    assert shown(client, f"{path}/jobs") == [("a", "in_progress", None)]
    github.clock.advance(2)
    assert shown(client, f"{path}/jobs") == [("a", "completed", "failure")]


def test_a_wedged_run_goes_on_though_all_its_jobs_are_over(github, repo, client, start):
    repo.lives(in_progress=float("inf"), jobs=[Job(name="a", takes=1, conclusion="success")])
    path = start()
    github.clock.advance(100_000)
    assert client.get(path).json()["status"] == "in_progress"
    assert shown(client, f"{path}/jobs") == [("a", "completed", "success")]


def test_cancelling_ends_the_jobs_that_still_run(github, repo, client, start):
    repo.lives(in_progress=10, jobs=JOBS)
    path = start()
    github.clock.advance(3)
    client.post(f"{path}/cancel")
    github.clock.advance(1)
    assert shown(client, f"{path}/jobs") == [("build", "completed", "success"), ("test", "completed", "cancelled")]


def test_running_the_failed_jobs_again_keeps_the_others(github, repo, client, start):
    repo.lives(
        in_progress=5,
        conclusion="failure",
        jobs=JOBS,
        more={"rerun": Life(phases=(("in_progress", 4.0),), jobs=tuple(JOBS))},
    )
    path = start()
    github.clock.advance(5)
    first = client.get(f"{path}/jobs").json()["jobs"]
    assert client.post(f"{path}/rerun-failed-jobs").status_code == 201
    build, test = client.get(f"{path}/jobs").json()["jobs"]
    assert (build["conclusion"], build["completed_at"]) == ("success", first[0]["completed_at"])
    assert (test["status"], test["run_attempt"]) == ("queued", 2)
    assert {build["id"], test["id"]}.isdisjoint({job["id"] for job in first})
    assert [job["id"] for job in client.get(f"{path}/attempts/1/jobs").json()["jobs"]] == [job["id"] for job in first]
    assert len(client.get(f"{path}/jobs?filter=all").json()["jobs"]) == 4


def test_running_failed_jobs_again_needs_failed_jobs(github, repo, client, start):
    repo.lives(in_progress=1)
    path = start()
    github.clock.advance(1)
    assert client.post(f"{path}/rerun-failed-jobs").status_code == 403


def test_one_job_can_be_run_again(github, repo, client, start):
    repo.lives(in_progress=5, conclusion="failure", jobs=JOBS)
    path = start()
    github.clock.advance(5)
    failed = client.get(f"{path}/jobs").json()["jobs"][1]["id"]
    assert client.post(f"/repos/acme/app/actions/jobs/{failed}/rerun").status_code == 201
    assert [status for _, status, _ in shown(client, f"{path}/jobs")] == ["completed", "queued"]


def test_a_log_is_there_once_its_job_is_over_and_lies_on_another_host(github, repo, client, start):
    repo.lives(in_progress=5, jobs=JOBS)
    path = start()
    build, test = (job["id"] for job in client.get(f"{path}/jobs").json()["jobs"])
    assert client.get(f"/repos/acme/app/actions/jobs/{build}/logs").status_code == 404
    github.clock.advance(2)
    answer = client.get(f"/repos/acme/app/actions/jobs/{build}/logs")
    assert answer.status_code == 302
    assert not answer.headers["Location"].startswith(github.url)
    log = client.get(answer.headers["Location"], headers={"Authorization": None})
    assert log.content.decode() == ("\ufeff2026-11-02T09:00:00.0000000Z one\n2026-11-02T09:00:00.0000000Z two\n")
    assert client.get(f"/repos/acme/app/actions/jobs/{test}/logs").status_code == 404


def test_all_logs_of_a_run_are_there_only_when_it_is_over(github, repo, client, start):
    repo.lives(in_progress=5, jobs=JOBS)
    path = start()
    assert client.get(f"{path}/logs").status_code == 404
    github.clock.advance(5)
    for where in (f"{path}/logs", f"{path}/attempts/1/logs"):
        content = client.get(client.get(where).headers["Location"], headers={"Authorization": None}).content
        assert zipfile.ZipFile(io.BytesIO(content)).namelist() == ["0_build.txt", "1_test.txt"]


@pytest.fixture
def artifact(github, repo, client):
    """Tell of a run that left one artifact; give the artifact as the API shows it."""
    content = {"logs/events.json": "[]", "big.bin": bytes(range(256)) * 40}
    repo.ran("track.yml", ago=600, artifacts=[Upload(name="tracktor-logs", content=content)])
    return client.get("/repos/acme/app/actions/artifacts").json()["artifacts"][0]


@pytest.fixture
def link(client, artifact):
    """Ask for the artifact's link."""
    return lambda: client.get(artifact["archive_download_url"]).headers["Location"]


@pytest.fixture
def fetch(client):
    """Download without credentials."""
    return lambda url, **headers: client.get(url, headers={"Authorization": None, **headers})


def test_an_artifact_is_verifiable_by_its_digest(client, artifact, link, fetch):
    content = fetch(link()).content
    assert fetch(link()).headers["Content-Type"] == "application/zip"
    assert artifact["digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert artifact["size_in_bytes"] == len(content)
    assert zipfile.ZipFile(io.BytesIO(content)).read("logs/events.json") == b"[]"
    assert client.get(f"{RUNS}/{artifact['workflow_run']['id']}/artifacts").json()["artifacts"] == [artifact]


def test_a_link_dies_after_a_minute(github, link, fetch):
    url = link()
    github.clock.advance(59)
    assert fetch(url).status_code == 200
    github.clock.advance(1)
    dead = fetch(url)
    assert (dead.status_code, "AuthenticationFailed" in dead.text) == (403, True)
    assert fetch(link()).status_code == 200


def test_a_link_that_nobody_signed_leads_nowhere(link, fetch):
    assert fetch(link()[:-1]).status_code == 403


def test_credentials_that_leak_to_the_other_host_are_refused_and_seen(github, client, link):
    assert client.get(link()).status_code == 400
    assert [e.caller for e in github.blobs.log] == ["WITH CREDENTIALS"]


def test_a_download_can_be_taken_in_ranges(link, fetch):
    url = link()
    whole = fetch(url)
    half = len(whole.content) // 2
    first = fetch(url, Range=f"bytes=0-{half - 1}")
    second = fetch(url, Range=f"bytes={half}-", **{"If-Match": whole.headers["ETag"]})
    assert (first.status_code, first.headers["Content-Range"]) == (206, f"bytes 0-{half - 1}/{len(whole.content)}")
    assert first.content + second.content == whole.content
    assert fetch(url, Range="bytes=-5").content == whole.content[-5:]
    assert fetch(url, Range=f"bytes={len(whole.content)}-").status_code == 416
    assert fetch(url, **{"If-Match": '"another"'}).status_code == 412


@pytest.mark.parametrize("odd", ["bytes=-", "bytes=a-b", "bytes=0-1,3-4", "lines=0-1"])
def test_a_range_that_is_not_understood_brings_everything(link, fetch, odd):
    url = link()
    assert (fetch(url, Range=odd).status_code, fetch(url, Range=odd).content) == (200, fetch(url).content)


def test_another_artifact_of_the_same_name_is_another_blob(repo, client, artifact, link, fetch):
    first, again = fetch(link()), fetch(link())
    repo.ran("track.yml", ago=300, artifacts=[Upload(name="tracktor-logs", content={"a": "2"})])
    newer = client.get("/repos/acme/app/actions/artifacts?name=tracktor-logs").json()["artifacts"][0]
    other = fetch(client.get(newer["archive_download_url"]).headers["Location"])
    assert first.headers["ETag"] == again.headers["ETag"] != other.headers["ETag"]


def test_what_is_stored_is_only_for_those_who_sign_in(github, speak, fetch):
    open_repo = github.repository("acme/open", private=False)
    open_repo.workflow("a.yml", "on: push\njobs: {a: {}}")
    run = open_repo.ran("a.yml", ago=600, artifacts=[Upload(name="a", content={"a": "1"})])
    anonymous = speak("")
    assert anonymous.get(f"/repos/acme/open/actions/runs/{run.id}/logs").status_code == 401
    artifact = anonymous.get("/repos/acme/open/actions/artifacts").json()["artifacts"][0]
    assert anonymous.get(artifact["archive_download_url"]).status_code == 401


def test_an_expired_artifact_is_listed_but_gone(github, client, artifact):
    github.clock.advance(91 * 86_400)
    assert client.get(artifact["url"]).json()["expired"] is True
    gone = client.get(artifact["archive_download_url"])
    assert (gone.status_code, gone.json()["message"]) == (410, "Artifact has expired")


def test_artifacts_appear_when_they_are_uploaded_and_not_at_all_if_the_run_is_cancelled_before(
    github, repo, client, start
):
    early = Upload(name="early", content={"a": "1"}, at=1)
    late = Upload(name="late", content={"b": "2"})
    repo.lives(in_progress=5, artifacts=[early, late])
    path = start()

    def names():
        return [a["name"] for a in client.get(f"{path}/artifacts").json()["artifacts"]]

    seen = []
    for _ in range(6):
        seen.append(names())
        github.clock.advance(1)
    assert seen == [[], *[["early"]] * 4, ["early", "late"]]
    path = start()
    github.clock.advance(2)
    client.post(f"{path}/cancel")
    github.clock.advance(10)
    assert names() == ["early"]


def test_artifacts_are_found_by_their_exact_name_in_either_direction(repo, client):
    uploads = [Upload(name=name, content={"a": name}, at=n) for n, name in enumerate(("one", "two", "three"))]
    run = repo.ran("track.yml", ago=600, artifacts=uploads)
    path = f"{RUNS}/{run.id}/artifacts"
    assert [a["name"] for a in client.get(f"{path}?name=two").json()["artifacts"]] == ["two"]
    assert client.get(f"{path}?name=tw").json() == {"total_count": 0, "artifacts": []}
    assert [a["name"] for a in client.get(f"{path}?direction=desc").json()["artifacts"]] == ["three", "two", "one"]


def test_a_single_file_is_stored_as_it_is(repo, client, fetch):
    repo.ran("track.yml", ago=600, artifacts=[Upload(name="report.html", content=b"<html>", digest=None)])
    artifact = client.get("/repos/acme/app/actions/artifacts").json()["artifacts"][0]
    assert artifact["digest"] is None
    answer = fetch(client.get(artifact["archive_download_url"]).headers["Location"])
    assert (answer.content, answer.headers["Content-Disposition"]) == (b"<html>", 'attachment; filename="report.html"')
    assert answer.headers["Content-Type"] == "application/octet-stream"


def test_a_deleted_artifact_is_gone(client, artifact):
    assert client("DELETE", artifact["url"]).status_code == 204
    assert client.get(artifact["url"]).status_code == 404


def test_a_large_blob_is_served_from_its_file(github, repo, client, fetch, tmp_path):
    file = tmp_path / "big.zip"
    file.write_bytes(b"0123456789" * 100_000)
    repo.ran("track.yml", ago=600, artifacts=[Upload(name="big", content=file)])
    artifact = client.get("/repos/acme/app/actions/artifacts").json()["artifacts"][0]
    assert artifact["size_in_bytes"] == 1_000_000
    assert artifact["digest"] == f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    url = client.get(artifact["archive_download_url"]).headers["Location"]
    assert fetch(url, Range="bytes=999990-").content == b"0123456789"
    assert len(fetch(url).content) == 1_000_000
