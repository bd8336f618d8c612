"""Git objects and what is said about commits and pull requests."""

import base64

import pytest

REPO = "/repos/acme/app"


@pytest.fixture
def feature(repo):
    """Give a branch with two commits beside a default branch that went on."""
    repo.commit({"src/a.py": "a\n", "src/b.py": "b\n"}, message="Base files")
    repo.branch("feature/x")
    repo.commit({"src/a.py": "a\nA\n"}, branch="feature/x", message="Change a", author="ann")
    repo.commit({"src/b.py": None, "src/c.py": "c\n"}, branch="feature/x", message="Replace b")
    return repo


def test_branches_may_contain_slashes(feature, client):
    for path in ("feature/x", "feature%2Fx"):
        branch = client.get(f"{REPO}/branches/{path}").json()
        assert (branch["name"], branch["commit"]["commit"]["message"]) == ("feature/x", "Replace b")
    assert client.get(f"{REPO}/branches/feature").status_code == 404
    assert [b["name"] for b in client.get(f"{REPO}/branches").json()] == ["feature/x", "main"]


def test_refs_are_found_whole_or_by_their_beginning(feature, client):
    feature.branch("feature/xy")
    feature.tag("v1.0", message="Release")
    head = feature.history.branches["feature/x"]
    assert client.get(f"{REPO}/git/ref/heads/feature/x").json()["object"]["sha"] == head
    assert client.get(f"{REPO}/git/ref/heads/feature").status_code == 404
    found = client.get(f"{REPO}/git/matching-refs/heads/feature").json()
    assert [r["ref"] for r in found] == ["refs/heads/feature/x", "refs/heads/feature/xy"]
    assert client.get(f"{REPO}/git/matching-refs/tags/none").json() == []
    tag = client.get(f"{REPO}/git/ref/tags/v1.0").json()["object"]
    assert tag["type"] == "tag"
    annotated = client.get(f"{REPO}/git/tags/{tag['sha']}").json()
    assert annotated["object"]["sha"] == client.get(f"{REPO}/tags").json()[0]["commit"]["sha"]


def test_object_ids_are_those_of_git_itself(feature, client):
    tree = client.get(f"{REPO}/git/trees/main?recursive=1").json()["tree"]
    by_path = {entry["path"]: entry for entry in tree}
    # `printf 'a\n' | git hash-object --stdin`, and `git write-tree` of a.py and b.py
    assert by_path["src/a.py"]["sha"] == "78981922613b2afb6025042ff6bd878ac1994e85"
    assert by_path["src"]["sha"] == "f26df56b3ec4de00ba71a7cee746e234fe306f16"
    blob = client.get(f"{REPO}/git/blobs/{by_path['src/a.py']['sha']}").json()
    assert base64.b64decode(blob["content"]) == b"a\n"
    assert [e["path"] for e in client.get(f"{REPO}/git/trees/{by_path['src']['sha']}").json()["tree"]] == [
        "a.py",
        "b.py",
    ]
    for kind in ("trees", "blobs", "tags"):
        assert client.get(f"{REPO}/git/{kind}/{'0' * 40}").status_code == 404


def test_a_folder_sorts_as_if_its_name_ended_in_a_slash(repo, client):
    repo.commit(dict.fromkeys(("b/x", "b.txt", "b-c"), ""), branch="sorted")
    names = [e["path"] for e in client.get(f"{REPO}/git/trees/sorted").json()["tree"]]
    assert names == [".github", "README.md", "b-c", "b.txt", "b"]


def test_commits_are_found_by_what_names_them(feature, client):
    sha = feature.history.branches["feature/x"]
    for name in ("feature/x", "heads/feature/x", sha, sha[:7]):
        assert client.get(f"{REPO}/commits/{name}").json()["sha"] == sha
    missing = client.get(f"{REPO}/commits/0000000")
    assert (missing.status_code, missing.json()["message"]) == (422, "No commit found for SHA: 0000000")
    assert client.get(f"{REPO}/git/commits/{sha}").json()["message"] == "Replace b"
    assert client.get(f"{REPO}/git/commits/{'0' * 40}").status_code == 404


def test_commits_are_listed_from_a_ref_and_by_path(feature, client):
    def messages(query):
        return [c["commit"]["message"] for c in client.get(f"{REPO}/commits?{query}").json()]

    assert messages("sha=feature/x&per_page=2") == ["Replace b", "Change a"]
    assert messages("sha=feature/x&path=src/a.py") == ["Change a", "Base files"]
    assert client.get(f"{REPO}/commits?sha=none").status_code == 404


