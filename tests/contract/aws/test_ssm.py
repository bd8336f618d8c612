"""SSM as moto has it: ten names a request, all that is missing in one answer, references and versions."""

import boto3
import pytest
from botocore.stub import Stubber

from crossproof.aws.session import Aws, ambient
from crossproof.aws.ssm import SsmParameters
from crossproof.errors import NoAccess, RateLimited
from crossproof_sandbox.aws import REGION
from crossproof_sandbox.aws import Aws as SandboxAws


@pytest.fixture
def ssm(monkeypatch):
    serving = SandboxAws(host="127.0.0.1")
    for name, value in serving.env.items():
        monkeypatch.setenv(name, value)
    yield boto3.client("ssm", region_name=REGION)
    serving.close()


@pytest.fixture
def masked():
    return []


@pytest.fixture
def parameters(ssm, masked):
    return SsmParameters(lambda: ambient(region=REGION), masked.append)


def put(ssm, name, value="a-value", kind="SecureString"):
    ssm.put_parameter(Name=name, Value=value, Type=kind)


def test_any_number_of_names_is_asked_for_ten_at_a_time(ssm, parameters, masked):
    names = [f"/ci/{n}" for n in range(23)]
    for name in names:
        put(ssm, name, f"value of {name}")
    found = parameters.fetch(names)
    assert {name: value.reveal() for name, value in found.values.items()} == {
        name: f"value of {name}" for name in names
    }
    assert sorted(masked) == sorted(f"value of {name}" for name in names)


def test_all_that_is_missing_is_told_and_what_is_kept_in_the_open_too(ssm, parameters):
    put(ssm, "/ci/there")
    put(ssm, "/ci/plain", kind="String")
    found = parameters.fetch(["/ci/gone", "/ci/there", "/ci/plain", "/ci/also-gone"])
    assert sorted(found.missing) == ["/ci/also-gone", "/ci/gone"]
    assert found.plain == ["/ci/plain"]


def test_a_version_is_found_by_the_name_it_was_asked_by(ssm, parameters):
    put(ssm, "/ci/key", "first")
    ssm.put_parameter(Name="/ci/key", Value="second", Type="SecureString", Overwrite=True)
    assert parameters.fetch(["/ci/key:1"]).values["/ci/key:1"].reveal() == "first"


def test_a_secret_of_secrets_manager_is_read_through_its_reference(ssm, parameters):
    boto3.client("secretsmanager", region_name=REGION).create_secret(Name="api-key", SecretString="of-secrets-manager")
    name = "/aws/reference/secretsmanager/api-key"
    assert parameters.fetch([name]).values[name].reveal() == "of-secrets-manager"


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [("AccessDeniedException", NoAccess, "is not allowed"), ("ThrottlingException", RateLimited, "throttles")],
)
def test_a_refusal_is_never_taken_for_a_missing_parameter(code, kind, said):
    client = boto3.client("ssm", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
    stub = Stubber(client)
    stub.add_client_error("get_parameters", code, "no")
    opened = Aws(session=None, who="x")
    object.__setattr__(opened, "session", type("S", (), {"client": lambda *a, **k: client})())
    with stub, pytest.raises(kind) as refused:
        SsmParameters(lambda: opened, lambda value: None).fetch(["/ci/key"])
    assert said in refused.value.what
