"""Who may do what: tokens of every kind, Apps, versions, redirects of renamed repositories."""

import time

import jwt
import pytest

REPO = "/repos/acme/app"


@pytest.fixture
def app(github, repo):
    return github.app("prover", {"actions": "write", "contents": "read"})


@pytest.fixture
def signed(github, app):
    """Sign in as the App: for ten minutes from the sandbox's now, unless told otherwise."""

    def sign(*, issued=0, expires=600, issuer=None, key=None):
        now = int(github.clock.now().timestamp())
        claims = {"iat": now + issued, "exp": now + expires, "iss": issuer or str(app.id)}
        return jwt.encode(claims, key or app.private_key, algorithm="RS256")

    return sign


def test_every_kind_of_token_says_what_github_says_of_it(github, speak):
    soon = github.token(expires_in=3600)
    fine = speak(soon).get(REPO)
    assert fine.headers["GitHub-Authentication-Token-Expiration"] == "2026-11-02 10:00:00 UTC"
    assert "X-OAuth-Scopes" not in fine.headers
    classic = speak(github.classic_token("repo", "workflow")).get(REPO)
    assert classic.headers["X-OAuth-Scopes"] == "repo, workflow"
    assert "GitHub-Authentication-Token-Expiration" not in classic.headers
    actions = speak(github.actions_token("acme/app")).get(REPO)
    assert actions.headers["X-RateLimit-Limit"] == "1000"
    assert all(a.headers["X-GitHub-Request-Id"] for a in (fine, classic, actions))


def test_a_token_belongs_to_somebody_or_to_an_installation(github, speak):
    assert speak(github.token(login="ann")).get("/user").json()["login"] == "ann"
    refused = speak(github.actions_token("acme/app")).get("/user")
    assert (refused.status_code, refused.json()["message"]) == (403, "Resource not accessible by integration")
    assert speak("").get("/user").status_code == 401


@pytest.mark.parametrize("bad", ["ghp_unknown", "x", "a.b.c"])
def test_a_bad_token_is_no_anonymous_one(speak, bad):
    assert speak(bad).get("/").status_code == 401


def test_a_token_dies_at_its_time(github, speak):
    client = speak(github.token(expires_in=60))
    assert client.get(REPO).status_code == 200
    github.clock.advance(60)
    answer = client.get(REPO)
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


def test_what_a_token_lacks_is_named(github, speak):
    client = speak(github.token({"actions": "read"}))
    assert client.get(f"{REPO}/actions/runs").status_code == 200
    refused = client.post(f"{REPO}/actions/workflows/track.yml/dispatches", {"ref": "main"})
    assert refused.status_code == 403
    assert refused.headers["X-Accepted-GitHub-Permissions"] == "actions=write"
    assert refused.json()["message"] == "Resource not accessible by personal access token"
    assert client.post(f"{REPO}/dispatches", {"event_type": "x"}).headers["X-Accepted-GitHub-Permissions"] == (
        "contents=write"
    )
    assert len(client.get(f"{REPO}/actions/runs").json()["workflow_runs"]) == 0


def test_a_private_repository_that_was_not_given_looks_missing(github, speak):
    client = speak(github.token(repositories=["acme/other"]))
    assert client.get(REPO).status_code == 404
    assert speak(github.classic_token()).get(REPO).status_code == 404
    assert speak("").get(REPO).status_code == 404


def test_a_comment_needs_one_of_two_permissions(github, repo, speak):
    path = f"{REPO}/issues/{repo.issue()}/comments"
    for permissions, status in (
        ({"issues": "write"}, 201),
        ({"pull_requests": "write"}, 201),
        ({"issues": "read"}, 403),
    ):
        answer = speak(github.token(permissions)).post(path, {"body": "x"})
        assert answer.status_code == status
        assert answer.headers["X-Accepted-GitHub-Permissions"] == "issues=write; pull_requests=write"
    assert speak(github.token({"pull_requests": "read"})).get(path).status_code == 200