def test_a_comparison_says_how_two_commits_relate(feature, client):
    ahead = client.get(f"{REPO}/compare/main...feature/x").json()
    assert (ahead["status"], ahead["ahead_by"], ahead["behind_by"]) == ("ahead", 2, 0)
    assert [(f["filename"], f["status"]) for f in ahead["files"]] == [
        ("src/a.py", "modified"),
        ("src/b.py", "removed"),
        ("src/c.py", "added"),
    ]
    assert [c["commit"]["message"] for c in ahead["commits"]] == ["Change a", "Replace b"]
    assert client.get(f"{REPO}/compare/feature/x...main").json()["status"] == "behind"
    assert client.get(f"{REPO}/compare/main...main").json()["status"] == "identical"
    feature.commit({"new": "1"})
    assert client.get(f"{REPO}/compare/main...feature/x").json()["status"] == "diverged"
    assert client.get(f"{REPO}/compare/main...nowhere").status_code == 404


def test_contents_are_files_or_folders_at_a_ref(feature, client):
    file = client.get(f"{REPO}/contents/src/a.py?ref=feature/x").json()
    assert base64.b64decode(file["content"]) == b"a\nA\n"
    assert [e["name"] for e in client.get(f"{REPO}/contents/src").json()] == ["a.py", "b.py"]
    [folder] = client.get(f"{REPO}/contents/.github").json()
    assert (folder["type"], "/git/trees/" in folder["git_url"], "/git/blobs/" in file["git_url"]) == ("dir", True, True)
    assert client.get(f"{REPO}/contents/none").status_code == 404
    assert client.get(f"{REPO}/contents/src/a.py?ref=none").status_code == 404


def test_the_last_status_of_each_context_counts(repo, client):
    sha = repo.history.branches["main"]
    path = f"{REPO}/statuses/{sha}"
    assert client.get(f"{REPO}/commits/{sha}/status").json()["state"] == "pending"
    for state, context in (("pending", "crossproof/app"), ("success", "crossproof/app"), ("failure", "other")):
        assert client.post(path, {"state": state, "context": context, "description": "d"}).status_code == 201
    combined = client.get(f"{REPO}/commits/main/status").json()
    assert (combined["state"], combined["total_count"]) == ("failure", 2)
    assert [s["state"] for s in client.get(f"{REPO}/commits/main/statuses").json()] == ["failure", "success", "pending"]


def test_a_status_has_its_limits(repo, client):
    sha = repo.history.branches["main"]
    assert client.post(f"{REPO}/statuses/{'0' * 40}", {"state": "success"}).status_code == 422
    assert client.post(f"{REPO}/statuses/{sha}", {"state": "green"}).status_code == 422
    assert client.post(f"{REPO}/statuses/{sha}", {"state": "success", "description": "x" * 141}).status_code == 422
    refused = client.post(f"{REPO}/statuses/{sha}", {"state": "success", "description": "a \N{BUG}"})
    assert (refused.status_code, "4-byte" in refused.text) == (422, True)
    client.post(f"{REPO}/statuses/{sha}", {"state": "success"})
    repo.discussion.statuses *= 1000
    assert client.post(f"{REPO}/statuses/{sha}", {"state": "success"}).status_code == 422
    assert client.post(f"{REPO}/statuses/{sha}", {"state": "success", "context": "another"}).status_code == 201


