"""S3 at the wire: what moto does not check is asserted on the requests themselves."""

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from botocore.stub import Stubber
from tests.clocks import JumpingClock
from tests.contract.archive.conftest import BUCKET

from crossproof.archive.store import Created, InMemory, Kind, Thaw
from crossproof.aws.s3 import S3Store
from crossproof.errors import BadCall, CrossproofError, NoAccess
from crossproof.files.spool import Spool
from crossproof.probe import Unknown

BODY = b"evidence"
SHA = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def wire(s3):
    """Every request, as it is about to leave."""
    sent = []
    s3._client.meta.events.register("before-send.s3", lambda request, **_: sent.append(request) or None)
    return sent


def header(request, name):
    value = request.headers.get(name)
    return value.decode() if isinstance(value, bytes) else value


def test_a_write_is_conditional_and_carries_its_sha256_as_a_plain_header(s3, wire):
    s3.put_new("key", InMemory(BODY), sha256=SHA, kind=Kind.PROOF)
    (request,) = wire
    assert header(request, "If-None-Match") == "*"
    assert header(request, "x-amz-checksum-sha256") == base64.b64encode(bytes.fromhex(SHA)).decode()
    assert header(request, "x-amz-trailer") is None
    assert header(request, "Content-Length") == str(len(BODY))
    assert request.url.endswith(f"/{BUCKET}/team/tracking/key")


def test_only_blobs_bear_the_tag_that_the_lifecycle_rule_picks(s3, wire):
    for kind in Kind:
        s3.put_new(kind, InMemory(BODY), sha256=SHA, kind=kind)
    assert [header(request, "x-amz-tagging") for request in wire] == ["crossproof=blob", None, None]


def test_a_replacement_names_the_version_it_replaces(s3, wire):
    s3.put_new("key", InMemory(BODY), sha256=SHA, kind=Kind.LIST)
    version = s3.read("key").value.version
    s3.replace("key", b"new", version=version)
    assert header(wire[-1], "If-Match") == version


def test_a_stream_is_sent_whole_from_a_spool(s3, tmp_path):
    spool = Spool(tmp_path / "spool", 3_000_000)
    spool.write_at(0, b"x" * 3_000_000)
    assert s3.put_new("blob", spool, sha256=spool.sha256(), kind=Kind.BLOB) == Created()
    assert s3.look("blob").value.size == 3_000_000
    spool.close()


