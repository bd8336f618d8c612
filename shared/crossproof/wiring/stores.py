"""Opens the place where evidence is kept."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from crossproof import wiring
from crossproof.actions.store_access import DIRECTORY, WhichStore
from crossproof.runner.runner import Runner
from crossproof.wiring.connections import aws

if TYPE_CHECKING:  # boto3 costs 100 ms, and evidence in a directory needs none of it
    from crossproof.archive.store import ObjectStore
    from crossproof.aws.s3 import S3Store
    from crossproof.aws.session import Aws


def store(
    inputs: WhichStore,
    runner: Runner,
    *,
    writing: bool = False,
    locked_days: int = 0,
) -> "ObjectStore":
    """Open the place where evidence is kept: a directory, or a bucket as whoever `aws_role` says."""
    name = inputs.s3_bucket or ""
    if name.startswith(DIRECTORY):
        from crossproof.files.object_store import FileStore  # noqa: PLC0415
        from crossproof.files.staging import Owner  # noqa: PLC0415

        workspace = runner.context.workspace
        return FileStore(workspace / name.removeprefix(DIRECTORY) / inputs.s3_prefix, Owner.of(workspace))
    return bucket(inputs, runner, writing=writing, locked_days=locked_days)


def bucket(inputs: WhichStore, runner: Runner, *, writing: bool = False, locked_days: int = 0) -> "S3Store":
    """Open a bucket; one that only speaks S3 must show that it never overwrites before it is written to."""
    from crossproof.aws.s3 import S3Store  # noqa: PLC0415

    until = wiring.clock().now() + timedelta(days=locked_days) if locked_days else None
    name, clock = inputs.s3_bucket or "", wiring.clock()
    store = S3Store(s3(inputs, runner), name, inputs.s3_prefix, clock=clock, locked_until=until)
    if inputs.s3_endpoint and writing:
        store.prove_conditions()
    return store


def s3(inputs: WhichStore, runner: Runner) -> "Aws":
    """Be whoever asks the store, at its own address if it has one."""
    opened = aws(inputs, runner)
    return replace(opened, endpoint=inputs.s3_endpoint) if inputs.s3_endpoint else opened
