"""Laws of reading a registry: the same on the fake and on a real one; and what only a wire can do wrong."""

import base64
import json

import pytest
import requests
from tests.clocks import JumpingClock
from tests.companions import FakeRegistry, push_image
from tests.registries import PASSWORD, USER, answering, missing, registry

from crossproof.images import manifests
from crossproof.images.hosts import Registry
from crossproof.images.looking import Images
from crossproof.images.manifests import ACCEPTED
from crossproof.probe import Absent, Present, Unknown
from crossproof.registry.distribution import OciRegistry
from crossproof.registry.doors import Credentials
from crossproof.units import SecretStr
from crossproof.verdict import NO_ACCESS, RATE_LIMITED, UNREACHABLE

CREDENTIALS = Credentials(USER, SecretStr(PASSWORD))
DIGEST = "sha256:" + "0" * 64


@pytest.fixture
def real(tmp_path):
    if why := missing():
        pytest.skip(why)
    with registry(tmp_path) as running:
        yield running


@pytest.fixture
def wire():
    with answering() as told:
        yield told


@pytest.fixture
def clock():
    return JumpingClock()


def ask(host: str, clock=None, credentials=None) -> OciRegistry:
    return OciRegistry(Registry.parse(host), clock or JumpingClock(), credentials=credentials)


@pytest.fixture(params=["the fake", "a real registry"])
def both(request):
    """Give one to push to, and one to read from."""
    if request.param == "the fake":
        fake = FakeRegistry()
        return fake, fake
    running = request.getfixturevalue("real")
    return running, ask(running.host)


# --- laws ----------------------------------------------------------------------------------------------------------


def test_each_reference_that_was_asked_for_is_answered_and_a_digest_is_of_the_bytes(both):
    to, reader = both
    digest = push_image(to, "acme/dash", "one", "two")
    seen = reader.look("acme/dash", ["one", "two", digest, "three"])
    assert list(seen) == ["one", "two", digest, "three"]
    stored = [seen[name].value for name in ("one", "two", digest)]
    assert {each.digest for each in stored} == {digest}
    assert stored[0] == stored[1] == stored[2]
    assert isinstance(seen["three"], Absent)


def test_a_repository_that_is_not_there_has_no_image(both):
    _, reader = both
    assert isinstance(reader.look("acme/none", ["one"])["one"], Absent)


@pytest.mark.parametrize("form", ["a single image", "an index"])
def test_labels_and_platforms_of_every_form_are_read(both, form):
    to, reader = both
    digest = push_image(to, "dash", "it", labels={"a": "1"}, platform="linux/arm64", index=form == "an index")
    found = Images(reader, "dash", ("linux/arm64",)).described("it")
    assert isinstance(found, Present)
    assert (found.value.digest, found.value.platforms, found.value.label("a")) == (digest, ("linux/arm64",), "1")
    assert isinstance(Images(reader, "dash", ("linux/amd64",)).described("it"), Absent)


def test_docker_s_older_forms_are_images_too(both):
    to, reader = both
    config = json.dumps({"os": "linux", "architecture": "amd64", "config": {"Labels": {"a": "1"}}}).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": manifests.DOCKER_MANIFEST,
        "config": {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "digest": to.put_blob("dash", config),
            "size": len(config),
        },
        "layers": [],
    }
    content = json.dumps(manifest).encode()
    digest = to.push("dash", content, manifests.DOCKER_MANIFEST, "single")
    entry = {"mediaType": manifests.DOCKER_MANIFEST, "digest": digest, "size": len(content)}
    listed = {"manifests": [{**entry, "platform": {"os": "linux", "architecture": "amd64"}}]}
    top = json.dumps({"schemaVersion": 2, "mediaType": manifests.DOCKER_LIST, **listed}).encode()
    to.push("dash", top, manifests.DOCKER_LIST, "list")
    for tag in ("single", "list"):
        found = Images(reader, "dash", ("linux/amd64",)).described(tag)
        assert isinstance(found, Present), tag
        assert found.value.label("a") == "1"


def test_annotations_spare_the_look_at_the_configuration(both):
    to, reader = both
    push_image(to, "dash", "it", annotations={"key": "k"}, index=True)
    images = Images(reader, "dash", ("linux/amd64",))
    before = reader.asked
    found = images.described("it", needs=("key",))
    assert isinstance(found, Present)
    assert found.value.label("key") == "k"
    assert reader.asked - before == 1
    assert isinstance(images.described("it", needs=("key", "other")), Present), "else the configuration is read"
    assert reader.asked - before == 3


