"""Reads and writes what an evidence bucket is set to: its lifecycle rules, versioning, lock, and who may see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from crossproof.archive.lifecycle import Rule
from crossproof.aws.refusal import code, explained

_VARIES = "varies_by_storage_class"


@dataclass(frozen=True, slots=True)
class Rules:
    """A bucket's lifecycle rules, and from which size on S3 moves objects."""

    rules: Sequence[Rule]
    smallest: str


class S3Bucket:
    """One bucket's settings."""

    def __init__(self, client: Any, bucket: str) -> None:
        """Ask through the client of the evidence in it: making one costs as much as ten requests."""
        self._client = client
        self._bucket = bucket

    def rules(self) -> Rules:
        """Read the lifecycle rules; none at all is an answer."""
        try:
            answer = self._client.get_bucket_lifecycle_configuration(Bucket=self._bucket)
        except ClientError as error:
            if code(error) == "NoSuchLifecycleConfiguration":
                return Rules((), "")
            raise explained(error, f"Reading the lifecycle rules of {self._bucket}") from None
        except BotoCoreError as error:
            raise explained(error, f"Reading the lifecycle rules of {self._bucket}") from None
        return Rules(answer.get("Rules", ()), str(answer.get("TransitionDefaultMinimumObjectSize") or ""))

    def set_rules(self, rules: Sequence[Rule], smallest: str) -> None:
        """Replace all lifecycle rules; the size from which on S3 moves objects stays what it was."""
        more: Mapping[str, Any] = {"TransitionDefaultMinimumObjectSize": _VARIES} if smallest == _VARIES else {}
        try:
            self._client.put_bucket_lifecycle_configuration(
                Bucket=self._bucket, LifecycleConfiguration={"Rules": list(rules)}, **more
            )
        except (BotoCoreError, ClientError) as error:
            raise explained(error, f"Writing the lifecycle rules of {self._bucket}") from None
