"""Secrets of tiers, end to end: the job's own token takes a role, SSM gives what was asked, and only the tests see it."""

import json

import pytest
from tests import stacks
from tests.as_the_runner import Step

from crossproof_sandbox import RunningClock, Sandbox
from crossproof_sandbox.aws import REGION

ROLE = "arn:aws:iam::123456789012:role/ci-tests"
TELL = "import os\n\n\ndef test_it():\n    print('the key is', os.environ['KEY'])\n    assert os.environ['KEY'] == 's3cr3t-of-ssm'\n    assert 'AWS_ACCESS_KEY_ID' not in os.environ\n"
MANIFEST = f"""\
version: 1
aws: {{role: "{ROLE}", region: {REGION}}}
secrets: {{KEY: {{ssm: /ci/key}}, OTHER: {{ssm: /ci/other}}}}
defaults: {{runtime: {{image: crossproof-test-services}}}}
tiers:
  unit: {{secrets: [KEY], run: pytest -q -s test_it.py}}
"""


@pytest.fixture
def sandbox():
    with Sandbox(clock=RunningClock()) as sandbox:
        sandbox.repository("acme/app")
        yield sandbox


@pytest.fixture
def step(job, in_container, sandbox):
    stacks.services()
    token = sandbox.oidc.job(sandbox.repository("acme/app"))
    job.id_token_url = token["ACTIONS_ID_TOKEN_REQUEST_URL"]
    job.id_token_request_token = token["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
    job.env = {"AWS_ENDPOINT_URL": sandbox.aws.url}

    def make(manifest=MANIFEST):
        stacks.lay_out(job, manifest, **{"test_it.py": TELL})
        return Step(job=job, action="run-tiered-tests", on=in_container)

    return make


def put(sandbox, name, value):
    import boto3  # noqa: PLC0415

    keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
    ssm = boto3.client("ssm", region_name=REGION, endpoint_url=sandbox.aws.url, **keys)
    ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)


def test_a_secret_comes_through_oidc_and_ssm_and_is_shown_nowhere(step, sandbox, job):
    put(sandbox, "/ci/key", "s3cr3t-of-ssm")
    result = step().run()
    assert result.exit_code == 0, result.log
    said = "\n".join(line for line in result.raw.splitlines() if not line.startswith("::add-mask::"))
    said += result.summary + json.dumps(result.outputs)
    said += "".join(f.read_text() for f in (job.workspace / ".crossproof/run-tiered-tests").rglob("*") if f.is_file())
    assert "s3cr3t-of-ssm" not in said
    assert "the key is ***" in result.raw


def test_a_parameter_that_is_not_there_is_named_with_what_declares_it(step):
    result = step().run()
    assert (result.exit_code, result.outputs["reason"]) == (2, "bad-input")
    assert "secrets.KEY: the parameter '/ci/key' does not exist" in result.log


def test_without_the_permission_the_lines_to_add_are_shown(step, job):
    job.id_token_url = ""
    result = step().run()
    assert (result.exit_code, result.outputs["reason"]) == (3, "no-access")
    assert "id-token: write" in result.log
