"""How long a container takes from its start to its verdict, against an empty Python in the same container."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import boto3
from tests.as_the_runner import Job, Step

from bench import TIMES, Row, medians
from crossproof.actions import ACTIONS
from crossproof_sandbox import RunningClock, Sandbox, Upload
from crossproof_sandbox.repository import Repository

TITLE = f"Container start to verdict, medians of {TIMES}"
MOST = 2.0
BAR = f"≤ {MOST:g} times"
NOTHING = ("-I", "-c", "pass")
CHILD = "on: [push, repository_dispatch]\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make test}]}}\n"


@dataclass(frozen=True, kw_only=True)
class Call:
    """A step that ends with 0, as often as it is run in one workspace."""

    inputs: Mapping[str, str] = field(default_factory=dict)
    event: Mapping[str, object] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)  # of the workspace


def _doctor(_github: Sandbox, _child: Repository) -> Call:
    return Call(inputs={"needs": "doctor"})


def _fetch_artifacts(_github: Sandbox, child: Repository) -> Call:
    run = child.ran("e2e.yml", ago=600, artifacts=[Upload(name="logs", content={"events.jsonl": "{}\n"})])
    return Call(inputs={"run_id": str(run.id), "on_conflict": "identical"})


def _dispatch_and_wait(_github: Sandbox, child: Repository) -> Call:
    return Call(inputs={"mode": "wait", "run_id": str(child.ran("e2e.yml", ago=600).id)})


def _receive_results(_github: Sandbox, child: Repository) -> Call:
    sha = "c" * 40
    logs = Upload(name=f"logs-{sha}", content={"events.jsonl": "{}\n"})
    run = child.ran("e2e.yml", ago=600, event="repository_dispatch", artifacts=[logs])
    return Call(inputs={"workflow": "e2e.yml"}, event={"client_payload": {"run_id": str(run.id), "commit_sha": sha}})


def _validate_tracking_logs(_github: Sandbox, _child: Repository) -> Call:
    plan = 'plan: 1\nname: ios\nversion: "1"\nevents: {home: {match: {name: home}, params: {id: {type: string}}}}\n'
    log = '{"name": "home", "timestamp": 1770370997, "params": {"id": "1"}}\n'
    inputs = {"plan": "plan.yaml", "logs": "events.jsonl", "token": "", "repository": "", "api_url": ""}
    return Call(inputs=inputs, files={"plan.yaml": plan, "events.jsonl": log})


def _archive_artifacts(github: Sandbox, child: Repository) -> Call:
    aws, bucket = github.aws.env, "evidence"
    s3 = boto3.Session(aws["AWS_ACCESS_KEY_ID"], aws["AWS_SECRET_ACCESS_KEY"], region_name=aws["AWS_REGION"])
    where = {"LocationConstraint": aws["AWS_REGION"]}
    s3.client("s3", endpoint_url=github.aws.url).create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    run = child.ran("e2e.yml", ago=600, artifacts=[Upload(name="logs", content={"events.jsonl": "{}\n"})])
    return Call(inputs={"run_id": str(run.id), "subject_sha": "b" * 40, "s3_bucket": bucket}, env=aws)


# Prepares one good call of each action, against a child repository of the sandbox.
CALLS: dict[str, Callable[[Sandbox, Repository], Call]] = {
    "doctor": _doctor,
    "fetch-artifacts": _fetch_artifacts,
    "dispatch-and-wait": _dispatch_and_wait,
    "receive-results": _receive_results,
    "validate-tracking-logs": _validate_tracking_logs,
    "archive-artifacts": _archive_artifacts,
}


def rows() -> Iterator[Row]:
    """Measure each action of the suite; one without a call here is a bar that does not hold."""
    for action in ACTIONS:
        if action not in CALLS:
            yield Row(what=action, figure="no call is prepared for it", bar=BAR, holds=False)
            continue
        with Sandbox(clock=RunningClock()) as github, tempfile.TemporaryDirectory() as folder:
            child = github.repository("acme/child")
            child.workflow("e2e.yml", CHILD)
            call = CALLS[action](github, child)
            here = {"api_url": github.url, "repository": "acme/app"}
            job = Job(work=Path(folder, "work"), github=here, event=call.event, env=dict(call.env))
            for name, content in call.files.items():
                job.write(name, content)
            given = {"token": github.token(), "repository": child.full_name, **call.inputs}
            step = Step(job=job, action=action, inputs=given)
            nothing = replace(step.metadata, entrypoint="/opt/crossproof/bin/python", args=NOTHING)
            verdict, empty = medians(lambda step=step: _done(step), Step(job=job, action=nothing).run)
        figure = f"{verdict / empty:.2f} times ({verdict * 1000:.0f} ms, empty {empty * 1000:.0f} ms)"
        yield Row(what=action, figure=figure, bar=BAR, holds=verdict <= MOST * empty)


def _done(step: Step) -> None:
    result = step.run()
    assert result.exit_code == 0, result.log
