"""Gets the token that GitHub issues to the job, and reads what it claims."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from crossproof.clock import Clock
from crossproof.errors import NoAccess, Unreachable
from crossproof.units import SecretStr

AUDIENCE = "sts.amazonaws.com"
PAUSES = (1.0, 2.0, 4.0, 8.0)
_OK, _SERVER_TROUBLE, _TOO_MANY = 200, 500, 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The clock, and whom to tell of waits and of new secrets."""

    clock: Clock
    announce: Callable[[str], None]
    mask: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class IdToken:
    """The job's token for one audience: its value is secret, its claims are not."""

    value: SecretStr
    claims: Mapping[str, str]


class IdTokens(Protocol):
    """Where the job's token comes from."""

    def fetch(self) -> IdToken:
        """Get a new one, or raise why there is none."""
        ...


class RunnerIdTokens:
    """The runner's own endpoint. It is only there if the job has `id-token: write`."""

    def __init__(self, url: str, secret: SecretStr | None, around: Surroundings) -> None:
        """Take what the runner put into ACTIONS_ID_TOKEN_REQUEST_URL and _TOKEN; empty if it did not."""
        self._url = url
        self._secret = secret
        self._around = around

    def fetch(self) -> IdToken:
        """Ask for a new token and mask it."""
        if not self._url or self._secret is None:
            raise NoAccess(
                "The job has no OIDC token to take a role with.",
                why="The job lacks `id-token: write`, or was started from a fork or by Dependabot, which get none.",
                fix="Give the job:\npermissions:\n  id-token: write\n  contents: read",
                anchor="oidc",
            )
        body = self._asked(f"{self._url}{'&' if '?' in self._url else '?'}audience={AUDIENCE}", self._secret)
        try:
            token = str(json.loads(body)["value"])
            self._around.mask(token)
            return IdToken(SecretStr(token), claims_of(token))
        except (ValueError, KeyError, TypeError):
            raise Unreachable("The runner's token endpoint answered without a token.", anchor="oidc") from None

    def _asked(self, url: str, secret: SecretStr) -> bytes:
        http = URLLib3Session(timeout=(10, 30), proxies=get_environ_proxies(url))
        headers = {"Authorization": f"Bearer {secret.reveal()}", "Accept": "application/json"}
        pauses = iter(PAUSES)
        while True:
            try:
                answer = http.send(AWSRequest("GET", url, headers).prepare())
                if answer.status_code == _OK:
                    return bytes(answer.content)
                trouble = f"answered {answer.status_code}"
                lasting = answer.status_code < _SERVER_TROUBLE and answer.status_code != _TOO_MANY
            except BotoCoreError as error:  # its text would show the address
                trouble, lasting = f"gave no answer ({type(error).__name__})", False
            pause = None if lasting else next(pauses, None)
            if pause is None:
                break
            self._around.announce(f"the runner's token endpoint {trouble}; asking again in {pause:.0f} s")
            self._around.clock.sleep(pause)
        raise Unreachable(
            f"The runner's token endpoint {trouble}.",
            fix="Run the job again; a self-hosted runner must reach GitHub's token service.",
            anchor="oidc",
        )


def claims_of(token: str) -> dict[str, str]:
    """Read a token's claims without verifying them: AWS does that. Raise ValueError if it is no token."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, claims, signature
        raise ValueError("no JSON web token")
    found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    if not isinstance(found, dict):
        raise ValueError("its claims are no object")  # noqa: TRY004 - one error for "no token"
    return {str(name): str(value) for name, value in found.items()}
