"""What ECR's answers mean: which of them say that an image is not there, and which only that it cannot be had."""

import json
from hashlib import sha256

import pytest
from botocore.stub import Stubber

from crossproof.aws.ecr import EcrRegistry
from crossproof.aws.session import ambient
from crossproof.images import manifests
from crossproof.images.hosts import Ecr
from crossproof.images.manifests import ACCEPTED
from crossproof.probe import Absent, Present, Unknown
from crossproof.verdict import BAD_INPUT, NO_ACCESS, RATE_LIMITED, UNREACHABLE

CONTENT = json.dumps({"schemaVersion": 2, "config": {"digest": "sha256:" + "0" * 64}})
DIGEST = f"sha256:{sha256(CONTENT.encode()).hexdigest()}"
HERE = Ecr("123456789012", "eu-central-1")


@pytest.fixture
def registry(bare):
    bare.setenv("AWS_ACCESS_KEY_ID", "made-up")
    bare.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    return EcrRegistry(ambient(region="us-east-1"), HERE)


@pytest.fixture
def ecr(registry):
    with Stubber(registry._client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def asked(*references: str) -> dict:
    return {
        "registryId": "123456789012",
        "repositoryName": "dash",
        "imageIds": [{"imageDigest" if "sha256:" in each else "imageTag": each} for each in references],
        "acceptedMediaTypes": list(ACCEPTED),
    }


def image(tag: str, content: str = CONTENT, digest: str = DIGEST) -> dict:
    return {
        "imageId": {"imageTag": tag, "imageDigest": digest},
        "imageManifest": content,
        "imageManifestMediaType": manifests.MANIFEST,
    }


def failure(code: str, **image_id: str) -> dict:
    return {"imageId": image_id, "failureCode": code, "failureReason": "because"}


def test_region_and_account_are_those_of_the_host_and_not_of_the_surroundings(registry):
    assert registry._client.meta.region_name == "eu-central-1"


def test_a_host_of_the_fips_kind_is_asked_at_its_own_endpoint(bare):
    bare.setenv("AWS_ACCESS_KEY_ID", "made-up")
    bare.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    fips = EcrRegistry(ambient(region=None), Ecr("123456789012", "us-east-1", fips=True))
    assert "fips" in fips._client.meta.endpoint_url


def test_one_call_answers_for_all_tags_that_are_there_and_that_are_not(registry, ecr):
    answer = {"images": [image("a")], "failures": [failure("ImageNotFound", imageTag="b")]}
    ecr.add_response("batch_get_image", answer, asked("a", "b"))
    seen = registry.look("dash", ["a", "b"])
    assert isinstance(seen["a"], Present)
    assert seen["a"].value.digest == DIGEST
    assert seen["b"] == Absent("ECR says ImageNotFound")


def test_more_than_a_hundred_are_asked_for_in_several_calls(registry, ecr):
    tags = [f"t{number}" for number in range(101)]
    for some in (tags[:100], tags[100:]):
        ecr.add_response(
            "batch_get_image", {"failures": [failure("ImageNotFound", imageTag=t) for t in some]}, asked(*some)
        )
    assert len(registry.look("dash", tags)) == 101


def test_an_impossible_tag_is_refused_without_a_request(registry, ecr):
    assert isinstance(registry.look("dash", ["feat/x"])["feat/x"], Absent)


@pytest.mark.parametrize(
    "code",
    [
        "ImageInaccessible",
        "KmsError",
        "UpstreamAccessDenied",
        "UpstreamTooManyRequests",
        "UpstreamUnavailable",
        "ImageReferencedByManifestList",
        "InvalidImageTag",
        "SomethingNew",
    ],
)
def test_only_one_of_ecr_s_failures_says_that_an_image_is_not_there(registry, ecr, code):
    ecr.add_response("batch_get_image", {"failures": [failure(code, imageTag="a")]}, asked("a"))
    assert isinstance(registry.look("dash", ["a"])["a"], Unknown)


def test_what_is_not_answered_at_all_is_asked_for_alone_and_then_unknown(registry, ecr):
    ecr.add_response("batch_get_image", {"failures": [failure("ImageNotFound", imageTag="a")]}, asked("a", "b"))
    ecr.add_response("batch_get_image", {}, asked("b"))
    assert isinstance(registry.look("dash", ["a", "b"])["b"], Unknown)


def test_an_image_that_is_answered_under_another_of_its_tags_is_asked_for_alone(registry, ecr):
    ecr.add_response("batch_get_image", {"images": [image("a"), image("a")]}, asked("a", "b"))
    ecr.add_response("batch_get_image", {"images": [image("a")]}, asked("b"))
    assert isinstance(registry.look("dash", ["a", "b"])["b"], Present)


def test_a_digest_is_never_answered_by_another_image(registry, ecr):
    other = "sha256:" + "1" * 64
    ecr.add_response("batch_get_image", {"images": [image("a")]}, asked(other))
    assert isinstance(registry.look("dash", [other])[other], Unknown)


def test_a_manifest_that_does_not_have_its_digest_is_unknown(registry, ecr):
    ecr.add_response("batch_get_image", {"images": [image("a", digest="sha256:" + "1" * 64)]}, asked("a"))
    assert isinstance(registry.look("dash", ["a"])["a"], Unknown)


@pytest.mark.parametrize(
    ("code", "status", "reason", "said"),
    [
        ("AccessDeniedException", 400, NO_ACCESS, "ecr:BatchGetImage on dash of account 123456789012 in eu-central-1"),
        ("UnrecognizedClientException", 400, NO_ACCESS, "does not accept the credentials"),
        ("ExpiredTokenException", 400, NO_ACCESS, "does not accept the credentials"),
        ("ThrottlingException", 400, RATE_LIMITED, "throttles"),
        ("ServerException", 500, UNREACHABLE, "was refused by AWS: ServerException"),
        ("UnableToGetUpstreamImageException", 400, UNREACHABLE, "UnableToGetUpstreamImageException"),
        ("InvalidParameterException", 400, UNREACHABLE, "InvalidParameterException"),
        ("RepositoryNotFoundException", 400, BAD_INPUT, "one thing must change"),
    ],
)
def test_a_refusal_is_unknown_and_says_what_is_missing(registry, ecr, code, status, reason, said):
    ecr.add_client_error("batch_get_image", code, "no", http_status_code=status)
    answer = registry.look("dash", ["a", "b"])
    assert answer["a"] == answer["b"]
    assert isinstance(answer["a"], Unknown)
    assert answer["a"].error is not None
    assert answer["a"].error.reason is reason
    assert said in answer["a"].why


def test_a_repository_that_ecr_does_not_have_is_a_fault_of_the_call_and_no_missing_image(registry, ecr):
    ecr.add_client_error("batch_get_image", "RepositoryNotFoundException", "no", http_status_code=400)
    answer = registry.look("dash", ["a"])["a"]
    assert isinstance(answer, Unknown)
    assert "ECR has no repository dash of account 123456789012 in eu-central-1" in answer.error.faults[0].what


def test_without_credentials_nothing_is_known(bare):
    answer = EcrRegistry(ambient(region=None), HERE).look("dash", ["a"])["a"]
    assert isinstance(answer, Unknown)
    assert "needs AWS credentials, and there are none" in answer.why


LAYER = {"registryId": "123456789012", "repositoryName": "dash", "layerDigest": DIGEST}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("LayersNotFoundException", Absent),
        ("LayerInaccessibleException", Unknown),
        ("AccessDeniedException", Unknown),
    ],
)
def test_a_part_that_cannot_be_had_is_absent_only_where_ecr_says_so(registry, ecr, code, kind):
    ecr.add_client_error("get_download_url_for_layer", code, "no", http_status_code=400, expected_params=LAYER)
    assert isinstance(registry.blob("dash", DIGEST), kind)


def test_a_denied_part_names_its_own_permission(registry, ecr):
    ecr.add_client_error("get_download_url_for_layer", "AccessDeniedException", "no", http_status_code=400)
    answer = registry.blob("dash", DIGEST)
    assert isinstance(answer, Unknown)
    assert "ecr:GetDownloadUrlForLayer on dash" in answer.why


def test_an_address_in_clear_is_not_followed(registry, ecr):
    ecr.add_response("get_download_url_for_layer", {"downloadUrl": "http://storage.example/x"}, LAYER)
    assert isinstance(registry.blob("dash", DIGEST), Unknown)
