"""How long a container takes from its start to its verdict, against an empty Python in the same container."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import boto3
from tests.as_the_runner import Job, Step
from tests.companions import push_image
from tests.registries import registry

from bench import TIMES, Row, medians
from crossproof.actions import ACTIONS
from crossproof.images import manifests
from crossproof_sandbox import RunningClock, Sandbox, Upload
from crossproof_sandbox.repository import Repository

TITLE = f"Container start to verdict, medians of {TIMES}"
MOST = 2.0
BAR = f"≤ {MOST:g} times"
NOTHING = ("-I", "-c", "pass")
CHILD = "on: [push, repository_dispatch]\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make test}]}}\n"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What a call may need around it; what it starts ends with `ending`."""

    github: Sandbox
    child: Repository
    folder: Path
    ending: ExitStack


@dataclass(frozen=True, kw_only=True)
class Call:
    """A step that ends with 0, as often as it is run in one workspace."""

    inputs: Mapping[str, str] = field(default_factory=dict)
    github: Mapping[str, str] = field(default_factory=dict)  # of the job, where it matters
    event: Mapping[str, object] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)  # of the workspace


def _doctor(_: Stage) -> Call:
    return Call(inputs={"needs": "doctor"})


def _fetch_artifacts(at: Stage) -> Call:
    run = at.child.ran("e2e.yml", ago=600, artifacts=[Upload(name="logs", content={"events.jsonl": "{}\n"})])
    return Call(inputs={"run_id": str(run.id), "on_conflict": "identical"})


def _dispatch_and_wait(at: Stage) -> Call:
    return Call(inputs={"mode": "wait", "run_id": str(at.child.ran("e2e.yml", ago=600).id)})


def _receive_results(at: Stage) -> Call:
    sha = "c" * 40
    logs = Upload(name=f"logs-{sha}", content={"events.jsonl": "{}\n"})
    run = at.child.ran("e2e.yml", ago=600, event="repository_dispatch", artifacts=[logs])
    return Call(inputs={"workflow": "e2e.yml"}, event={"client_payload": {"run_id": str(run.id), "commit_sha": sha}})


def _validate_tracking_logs(_: Stage) -> Call:
    plan = 'plan: 1\nname: ios\nversion: "1"\nevents: {home: {match: {name: home}, params: {id: {type: string}}}}\n'
    log = '{"name": "home", "timestamp": 1770370997, "params": {"id": "1"}}\n'
    inputs = {"plan": "plan.yaml", "logs": "events.jsonl", "token": "", "repository": "", "api_url": ""}
    return Call(inputs=inputs, files={"plan.yaml": plan, "events.jsonl": log})


def _archive_artifacts(at: Stage) -> Call:
    aws, bucket = at.github.aws.env, "evidence"
    s3 = boto3.Session(aws["AWS_ACCESS_KEY_ID"], aws["AWS_SECRET_ACCESS_KEY"], region_name=aws["AWS_REGION"])
    where = {"LocationConstraint": aws["AWS_REGION"]}
    s3.client("s3", endpoint_url=at.github.aws.url).create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    run = at.child.ran("e2e.yml", ago=600, artifacts=[Upload(name="logs", content={"events.jsonl": "{}\n"})])
    return Call(inputs={"run_id": str(run.id), "subject_sha": "b" * 40, "s3_bucket": bucket}, env=aws)


def _resolve_dashboard_image(at: Stage) -> Call:
    gateway, dashboard = (at.github.repository(f"acme/{name}") for name in ("gateway", "dashboard"))
    change = gateway.commit({"go.mod": "module g\n"})
    pin = f"v1.0.1-0.20260102030405-{change[:12]}"
    revision = dashboard.commit({"go.mod": f"module d\nrequire github.com/acme/gateway {pin}\n"})
    images = at.ending.enter_context(registry(at.folder))
    push_image(images, "dashboard", f"sha-{revision}", labels={manifests.REVISION: revision})
    home = {"full_name": gateway.full_name, "default_branch": "main"}
    inputs = {
        "companion_repository": dashboard.full_name,
        "ecr_registry": images.host,
        "relevant_paths": "none",
        "org_gh_token": at.github.token(),
        "repository": "",
    }
    here = {"repository": gateway.full_name, "event_name": "push", "ref": "refs/heads/main", "sha": change}
    event = {"repository": home, "ref": "refs/heads/main", "after": change, "before": "0" * 40}
    return Call(inputs=inputs, github=here, event=event)


