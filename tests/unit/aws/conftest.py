import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from tests.clocks import JumpingClock

from crossproof.aws.id_token import IdToken, Surroundings
from crossproof.units import SecretStr

CLAIMS = {
    "sub": "repo:acme/shop:ref:refs/heads/main",
    "aud": "sts.amazonaws.com",
    "iss": "https://token.actions.githubusercontent.com",
    "repository": "acme/shop",
    "repository_id": "22",
    "repository_owner_id": "11",
    "ref": "refs/heads/main",
    "actor": "someone",
}
ROLE = "arn:aws:iam::123456789012:role/ci/tests"


def token_of(claims: Mapping[str, str]) -> str:
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{middle}.made-up"


class OneToken:
    """Always gives the same token."""

    def __init__(self, claims: Mapping[str, str]) -> None:
        self._claims = claims

    def fetch(self) -> IdToken:
        return IdToken(SecretStr(token_of(self._claims)), self._claims)


class Told:
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.announced: list[str] = []
        self.masked: list[str] = []
        self.clock = JumpingClock()

    @property
    def around(self) -> Surroundings:
        return Surroundings(clock=self.clock, announce=self.announced.append, mask=self.masked.append)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path) -> pytest.MonkeyPatch:
    """Surroundings without any trace of AWS."""
    import os  # noqa: PLC0415

    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


def credentials(number: int = 1, until: datetime = datetime(2026, 11, 20, 13, tzinfo=UTC)) -> dict[str, object]:
    return {
        "Credentials": {
            "AccessKeyId": f"ASIAMADEUPMADEUP{number}",
            "SecretAccessKey": f"secret-{number}",
            "SessionToken": f"session-{number}",
            "Expiration": until,
        }
    }