def test_a_classic_token_for_public_repositories_writes_only_to_those(github, speak):
    public = github.repository("acme/open", private=False)
    client = speak(github.classic_token("public_repo"))
    assert client.post("/repos/acme/open/dispatches", {"event_type": "x"}).status_code == 204
    public.private = True
    assert client.post("/repos/acme/open/dispatches", {"event_type": "x"}).status_code == 404


def test_anybody_may_read_what_is_public_and_nobody_may_write_without_permission(github, speak):
    public = github.repository("acme/open", private=False)
    public.workflow("a.yml", "on: workflow_dispatch\njobs: {a: {}}")
    path = "/repos/acme/open/actions/workflows/a.yml/dispatches"
    for token in ("", github.token({}, repositories=[]), github.classic_token()):
        client = speak(token)
        assert client.get("/repos/acme/open/actions/runs").status_code == 200
        assert client.post(path, {"ref": "main"}).status_code in {401, 403}


def test_only_a_repository_that_is_not_archived_can_be_written(repo, client):
    repo.archived = True
    answer = client.post(f"{REPO}/dispatches", {"event_type": "x"})
    assert (answer.status_code, answer.json()["message"]) == (403, "Repository was archived so is read-only.")
    assert client.get(REPO).json()["archived"] is True


def test_permissions_on_the_repository_object_follow_the_token(github, speak):
    assert speak(github.token({"contents": "read"})).get(REPO).json()["permissions"]["push"] is False
    assert speak(github.token({"contents": "write"})).get(REPO).json()["permissions"]["push"] is True
    github.repository("acme/open", private=False)
    assert "permissions" not in speak("").get("/repos/acme/open").json()


def test_an_app_signs_in_and_gets_a_token_for_one_hour(github, app, signed, speak):
    installation = github.install(app, "acme", ["acme/app"])
    as_app = speak(signed())
    assert as_app.get("/app").json()["slug"] == "prover"
    found = as_app.get(f"{REPO}/installation").json()
    assert (found["id"], found["permissions"]) == (installation.id, {"actions": "write", "contents": "read"})
    assert [one["id"] for one in as_app.get("/app/installations").json()] == [installation.id]
    answer = as_app.post(f"/app/installations/{installation.id}/access_tokens")
    assert (answer.status_code, answer.json()["expires_at"]) == (201, "2026-11-02T10:00:00Z")
    assert answer.json()["repository_selection"] == "selected"
    assert speak(github.token()).get("/installation/repositories").status_code == 403
    client = speak(answer.json()["token"])
    assert [r["full_name"] for r in client.get("/installation/repositories").json()["repositories"]] == ["acme/app"]
    assert client.post(f"{REPO}/actions/workflows/track.yml/dispatches", {"ref": "main"}).status_code == 204
    assert client.get(f"{REPO}/actions/runs").json()["workflow_runs"][0]["actor"]["login"] == "prover[bot]"
    github.clock.advance(3600)
    assert client.get(REPO).status_code == 401


def test_an_installation_token_can_be_narrowed_and_never_widened(github, app, signed, speak):
    github.repository("acme/other")
    installation = github.install(app, "acme")
    as_app = speak(signed())
    path = f"/app/installations/{installation.id}/access_tokens"
    assert as_app.get(path.removesuffix("/access_tokens")).json()["repository_selection"] == "all"
    narrow = as_app.post(path, {"repositories": ["app"], "permissions": {"actions": "read"}})
    client = speak(narrow.json()["token"])
    assert client.get(f"{REPO}/actions/runs").status_code == 200
    assert client.get("/repos/acme/other").status_code == 404
    assert client.post(f"{REPO}/actions/workflows/track.yml/dispatches", {"ref": "main"}).status_code == 403
    assert as_app.post(path, {"permissions": {"issues": "write"}}).status_code == 422
    assert as_app.post(path, {"repositories": ["unknown"]}).status_code == 422


def test_an_app_that_is_not_installed_is_told_so(github, app, signed, speak):
    github.install(app, "other-owner")
    as_app = speak(signed())
    assert as_app.get(f"{REPO}/installation").status_code == 404
    assert as_app.post("/app/installations/1/access_tokens").status_code == 404
    assert as_app.get(f"{REPO}/actions/runs").status_code == 403


