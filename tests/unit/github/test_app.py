import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.unit.github.conftest import BASE

from crossproof.errors import BadCall, NoAccess, Unreachable
from crossproof.github.access import Kind
from crossproof.github.api import Api
from crossproof.github.app import AppAccess
from crossproof.units import RepoRef, SecretStr

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
).decode()
PUBLIC = KEY.public_key()
HOME = RepoRef("o", "r")
TOKENS = f"{BASE}/app/installations/5/access_tokens"


@pytest.fixture
def masked():
    return []


@pytest.fixture
def app(clock, said, masked):
    return AppAccess(
        "12",
        SecretStr(PEM),
        home=HOME,
        api_url="https://api.github.com",
        clock=clock,
        mask=masked.append,
        announce=said.announced.append,
    )


@pytest.fixture
def api(app, clock, said):
    return Api(app, api_url="https://api.github.com", clock=clock, announce=said.announced.append)


def installed(wire, token="ghs_1", until="2026-11-20T13:00:00Z"):
    wire.upsert("GET", f"{BASE}/repos/o/r/installation", json={"id": 5})
    wire.upsert("POST", TOKENS, status=201, json={"token": token, "expires_at": until})


def sent(wire):
    return [
        (call.request.method, call.request.path_url, call.request.headers["Authorization"][:9]) for call in wire.calls
    ]


def test_the_app_signs_by_our_clock_finds_its_installation_and_masks_the_token_it_makes(app, api, wire, masked, clock):
    installed(wire)
    wire.get(f"{BASE}/repos/o/r", json={"id": 1})
    assert api.get("/repos/o/r").ok
    assert sent(wire) == [
        ("GET", "/repos/o/r/installation", "Bearer ey"),
        ("POST", "/app/installations/5/access_tokens", "Bearer ey"),
        ("GET", "/repos/o/r", "token ghs"),
    ]
    assert masked == ["ghs_1"]
    signed = wire.calls[0].request.headers["Authorization"].removeprefix("Bearer ")
    now = int(clock.now().timestamp())
    claims = jwt.decode(signed, PUBLIC, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False})
    assert claims == {"iss": "12", "iat": now - 60, "exp": now + 300}


def test_one_token_serves_an_owner_until_shortly_before_it_ends(app, wire, clock):
    installed(wire)
    first = app.credential(HOME)
    clock.jump(54 * 60)
    assert app.credential(RepoRef("O", "another")) == first
    clock.jump(2 * 60)
    installed(wire, "ghs_2", "2026-11-20T14:00:00Z")
    assert app.credential(HOME).authorization == "token ghs_2"


def test_a_token_that_github_no_longer_takes_is_renewed_once(api, wire):
    installed(wire)
    wire.get(f"{BASE}/repos/o/r", status=401, json={"message": "Bad credentials"})
    answer = api.ask("/repos/o/r")
    assert answer.status == 401
    assert [path for _, path, _ in sent(wire)].count("/repos/o/r") == 2
    assert [path for _, path, _ in sent(wire)].count("/app/installations/5/access_tokens") == 2


def test_what_one_token_was_told_is_unchanged_is_asked_in_full_with_the_next(app, api, wire, clock):
    installed(wire)
    wire.get(f"{BASE}/repos/o/r", json={"id": 1}, headers={"ETag": '"a"'})
    api.get("/repos/o/r")
    api.get("/repos/o/r")
    clock.jump(3600)
    installed(wire, "ghs_2", "2026-11-20T14:00:00Z")
    api.get("/repos/o/r")
    asked = [call.request.headers.get("If-None-Match") for call in wire.calls if call.request.path_url == "/repos/o/r"]
    assert asked == [None, '"a"', None]


def test_a_write_refused_with_a_stale_token_is_sent_again_with_a_new_one(api, wire):
    installed(wire)
    wire.post(f"{BASE}/repos/o/r/dispatches", status=401, json={"message": "Bad credentials"})
    wire.post(f"{BASE}/repos/o/r/dispatches", status=204)
    assert api.send("POST", "/repos/o/r/dispatches", {}).status == 204


def test_an_app_that_is_not_installed_says_where_to_install_it(app, wire):
    wire.get(f"{BASE}/repos/o/r/installation", status=404, json={"message": "Not Found"})
    with pytest.raises(NoAccess) as refused:
        app.credential(HOME)
    assert refused.value.what == "The GitHub App 12 is not installed on o/r, or o/r does not exist."
    assert refused.value.fix == "Install the App for o and select r; check the spelling of the repository."


def test_an_id_and_a_key_of_different_apps_are_told_so(app, wire):
    wire.get(f"{BASE}/repos/o/r/installation", status=401, json={"message": "A JSON web token could not be decoded"})
    with pytest.raises(NoAccess, match="does not accept the App's signature"):
        app.credential(HOME)


def test_a_lost_answer_to_making_a_token_is_asked_for_again(app, wire, clock):
    wire.get(f"{BASE}/repos/o/r/installation", json={"id": 5})
    wire.post(TOKENS, status=502)
    wire.post(TOKENS, status=201, json={"token": "ghs_1", "expires_at": "2026-11-20T13:00:00Z"})
    assert app.credential(HOME).kind is Kind.MADE
    assert clock.slept == [0.75]


@pytest.mark.parametrize(
    "body", [{}, {"token": 1}, {"token": "ghs_1"}, {"token": "ghs_1", "expires_at": "soon"}, []], ids=str
)
def test_an_answer_without_a_token_is_no_token(app, wire, body):
    wire.get(f"{BASE}/repos/o/r/installation", json={"id": 5})
    wire.post(TOKENS, status=201, json=body)
    with pytest.raises(Unreachable):
        app.credential(HOME)


@pytest.mark.parametrize("key", ["", "secret-text", PEM[:200], PEM.replace("RSA", "DSA")])
def test_a_key_that_cannot_sign_is_found_out_before_anything_is_sent_and_is_not_quoted(key, clock):
    with pytest.raises(BadCall) as refused:
        AppAccess(
            "12", SecretStr(key), home=HOME, api_url="https://api.github.com", clock=clock, mask=print, announce=print
        )
    assert "secret-text" not in f"{refused.value.faults}"
    assert refused.value.__suppress_context__
    assert refused.value.faults[0].where == "app_private_key"


def test_a_key_pasted_on_one_line_works(clock, wire):
    app = AppAccess(
        "12",
        SecretStr(PEM.replace("\n", "\\n")),
        home=HOME,
        api_url="https://api.github.com",
        clock=clock,
        mask=lambda _: None,
        announce=lambda _: None,
    )
    installed(wire)
    assert app.credential(HOME).authorization == "token ghs_1"
