import dataclasses
from collections.abc import Iterator

import pytest
import responses
from tests.clocks import JumpingClock

from crossproof.github.access import TokenAccess
from crossproof.github.api import Api
from crossproof.units import SecretStr

TOKEN = "ghp_made-up"
BASE = "https://api.github.com:443"  # PyGithub writes the port out
REPO = f"{BASE}/repos/o/r"


@dataclasses.dataclass
class Said:
    """What was announced and traced."""

    announced: list[str] = dataclasses.field(default_factory=list)
    traced: list[str] = dataclasses.field(default_factory=list)


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def api(wire: responses.RequestsMock, clock: JumpingClock, said: Said) -> Api:
    return Api(
        TokenAccess(SecretStr(TOKEN)),
        api_url="https://api.github.com",
        clock=clock,
        announce=said.announced.append,
        trace=said.traced.append,
    )
