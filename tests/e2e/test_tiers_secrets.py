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


def put(sandbox, name, value, kind="SecureString"):
    import boto3  # noqa: PLC0415

    keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
    ssm = boto3.client("ssm", region_name=REGION, endpoint_url=sandbox.aws.url, **keys)
    ssm.put_parameter(Name=name, Value=value, Type=kind, Overwrite=True)


@pytest.mark.parametrize("kind", ["SecureString", "String"])
def test_a_secret_comes_through_oidc_and_ssm_and_is_shown_nowhere(step, sandbox, job, kind):
    put(sandbox, "/ci/key", "s3cr3t-of-ssm", kind)
    result = step().run()
    assert result.exit_code == 0, result.log
    assert ("KEY is kept as a plain String; make it a SecureString" in result.log) == (kind == "String")
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


DOCUMENT = '{\n  "user": "app",\n  "password": "hunter2-of-json",\n  "pem": "-----BEGIN KEY-----\\nMIIBdummyline1\\n-----END KEY-----"\n}'
TELL_ALL = """\
import json, os, pytest

VALUE = os.environ["KEY"]

@pytest.mark.parametrize("word", [json.loads(VALUE)["password"], json.loads(VALUE)["pem"].splitlines()[1]])
def test_it(word):
    print(VALUE, repr(VALUE), json.dumps(VALUE), word, sep="\\n")
    os.system("echo " + word + "; echo " + word + " | base64")
    assert word == "something else"
"""


def test_the_parts_of_a_document_of_several_lines_are_in_no_log_and_in_no_file_not_even_as_names_of_tests(
    step, sandbox, job
):
    put(sandbox, "/ci/key", DOCUMENT)
    running = step()
    job.write("test_it.py", TELL_ALL)
    result = running.run()
    assert (result.exit_code, result.outputs["failed"]) == (1, "2"), result.log
    said = "\n".join(line for line in result.raw.splitlines() if not line.startswith("::add-mask::"))
    said += result.summary + json.dumps(result.outputs)
    said += "".join(f.read_text() for f in (job.workspace / ".crossproof/run-tiered-tests").rglob("*") if f.is_file())
    for part in ["hunter2-of-json", "MIIBdummyline1", "aHVudGVyMi1vZi1qc29u", "TUlJQmR1bW15bGluZTE"]:
        assert part not in said