def test_an_object_lock_is_asked_for_on_what_never_changes_and_on_nothing_else(aws):
    until = datetime(2027, 1, 1, tzinfo=UTC)
    client = aws.client("s3")
    client.create_bucket(
        Bucket="locked", ObjectLockEnabledForBucket=True, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    client.close()
    store = S3Store(aws, "locked", "", clock=JumpingClock(), locked_until=until)
    sent = []
    store._client.meta.events.register("before-send.s3", lambda request, **_: sent.append(request) or None)
    for kind in Kind:
        store.put_new(kind, InMemory(BODY), sha256=SHA, kind=kind)
    assert [header(request, "x-amz-object-lock-mode") for request in sent] == ["GOVERNANCE", "GOVERNANCE", None]
    assert header(sent[0], "x-amz-object-lock-retain-until-date").startswith("2027-01-01")
    store.close()


def test_a_frozen_object_says_so_and_thaws_when_asked(aws, s3):
    s3.put_new("blob", InMemory(BODY), sha256=SHA, kind=Kind.BLOB)
    client = aws.client("s3")
    source = {"Bucket": BUCKET, "Key": "team/tracking/blob"}
    client.copy_object(**source, CopySource=source, StorageClass="GLACIER")
    client.close()
    assert (s3.look("blob").value.thaw, s3.look("blob").value.storage_class) == (Thaw.FROZEN, "GLACIER")
    with pytest.raises(CrossproofError):
        s3.fetch("blob", lambda size: Spool("unused", size))
    assert isinstance(s3.read("blob"), Unknown)
    assert [found.thaw for found in s3.walk("")] == [Thaw.FROZEN]
    assert s3.thaw("blob", speed="Standard", days=7) is Thaw.ONGOING
    assert s3.look("blob").value.thaw is Thaw.READY  # moto thaws at once


# What moto does not do, as S3 answers it ------------------------------------------------------------------------------


@pytest.fixture
def told(s3):
    """S3's own answers, one after the other."""
    with Stubber(s3._client) as stubber:
        yield stubber


def test_a_refusal_for_a_key_is_unknown_and_says_both_things_that_it_can_mean(s3, told):
    told.add_client_error("head_object", "403", "Forbidden", http_status_code=403)
    found = s3.look("key")
    assert isinstance(found, Unknown)
    assert "S3 answers 403 instead of 404 for what is not there, unless the role has s3:ListBucket" in found.why
    assert isinstance(found.error, NoAccess)


def test_two_conditional_writes_that_meet_are_tried_again(s3, told):
    told.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
    told.add_response("put_object", {})
    assert s3.put_new("key", InMemory(BODY), sha256=SHA, kind=Kind.PROOF) == Created()


def test_a_store_that_cannot_write_on_a_condition_is_refused(s3, told):
    told.add_client_error("put_object", "NotImplemented", http_status_code=501)
    with pytest.raises(CrossproofError, match="cannot write on a condition"):
        s3.put_new("key", InMemory(BODY), sha256=SHA, kind=Kind.PROOF)


def test_a_store_that_ignores_conditions_is_found_out(s3, told):
    told.add_response("put_object", {})
    told.add_response("put_object", {})
    with pytest.raises(CrossproofError, match="cannot write on a condition"):
        s3.prove_conditions()


def test_a_store_that_knows_conditions_is_proven_by_one_object(s3):
    s3.prove_conditions()
    s3.prove_conditions()
    assert [found.key for found in s3.walk("")] == ["conditional-writes.txt"]


def test_a_bucket_that_does_not_exist_is_a_mistake_in_the_call(aws):
    store = S3Store(aws, "no-such-bucket", "", clock=JumpingClock())
    with pytest.raises(BadCall) as refused:
        store.put_new("key", InMemory(BODY), sha256=SHA, kind=Kind.PROOF)
    assert refused.value.faults[0].what == "there is no bucket no-such-bucket"
    store.close()


def test_a_denied_write_names_the_permission(s3, told):
    told.add_client_error("put_object", "AccessDenied", "User is not authorized to perform: s3:PutObject", 403)
    with pytest.raises(NoAccess) as refused:
        s3.put_new("key", InMemory(BODY), sha256=SHA, kind=Kind.PROOF)
    assert "s3:PutObject" in refused.value.seen


def test_a_clock_that_is_wrong_is_said_to_be(s3, told):
    told.add_client_error("put_object", "RequestTimeTooSkewed", http_status_code=403)
    with pytest.raises(NoAccess, match="does not accept the credentials") as refused:
        s3.put_new("key", InMemory(BODY), sha256=SHA, kind=Kind.PROOF)
    assert "this machine's clock is wrong" in refused.value.why


def test_a_thaw_that_is_under_way_is_no_failure(s3, told):
    told.add_client_error("restore_object", "RestoreAlreadyInProgress", http_status_code=409)
    assert s3.thaw("blob", speed="Standard", days=7) is Thaw.ONGOING


def test_an_expedited_thaw_without_capacity_falls_back_to_the_standard_one(s3, told):
    told.add_client_error("restore_object", "GlacierExpeditedRetrievalNotAvailable", http_status_code=503)
    told.add_response(
        "restore_object",
        {"ResponseMetadata": {"HTTPStatusCode": 202}},
        {
            "Bucket": BUCKET,
            "Key": "team/tracking/blob",
            "RestoreRequest": {"Days": 7, "GlacierJobParameters": {"Tier": "Standard"}},
        },
    )
    assert s3.thaw("blob", speed="Expedited", days=7) is Thaw.ONGOING
    told.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("headers", "thaw"),
    [
        ({"StorageClass": "DEEP_ARCHIVE"}, Thaw.FROZEN),
        ({"StorageClass": "GLACIER", "Restore": 'ongoing-request="true"'}, Thaw.ONGOING),
        ({"StorageClass": "GLACIER", "Restore": 'ongoing-request="false", expiry-date="Fri, 21 Dec 2026"'}, Thaw.READY),
        ({"StorageClass": "GLACIER_IR"}, Thaw.READY),
        ({"StorageClass": "INTELLIGENT_TIERING", "ArchiveStatus": "ARCHIVE_ACCESS"}, Thaw.FROZEN),
        ({}, Thaw.READY),
    ],
)
def test_the_state_of_an_object_is_read_from_its_headers(s3, told, headers, thaw):
    answer = {"ContentLength": 8, "ETag": '"e"', "LastModified": datetime(2026, 1, 1, tzinfo=UTC), **headers}
    told.add_response("head_object", answer)
    assert s3.look("blob").value.thaw is thaw


@pytest.mark.parametrize(
    ("told_sum", "sha256"),
    [
        (base64.b64encode(bytes.fromhex(SHA)).decode(), SHA),
        (base64.b64encode(bytes(32)).decode() + "-3", ""),
        (None, ""),
    ],
    ids=["whole", "of parts", "none"],
)
def test_only_a_hash_of_the_whole_object_counts_as_its_hash(s3, told, told_sum, sha256):
    answer = {"ContentLength": 8, "ETag": '"e"', "LastModified": datetime(2026, 1, 1, tzinfo=UTC)}
    told.add_response("head_object", answer | ({"ChecksumSHA256": told_sum} if told_sum else {}))
    assert s3.look("blob").value.sha256 == sha256
