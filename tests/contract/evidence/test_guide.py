"""The commands of docs/evidence.md, as they stand there and in their order, on a directory and on S3."""

import re
import shlex
from pathlib import Path

import boto3
import pytest
from tests.clocks import JumpingClock
from tests.kept import archive, day, run_fact

from crossproof.aws.s3 import S3Store
from crossproof.aws.session import ambient
from crossproof.files.object_store import FileStore
from crossproof.units import RepoRef, Sha
from crossproof_sandbox import Sandbox
from crossproof_sandbox.aws import REGION
from crossproof_sandbox.aws import Aws as SandboxAws

GUIDE = (Path(__file__).parents[3] / "docs" / "evidence.md").read_text()
BUCKET = "example-org-evidence"  # as the page calls it
RULES = '{"Rules": [{"ID": "x", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 14}}]}'


def commands() -> list[list[str]]:
    blocks = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines() if line]


def asides() -> list[list[str]]:
    """Commands within a sentence; `--lint` and the short ones are named there without what comes before."""
    named = re.findall(r"`((?:crossproof )?evidence [a-z]+[^`]*|--lint [^`]*)`", GUIDE)
    whole = [one if one.startswith("crossproof") else f"crossproof {one}" for one in named if not one.startswith("--")]
    whole += [f"crossproof evidence bucket {one}" for one in named if one.startswith("--lint")]
    return [shlex.split(one) for one in whole]


@pytest.fixture(params=["directory", "s3"])
def kept(request, tmp_path, monkeypatch):
    """Where evidence is kept: the store, and what the page's name of the bucket stands for."""
    if request.param == "directory":
        yield FileStore(tmp_path / "kept" / "crossproof"), "file:kept"
        return
    server = SandboxAws(host="127.0.0.1")
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    store = S3Store(ambient(region=REGION), BUCKET, "crossproof", clock=JumpingClock())
    yield store, BUCKET
    store.close()
    client.close()
    server.close()


def test_every_command_of_the_guide_answers(kept, laptop, tmp_path):
    """First a proof, then a run that fails because the app changed: each question has an answer, so each ends 0."""
    store, bucket = kept
    tested = Sha.parse("4f1c2ab" + "0" * 33)
    with Sandbox() as github:
        github.repository("acme/ios-app")  # whose runs GitHub no longer knows
        tracking = github.repository("example-org/tracking")
        proven = Sha.parse(tracking.commit({"extensions/a.js": "1"}, message="Track home"))
        about = {"environment": "prod", "profile": "apps", "version": "241"}
        archive(store, 1, subject=proven, source=run_fact(1, started=day(1)), **about)
        archive(store, 2, subject=tested, source=run_fact(2, started=day(2)), **about)
        app = run_fact(3, started=day(3), head_sha="e" * 40)
        archive(store, 3, subject=tested, source=app, verdict="failed", **about)
        env = {"INPUT_TOKEN": github.token(), "INPUT_API_URL": github.url}
        (tmp_path / "rules.json").write_text(RULES)
        said = {}
        for words in [*commands(), *asides()]:
            assert words[:2] == ["crossproof", "evidence"]
            named = [bucket if word == BUCKET else word.replace("2026-05-01", _today(github)) for word in words[2:]]
            if "bucket" not in words and BUCKET not in words:
                named += ["--s3-bucket", bucket]
            if "verify" in words and bucket == BUCKET:
                named.append("--deep")  # moto records no hashes as S3 does, so every byte must be read
            code, said[" ".join(words[2:])] = laptop(*named, env=env)
            assert code == 0, (words, said)
    told = list(said.values())
    assert [len(commands()), len(asides())] == [7, 4]
    assert all("4f1c2ab" in one or str(tested) in one for one in told[:3])
    assert "Everything is as it was archived" in told[3]
    assert (tmp_path / "proof.zip").is_file()
    assert "Only the app's commit changed since the last proof" in told[5]
    assert told[6].startswith("1 of 1 commits have proven evidence (100 %).")
    assert RepoRef("example-org", "tracking").name in told[6]


def _today(github: Sandbox) -> str:
    return github.clock.now().date().isoformat()
