"""Keeps evidence in an S3 bucket, or in anything that speaks S3: written once, checked by SHA-256 on arrival."""

import base64
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from crossproof.archive.store import Content, Created, Exists, InMemory, Kind, Put, Stored, Thaw
from crossproof.artifacts.delivery import Room
from crossproof.artifacts.zip_container import Bytes
from crossproof.aws.bucket import S3Bucket
from crossproof.aws.refusal import code, explained, status
from crossproof.aws.session import Aws
from crossproof.clock import Clock
from crossproof.errors import BadCall, CrossproofError, Fault, NoAccess, Unreachable
from crossproof.probe import Absent, Present, Probe, Unknown

T = TypeVar("T")

_BLOCK = 1024 * 1024
_LARGEST_PUT = 5 * 1024**3
_RACES = 8  # answers of 409: two conditional writes met, and neither was carried out
_FORBIDDEN, _NOT_FOUND, _CONFLICT, _FAILED, _NOT_IMPLEMENTED = 403, 404, 409, 412, 501
_TAGS = "crossproof=blob"  # what the lifecycle rule picks; manifests and indexes stay at hand
_FROZEN = frozenset({"GLACIER", "DEEP_ARCHIVE"})
_NO_LIST = (
    "S3 answers 403 instead of 404 for what is not there, unless the role has s3:ListBucket on the bucket.",
    "Allow s3:ListBucket, with the prefix as condition; `crossproof evidence bucket --print` shows the whole policy.",
)


class S3Store:
    """An `ObjectStore` below one prefix of one bucket."""

    def __init__(
        self, aws: Aws, bucket: str, prefix: str, *, clock: Clock, locked_until: datetime | None = None
    ) -> None:
        """`locked_until` asks for an object lock.

        No request names the account that the bucket must belong to: the role's may be another one than the bucket's.
        The policy that `evidence bucket --print` writes for the role does, and AWS holds every request against it.
        """
        # S3-compatible stores refuse checksums they do not know (boto/boto3#4392): ours goes into every write by hand.
        sums = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
        self._client = aws.client("s3", **sums)
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._clock = clock
        self._locked_until = locked_until

    def prove_conditions(self) -> None:
        """Make sure that a store that only speaks S3 knows conditional writes: one that ignores them overwrites."""
        body = InMemory(b"Crossproof writes this to see whether the store honours If-None-Match.\n")
        sha256 = hashlib.sha256(body.body).hexdigest()
        for _ in range(2):
            seen = self.put_new("conditional-writes.txt", body, sha256=sha256, kind=Kind.LIST)
            if isinstance(seen, Exists):
                return
        raise _unconditional(self.name, "the same object was created twice")

    def close(self) -> None:
        """Let go of its connections."""
        self._client.close()

    @property
    def bucket(self) -> S3Bucket:
        """The settings of the whole bucket."""
        return S3Bucket(self._client, self._bucket)

    @property
    def name(self) -> str:
        """What people call it."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    def put_new(self, key: str, body: Bytes, *, sha256: str, kind: Kind) -> Put:
        """Write on the condition that nothing is there; S3 checks the hash before it believes the bytes."""
        if body.size > _LARGEST_PUT:
            raise BadCall([Fault("artifacts", f"{key} has {body.size} bytes; one object can have {_LARGEST_PUT}")])
        more: dict[str, Any] = {"Tagging": _TAGS} if kind is Kind.BLOB else {}
        if self._locked_until and kind is not Kind.LIST:
            more |= {
                "ObjectLockMode": "GOVERNANCE",
                "ObjectLockRetainUntilDate": self._locked_until,
                "ContentMD5": _md5(body),  # S3 refuses a locked write without it; the SHA-256 header is not enough
            }
        written = self._conditionally(key, body, sha256, IfNoneMatch="*", **more)
        return Created() if written else Exists()

    def replace(self, key: str, body: bytes, *, version: str) -> bool:
        """Write on the condition that nobody wrote since."""
        return self._conditionally(key, InMemory(body), hashlib.sha256(body).hexdigest(), IfMatch=version)

    def read(self, key: str) -> Probe[Content]:
        """Read a small object."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(key))
            return Present(Content(answer["Body"].read(), str(answer["ETag"])))
        except (BotoCoreError, ClientError) as error:
            return self._not_there(error, key)

    def look(self, key: str) -> Probe[Stored]:
        """Ask for an object's headers."""
        try:
            answer = self._client.head_object(Bucket=self._bucket, Key=self._key(key), ChecksumMode="ENABLED")
        except (BotoCoreError, ClientError) as error:
            return self._not_there(error, key)
        return Present(
            Stored(
                key=key,
                size=int(answer["ContentLength"]),
                sha256=_hex(answer),
                version=str(answer["ETag"]),
                storage_class=str(answer.get("StorageClass") or "STANDARD"),
                thaw=_thaw(answer),
                modified=answer["LastModified"],
            )
        )

    def fetch(self, key: str, room: Callable[[int], Room]) -> Room:
        """Read a large object; a body that breaks off is an error, never a shorter body."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(key))
            size, at = int(answer["ContentLength"]), 0
            place = room(size)
            for piece in answer["Body"].iter_chunks(_BLOCK):
                place.write_at(at, piece)
                at += len(piece)
        except (BotoCoreError, ClientError) as error:
            raise explained(error, f"Reading {self.name}/{key}") from None
        if at != size:
            place.close()
            raise Unreachable(
                f"{self.name}/{key} ended after {at} of {size} bytes.", fix="Run again.", anchor="archive"
            )
        return place

    def thaw(self, key: str, *, speed: str, days: int) -> Thaw:
        """Ask for an object out of an archive class; asking again changes nothing."""
        request = {"Days": days, "GlacierJobParameters": {"Tier": speed}}
        try:
            answer = self._client.restore_object(Bucket=self._bucket, Key=self._key(key), RestoreRequest=request)
        except ClientError as error:
            match code(error):
                case "RestoreAlreadyInProgress":
                    return Thaw.ONGOING
                case "GlacierExpeditedRetrievalNotAvailable" if speed == "Expedited":
                    return self.thaw(key, speed="Standard", days=days)
                case _:
                    raise explained(error, f"Restoring {self.name}/{key}") from None
        except BotoCoreError as error:
            raise explained(error, f"Restoring {self.name}/{key}") from None
        ready = answer["ResponseMetadata"]["HTTPStatusCode"] == 200  # noqa: PLR2004 - 202: the work has begun
        return Thaw.READY if ready else Thaw.ONGOING

    def walk(self, prefix: str) -> Iterator[Stored]:
        """List every object below a prefix; S3 tells no hashes in a list."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._key(prefix))
        try:
            for page in pages:
                for found in page.get("Contents", ()):
                    storage_class = str(found.get("StorageClass") or "STANDARD")
                    yield Stored(
                        key=str(found["Key"]).removeprefix(self._prefix),
                        size=int(found["Size"]),
                        sha256="",
                        version=str(found["ETag"]),
                        storage_class=storage_class,
                        thaw=Thaw.FROZEN if storage_class in _FROZEN else Thaw.READY,
                        modified=found["LastModified"],
                    )
        except (BotoCoreError, ClientError) as error:
            raise explained(error, f"Listing {self.name}") from None

    def _conditionally(self, key: str, body: Bytes, sha256: str, **condition: Any) -> bool:
        """Write if the condition holds. (A write whose answer was lost is repeated by botocore, and meets itself.)"""
        for turn in range(_RACES):
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._key(key),
                    Body=body.body if isinstance(body, InMemory) else _Stream(body),
                    ContentLength=body.size,
                    ChecksumSHA256=base64.b64encode(bytes.fromhex(sha256)).decode(),
                    **condition,
                )
            except ClientError as error:
                if status(error) == _FAILED or (status(error) == _NOT_FOUND and "IfMatch" in condition):
                    return False
                if status(error) != _CONFLICT:
                    raise self._refused(error, key) from None
            except BotoCoreError as error:
                raise explained(error, f"Writing {self.name}/{key}") from None
            else:
                return True
            self._clock.sleep(0.05 * 2**turn)
        raise Unreachable(
            f"{self.name}/{key}: other writers were in the way {_RACES} times.", fix="Run again.", anchor="archive"
        )

    def _refused(self, error: ClientError, key: str) -> CrossproofError:
        if code(error) == "NoSuchBucket":
            return BadCall([Fault("s3_bucket", f"there is no bucket {self._bucket}")])
        if status(error) == _NOT_IMPLEMENTED:
            return _unconditional(self.name, f"{code(error)} for {key}")
        return explained(error, f"Writing {self.name}/{key}")

    def _not_there(self, error: BotoCoreError | ClientError, key: str) -> Absent | Unknown:
        """Tell a missing object from one that may not be seen, and from trouble."""
        if isinstance(error, ClientError):
            word = code(error)
            if word == "NoSuchKey" or (status(error) == _NOT_FOUND and word in {"404", "NotFound"}):
                return Absent(f"S3 answered 404 for {self.name}/{key}")
            if status(error) == _FORBIDDEN and word != "InvalidObjectState":
                refused = explained(error, f"Reading {self.name}/{key}")
                why, fix = _NO_LIST
                return Unknown.of(
                    NoAccess(refused.what, why=f"{refused.why} {why}", seen=refused.seen, fix=fix, anchor="archive")
                )
        return Unknown.of(explained(error, f"Reading {self.name}/{key}"))

    def _key(self, key: str) -> str:
        return f"{self._prefix}{key}"


