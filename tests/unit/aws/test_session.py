from datetime import UTC, datetime

import pytest
from tests.unit.aws.conftest import CLAIMS, ROLE, OneToken, credentials

from crossproof.aws import session as sessions
from crossproof.aws.refusal import explained
from crossproof.aws.session import ambient, as_role
from crossproof.errors import BadCall, NoAccess


class Granting:
    """An STS that grants every time, with other credentials and an hour more each time."""

    def __init__(self, grants: int = 9) -> None:
        self.asked = 0

    def assume_role_with_web_identity(self, **_: object) -> dict[str, object]:
        self.asked += 1
        return credentials(self.asked, datetime(2026, 11, 20, 12 + self.asked, tzinfo=UTC))


@pytest.fixture
def sts(bare):
    granting = Granting()
    real = sessions.CoreSession.create_client
    bare.setattr(
        sessions.CoreSession,
        "create_client",
        lambda self, service, *args, **kwargs: granting if service == "sts" else real(self, service, *args, **kwargs),
    )
    return granting


def taken(aws):
    return aws.session.get_credentials().get_frozen_credentials().secret_key


def test_a_role_is_taken_at_once_and_wins_over_the_credentials_lying_around(bare, sts, told):
    bare.setenv("AWS_ACCESS_KEY_ID", "AKIAMADEUPMADEUP")
    bare.setenv("AWS_SECRET_ACCESS_KEY", "ambient")
    aws = as_role(ROLE, "run-7", OneToken(CLAIMS), told.around, region="eu-central-1")
    assert sts.asked == 1
    assert taken(aws) == "secret-1"
    assert aws.client("ssm").meta.region_name == "eu-central-1"


def test_a_role_is_taken_again_before_its_hour_ends(sts, told):
    aws = as_role(ROLE, "run-7", OneToken(CLAIMS), told.around, region="eu-central-1")
    told.clock.jump(40 * 60)
    assert taken(aws) == "secret-1"
    told.clock.jump(10 * 60)
    assert taken(aws) == "secret-2"
    assert "secret-2" in told.masked


def test_a_role_needs_no_profile_even_where_one_is_named_that_is_not_visible(bare, sts, told):
    bare.setenv("AWS_PROFILE", "made-by-another-step")
    assert taken(as_role(ROLE, "x", OneToken(CLAIMS), told.around, region="eu-central-1")) == "secret-1"


def test_a_lone_name_is_no_role_and_nothing_is_asked(sts, told):
    with pytest.raises(BadCall):
        as_role("tests", "x", OneToken(CLAIMS), told.around, region="eu-central-1")
    assert sts.asked == 0


def test_without_a_region_the_input_is_named(bare, told):
    with pytest.raises(BadCall) as refused:
        as_role(ROLE, "x", OneToken(CLAIMS), told.around, region=None).client("ssm")
    assert refused.value.faults[0].where == "aws_region"


def test_a_profile_that_is_not_visible_in_a_container_is_explained(bare):
    bare.setenv("AWS_PROFILE", "made-by-another-step")
    with pytest.raises(NoAccess) as refused:
        ambient(region="eu-central-1").client("ssm")
    assert refused.value.why == (
        "A profile is a file in the runner's own home directory; a container action has another home."
    )


def test_no_credentials_at_all_names_both_ways_to_have_some(bare):
    from botocore.exceptions import NoCredentialsError  # noqa: PLC0415

    client = ambient(region="eu-central-1").client("ssm")
    with pytest.raises(NoCredentialsError) as none:
        client.get_parameters(Names=["a"])
    error = explained(none.value, "Reading secrets")
    assert isinstance(error, NoAccess)
    assert error.what == "Reading secrets needs AWS credentials, and there are none."
    assert "id-token: write" in error.fix


def test_nothing_shows_the_credentials(sts, told):
    aws = as_role(ROLE, "x", OneToken(CLAIMS), told.around, region="eu-central-1")
    assert "secret-1" not in repr(aws)
    assert aws.who == f"the role {ROLE}"
