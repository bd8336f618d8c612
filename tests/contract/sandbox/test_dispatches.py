"""Starting workflows from outside: what is answered, and what starts."""

import pytest

from crossproof_sandbox import Life, Sandbox, Upload
from crossproof_sandbox.hostile import HOSTILE

DISPATCH = "/repos/acme/app/actions/workflows/track.yml/dispatches"
EVENT = "/repos/acme/app/dispatches"
RUNS = "/repos/acme/app/actions/runs"
NEW = {"X-GitHub-Api-Version": "2026-03-10"}


def titles(client):
    return [run["display_title"] for run in client.get(RUNS).json()["workflow_runs"]]


def test_the_old_version_answers_204_and_with_details_200(client):
    plain = client.post(DISPATCH, {"ref": "main"})
    assert (plain.status_code, plain.content) == (204, b"")
    details = client.post(DISPATCH, {"ref": "main", "return_run_details": True})
    assert details.status_code == 200
    newest = client.get(RUNS).json()["workflow_runs"][0]
    assert details.json() == {
        "workflow_run_id": newest["id"],
        "run_url": newest["url"],
        "html_url": newest["html_url"],
    }


def test_the_new_version_always_answers_with_details_and_no_longer_takes_the_parameter(client):
    assert client.post(DISPATCH, {"ref": "main"}, headers=NEW).json()["workflow_run_id"]
    refused = client.post(DISPATCH, {"ref": "main", "return_run_details": True}, headers=NEW)
    assert (refused.status_code, len(titles(client))) == (422, 1)
    assert refused.json()["message"] == 'Invalid request.\n\n"return_run_details" is not a permitted key.'


def test_an_older_enterprise_server_refuses_the_parameter_and_the_version_with_400(speak):
    with Sandbox(flavour="ghes-3.20") as github:
        repo = github.repository("acme/app")
        repo.workflow("track.yml", "on: workflow_dispatch\njobs: {a: {}}")
        client = speak(github.token())
        client.github = github
        assert github.url.endswith("/api/v3")
        assert client.post(DISPATCH, {"ref": "main", "return_run_details": True}).status_code == 400
        newer = client.post(DISPATCH, {"ref": "main"}, headers=NEW)
        assert newer.status_code == 400
        assert newer.json()["message"] == (
            'The version you specified in the "X-GitHub-API-Version" request header, "2026-03-10", is not a supported '
            'version. The following versions are currently supported: "2022-11-28".'
        )
        assert titles(client) == []
        assert client.post(DISPATCH, {"ref": "main"}).status_code == 204
        assert client.get("/meta").json()["installed_version"] == "3.20.1"
        assert client.get(github.url.removesuffix("/api/v3") + "/meta").status_code == 404


def test_the_title_is_the_run_name_evaluated_and_otherwise_the_events_own(repo, client):
    client.post(DISPATCH, {"ref": "main", "inputs": {"correlation_id": "dw-a"}})
    client.post(EVENT, {"event_type": "run-tracktor", "client_payload": {"dispatch": {"id": "dw-b"}}})
    repo.workflow("plain.yml", "name: Plain\non: [workflow_dispatch, repository_dispatch]\njobs: {a: {}}")
    client.post("/repos/acme/app/actions/workflows/plain.yml/dispatches", {"ref": "main"})
    client.post(EVENT, {"event_type": "anything"})
    assert titles(client) == ["anything", "Plain", "Track [dw-b]", "Track [dw-a]"]
    repo.name_shows_title = True
    assert client.get(RUNS).json()["workflow_runs"][-1]["name"] == "Track [dw-a]"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, 'Invalid request.\n\n"ref" wasn\'t supplied.'),
        ({"ref": "nowhere"}, "No ref found for: nowhere"),
        ({"ref": "main", "inputs": {"colour": "red"}}, 'Unexpected inputs provided: ["colour"]'),
        (
            {"ref": "main", "inputs": {"environment": "moon"}},
            "Provided value 'moon' for input 'environment' not in the list of allowed values",
        ),
        (
            {"ref": "main", "inputs": {"correlation_id": True}},
            "Invalid request.\n\nFor 'properties/inputs/correlation_id', true is not a string.",
        ),
        (
            {"ref": "main", "inputs": {str(n): "" for n in range(26)}},
            "Invalid request.\n\nNo more than 25 properties are allowed; 26 were supplied.",
        ),
    ],
)
def test_a_dispatch_that_does_not_fit_starts_nothing_and_says_why(client, body, message):
    answer = client.post(DISPATCH, body)
    assert (answer.status_code, answer.json()["message"]) == (422, message)
    assert titles(client) == []


