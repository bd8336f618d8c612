"""Workflows, and the two ways to start them from outside."""

import json
from typing import Any
from urllib.parse import quote

from crossproof_sandbox.api import shapes
from crossproof_sandbox.call import Call
from crossproof_sandbox.history import node_id
from crossproof_sandbox.life import Trigger
from crossproof_sandbox.refusal import Refused
from crossproof_sandbox.repository import Workflow
from crossproof_sandbox.routing import operation
from crossproof_sandbox.runs import Run
from crossproof_sandbox.starting import start
from crossproof_sandbox.wire import Answer

_WORKFLOW = "/repos/{owner}/{repo}/actions/workflows/{workflow_id}"
_LONGEST_PAYLOAD = 65_535


@operation("GET", "/repos/{owner}/{repo}/actions/workflows", needs="actions=read")
def workflows(call: Call) -> Answer:
    """List the registered workflows."""
    return call.page(list(call.repo.workflows.values()), "workflows", show=lambda one: _shown(call, one))


@operation("GET", _WORKFLOW, needs="actions=read")
def workflow(call: Call) -> Answer:
    """Show one workflow, found by its id or its file's name."""
    return Answer.json(_shown(call, call.repo.find_workflow(call.params["workflow_id"])))


@operation("PUT", f"{_WORKFLOW}/disable", needs="actions=write")
def disable(call: Call) -> Answer:
    """Let nothing start it."""
    call.repo.find_workflow(call.params["workflow_id"]).state = "disabled_manually"
    return Answer(status=204)


@operation("PUT", f"{_WORKFLOW}/enable", needs="actions=write")
def enable(call: Call) -> Answer:
    """Let it be started again."""
    call.repo.find_workflow(call.params["workflow_id"]).state = "active"
    return Answer(status=204)


@operation("POST", f"{_WORKFLOW}/dispatches", needs="actions=write")
def workflow_dispatch(call: Call) -> Answer:
    """Start one workflow; only newer versions of the API tell which run it became."""
    run = _start_by_hand(call)
    details = call.version != "2022-11-28" or call.body.get("return_run_details") is True
    if not details:
        return Answer(status=204)
    here = f"{call.base}/actions/runs/{run.id}"
    web = f"{shapes.WEB}/{call.repo.full_name}/actions/runs/{run.id}"
    return Answer.json({"workflow_run_id": run.id, "run_url": here, "html_url": web})


@operation("POST", "/repos/{owner}/{repo}/dispatches", needs="contents=write")
def repository_dispatch(call: Call) -> Answer:
    """Start every workflow of the default branch that listens to this type: none, one or many, and 204 in any case."""
    payload = call.body.get("client_payload") or {}
    _check_length(payload)
    head = call.repo.head
    for definition in call.repo.definitions(head):
        active = call.repo.registered(definition.path).state == "active"
        if active and definition.listens_to(call.body["event_type"]):
            trigger = Trigger(
                event="repository_dispatch",
                actor=call.actor,
                ref=call.repo.default_branch,
                sha=head.sha,
                event_type=call.body["event_type"],
                client_payload=payload,
            )
            start(call.repo, definition, trigger)
    return Answer(status=204)


def _start_by_hand(call: Call) -> Run:
    workflow = call.repo.find_workflow(call.params["workflow_id"])
    given = call.body.get("inputs") or {}
    _check_length(given)
    if workflow.state != "active":
        raise Refused(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    named = call.repo.history.named(call.body["ref"])
    if named is None:
        raise Refused(422, f"No ref found for: {call.body['ref']}")
    ref, commit = named
    if workflow.path not in commit.files:
        raise Refused(422, "Workflow does not exist on this ref")
    definition = call.repo.definition(workflow.path, commit.sha)
    if "workflow_dispatch" not in definition.triggers:
        raise Refused(422, "Workflow does not have 'workflow_dispatch' trigger")
    for name, value in given.items():
        if not isinstance(value, str):
            raise Refused(
                422, f"Invalid request.\n\nFor 'properties/inputs/{name}', {json.dumps(value)} is not a string."
            )
    trigger = Trigger(
        event="workflow_dispatch", actor=call.actor, ref=ref, sha=commit.sha, inputs=definition.accept(given)
    )
    return start(call.repo, definition, trigger)


def _check_length(payload: Any) -> None:
    if len(json.dumps(payload, ensure_ascii=False)) > _LONGEST_PAYLOAD:
        raise Refused(422, "client_payload is too large")


def _shown(call: Call, one: Workflow) -> dict[str, Any]:
    here = f"{call.base}/actions/workflows/{one.id}"
    file = quote(one.path.rpartition("/")[2])
    on_default = one.path in call.repo.head.files
    return {
        "id": one.id,
        "node_id": node_id("Workflow", one.id),
        "name": call.repo.definition(one.path, call.repo.head.sha).name if on_default else one.path,
        "path": one.path,
        "state": one.state,
        "created_at": shapes.stamp(one.created_at),
        "updated_at": shapes.stamp(one.created_at),
        "url": here,
        "html_url": f"{shapes.WEB}/{call.repo.full_name}/blob/{call.repo.default_branch}/{quote(one.path)}",
        "badge_url": f"{shapes.WEB}/{call.repo.full_name}/workflows/{file}/badge.svg",
    }