def test_a_blob_is_what_its_digest_says_or_nothing(both):
    to, reader = both
    digest = to.put_blob("dash", b"content")
    push_image(to, "dash", "it")
    assert reader.blob("dash", digest) == Present(b"content")
    assert isinstance(reader.blob("dash", DIGEST), Absent)


# --- a real registry -----------------------------------------------------------------------------------------------


def test_a_registry_that_knows_newer_forms_is_asked_for_all_of_them(real):
    """With only one form named, the same registry says 404 for an image that is there."""
    push_image(real, "dash", "it", index=True)
    blind = requests.get(f"{real.url}/v2/dash/manifests/it", headers={"Accept": manifests.DOCKER_MANIFEST}, timeout=5)
    assert blind.status_code == 404
    assert isinstance(ask(real.host).look("dash", ["it"])["it"], Present)


def test_an_impossible_tag_is_refused_without_a_request(real):
    reader = ask(real.host)
    assert isinstance(reader.look("dash", ["feat/x", "", "x" * 129])["feat/x"], Absent)
    assert reader.asked == 0


def test_a_registry_behind_a_password_is_read_with_it_and_is_unknown_without(tmp_path):
    if why := missing():
        pytest.skip(why)
    with registry(tmp_path, password=True) as closed:
        push_image(closed, "dash", "it", labels={"a": "1"})
        reader = ask(closed.host, credentials=CREDENTIALS)
        assert isinstance(Images(reader, "dash", ("linux/amd64",)).described("it"), Present)
        assert isinstance(reader.look("dash", ["other"])["other"], Absent)
        assert reader.asked == 4, "the door is opened once"
        stranger = ask(closed.host).look("dash", ["it"])["it"]
        wrong = ask(closed.host, credentials=Credentials(USER, SecretStr("no"))).look("dash", ["it"])["it"]
    for answer in (stranger, wrong):
        assert isinstance(answer, Unknown)
        assert answer.error is not None
        assert answer.error.reason is NO_ACCESS
        assert "registry_username" in answer.fix


def test_a_blob_that_is_kept_elsewhere_is_fetched_there_without_any_credential(tmp_path, wire):
    if why := missing():
        pytest.skip(why)
    with registry(tmp_path, password=True, blobs_at=wire.url) as closed:
        digest = closed.put_blob("dash", b"content")
        path = f"/docker/registry/v2/blobs/sha256/{digest[7:9]}/{digest[7:]}/data"
        wire.on(path, 200, b"content")
        assert ask(closed.host, credentials=CREDENTIALS).blob("dash", digest) == Present(b"content")
        wire.on(path, 200, b"forged")
        ask(closed.host, credentials=CREDENTIALS).blob("dash", digest)
        forged = ask(closed.host, credentials=CREDENTIALS).blob("dash", digest)
    assert isinstance(forged, Unknown)
    assert [path for path, _ in wire.asked] == [path] * 3
    assert all("authorization" not in headers for _, headers in wire.asked)


# --- what only a wire can do wrong ---------------------------------------------------------------------------------

IT = "/v2/dash/manifests/it"
MANIFEST = json.dumps({"schemaVersion": 2, "config": {"digest": DIGEST}}).encode()


def it(wire, clock=None, credentials=None):
    return ask(wire.host, clock, credentials).look("dash", ["it"])["it"]


def errors(code: str, message: str = "") -> dict:
    return {"errors": [{"code": code, "message": message}]}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"404 page not found\n"),
        (404, b"<html>Not Found</html>"),
        (404, {"errors": []}),
        (404, {"errors": [{"no": "code"}]}),
        (404, errors("MANIFEST_UNKNOWN", "OCI index found, but accept header does not support OCI indexes")),
        (404, errors("UNAUTHORIZED")),
        (400, errors("MANIFEST_UNKNOWN")),
        (401, errors("UNAUTHORIZED")),
        (403, errors("DENIED")),
        (301, b""),
        (204, b""),
    ],
)
def test_only_the_registry_s_own_words_count_as_absence(wire, status, body):
    wire.on(IT, status, body)
    assert isinstance(it(wire), Unknown)


@pytest.mark.parametrize("code", ["MANIFEST_UNKNOWN", "NAME_UNKNOWN"])
def test_the_registry_s_own_words_do(wire, code):
    wire.on(IT, 404, errors(code))
    assert it(wire) == Absent(f"the registry says {code}")


@pytest.mark.parametrize(
    "kind", ["text/html", "application/vnd.docker.distribution.manifest.v1+prettyjws", "application/json"]
)
def test_an_answer_of_another_kind_is_no_image(wire, kind):
    wire.on(IT, 200, MANIFEST, Content_Type=kind)
    assert isinstance(Images(ask(wire.host), "dash", ("linux/amd64",)).manifest("it"), Unknown)