def test_check_runs_belong_to_apps_and_gather_annotations(github, repo, client, speak):
    sha = repo.history.branches["main"]
    body = {"name": "crossproof", "head_sha": sha, "status": "in_progress"}
    app = speak(github.actions_token("acme/app"))
    made = app.post(f"{REPO}/check-runs", body).json()
    path = f"{REPO}/check-runs/{made['id']}"
    note = {"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "m"}
    output = {"title": "T", "summary": "S", "annotations": [note] * 50}
    for _ in range(2):
        app("PATCH", path, json={"output": output})
    assert app("PATCH", path, json={"output": output | {"annotations": [note] * 51}}).status_code == 422
    assert app("PATCH", path, json={"status": "completed"}).status_code == 422
    done = app("PATCH", path, json={"conclusion": "failure"}).json()
    assert (made["completed_at"], done["completed_at"]) == (None, "2026-11-02T09:00:00Z")
    assert (done["status"], done["conclusion"], done["output"]["annotations_count"]) == ("completed", "failure", 100)
    assert len(client.get(f"{path}/annotations?per_page=100").json()) == 100
    app.post(f"{REPO}/check-runs", body)
    assert client.get(f"{REPO}/commits/main/check-runs").json()["total_count"] == 1
    for query, count in (
        ("status=queued", 0),
        ("status=in_progress", 1),
        ("check_name=crossproof", 1),
        ("check_name=other", 0),
    ):
        assert client.get(f"{REPO}/commits/main/check-runs?{query}").json()["total_count"] == count, query
    assert client.get(f"{REPO}/commits/main/check-runs?filter=all").json()["total_count"] == 2
    assert client.get(path).json() == done


def test_a_person_learns_that_check_runs_are_not_theirs_before_anything_is_looked_at(github, speak):
    for token in (github.token(), github.classic_token("repo")):
        answer = speak(token).post(f"{REPO}/check-runs", {})
        assert (answer.status_code, answer.json()["message"]) == (403, "You must authenticate via a GitHub App.")


def test_permissions_come_before_the_body(github, speak):
    blind = speak(github.token({"metadata": "read", "actions": "read"}))
    able = speak(github.actions_token("acme/app"))
    paths = (
        "actions/workflows/track.yml/dispatches",
        "dispatches",
        f"statuses/{'0' * 40}",
        "check-runs",
        "issues",
        "pulls",
    )
    for path in paths:
        assert blind.post(f"{REPO}/{path}", {}).status_code == 403, path
        assert able.post(f"{REPO}/{path}", {}).status_code == 422, path


def test_issues_share_their_list_and_their_numbers_with_pull_requests(feature, client):
    first = client.post(f"{REPO}/issues", {"title": "Why?", "body": "Because"}).json()
    feature.pull("feature/x")
    client.post(f"{REPO}/issues/{first['number']}/comments", {"body": "x"})
    listed = client.get(f"{REPO}/issues").json()
    assert [(one["number"], one["title"], "pull_request" in one) for one in listed] == [
        (2, "A change", True),
        (1, "Why?", False),
    ]
    shown = client.get(f"{REPO}/issues/{first['number']}").json()
    assert (shown["comments"], shown["body"], shown["user"]["login"]) == (1, "Because", "octocat")
    assert client.get(f"{REPO}/issues/99").status_code == 404


def test_a_pull_request_can_be_opened_once(feature, client):
    body = {"title": "T", "head": "feature/x", "base": "main"}
    assert client.post(f"{REPO}/pulls", body).json()["commits"] == 2
    again = client.post(f"{REPO}/pulls", body)
    assert (again.status_code, again.json()["errors"][0]["message"]) == (
        422,
        "A pull request already exists for acme:feature/x.",
    )
    for wrong in ({"head": "none"}, {"base": "none"}, {"head": "main"}):
        assert client.post(f"{REPO}/pulls", body | wrong).status_code == 422
    assert len(client.get(f"{REPO}/pulls").json()) == 1


def test_comments_are_made_changed_and_taken_away(repo, client):
    issue = repo.issue()
    path = f"{REPO}/issues/{issue}/comments"
    first = client.post(path, {"body": "one"}).json()
    client.post(path, {"body": "two"})
    assert [c["body"] for c in client.get(path).json()] == ["one", "two"]
    assert client.get(f"{path}?since=2026-11-02T09:00:00Z").json() != []
    assert client.get(f"{path}?since=2026-11-02T09:00:01Z").json() == []
    here = f"{REPO}/issues/comments/{first['id']}"
    assert client("PATCH", here, json={"body": "uno"}).json()["body"] == "uno"
    assert client.get(here).json()["body"] == "uno"
    assert client("DELETE", here).status_code == 204
    assert client.get(here).status_code == 404
    assert client.post(path, {"body": "x" * 65_537}).status_code == 422
    assert client.post(f"{REPO}/issues/999/comments", {"body": "x"}).status_code == 404


def test_pull_requests_tell_their_files_and_commits(feature, client):
    pull = feature.pull("feature/x", title="Better", author="ann")
    path = f"{REPO}/pulls/{pull.number}"
    shown = client.get(path).json()
    assert (shown["changed_files"], shown["commits"], shown["mergeable"]) == (3, 2, True)
    assert [f["filename"] for f in client.get(f"{path}/files").json()] == ["src/a.py", "src/b.py", "src/c.py"]
    assert [c["commit"]["message"] for c in client.get(f"{path}/commits").json()] == ["Change a", "Replace b"]
    assert [p["number"] for p in client.get(f"{REPO}/commits/{pull.head_sha}/pulls").json()] == [pull.number]
    merged = feature.merge(pull)
    after = client.get(path).json()
    assert (after["merge_commit_sha"], after["mergeable_state"], after["merged_by"]["login"]) == (
        merged,
        "unknown",
        "ann",
    )
    assert client.get(f"{REPO}/pulls/99").status_code == 404
    assert client.get(f"{REPO}/commits/{merged}").json()["parents"][1]["sha"] == pull.head_sha
    assert client.get(f"{REPO}/pulls").json() == []
    assert len(client.get(f"{REPO}/pulls?state=all").json()) == 1


def test_pull_requests_are_found_by_owner_and_branch_and_a_bare_branch_finds_all(feature, client):
    feature.branch("other")
    feature.pull("feature/x")
    feature.pull("other", from_fork="mallory/app")
    gone = feature.pull("other", from_fork=None)
    for query, count in (
        ("head=acme:feature/x", 1),
        ("head=mallory:other", 1),
        ("head=acme:other", 0),
        ("head=other", 3),
    ):
        assert len(client.get(f"{REPO}/pulls?{query}").json()) == count, query
    assert client.get(f"{REPO}/pulls/{gone.number}").json()["head"]["repo"] is None


def test_the_repository_tells_its_retention_and_its_oidc_subject(repo, client):
    assert client.get(f"{REPO}/actions/permissions/artifact-and-log-retention").json()["days"] == 90
    repo.immutable_oidc_subject = True
    assert client.get(f"{REPO}/actions/oidc/customization/sub").json()["use_immutable_subject"] is True
