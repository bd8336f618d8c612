"""What ECR's answers about lifecycle policies mean."""

import json
from hashlib import sha256

import pytest
from botocore.stub import Stubber
from tests.clocks import JumpingClock

from crossproof.aws.ecr_lifecycle import EcrLifecycle
from crossproof.aws.session import ambient
from crossproof.errors import NoAccess
from crossproof.images import manifests
from crossproof.images.hosts import Ecr
from crossproof.images.lifecycle import Doomed
from crossproof.probe import Absent, Present, Unknown

POLICY = json.dumps({"rules": []}) + " " * 100  # botocore refuses a shorter one
WHERE = {"registryId": "123456789012", "repositoryName": "dash"}


@pytest.fixture
def clock():
    return JumpingClock()


@pytest.fixture
def house(bare, clock):
    bare.setenv("AWS_ACCESS_KEY_ID", "made-up")
    bare.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    return EcrLifecycle(
        ambient(region=None), Ecr("123456789012", "eu-central-1"), "dash", clock=clock, say=lambda _: None
    )


@pytest.fixture
def ecr(house):
    with Stubber(house._client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def refused(stub, method, code):
    stub.add_client_error(method, code, "no", http_status_code=400)


def test_only_ecr_s_own_word_says_that_there_is_no_policy(house, ecr):
    refused(ecr, "get_lifecycle_policy", "LifecyclePolicyNotFoundException")
    assert isinstance(house.current(), Absent)
    refused(ecr, "get_lifecycle_policy", "AccessDeniedException")
    answer = house.current()
    assert isinstance(answer, Unknown)
    assert "ecr:GetLifecyclePolicy on dash" in answer.why
    ecr.add_response("get_lifecycle_policy", {"lifecyclePolicyText": POLICY}, WHERE)
    assert house.current() == Present(POLICY)


def previewed(status, *digests, more=""):
    results = [{"imageDigest": each, "imageTags": ["xr-1"], "appliedRulePriority": 2} for each in digests]
    return {"status": status, "previewResults": results, **({"nextToken": more} if more else {})}


def test_a_preview_is_waited_for_and_read_to_its_last_page(house, ecr, clock):
    ecr.add_response("start_lifecycle_policy_preview", {}, {**WHERE, "lifecyclePolicyText": POLICY})
    ecr.add_response("get_lifecycle_policy_preview", previewed("IN_PROGRESS"), WHERE)
    ecr.add_response("get_lifecycle_policy_preview", previewed("COMPLETE", "sha256:a", more="on"), WHERE)
    ecr.add_response("get_lifecycle_policy_preview", previewed("COMPLETE", "sha256:b"), {**WHERE, "nextToken": "on"})
    answer = house.preview(POLICY)
    assert answer == Present(tuple(Doomed(digest=each, tags=("xr-1",), rule=2) for each in ("sha256:a", "sha256:b")))
    assert clock.slept == [5.0]


@pytest.mark.parametrize("status", ["FAILED", "EXPIRED"])
def test_a_preview_that_failed_is_unknown_and_not_empty(house, ecr, status):
    ecr.add_response("start_lifecycle_policy_preview", {})
    ecr.add_response("get_lifecycle_policy_preview", previewed(status))
    assert isinstance(house.preview(POLICY), Unknown)


def test_a_preview_that_never_ends_is_unknown(house, ecr, clock):
    ecr.add_response("start_lifecycle_policy_preview", {})
    for _ in range(20):
        ecr.add_response("get_lifecycle_policy_preview", previewed("IN_PROGRESS"))
    assert isinstance(house.preview(POLICY), Unknown)
    assert sum(clock.slept) == 100


def test_a_preview_that_may_not_be_asked_for_is_unknown(house, ecr):
    refused(ecr, "start_lifecycle_policy_preview", "AccessDeniedException")
    assert isinstance(house.preview(POLICY), Unknown)


def test_the_parts_of_all_pages_indexes_are_known(house, ecr):
    listed = [{"digest": "sha256:one"}, {"digest": "sha256:attestation", "platform": {"os": "unknown"}}]
    content = json.dumps({"manifests": listed})
    digest = f"sha256:{sha256(content.encode()).hexdigest()}"
    first = {"imageIds": [{"imageDigest": digest, "imageTag": "a"}], "nextToken": "on"}
    second = {"imageIds": [{"imageDigest": digest, "imageTag": "b"}]}
    wanted = {**WHERE, "filter": {"tagStatus": "TAGGED"}}
    ecr.add_response("list_images", first, wanted)
    ecr.add_response("list_images", second, {**wanted, "nextToken": "on"})
    image = {"imageId": {"imageDigest": digest}, "imageManifest": content, "imageManifestMediaType": manifests.INDEX}
    with Stubber(house._images._client) as images:
        images.add_response("batch_get_image", {"images": [image]})
        assert house.parts() == Present({"sha256:one": digest, "sha256:attestation": digest})


def test_an_index_that_cannot_be_read_leaves_everything_unknown(house, ecr):
    ecr.add_response("list_images", {"imageIds": [{"imageDigest": "sha256:" + "0" * 64, "imageTag": "a"}]})
    with Stubber(house._images._client) as images:
        refused(images, "batch_get_image", "AccessDeniedException")
        assert isinstance(house.parts(), Unknown)


def test_a_list_that_may_not_be_read_is_unknown(house, ecr):
    refused(ecr, "list_images", "AccessDeniedException")
    assert isinstance(house.parts(), Unknown)


def test_a_policy_that_may_not_be_set_raises(house, ecr):
    ecr.add_response("put_lifecycle_policy", {}, {**WHERE, "lifecyclePolicyText": POLICY})
    house.put(POLICY)
    refused(ecr, "put_lifecycle_policy", "AccessDeniedException")
    with pytest.raises(NoAccess, match="ecr:PutLifecyclePolicy on dash"):
        house.put(POLICY)
