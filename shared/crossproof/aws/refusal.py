"""Says what a refusal by AWS means and what to change."""

from typing import Any

from botocore import exceptions as aws

from crossproof.errors import BadCall, CrossproofError, Fault, NoAccess, RateLimited, Unreachable
from crossproof.units import clip

_SERVER_TROUBLE = 500
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AllAccessDisabled"})
_ENDED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_INVALID = frozenset(
    {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch",
     "InvalidSignatureException", "AuthFailure", "InvalidToken"}
)  # fmt: skip
_SKEWED = frozenset({"RequestTimeTooSkewed", "RequestTimeTooSkewedException"})
THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown",
     "ThrottledException", "RequestThrottled", "RequestThrottledException"}
)  # fmt: skip


def code(error: aws.ClientError) -> str:
    """Read AWS's own word for the refusal."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status(error: aws.ClientError) -> int:
    """Read the HTTP status; 0 where there was none."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def passing(error: aws.BotoCoreError | aws.ClientError) -> bool:
    """Whether it may be gone a moment later: throttling, a server's trouble, or no connection."""
    if isinstance(error, aws.ClientError):
        return code(error) in THROTTLED or status(error) >= _SERVER_TROUBLE
    return isinstance(error, aws.HTTPClientError | aws.ConnectionError)


def explained(error: aws.BotoCoreError | aws.ClientError, doing: str) -> CrossproofError:
    """Turn what botocore raised while `doing` something into an error with its remedy."""
    if isinstance(error, aws.ClientError):
        return _refused(error, doing)
    said = clip(str(error), 300)
    match error:
        case aws.NoCredentialsError() | aws.PartialCredentialsError() | aws.CredentialRetrievalError():
            return _no_credentials(doing, said)
        case aws.ProfileNotFound():
            return _profile(doing, said)
        case aws.NoRegionError():
            return BadCall([Fault("aws_region", "is required: neither it nor AWS_DEFAULT_REGION names a region")])
        case _:
            return Unreachable(
                f"{doing} got no answer from AWS.",
                seen=f"{type(error).__name__}: {said}",
                fix="Check `aws_region` and the network of a self-hosted runner; run again.",
                anchor="aws",
            )


def _refused(error: aws.ClientError, doing: str) -> CrossproofError:
    word, seen = code(error), _seen(error)
    if word in _DENIED:
        return NoAccess(
            f"{doing} is not allowed.",
            why="The role's policies do not allow it, or one denies it.",
            seen=seen,
            fix=f"Allow the action that the message names (for {error.operation_name}) in a policy of the role.",
            anchor="aws",
        )
    if word in _ENDED | _INVALID | _SKEWED:
        return NoAccess(
            f"{doing}: AWS does not accept the credentials.",
            why="They have ended, are incomplete or of another account, or this machine's clock is wrong.",
            seen=seen,
            fix="Take the role with `aws_role` (renewed inside the action), or renew the credentials just before.",
            anchor="aws",
        )
    if word in THROTTLED:
        return RateLimited(
            f"{doing}: AWS throttles the account's requests.", seen=seen, fix="Run again, or with fewer jobs at a time."
        )
    return Unreachable(
        f"{doing} was refused by AWS: {word or 'no reason given'}.",
        seen=seen,
        fix="The message says what AWS expects; run again if it is an outage.",
        anchor="aws",
    )


def _no_credentials(doing: str, said: str) -> NoAccess:
    return NoAccess(
        f"{doing} needs AWS credentials, and there are none.",
        seen=said,
        fix="Pass `aws_role` and give the job `permissions: { id-token: write, contents: read }`, "
        "or run aws-actions/configure-aws-credentials in an earlier step.",
        anchor="aws",
    )


def _profile(doing: str, said: str) -> NoAccess:
    return NoAccess(
        f"{doing}: the AWS profile that AWS_PROFILE names is not visible here.",
        why="A profile is a file in the runner's own home directory; a container action has another home.",
        seen=said,
        fix="Run configure-aws-credentials without `aws-profile` (credentials then come as variables), or pass "
        "`aws_role`.",
        anchor="aws",
    )


def _seen(error: aws.ClientError) -> str:
    """Quote AWS's refusal with the id its support asks for."""
    answer: dict[str, Any] = error.response
    message = clip(str(answer.get("Error", {}).get("Message", "")), 400)
    request_id = answer.get("ResponseMetadata", {}).get("RequestId", "")
    ident = f" (request id {request_id})" if request_id else ""
    return f"{error.operation_name} was answered {status(error) or 'without a status'} {code(error)} {message}{ident}"
