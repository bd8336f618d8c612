"""A role taken end to end over loopback: the runner's token endpoint, then STS, then a call as that role."""

import os
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
from moto.server import ThreadedMotoServer
from tests.clocks import JumpingClock
from tests.unit.aws.conftest import CLAIMS, ROLE, token_of

from crossproof.aws.id_token import RunnerIdTokens, Surroundings
from crossproof.aws.session import ambient, as_role
from crossproof.aws.view import AwsEyes
from crossproof.errors import NoAccess, Unreachable
from crossproof.probe import Present
from crossproof.units import SecretStr
from crossproof_sandbox.wire import Answer, LoopbackServer

SECRET = "runner-request-token"


class TokenEndpoint:
    """What a runner offers to a job with `id-token: write`."""

    def __init__(self) -> None:
        self.asked = []
        self.answers = []
        self.server = LoopbackServer(self._answer)
        self.url = f"{self.server.url}/token?api-version=2.0"

    def _answer(self, request):
        self.asked.append((request.query, request.headers.get("authorization")))
        return self.answers.pop(0) if self.answers else Answer.json({"count": 1, "value": token_of(CLAIMS)})


class Told:
    def __init__(self) -> None:
        self.announced = []
        self.masked = []
        self.clock = JumpingClock(datetime.now(UTC))  # moto's credentials end by the real clock
        self.around = Surroundings(clock=self.clock, announce=self.announced.append, mask=self.masked.append)


@pytest.fixture
def endpoint():
    serving = TokenEndpoint()
    yield serving
    serving.server.close()


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def id_tokens(endpoint, told):
    return RunnerIdTokens(endpoint.url, SecretStr(SECRET), told.around)


@pytest.fixture(scope="module")
def moto():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


def test_the_job_becomes_the_role_with_no_credentials_of_its_own(moto, id_tokens, endpoint, told):
    aws = as_role(ROLE, "acme/app-7", id_tokens, told.around, region="eu-central-1", endpoint=moto)
    caller = aws.client("sts").get_caller_identity()
    assert caller["Arn"] == "arn:aws:sts::123456789012:assumed-role/tests/crossproof-acme-app-7"
    assert endpoint.asked == [({"api-version": "2.0", "audience": "sts.amazonaws.com"}, f"Bearer {SECRET}")]
    assert token_of(CLAIMS) in told.masked
    assert len(told.masked) == 4


def test_the_role_wins_over_credentials_lying_around(moto, id_tokens, told, bare):
    bare.setenv("AWS_ACCESS_KEY_ID", "AKIAMADEUPMADEUP")
    bare.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    aws = as_role(ROLE, "x", id_tokens, told.around, region="eu-central-1", endpoint=moto)
    assert aws.session.get_credentials().method == "crossproof-oidc"
    assert ":assumed-role/tests/" in aws.client("sts").get_caller_identity()["Arn"]


def test_doctor_sees_the_same(moto, id_tokens, told):
    eyes = AwsEyes(lambda: as_role(ROLE, "x", id_tokens, told.around, region="eu-central-1", endpoint=moto), id_tokens)
    claims, caller = eyes.claims(), eyes.caller()
    assert isinstance(claims, Present)
    assert claims.value["sub"] == CLAIMS["sub"]
    assert isinstance(caller, Present)
    assert caller.value.account == "123456789012"
    assert isinstance(eyes.reach("ssm"), Present)


def test_an_endpoint_named_in_the_surroundings_is_used_for_the_role_too(moto, id_tokens, told, bare):
    bare.setenv("AWS_ENDPOINT_URL", moto)
    aws = as_role(ROLE, "x", id_tokens, told.around, region="eu-central-1")
    assert aws.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_ambient_credentials_are_used_where_no_role_is_named(moto, bare):
    bare.setenv("AWS_ACCESS_KEY_ID", "AKIAMADEUPMADEUP")
    bare.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    aws = ambient(region="eu-central-1", endpoint=moto)
    assert aws.client("sts").get_caller_identity()["Account"]


def test_a_token_endpoint_in_trouble_is_asked_again_aloud(id_tokens, endpoint, told):
    endpoint.answers = [Answer.text("no", status=503), Answer.text("slow", status=429)]
    assert id_tokens.fetch().claims == CLAIMS
    assert told.clock.slept == [1, 2]
    assert told.announced == [
        "the runner's token endpoint answered 503; asking again in 1 s",
        "the runner's token endpoint answered 429; asking again in 2 s",
    ]


def test_a_token_endpoint_that_refuses_is_asked_once(id_tokens, endpoint, told):
    endpoint.answers = [Answer.text("no", status=403)]
    with pytest.raises(Unreachable, match="answered 403"):
        id_tokens.fetch()
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer.text("<html>"),
        Answer.json({}),
        Answer.json([]),
        Answer.json({"value": None}),
        Answer.json({"value": "a.b"}),
    ],
    ids=["html", "empty", "list", "null", "no token"],
)
def test_an_answer_without_a_token_is_no_token(id_tokens, endpoint, answer):
    endpoint.answers = [answer]
    with pytest.raises(Unreachable, match="without a token"):
        id_tokens.fetch()


def test_a_silent_token_endpoint_is_unreachable_and_its_address_is_not_shown(told):
    server = LoopbackServer(lambda _: Answer())
    url = f"{server.url}/token?api-version=2.0&job=secret"
    server.close()
    with pytest.raises(Unreachable) as lost:
        RunnerIdTokens(url, SecretStr(SECRET), told.around).fetch()
    assert len(told.clock.slept) == 4
    assert "job=" not in " ".join([lost.value.what, lost.value.seen, *told.announced])


def test_a_refusal_by_sts_reaches_the_reader_with_the_statement_to_paste(id_tokens, told):
    def deny(request):
        assert dict(parse_qsl(request.body.decode()))["Action"] == "AssumeRoleWithWebIdentity"
        assert "authorization" not in request.headers
        return Answer.text(
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
            "<Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error>"
            "<RequestId>r-1</RequestId></ErrorResponse>",
            status=403,
            kind="text/xml",
        )

    sts = LoopbackServer(deny)
    try:
        with pytest.raises(NoAccess) as denied:
            as_role(ROLE, "x", id_tokens, told.around, region="eu-central-1", endpoint=sts.url)
    finally:
        sts.close()
    assert not sts.crashes
    assert '"Action": "sts:AssumeRoleWithWebIdentity"' in denied.value.fix
    assert "(request id r-1)" in denied.value.seen
    assert told.clock.slept == []
