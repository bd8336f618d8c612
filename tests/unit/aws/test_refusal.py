import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)

from crossproof.aws.refusal import explained, passing
from crossproof.errors import NoAccess, RateLimited, Unreachable


def refused(code: str, status: int = 400, message: str = "no") -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "r-1"},
        },
        "GetParameters",
    )


def test_a_denial_shows_awss_own_words_and_names_the_call():
    error = explained(refused("AccessDeniedException", message="User: x is not authorized"), "Reading secrets")
    assert isinstance(error, NoAccess)
    assert error.what == "Reading secrets is not allowed."
    assert error.seen == (
        "GetParameters was answered 400 AccessDeniedException 'User: x is not authorized' (request id r-1)"
    )


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDenied", NoAccess),
        ("ExpiredTokenException", NoAccess),
        ("UnrecognizedClientException", NoAccess),
        ("SignatureDoesNotMatch", NoAccess),
        ("RequestTimeTooSkewed", NoAccess),
        ("ThrottlingException", RateLimited),
        ("SlowDown", RateLimited),
        ("InternalError", Unreachable),
        ("", Unreachable),
    ],
)
def test_each_word_of_aws_has_its_meaning(code, kind):
    error = explained(refused(code), "X")
    assert type(error) is kind
    assert error.fix


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (refused("Throttling"), True),
        (refused("InternalFailure", 500), True),
        (refused("AccessDenied", 403), False),
        (refused("ValidationError"), False),
        (EndpointConnectionError(endpoint_url="https://x"), True),
        (ConnectTimeoutError(endpoint_url="https://x"), True),
        (ReadTimeoutError(endpoint_url="https://x"), True),
        (SSLError(endpoint_url="https://x", error="bad"), True),
        (BotoCoreError(), False),
    ],
    ids=str,
)
def test_what_may_be_gone_in_a_moment_is_told_from_what_stays(error, passes):
    assert passing(error) is passes
