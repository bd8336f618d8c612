"""ECR as moto serves it: the laws of reading a registry, with digests that we compute (moto makes up others)."""

import json

import pytest
from botocore.awsrequest import AWSResponse
from tests.clocks import JumpingClock
from tests.companions import push_image
from tests.registries import EcrPusher, answering

from crossproof.aws.ecr import EcrRegistry
from crossproof.aws.ecr_lifecycle import EcrLifecycle
from crossproof.aws.session import ambient
from crossproof.commands.registry import answered
from crossproof.errors import CrossproofError
from crossproof.images import lifecycle, manifests
from crossproof.images.hosts import Registry
from crossproof.images.looking import Images
from crossproof.probe import Absent, Present, Unknown
from crossproof_sandbox import Sandbox
from crossproof_sandbox.aws import ACCOUNT, REGION

HOST = Registry.parse(f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com")


@pytest.fixture
def aws(monkeypatch):
    with Sandbox() as sandbox:
        for name, value in sandbox.aws.env.items():
            monkeypatch.setenv(name, value)
        yield ambient(region=REGION)


@pytest.fixture
def storage():
    with answering() as told:
        yield told


@pytest.fixture
def ecr(aws, storage):
    made = EcrPusher(aws.client("ecr"), storage)
    made.client.create_repository(repositoryName="acme/dash")
    return made


@pytest.fixture
def reader(aws):
    assert HOST.ecr
    return EcrRegistry(aws, HOST.ecr)


def leading_to(reader: EcrRegistry, url: str) -> None:
    """Let ECR say where a blob is; moto does not know this call."""
    answer = AWSResponse("", 200, {}, None), {"downloadUrl": url}
    reader._client.meta.events.register_first("before-call.ecr.GetDownloadUrlForLayer", lambda **_: answer)


def test_each_reference_that_was_asked_for_is_answered_in_one_call(ecr, reader):
    one = push_image(ecr, "acme/dash", "one")
    two = push_image(ecr, "acme/dash", "two", labels={"a": "1"})
    seen = reader.look("acme/dash", ["one", "two", one, "three"])
    assert [seen[name].value.digest for name in ("one", "two", one)] == [one, two, one]
    assert isinstance(seen["three"], Absent)
    assert reader.asked == 1


def test_an_image_with_several_tags_is_found_by_each(ecr, reader):
    digest = push_image(ecr, "acme/dash", "one", "two", "three")
    seen = reader.look("acme/dash", ["three", "one", "two"])
    assert {each.value.digest for each in seen.values()} == {digest}


def test_an_index_s_annotations_are_read_without_another_call(ecr, reader):
    push_image(ecr, "acme/dash", "it", annotations={"key": "k"}, index=True)
    found = Images(reader, "acme/dash", ("linux/amd64",)).described("it", needs=("key",))
    assert isinstance(found, Present)
    assert reader.asked == 1


def test_labels_are_read_from_where_ecr_keeps_them_without_any_credential(ecr, reader, storage):
    push_image(ecr, "acme/dash", "it", labels={"a": "1"}, index=True)
    config = next(iter(storage.scripted))
    leading_to(reader, f"{storage.url}{config}?signature=secret")
    found = Images(reader, "acme/dash", ("linux/amd64",)).described("it")
    assert isinstance(found, Present)
    assert found.value.label("a") == "1"
    ((path, headers),) = storage.asked
    assert path == f"{config}?signature=secret"
    assert "authorization" not in headers


def test_a_blob_that_is_not_what_it_is_called_is_unknown(reader, storage):
    digest = "sha256:" + "0" * 64
    storage.on("/x", 200, b"something else")
    storage.on("/y", 403, b"")
    for path in ("/x", "/y"):
        leading_to(reader, f"{storage.url}{path}?signature=secret")
        answer = reader.blob("acme/dash", digest)
        assert isinstance(answer, Unknown)
        assert "secret" not in answer.why


def test_a_repository_that_is_not_there_is_a_fault_of_the_call(ecr, reader):
    answer = reader.look("acme/none", ["it"])["it"]
    assert isinstance(answer, Unknown)
    assert answer.error is not None
    assert "ECR has no repository acme/none" in str(answer.error.faults)


def test_a_digest_that_moto_made_up_is_not_believed(ecr, reader):
    """It is what a registry that changes manifests would look like."""
    content, form = json.dumps({"config": {}}), manifests.MANIFEST
    ecr.client.put_image(repositoryName="acme/dash", imageManifest=content, imageManifestMediaType=form, imageTag="it")
    assert isinstance(reader.look("acme/dash", ["it"])["it"], Unknown)


def test_a_lifecycle_policy_is_read_and_set_and_a_preview_that_is_not_to_be_had_keeps_it_from_being_set(ecr, aws):
    assert HOST.ecr
    house = EcrLifecycle(aws, HOST.ecr, "acme/dash", clock=JumpingClock(), say=lambda _: None)
    assert isinstance(house.current(), Absent)
    plan = answered(house, apply=False)
    assert "could not be found out" in plan.page, "moto has no preview"
    with pytest.raises(CrossproofError):
        answered(house, apply=True)
    assert isinstance(house.current(), Absent)
    house.put(plan.data["policy"])
    assert lifecycle.merged(house.current().value) == tuple(json.loads(plan.data["policy"])["rules"])


def test_the_parts_of_what_is_tagged_are_known(ecr, aws):
    assert HOST.ecr
    house = EcrLifecycle(aws, HOST.ecr, "acme/dash", clock=JumpingClock(), say=lambda _: None)
    digest = push_image(ecr, "acme/dash", "it", index=True)
    parts = house.parts()
    assert isinstance(parts, Present)
    assert set(parts.value.values()) == {digest}
