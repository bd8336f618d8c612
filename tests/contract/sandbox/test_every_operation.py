"""The sandbox speaks exactly the operations of the description's subset, and every one is answered as described."""

import json
from pathlib import Path

import crossproof_sandbox
from crossproof_sandbox import Upload
from crossproof_sandbox.routing import operations

SUBSET = json.loads((Path(crossproof_sandbox.__file__).parent / "rest" / "github.json").read_text())
ANSWERED_BY_AN_APP = "app"


def test_the_subset_holds_exactly_what_the_sandbox_speaks():
    assert sorted(SUBSET["operations"]) == sorted(f"{method} {path}" for method, path in operations())
    assert "MIT License" in SUBSET["source"]["licence"]


def test_every_read_is_answered_and_every_answer_fits_the_description(github, repo, client):
    repo.lives(in_progress=1, artifacts=[Upload(name="a", content={"a": "1"})])
    repo.tag("v1", message="First")
    repo.branch("feature")
    sha = repo.commit({"a.txt": "1"}, branch="feature")
    pull = repo.pull("feature")
    comment = client.post(f"/repos/acme/app/issues/{pull.number}/comments", {"body": "x"}).json()["id"]
    client.post("/repos/acme/app/actions/workflows/track.yml/dispatches", {"ref": "main"})
    github.clock.advance(1)
    run = client.get("/repos/acme/app/actions/runs").json()["workflow_runs"][0]["id"]
    app = github.actions_token("acme/app")
    check = client(
        "POST",
        "/repos/acme/app/check-runs",
        json={"name": "c", "head_sha": sha},
        headers={"Authorization": f"Bearer {app}"},
    ).json()["id"]
    values = {
        "owner": "acme", "repo": "app", "branch": "feature", "ref": "main", "commit_sha": sha, "check_run_id": check,
        "basehead": "main...feature", "path": "README.md", "tree_sha": "main", "pull_number": pull.number,
        "issue_number": pull.number, "comment_id": comment, "workflow_id": "track.yml", "run_id": run,
        "attempt_number": 1, "archive_format": "zip",
        "tag_sha": next(iter(repo.history.annotated)), "file_sha": next(iter(repo.history.blobs)),
        "job_id": client.get(f"/repos/acme/app/actions/runs/{run}/jobs").json()["jobs"][0]["id"],
        "artifact_id": client.get("/repos/acme/app/actions/artifacts").json()["artifacts"][0]["id"],
    }  # fmt: skip
    statuses = {}
    for method, template in operations():
        if method == "GET" and "installation" not in template and template != "/app":
            ref = "heads/main" if "/git/" in template else "main"
            path = template.format(**{**values, "ref": ref})
            statuses[template] = client.get(path).status_code
    assert {template for template, status in statuses.items() if status not in {200, 302}} == set()
    assert len(statuses) > 45
    assert github.violations == []
