import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from tests.unit.aws.conftest import CLAIMS, ROLE, OneToken, credentials, token_of

from crossproof.aws.role import Role
from crossproof.aws.trust import RoleArn
from crossproof.errors import NoAccess, RateLimited, Unreachable


@pytest.fixture
def sts(bare):
    unsigned = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    client = boto3.session.Session().client("sts", region_name="eu-central-1", config=unsigned)
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def role(sts, told):
    return Role(RoleArn.parse(ROLE), "crossproof-7", OneToken(CLAIMS), sts.client, told.around)


def refuses(sts, word, message="", status=400):
    sts.add_client_error("assume_role_with_web_identity", word, message, http_status_code=status)


def test_a_role_is_taken_with_the_jobs_token_for_an_hour_and_its_credentials_are_masked(role, sts, told):
    sts.add_response(
        "assume_role_with_web_identity",
        credentials(),
        {
            "RoleArn": ROLE,
            "RoleSessionName": "crossproof-7",
            "WebIdentityToken": token_of(CLAIMS),
            "DurationSeconds": 3600,
        },
    )
    assert role.take()["SecretAccessKey"] == "secret-1"
    assert told.masked == ["ASIAMADEUPMADEUP1", "secret-1", "session-1"]


def test_a_denial_is_final_and_shows_the_claims_and_the_statement_to_paste(role, sts, told):
    refuses(sts, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)
    with pytest.raises(NoAccess) as denied:
        role.take()
    error = denied.value
    assert error.what == f"Taking the role {ROLE} was refused."
    assert error.why == "The role does not exist, or its trust policy does not match what the job's token claims."
    assert error.seen == (
        "AssumeRoleWithWebIdentity was answered 403 AccessDenied 'Not authorized to perform "
        "sts:AssumeRoleWithWebIdentity'; the token claims sub=repo:acme/shop:ref:refs/heads/main, "
        "aud=sts.amazonaws.com, iss=https://token.actions.githubusercontent.com, repository=acme/shop, "
        "ref=refs/heads/main"
    )
    assert '"token.actions.githubusercontent.com:sub": "repo:acme/shop:ref:refs/heads/main"' in error.fix
    assert "repo:acme@11/shop@22:ref:refs/heads/main" in error.fix
    assert told.clock.slept == []


def test_no_message_ever_holds_the_token(role, sts):
    refuses(sts, "AccessDenied", "no", 403)
    with pytest.raises(NoAccess) as denied:
        role.take()
    middle = token_of(CLAIMS).split(".")[1]
    assert middle not in f"{denied.value.what}{denied.value.why}{denied.value.seen}{denied.value.fix}"
    assert denied.value.__suppress_context__


def test_an_account_without_the_identity_provider_is_told_to_make_it(role, sts):
    refuses(sts, "InvalidIdentityToken", "No OpenIDConnect provider found in your account")
    with pytest.raises(NoAccess) as refused:
        role.take()
    assert refused.value.fix.startswith(
        "In account 123456789012, make an IAM identity provider for https://token.actions.githubusercontent.com "
        "with audience sts.amazonaws.com."
    )


@pytest.mark.parametrize(
    ("word", "message", "status"),
    [
        ("IDPCommunicationError", "", 400),
        ("Throttling", "Rate exceeded", 400),
        ("InternalFailure", "", 500),
        ("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider", 400),
    ],
)
def test_what_passes_is_asked_again_aloud(role, sts, told, word, message, status):
    refuses(sts, word, message, status)
    sts.add_response("assume_role_with_web_identity", credentials())
    assert role.take()
    assert told.clock.slept == [1.0]
    assert told.announced == [f"AWS STS: {word}; asking again in 1 s"]


def test_throttling_that_stays_is_named(role, sts, told):
    for _ in range(5):
        refuses(sts, "Throttling", "Rate exceeded")
    with pytest.raises(RateLimited):
        role.take()
    assert told.clock.slept == [1, 2, 4, 8]


def test_an_endpoint_that_stays_silent_is_unreachable(told):
    class Silent:
        def assume_role_with_web_identity(self, **_: object) -> object:
            raise EndpointConnectionError(endpoint_url="https://sts.eu-central-1.amazonaws.com/")

    with pytest.raises(Unreachable):
        Role(RoleArn.parse(ROLE), "x", OneToken(CLAIMS), Silent(), told.around).take()
    assert len(told.clock.slept) == 4


def test_credentials_that_have_ended_on_arrival_are_laid_to_the_clock(role, sts, told):
    sts.add_response("assume_role_with_web_identity", credentials())
    told.clock.jump(3600)
    with pytest.raises(NoAccess) as refused:
        role.take()
    assert refused.value.seen == "valid until 2026-11-20 13:00:00 UTC; here it is 2026-11-20 13:00:00 UTC"