def _run_tiered_tests(_: Stage) -> Call:
    manifest = "version: 1\ntiers:\n  unit: {run: pytest -q tests, runtime: {image: python}}\n"
    files = {".github/tiers.yml": manifest, "tests/test_a.py": "def test_a(): pass\n"}
    return Call(inputs={"mode": "plan", "tiers": "unit", "token": "", "repository": "", "api_url": ""}, files=files)


def _check_go_module(_: Stage) -> Call:
    module = "github.com/acme/gateway"
    listed = {"Path": module, "Version": "v1.2.3", "Replace": {"Path": "./gateway", "Dir": "/home/runner/gateway"}}
    files = {
        "go-list.json": json.dumps(listed),
        "go-deps.txt": f"fmt\n{module}/apidef\n",
        "go.mod": f"module d\ngo 1.24\nrequire {module} v1.2.3\nreplace {module} => ./gateway\n",
        "gateway/go.mod": f"module {module}\ngo 1.24\n",
        "gateway/.git/HEAD": f"{'a' * 40}\n",
    }
    inputs = {"go_list": "go-list.json", "go_deps": "go-deps.txt", "go_mod": "go.mod", "source_commit": "a" * 40}
    return Call(inputs={**inputs, "token": "", "repository": "", "api_url": ""}, files=files)


def _notify(at: Stage) -> Call:
    home = at.github.repository("acme/app")
    report = {
        "schema": "crossproof/report/doctor/1",
        "action": "doctor",
        "version": "1.0.0",
        "verdict": "passed",
        "reason": "ready",
        "sentence": "Nothing is missing.",
        "subject": {"repository": "acme/app", "sha": home.history.branches["main"], "ref": "main", "environment": ""},
        "produced_by": {"repository": "acme/app", "run_id": 1, "run_attempt": 1, "job": "a", "url": ""},
        "started_at": "2026-11-02T09:00:00+00:00",
        "ended_at": "2026-11-02T09:05:00+00:00",
        "evidence": [],
        "details": {},
    }
    inputs = {"report_path": "report.json", "commit_status": "true", "repository": ""}
    here = {"sha": home.history.branches["main"]}
    return Call(inputs=inputs, github=here, files={"report.json": json.dumps(report)})


# Prepares one good call of each action, against a child repository of the sandbox.
CALLS: dict[str, Callable[[Stage], Call]] = {
    "doctor": _doctor,
    "fetch-artifacts": _fetch_artifacts,
    "dispatch-and-wait": _dispatch_and_wait,
    "receive-results": _receive_results,
    "validate-tracking-logs": _validate_tracking_logs,
    "archive-artifacts": _archive_artifacts,
    "resolve-dashboard-image": _resolve_dashboard_image,
    "run-tiered-tests": _run_tiered_tests,
    "check-go-module": _check_go_module,
    "notify": _notify,
}


def rows() -> Iterator[Row]:
    """Measure each action of the suite; one without a call here is a bar that does not hold."""
    for action in ACTIONS:
        if action not in CALLS:
            yield Row(what=action, figure="no call is prepared for it", bar=BAR, holds=False)
            continue
        with Sandbox(clock=RunningClock()) as github, tempfile.TemporaryDirectory() as folder, ExitStack() as ending:
            child = github.repository("acme/child")
            child.workflow("e2e.yml", CHILD)
            call = CALLS[action](Stage(github=github, child=child, folder=Path(folder), ending=ending))
            here = {"api_url": github.url, "repository": "acme/app", **call.github}
            job = Job(work=Path(folder, "work"), github=here, event=call.event, env=dict(call.env))
            for name, content in call.files.items():
                job.write(name, content)
            given = {"token": github.token(), "repository": child.full_name, **call.inputs}
            given = {name: value for name, value in given.items() if value}
            step = Step(job=job, action=action, inputs=given)
            nothing = replace(step.metadata, entrypoint="/opt/crossproof/bin/python", args=NOTHING)
            verdict, empty = medians(lambda step=step: _done(step), Step(job=job, action=nothing).run)
        figure = f"{verdict / empty:.2f} times ({verdict * 1000:.0f} ms, empty {empty * 1000:.0f} ms)"
        yield Row(what=action, figure=figure, bar=BAR, holds=verdict <= MOST * empty)


def _done(step: Step) -> None:
    result = step.run()
    assert result.exit_code == 0, result.log