class _Stream(io.RawIOBase):
    """Bytes as a file, for botocore: it may go back to the start to send them again."""

    def __init__(self, body: Bytes) -> None:
        self._body = body
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._body.size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        left = self._body.size - self._at
        piece = self._body.read_at(self._at, left if size is None or size < 0 else min(size, left)) if left else b""
        self._at += len(piece)
        return piece


def _unconditional(name: str, seen: str) -> CrossproofError:
    return Unreachable(
        f"{name} cannot write on a condition.",
        why="Without If-None-Match, evidence could be overwritten.",
        seen=seen,
        fix="Use S3, or an S3-compatible store that knows conditional writes.",
        anchor="archive",
    )


def _md5(body: Bytes) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    for at in range(0, body.size, _BLOCK):
        digest.update(body.read_at(at, _BLOCK))
    return base64.b64encode(digest.digest()).decode()


def _hex(answer: Mapping[str, Any]) -> str:
    """Give the hash that S3 recorded; that of an object in parts is one of hashes, and tells nothing."""
    told = str(answer.get("ChecksumSHA256") or "")
    return base64.b64decode(told).hex() if told and "-" not in told else ""


def _thaw(answer: Mapping[str, Any]) -> Thaw:
    restore = str(answer.get("Restore") or "")
    if 'ongoing-request="true"' in restore:
        return Thaw.ONGOING
    frozen = answer.get("StorageClass") in _FROZEN or bool(answer.get("ArchiveStatus"))
    return Thaw.FROZEN if frozen and 'ongoing-request="false"' not in restore else Thaw.READY
