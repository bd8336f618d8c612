"""`crossproof baseline … --from-archive`: learned from runs that were proven, on a directory and on S3, or not at all."""

import io
import json
from dataclasses import replace

import boto3
import pytest
from tests.clocks import JumpingClock
from tests.hostile_zips import make_zip, member
from tests.kept import day, evidence, run_fact

from crossproof.archive.keeping import keep
from crossproof.aws.s3 import S3Store
from crossproof.aws.session import Aws
from crossproof.cli import main
from crossproof.files.object_store import FileStore
from crossproof_sandbox.aws import REGION
from crossproof_sandbox.aws import Aws as SandboxAws

LEARN = ("learn", "--output", "base.json", "--from-archive")


def log(number: int, *, page: str = "home") -> bytes:
    start = 1_770_370_000 + 1000 * number
    events = [("app_start", {}), ("home", {"page": page, "run": f"{number}"})]
    lines = [json.dumps({"name": n, "timestamp": start + i, "params": p}) for i, (n, p) in enumerate(events)]
    return "\n".join(lines).encode()


@pytest.fixture
def ask(tmp_path):
    def ask(*words: str, **env: str) -> tuple[int, str]:
        screen = io.StringIO()
        code = main(["baseline", *words], {"GITHUB_WORKSPACE": str(tmp_path), **env}, screen)
        return code, screen.getvalue()

    return ask


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "evidence" / "crossproof")


def archive(store, number: int, *, page: str = "home", started=None, **changes):
    """Keep a run with a log, a screenshot in the same zip, and an artifact that holds no log."""
    zips = {
        "tracktor-logs": make_zip(member("logs/home.jsonl", log(number, page=page)), member("home.png", b"\x89PNG")),
        "video": make_zip(member("run.mp4", b"moving")),
    }
    made, pieces = evidence(number, zips=zips, source=run_fact(number, started=started or day(number)), **changes)
    video = replace(made.artifacts[1], files=[replace(made.artifacts[1].files[0], path="run.mp4")])
    made = replace(made, artifacts=[made.artifacts[0], video])
    keep(store, made, pieces, latest_when="passed", pause=lambda seconds: None)
    return made


def test_the_last_runs_of_an_environment_that_passed_are_learned_and_no_other(ask, store, tmp_path):
    for number in range(1, 6):
        archive(store, number, verdict="failed" if number == 4 else "passed")
    archive(store, 6, environment="prod")
    archive(store, 7, verdict="")
    code, said = ask(*LEARN, "--last", "3", "--environment", "stage")
    assert code == 0, said
    assert [line.split(",")[0] for line in said.splitlines()[:3]] == ["  run 5", "  run 3", "  run 2"]
    assert "base.json knows 3 runs" in said


def test_fewer_runs_than_asked_for_are_never_learned_in_silence(ask, store, tmp_path):
    archive(store, 1)
    archive(store, 2, verdict="failed")
    code, said = ask(*LEARN, "--last", "2", "--environment", "stage")
    assert code == 2
    assert "has 1 run that passed of stage" in said
    assert not (tmp_path / "base.json").exists()


def test_the_runs_of_a_deployment_are_all_of_them(ask, store):
    for number in range(1, 4):
        archive(store, number, version="241")
    archive(store, 4, version="242", page="front")
    code, said = ask(*LEARN, "--deployment", "bild-apps/241")
    assert (code, "knows 3 runs" in said) == (0, True), said
    code, said = ask("compare", "--baseline", "base.json", "--from-archive", "--deployment", "bild-apps/242")
    assert "home.page" in said
    assert "acme~ios-app-4-1/400~tracktor-logs.zip!logs/home.jsonl:2" in said
    code, said = ask(*LEARN[:2], "other.json", "--from-archive", "--deployment", "bild-apps/243")
    assert (code, "has no run that passed with bild-apps/243 live" in said) == (2, True)


def test_what_is_compared_need_not_have_passed(ask, store):
    archive(store, 1)
    assert ask(*LEARN, "--last", "1", "--environment", "stage")[0] == 0
    archive(store, 2, verdict="failed")
    asked = ("compare", "--baseline", "base.json", "--from-archive", "--last", "1", "--environment", "stage")
    assert ask(*asked)[1].startswith("  run 2, attempt 1, of acme/ios-app")
    assert json.loads(ask(*asked, "--json")[1])["exit"] == 0  # nothing else is said to a program


def test_only_artifacts_and_repositories_that_are_meant(ask, store):
    archive(store, 1)
    for words in (["--artifacts", "android-*"], ["--repository", "acme/android-app"]):
        code, said = ask(*LEARN, "--last", "1", "--environment", "stage", *words)
        assert (code, "has no run that passed" in said) == (2, True), said


def test_bytes_that_are_not_those_of_the_manifest_teach_nothing(ask, store, tmp_path):
    made = archive(store, 1)
    path = tmp_path / "evidence" / "crossproof" / made.artifacts[0].key
    path.chmod(0o644)
    content = path.read_bytes()
    path.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    code, said = ask(*LEARN, "--last", "1", "--environment", "stage")
    assert (code, "is not what was archived" in said) == (1, True), said
    assert not (tmp_path / "base.json").exists()


def test_a_run_that_was_archived_in_parts_is_one_run_with_the_newest_judgement(ask, store):
    archive(store, 1, verdict="failed")
    archive(store, 1, verdict="passed", archived_at=day(20))
    code, said = ask(*LEARN, "--last", "1", "--environment", "stage")
    assert (code, "knows 1 run:" in said) == (0, True), said
    archive(store, 2, verdict="passed")
    archive(store, 2, verdict="failed", archived_at=day(20))
    code, said = ask(*LEARN[:2], "more.json", "--from-archive", "--last", "2", "--environment", "stage")
    assert code == 2, said


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--from-archive"], "--from-archive: needs --last or --deployment, one of them"),
        (["--from-archive", "--last", "2"], "--environment: goes with --last, and is required there"),
        (["--from-archive", "--deployment", "241"], "--deployment: is written PROFILE/VERSION, such as app/241"),
        (["--last", "2", "run.jsonl"], "--last: goes with --from-archive"),
        (["--from-archive", "--last", "1", "--environment", "x", "run.jsonl"], "LOGS: or --from-archive: one of them"),
    ],
)
def test_a_call_that_means_two_things_is_refused(ask, words, fault):
    code, said = ask("learn", "--output", "base.json", *words)
    assert (code, fault in said) == (2, True), said


@pytest.fixture
def bucket(monkeypatch):
    """A bucket, and the ambient credentials of a laptop to it."""
    aws = SandboxAws(host="127.0.0.1")
    session = boto3.Session(aws_access_key_id="sandbox", aws_secret_access_key="sandbox", region_name=REGION)
    opened = Aws(session=session, who="a test", endpoint=aws.url)
    client = opened.client("s3")
    client.create_bucket(Bucket="evidence", CreateBucketConfiguration={"LocationConstraint": REGION})
    client.close()
    for name, value in {"ACCESS_KEY_ID": "sandbox", "SECRET_ACCESS_KEY": "sandbox", "ENDPOINT_URL": aws.url}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    store = S3Store(opened, "evidence", "crossproof", clock=JumpingClock())
    yield store
    store.close()
    aws.close()


def test_the_archive_may_be_a_bucket(ask, bucket):
    for number in range(1, 4):
        archive(bucket, number)
    where = ("--s3-bucket", "evidence", "--aws-region", REGION, "--environment", "stage")
    code, said = ask(*LEARN, "--last", "3", *where)
    assert (code, "knows 3 runs" in said) == (0, True), said