def test_a_suspended_installation_gives_no_tokens(github, app, signed, speak):
    installation = github.install(app, "acme")
    installation.suspended_at = github.clock.now()
    answer = speak(signed()).post(f"/app/installations/{installation.id}/access_tokens")
    assert (answer.status_code, answer.json()["message"]) == (403, "This installation has been suspended")


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ({"expires": 0}, "'Expiration time' claim ('exp') must be a numeric value representing a future time"),
        ({"expires": 1200}, "'Expiration time' claim ('exp') is too far in the future"),
        ({"issued": 120}, "'Issued at' claim ('iat') must be an Integer representing the time of the assertion"),
        ({"issuer": "424242"}, "Integration not found"),
    ],
)
def test_a_jwt_must_be_of_now_and_of_a_known_app(signed, speak, times, message):
    answer = speak(signed(**times)).get("/app")
    assert (answer.status_code, answer.json()["message"]) == (401, message)


def test_a_jwt_signed_by_another_key_is_refused(github, signed, speak):
    other = github.app("other")
    assert speak(signed(key=other.private_key)).get("/app").status_code == 401


def test_a_token_is_no_jwt(client):
    assert client.get("/app").json()["message"] == "A JSON web token could not be decoded"


def test_a_renamed_repository_redirects_reads_and_writes_differently(github, repo, client):
    github.rename(repo, "new-acme/renamed")
    read = client.get(f"{REPO}/actions/runs")
    assert (read.status_code, read.json()["message"]) == (301, "Moved Permanently")
    assert client.get(read.headers["Location"]).json()["total_count"] == 0
    assert client.get(client.get(REPO).headers["Location"]).json()["full_name"] == "new-acme/renamed"
    write = client.post(f"{REPO}/dispatches", {"event_type": "run-tracktor"})
    assert write.status_code == 307
    assert client.get("/repos/new-acme/renamed/actions/runs").json()["total_count"] == 0
    assert client.post(write.headers["Location"], {"event_type": "run-tracktor"}).status_code == 204
    assert client.get("/repos/new-acme/renamed/actions/runs").json()["total_count"] == 1


def test_a_rename_is_not_told_to_whoever_may_not_see_the_repository(github, repo, speak):
    github.rename(repo, "acme/renamed")
    assert speak(github.token(repositories=[])).get(REPO).status_code == 404


@pytest.mark.parametrize("path", ["/nothing", "/repositories/1", "/repos/acme", f"{REPO}/nothing", "/repos/acme/none"])
def test_what_is_not_there_is_not_found(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")


def test_names_of_repositories_ignore_case(client):
    assert client.get("/repos/ACME/App").json()["full_name"] == "acme/app"


def test_the_clock_of_the_server_may_be_wrong(github, client):
    github.server.skew = 3600
    github.server.date_skew = -60
    answer = client.post(f"{REPO}/actions/workflows/track.yml/dispatches", {"ref": "main"})
    assert answer.headers["Date"] == "Mon, 02 Nov 2026 09:59:00 GMT"
    run = client.get(f"{REPO}/actions/runs").json()["workflow_runs"][0]
    assert (run["created_at"], run["status"]) == ("2026-11-02T10:00:00Z", "queued")


def test_an_unknown_api_version_is_refused_with_the_known_ones(client):
    answer = client.get(REPO, headers={"X-GitHub-Api-Version": "2020-01-01"})
    assert answer.status_code == 400
    assert '"2026-03-10", "2022-11-28"' in answer.json()["message"]
    chosen = client.get(REPO, headers={"X-GitHub-Api-Version": "2026-03-10"})
    assert chosen.headers["X-GitHub-Api-Version-Selected"] == "2026-03-10"


def test_a_head_request_is_a_read_without_its_body(client):
    whole, head = client.get(REPO), client("HEAD", REPO)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]


def test_nothing_here_waits(github, client):
    began = time.monotonic()
    github.clock.advance(86_400)
    client.get(REPO)
    assert time.monotonic() - began < 60
