"""Opens AWS as somebody: as the role of `aws_role`, or as whoever the surroundings say we are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import CredentialResolver, RefreshableCredentials
from botocore.exceptions import BotoCoreError, NoRegionError
from botocore.session import Session as CoreSession

from crossproof.aws.id_token import IdTokens, Surroundings
from crossproof.aws.refusal import explained
from crossproof.aws.role import Role
from crossproof.aws.trust import RoleArn, session_name

_TIMEOUTS = {"connect_timeout": 10, "read_timeout": 60}
_NO_PROFILE = {"profile": (None, None, None, None)}  # a role needs none, and AWS_PROFILE may name one not visible here


@dataclass(frozen=True, slots=True, kw_only=True)
class Aws:
    """AWS as one identity sees it; `endpoint` points all its clients elsewhere, as to a sandbox."""

    session: boto3.Session = field(repr=False)
    who: str
    endpoint: str | None = None

    def client(self, service: str, **options: Any) -> Any:
        """Make a client. botocore repeats what fails in passing, so ask it only for what is harmless to repeat."""
        config = Config(**({"retries": {"mode": "adaptive", "max_attempts": 8}} | _TIMEOUTS | options))
        try:
            return self.session.client(service, endpoint_url=self.endpoint, config=config)
        except BotoCoreError as error:
            raise explained(error, f"Opening AWS {service}") from None


def ambient(*, region: str | None, endpoint: str | None = None) -> Aws:
    """Be whoever the variables, the files or the machine say we are; who that is shows at the first call."""
    try:
        return Aws(session=boto3.Session(region_name=region), who="the ambient AWS credentials", endpoint=endpoint)
    except BotoCoreError as error:
        raise explained(error, "Opening AWS") from None


def as_role(
    arn: str, name: str, id_tokens: IdTokens, around: Surroundings, *, region: str | None, endpoint: str | None = None
) -> Aws:
    """Take a role at once, so that a refusal comes before any work; it is taken again before its hour ends."""
    wanted = RoleArn.parse(arn)
    unsigned = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}, **_TIMEOUTS)
    try:
        core = _core(region)
        if not core.get_config_variable("region"):  # STS alone would do without; nothing after it does
            raise NoRegionError
        sts = core.create_client("sts", endpoint_url=endpoint, config=unsigned)
    except BotoCoreError as error:
        raise explained(error, "Opening AWS STS") from None
    role = Role(wanted, session_name(name), id_tokens, sts, around)
    core.register_component("credential_provider", CredentialResolver([_Taken(role, around)]))
    return Aws(session=boto3.Session(botocore_session=core), who=f"the role {arn}", endpoint=endpoint)


def _core(region: str | None) -> CoreSession:
    core = CoreSession(session_vars=_NO_PROFILE)
    if region:
        core.set_config_variable("region", region)
    return core


class _Taken:
    """Gives botocore the role's credentials, and the way to renew them."""

    METHOD = "crossproof-oidc"  # botocore asks every provider for its name

    def __init__(self, role: Role, around: Surroundings) -> None:
        first = role.take()
        self._credentials = RefreshableCredentials(
            first["AccessKeyId"],
            first["SecretAccessKey"],
            first["SessionToken"],
            first["Expiration"],
            refresh_using=lambda: _renamed(role.take()),
            method=self.METHOD,
            time_fetcher=around.clock.now,
        )

    def load(self) -> RefreshableCredentials:
        return self._credentials


def _renamed(taken: Mapping[str, Any]) -> dict[str, str]:
    """Write credentials as botocore's renewal wants them."""
    return {
        "access_key": taken["AccessKeyId"],
        "secret_key": taken["SecretAccessKey"],
        "token": taken["SessionToken"],
        "expiry_time": taken["Expiration"].isoformat(),
    }
