"""A sandbox GitHub, and our one seam speaking to it over a real socket on the sandbox's own clock."""

import pytest

from crossproof.github.access import TokenAccess
from crossproof.github.api import Api
from crossproof.units import SecretStr
from crossproof_sandbox import Sandbox


class Ears:
    """What was announced and traced."""

    def __init__(self) -> None:
        self.announced: list[str] = []
        self.traced: list[str] = []


@pytest.fixture
def github():
    with Sandbox() as sandbox:
        sandbox.repository("acme/app")
        yield sandbox


@pytest.fixture
def ears():
    return Ears()


@pytest.fixture
def connect(github, ears):
    """Connect with a token (by default one that may do everything), to the sandbox or another URL."""

    def make(token: str | None = None, url: str | None = None) -> Api:
        return Api(
            TokenAccess(SecretStr(github.token() if token is None else token)),
            api_url=url or github.url,
            clock=github.clock,
            announce=ears.announced.append,
            trace=ears.traced.append,
        )

    return make


@pytest.fixture
def api(connect):
    return connect()
