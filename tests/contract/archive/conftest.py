"""The three stores: in memory, in a directory, and S3 as moto's server speaks it."""

import boto3
import pytest
from tests.clocks import JumpingClock
from tests.stores import MemoryStore

from crossproof.aws.s3 import S3Store
from crossproof.aws.session import Aws
from crossproof.files.object_store import FileStore
from crossproof_sandbox.aws import REGION
from crossproof_sandbox.aws import Aws as SandboxAws

BUCKET = "evidence-of-acme"


@pytest.fixture(scope="session")
def moto():
    server = SandboxAws(host="127.0.0.1")
    yield server
    server.close()


@pytest.fixture
def aws(moto):
    moto.reset()
    session = boto3.Session(aws_access_key_id="sandbox", aws_secret_access_key="sandbox", region_name=REGION)
    opened = Aws(session=session, who="a test", endpoint=moto.url)
    client = opened.client("s3")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    client.close()
    return opened


@pytest.fixture
def s3(aws):
    store = S3Store(aws, BUCKET, "team/tracking/", clock=JumpingClock())
    yield store
    store.close()


@pytest.fixture(params=["memory", "directory", "s3"])
def store(request, tmp_path):
    match request.param:
        case "memory":
            return MemoryStore()
        case "directory":
            return FileStore(tmp_path / "evidence")
        case _:
            return request.getfixturevalue("s3")