def test_all_four_forms_are_asked_for(wire):
    it(wire)
    assert wire.asked[0][1]["accept"].split(", ") == list(ACCEPTED)


def test_a_body_that_is_not_what_the_registry_says_it_is_is_unknown(wire):
    wire.on(IT, 200, MANIFEST, Content_Type=manifests.MANIFEST, Docker_Content_Digest=DIGEST)
    assert isinstance(it(wire), Unknown)


def test_trouble_that_passes_is_waited_out(wire, clock):
    wire.on(IT, 503)
    wire.on(IT, 429, b"", Retry_After="7")
    wire.on(IT, 200, MANIFEST, Content_Type=manifests.MANIFEST)
    assert isinstance(it(wire, clock), Present)
    assert clock.slept == [1.0, 7.0]


@pytest.mark.parametrize(("status", "reason"), [(429, RATE_LIMITED), (500, UNREACHABLE), (503, UNREACHABLE)])
def test_trouble_that_stays_is_unknown(wire, clock, status, reason):
    wire.on(IT, status)
    answer = it(wire, clock)
    assert isinstance(answer, Unknown)
    assert answer.error is not None
    assert answer.error.reason is reason
    assert clock.slept == [1.0, 2.0, 4.0]


def test_a_registry_that_nobody_runs_is_unknown(clock):
    answer = ask("127.0.0.1:9", clock).look("dash", ["it"])["it"]
    assert isinstance(answer, Unknown)
    assert "gave no answer: ConnectionError" in answer.why


def test_a_body_that_breaks_off_is_unknown(wire, clock):
    wire.on(IT, 200, MANIFEST, Content_Type=manifests.MANIFEST, Content_Length=str(len(MANIFEST) + 5))
    assert isinstance(it(wire, clock), Unknown)


def test_a_door_that_wants_a_token_is_opened_with_one_that_its_service_gives(wire):
    realm = f'Bearer realm="{wire.url}/token",service="registry.example",scope="repository:dash:pull"'
    wire.on(IT, 401, errors("UNAUTHORIZED"), WWW_Authenticate=realm)
    wire.on(IT, 200, MANIFEST, Content_Type=manifests.MANIFEST)
    wire.on("/token", 200, {"token": "opened"})
    assert isinstance(it(wire, credentials=CREDENTIALS), Present)
    (_, first), (path, token), (_, second) = wire.asked
    assert "authorization" not in first
    assert path == "/token?service=registry.example&scope=repository%3Adash%3Apull"
    assert token["authorization"] == "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    assert second["authorization"] == "Bearer opened"


def test_what_is_public_may_need_a_token_for_nobody(wire):
    wire.on(IT, 401, errors("UNAUTHORIZED"), WWW_Authenticate=f'Bearer realm="{wire.url}/token"')
    wire.on(IT, 200, MANIFEST, Content_Type=manifests.MANIFEST)
    wire.on("/token", 200, {"access_token": "public"})
    assert isinstance(it(wire), Present)
    assert "authorization" not in wire.asked[1][1]


@pytest.mark.parametrize(("status", "body"), [(401, b"no"), (200, b"no json"), (200, {}), (200, {"token": "a\nb"})])
def test_a_token_service_that_gives_none_is_unknown(wire, status, body):
    wire.on(IT, 401, errors("UNAUTHORIZED"), WWW_Authenticate=f'Bearer realm="{wire.url}/token"')
    wire.on("/token", status, body)
    answer = it(wire, credentials=CREDENTIALS)
    assert isinstance(answer, Unknown)
    assert "gave no token for dash" in answer.why


@pytest.mark.parametrize("scheme", ['Bearer realm="http://registry.example/token"', "Negotiate x", "", "Basic realm=x"])
def test_a_door_that_cannot_be_opened_is_unknown_and_no_password_goes_elsewhere(wire, scheme):
    wire.on(IT, 401, errors("UNAUTHORIZED"), WWW_Authenticate=scheme)
    assert isinstance(it(wire), Unknown)


def test_a_redirect_to_an_address_in_clear_is_not_followed(wire):
    wire.on(f"/v2/dash/blobs/{DIGEST}", 307, b"", Location="http://storage.example/x?sig=secret")
    answer = ask(wire.host).blob("dash", DIGEST)
    assert isinstance(answer, Unknown)
    assert "secret" not in answer.why


def test_a_redirect_without_end_ends(wire):
    path = f"/v2/dash/blobs/{DIGEST}"
    wire.on(path, 307, b"", Location=path)
    assert isinstance(ask(wire.host).blob("dash", DIGEST), Unknown)