def test_a_commit_is_no_ref(repo, client):
    sha = repo.history.branches["main"]
    assert client.post(DISPATCH, {"ref": sha}).json()["message"] == f"No ref found for: {sha}"
    repo.tag("v1")
    for ref in ("main", "refs/heads/main", "v1", "refs/tags/v1"):
        assert client.post(DISPATCH, {"ref": ref}).status_code == 204


def test_required_inputs_are_required_and_defaults_fill_in(repo, client):
    repo.workflow(
        "strict.yml",
        """
run-name: "${{ inputs.who }} ${{ inputs.loud }}"
on: {workflow_dispatch: {inputs: {who: {required: true}, loud: {type: boolean, default: true}}}}
jobs: {a: {}}
""",
    )
    path = "/repos/acme/app/actions/workflows/strict.yml/dispatches"
    assert client.post(path, {"ref": "main"}).json()["message"] == "Required input 'who' not provided"
    client.post(path, {"ref": "main", "inputs": {"who": "ann"}})
    assert titles(client) == ["ann true"]


def test_a_workflow_must_exist_listen_and_be_active(repo, client):
    repo.workflow("push.yml", "on: push\njobs: {a: {}}")
    base = "/repos/acme/app/actions/workflows"
    assert client.post(f"{base}/none.yml/dispatches", {"ref": "main"}).status_code == 404
    assert (
        client.post(f"{base}/push.yml/dispatches", {"ref": "main"}).json()["message"]
        == "Workflow does not have 'workflow_dispatch' trigger"
    )
    number = client.get(f"{base}/track.yml").json()["id"]
    assert client("PUT", f"{base}/{number}/disable").status_code == 204
    assert client.get(f"{base}/{number}").json()["state"] == "disabled_manually"
    assert client.post(DISPATCH, {"ref": "main"}).status_code == 422
    assert client.post(EVENT, {"event_type": "run-tracktor"}).status_code == 204
    assert titles(client) == []
    client("PUT", f"{base}/{number}/enable")
    assert client.post(DISPATCH, {"ref": "main"}).status_code == 204


def test_one_event_starts_every_listener_of_the_default_branch_and_it_may_be_none(repo, client):
    repo.workflow("second.yml", "on: {repository_dispatch: {types: run-tracktor}}\njobs: {a: {}}")
    repo.workflow("branch.yml", "on: repository_dispatch\njobs: {a: {}}", branch="feature/x")
    assert client.post(EVENT, {"event_type": "run-tractor"}).status_code == 204
    assert titles(client) == []
    assert client.post(EVENT, {"event_type": "run-tracktor"}).status_code == 204
    assert titles(client) == ["Track []", "run-tracktor"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"event_type": "x", "client_payload": {str(n): n for n in range(14)}},
            "Invalid request.\n\nNo more than 10 properties are allowed; 14 were supplied.",
        ),
        ({"event_type": "x", "client_payload": {"a": "é" * 65_530}}, "client_payload is too large"),
    ],
)
def test_a_payload_has_its_limits(client, body, message):
    answer = client.post(EVENT, body)
    assert (answer.status_code, answer.json()["message"]) == (422, message)


def test_an_event_type_has_at_most_a_hundred_characters(client):
    assert client.post(EVENT, {"event_type": "x" * 100}).status_code == 204
    assert client.post(EVENT, {"event_type": "x" * 101}).status_code == 422


def test_what_a_run_leaves_may_depend_on_what_started_it(github, repo, client):
    repo.lives(
        lambda trigger: Life(
            phases=(("in_progress", 1.0),),
            artifacts=(Upload(name=f"tracktor-logs-{trigger.client_payload['sha']}", content={"log.txt": "ok"}),),
        )
    )
    client.post(EVENT, {"event_type": "run-tracktor", "client_payload": {"sha": "abc"}})
    github.clock.advance(1)
    assert [a["name"] for a in client.get("/repos/acme/app/actions/artifacts").json()["artifacts"]] == [
        "tracktor-logs-abc"
    ]


def test_a_script_for_one_run_gives_way_to_the_standing_one(github, repo, client):
    repo.lives(in_progress=1, conclusion="failure", once=True)
    repo.lives(in_progress=1, conclusion="neutral", workflow="track.yml")
    for _ in range(2):
        client.post(DISPATCH, {"ref": "main"})
    github.clock.advance(1)
    assert [run["conclusion"] for run in client.get(RUNS).json()["workflow_runs"]] == ["neutral", "failure"]


def test_text_that_is_no_json_starts_nothing(client):
    answer = client("POST", DISPATCH, data=b'{"ref": "main"')
    assert (answer.status_code, answer.json()["message"]) == (400, "Problems parsing JSON")
    assert titles(client) == []


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_comes_back_as_it_was_sent(client, hostile):
    client.post(DISPATCH, {"ref": "main", "inputs": {"correlation_id": hostile}})
    assert titles(client) == [f"Track [{hostile}]"]
