"""The inputs by which an evidence store is named, for the actions that read it and that write it."""

from collections.abc import Sequence
from dataclasses import dataclass

from crossproof.actions.access import AwsAccess
from crossproof.errors import Fault
from crossproof.runner import inputs as given
from crossproof.units import text

DIRECTORY = "file:"


@dataclass(frozen=True, kw_only=True)
class WhichStore(AwsAccess):
    """Where evidence is kept, and as whom AWS is asked for it."""

    s3_bucket: str | None = given.optional(
        "Bucket in which evidence is kept; `file:DIR` keeps it in a directory of the workspace instead.", read=text
    )
    s3_prefix: str = given.optional("What the keys of all evidence begin with.", read=text, default="crossproof")
    s3_endpoint: str | None = given.optional("URL of a store other than AWS that speaks S3.", read=text)

    def store_faults(self) -> Sequence[Fault]:
        """A directory has no endpoint; an endpoint needs a bucket."""
        if not self.s3_endpoint:
            return []
        if not self.s3_bucket:
            return [Fault("s3_bucket", "is required with s3_endpoint")]
        if self.s3_bucket.startswith(DIRECTORY):
            return [Fault("s3_endpoint", "does not go with a store in a directory")]
        return []
