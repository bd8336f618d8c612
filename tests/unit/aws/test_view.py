import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from tests.unit.aws.conftest import CLAIMS, OneToken

from crossproof.aws.session import Aws
from crossproof.aws.view import AwsEyes
from crossproof.doctor.seen import Caller
from crossproof.errors import NoAccess
from crossproof.probe import Present, Unknown


class Stubbed:
    """A session whose clients answer what a test says."""

    def __init__(self) -> None:
        self._session = boto3.Session(
            aws_access_key_id="AKIAMADEUPMADEUP", aws_secret_access_key="made-up", region_name="eu-central-1"
        )
        self._clients = {}

    def client(self, service, **_):
        if service not in self._clients:
            self._clients[service] = self._session.client(service)
        return self._clients[service]

    def stub(self, service):
        stubber = Stubber(self.client(service))
        stubber.activate()
        return stubber


@pytest.fixture
def session(bare):
    return Stubbed()


@pytest.fixture
def eyes(session):
    return AwsEyes(lambda: Aws(session=session, who="somebody"), OneToken(CLAIMS))


def test_who_we_are_is_what_aws_says(eyes, session):
    arn = "arn:aws:sts::123456789012:assumed-role/tests/crossproof"
    session.stub("sts").add_response("get_caller_identity", {"Account": "123456789012", "Arn": arn, "UserId": "x"})
    assert eyes.caller() == Present(Caller(account="123456789012", arn=arn))


def test_a_role_that_may_not_be_taken_is_not_found_out_and_is_asked_for_once():
    asked = []

    def refuse():
        asked.append(1)
        raise NoAccess("Taking the role was refused.", fix="Let the trust policy contain this.")

    eyes = AwsEyes(refuse, OneToken(CLAIMS))
    assert eyes.caller() == Unknown("Taking the role was refused.", "Let the trust policy contain this.")
    assert isinstance(eyes.reach("ssm"), Unknown)
    assert asked == [1]


def test_the_claims_are_those_a_policy_is_compared_with(eyes):
    claims = eyes.claims()
    assert isinstance(claims, Present)
    assert claims.value["sub"] == "repo:acme/shop:ref:refs/heads/main"
    assert "actor" not in claims.value


def test_a_service_that_answers_is_reached(eyes, session):
    session.stub("ssm").add_response("describe_parameters", {"Parameters": []})
    assert eyes.reach("ssm") == Present("describe_parameters was answered")


def test_a_denied_reading_proves_reach_but_neither_permission_nor_its_lack(eyes, session):
    session.stub("ssm").add_client_error("describe_parameters", "AccessDeniedException", "no", http_status_code=400)
    found = eyes.reach("ssm")
    assert isinstance(found, Unknown)
    assert found.why == "ssm answers, but DescribeParameters was answered 400 AccessDeniedException 'no'"


def test_a_silent_service_is_not_found_out(eyes, session):
    def silent(**_):
        raise EndpointConnectionError(endpoint_url="https://ssm.eu-central-1.amazonaws.com/")

    session.client("ssm").describe_parameters = silent
    assert isinstance(eyes.reach("ssm"), Unknown)


def test_an_unknown_service_is_not_found_out(eyes):
    assert isinstance(eyes.reach("braket"), Unknown)
