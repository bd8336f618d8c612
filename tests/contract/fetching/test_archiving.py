"""archive-artifacts through the front door, into a directory and into S3; and fetch-artifacts bringing it back."""

import hashlib
import json
from datetime import timedelta

import boto3
import pytest
from tests.contract.fetching.conftest import Step
from tests.hostile_zips import make_zip, member

from crossproof.archive.evidence import Evidence, read
from crossproof_sandbox import Upload
from crossproof_sandbox.aws import REGION
from crossproof_sandbox.aws import Aws as SandboxAws

LOGS = {"logs/home.jsonl": b'{"name":"home"}\n'}
SUBJECT = "b" * 40
BUCKET = "evidence-of-acme"


@pytest.fixture(scope="module")
def moto():
    server = SandboxAws(host="127.0.0.1")
    yield server
    server.close()


@pytest.fixture
def s3(moto, monkeypatch):
    moto.reset()
    for name, value in moto.env.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    yield client
    client.close()


@pytest.fixture
def archive(github, app, workspace):
    """One call of archive-artifacts, by default into a directory beside the workspace's own files."""

    def step(token: str | None = None, **inputs: object) -> Step:
        given = {
            "token": github.token() if token is None else token,
            "api_url": github.url,
            "repository": "acme/ios-app",
            "s3_bucket": "file:kept",
            "subject_sha": SUBJECT,
            "environment": "stage",
            "tealium_profile": "bild-apps",
            "tealium_version": "241",
            **inputs,
        }
        env = {f"INPUT_{name.upper()}": str(value) for name, value in given.items() if value is not None}
        return Step("archive-artifacts", workspace, env | {"GITHUB_RUN_ID": "1", "GITHUB_RUN_ATTEMPT": "1"})

    return step


@pytest.fixture
def ran(app):
    def tell(*uploads: Upload, ago: float = 600, **more):
        return app.ran(
            "tracktor.yml", ago=ago, artifacts=uploads or [Upload(name="tracktor-logs", content=LOGS)], **more
        )

    return tell


def manifest(step: Step) -> Evidence:
    path = step.workspace / "kept/crossproof" / step.outputs["manifest_key"]
    body = path.read_bytes()
    assert hashlib.sha256(body).hexdigest() == step.outputs["manifest_sha256"]
    return read(body, Evidence, "the manifest")


def a_judgement(workspace, *, verdict="passed", sha=SUBJECT, fetched: Step | None = None, plan="a" * 64):
    """Leave a report directory as a judging action does."""
    place = workspace / "judged"
    place.mkdir(exist_ok=True)
    report = {
        "schema": "crossproof/report/validate-tracking-logs/1",
        "action": "validate-tracking-logs",
        "verdict": verdict,
        "reason": "as-planned",
        "sentence": "25 of 25 events are as planned.",
        "subject": {"repository": "acme/tracking", "sha": sha, "ref": "", "environment": ""},
        "produced_by": {"repository": "acme/tracking", "run_id": 5, "run_attempt": 1, "job": "judge", "url": ""},
        "started_at": "2026-06-02T12:00:00+00:00",
        "ended_at": "2026-06-02T12:00:01+00:00",
        "evidence": [],
        "details": {"plan_sha256": plan},
    }
    (place / "report.json").write_text(json.dumps(report))
    (place / "plan.yml").write_text("events: []")
    if fetched:
        (place / "manifest.json").write_text(json.dumps(fetched.manifest))
    return "judged"


def test_a_runs_artifacts_are_kept_with_every_hash_and_what_they_are_evidence_of(ran, archive):
    run = ran(conclusion="failure")
    step = archive(run_id=run.id, labels="ticket=TRACK-7\nrelease=26.6")
    assert step.ending == ("passed", "archived", 0), step.log
    kept = manifest(step)
    (artifact,) = kept.artifacts
    assert f"sha256:{artifact.sha256}" == run.artifacts[0].digest
    assert (artifact.proven, artifact.packed, [file.path for file in artifact.files]) == (
        True,
        True,
        ["logs/home.jsonl"],
    )
    blob = (step.workspace / "kept/crossproof" / artifact.key).read_bytes()
    assert hashlib.sha256(blob).hexdigest() == artifact.sha256
    assert (kept.subject.sha, kept.source.head_sha, kept.source.conclusion) == (SUBJECT, run.sha, "failure")
    assert (kept.deployment.tealium_version, kept.labels["release"]) == ("241", "26.6")
    assert step.outputs["new"] == "true"


def test_archiving_again_is_green_and_adds_nothing(ran, archive, workspace):
    run = ran()
    archive(run_id=run.id)
    before = sorted(path for path in (workspace / "kept").rglob("*"))
    again = archive(run_id=run.id)
    assert again.ending == ("passed", "already-archived", 0)
    assert sorted(path for path in (workspace / "kept").rglob("*")) == before


def test_evidence_that_was_changed_behind_our_back_is_noticed(ran, archive, workspace):
    run = ran()
    first = archive(run_id=run.id)
    blob = workspace / "kept/crossproof" / manifest(first).artifacts[0].key
    blob.write_bytes(b"something else")
    again = archive(run_id=run.id)
    assert again.ending == ("failed", "tampered", 1)


def test_the_same_run_with_other_facts_is_a_hard_error_that_names_them(ran, archive):
    run = ran()
    archive(run_id=run.id)
    again = archive(run_id=run.id, tealium_version="242")
    assert again.ending == ("failed", "evidence-differs", 1)
    assert "differs in deployment" in again.log


def test_the_workspace_keeps_nothing_of_the_download(ran, archive, workspace):
    archive(run_id=ran().id)
    assert not list(workspace.glob(".crossproof-staging-*"))


def test_a_judgement_is_kept_whole_and_moves_the_pointer_to_the_newest_proof(ran, archive, fetch, workspace):
    run = ran()
    fetched = fetch(run_id=run.id)
    step = archive(run_id=run.id, validation_report=a_judgement(workspace, fetched=fetched))
    assert step.ending == ("passed", "archived", 0), step.log
    kept = manifest(step)
    assert kept.validation.bound
    assert kept.verdict == "passed"
    assert {file.path for file in kept.validation.files} == {"report.json", "plan.yml", "manifest.json"}
    assert (workspace / "kept/crossproof/index/v1/latest/stage/@any.json").exists()


def test_without_a_judgement_nothing_is_proven_and_it_says_so(ran, archive, workspace):
    step = archive(run_id=ran().id)
    assert "proves nothing about it" in step.log
    assert not (workspace / "kept/crossproof/index/v1/latest").exists()


def test_a_judgement_of_another_commit_is_refused(ran, archive, workspace):
    step = archive(run_id=ran().id, validation_report=a_judgement(workspace, sha="c" * 40))
    assert step.ending == ("unproven", "bad-input", 2)
    assert "judges commit" in step.log
    assert not (workspace / "kept").exists()


def test_a_judgement_of_other_artifacts_is_refused(ran, archive, fetch, workspace):
    other = fetch(run_id=ran(ago=5000).id)
    step = archive(run_id=ran().id, validation_report=a_judgement(workspace, fetched=other))
    assert step.ending == ("unproven", "bad-input", 2)
    assert "judges artifacts of run" in step.log


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('"verdict": "passed"', '"verdict": "PASSED"'),
        ('"verdict": "passed"', '"verdict": "failed", "verdict": "passed"'),
        ('"sha": "bbbb', '"sha": "cccc'),
        ("report/validate-tracking-logs/1", "report/validate-tracking-logs/2"),
        ('"produced_by"', '"made_by"'),
    ],
)
def test_a_judgement_that_is_no_report_of_this_suite_is_refused(ran, archive, workspace, was, becomes):
    report = workspace / a_judgement(workspace) / "report.json"
    assert was in report.read_text()
    report.write_text(report.read_text().replace(was, becomes))
    assert archive(run_id=ran().id, validation_report="judged").ending == ("unproven", "bad-input", 2)
    assert not (workspace / "kept").exists()


@pytest.mark.parametrize("report", ["nothing", "README.md", "../x", "src"])
def test_a_report_directory_that_is_none_is_refused(ran, archive, report):
    assert archive(run_id=ran().id, validation_report=report).ending == ("unproven", "bad-input", 2)


def test_a_run_that_still_runs_is_not_archived(app, archive):
    run = app.ran("tracktor.yml", ago=10, took=3600, artifacts=[Upload(name="logs", content=LOGS, at=1)])
    step = archive(run_id=run.id)
    assert step.ending == ("unproven", "not-finished", 3)


def test_an_archive_that_nobody_should_unpack_is_kept_all_the_same_and_marked(ran, archive):
    step = archive(run_id=ran(Upload(name="bad", content=make_zip(member("../evil")), zipped=True)).id)
    assert step.ending == ("passed", "archived", 0)
    (artifact,) = manifest(step).artifacts
    assert (artifact.unsafe, artifact.files) == ("inside-only", [])
    assert "Kept, but never to be unpacked: bad (inside-only)" in step.log


def test_wrong_bytes_are_not_archived(ran, archive, workspace):
    step = archive(run_id=ran(Upload(name="logs", content=LOGS, digest=f"sha256:{'0' * 64}")).id)
    assert step.ending == ("failed", "digest-mismatch", 1)
    assert not (workspace / "kept").exists()


def test_a_short_retention_is_warned_of(ran, archive):
    assert (
        "keeps these artifacts for 7 days only"
        in archive(run_id=ran(Upload(name="l", content=LOGS, keeps_days=7)).id).log
    )


def test_a_directory_is_kept_as_evidence_of_the_current_run(github, app, archive, workspace):
    current = github.repository("acme/tracking")
    current.workflow("prove.yml", "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: []}}\n")
    run = current.ran("prove.yml", ago=10, took=3600, event="push")
    env = {
        "INPUT_TOKEN": github.token(),
        "INPUT_API_URL": github.url,
        "INPUT_S3_BUCKET": "file:kept",
        "INPUT_SUBJECT_SHA": SUBJECT,
        "INPUT_PATH": "src",
        "GITHUB_RUN_ID": str(run.id),
    }
    first = Step("archive-artifacts", workspace, env)
    assert first.ending == ("passed", "archived", 0), first.log
    (artifact,) = manifest(first).artifacts
    assert (artifact.name, artifact.proven, [file.path for file in artifact.files]) == ("src", False, ["main.js"])
    assert Step("archive-artifacts", workspace, env).ending == ("passed", "already-archived", 0)


def test_a_dry_run_writes_nothing(ran, archive, workspace):
    step = archive(run_id=ran().id, dry_run="true")
    assert step.ending == ("unproven", "dry-run", 0)
    assert "Would keep 2 objects in file:" in step.log
    assert not (workspace / "kept").exists()


def test_inputs_that_contradict_are_named(archive):
    step = archive(run_id=1, path="src", s3_bucket=None, object_lock="compliance", labels="x")
    assert step.ending == ("unproven", "bad-input", 2)


# And back ------------------------------------------------------------------------------------------------------------


def test_what_github_has_deleted_comes_from_the_archive_proven_by_its_manifest(github, ran, archive, fetch):
    run = ran(Upload(name="tracktor-logs", content=LOGS, keeps_days=7))
    archive(run_id=run.id)
    github.clock.advance(timedelta(days=8).total_seconds())
    step = fetch(run_id=run.id, s3_bucket="file:kept")
    assert step.ending == ("passed", "fetched", 0), step.log
    assert step.files() == {"tracktor-logs/logs/home.jsonl": LOGS["logs/home.jsonl"]}
    assert (step.outputs["source"], step.outputs["verified"], step.outputs["run_id"]) == ("s3", "all", str(run.id))


@pytest.mark.parametrize("by", [{"commit": SUBJECT}, {"latest": "stage"}, {"date": "day"}])
def test_evidence_is_found_by_the_commit_under_test_the_day_and_the_environment(ran, archive, fetch, workspace, by):
    run = ran()
    fetched = fetch(run_id=run.id, path="first")
    step = archive(run_id=run.id, validation_report=a_judgement(workspace, fetched=fetched))
    day = manifest(step).source.started_at.date().isoformat()
    given = {name: day if value == "day" else value for name, value in by.items()}
    found = fetch(sources="s3", s3_bucket="file:kept", path="again", **given)
    assert found.ending == ("passed", "fetched", 0), found.log
    assert found.outputs["run_id"] == str(run.id)


@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_the_newest_proof_names_the_version_to_roll_back_to_and_a_failed_run_is_none(
    ran, archive, fetch, workspace, dry_run
):
    good = ran()
    fetched = fetch(run_id=good.id, path="first")
    archive(run_id=good.id, validation_report=a_judgement(workspace, fetched=fetched))
    archive(run_id=ran(ago=300).id, tealium_version="242", subject_sha="c" * 40)  # not judged: its tests failed, say
    found = fetch(sources="s3", s3_bucket="file:kept", path="again", latest="stage", dry_run=dry_run)
    assert found.outputs["verdict"] == ("unproven" if dry_run == "true" else "passed"), found.log
    said = {name: found.outputs[name] for name in ("tealium_profile", "tealium_version", "subject_sha", "run_id")}
    assert said == {
        "tealium_profile": "bild-apps",
        "tealium_version": "241",
        "subject_sha": SUBJECT,
        "run_id": str(good.id),
    }


def test_a_run_that_was_archived_in_parts_is_brought_back_whole(ran, archive, fetch):
    run = ran(Upload(name="ios", content={"x": b"i"}), Upload(name="android", content={"x": b"a"}))
    archive(run_id=run.id, artifacts="ios")
    archive(run_id=run.id, artifacts="android")
    step = fetch(run_id=run.id, sources="s3", s3_bucket="file:kept")
    assert step.files() == {"ios/x": b"i", "android/x": b"a"}, step.log


def test_an_archived_artifact_that_was_changed_is_refused_and_the_workspace_stays(ran, archive, fetch, workspace):
    run = ran()
    step = archive(run_id=run.id)
    (workspace / "kept/crossproof" / manifest(step).artifacts[0].key).write_bytes(b"PK\3\4 not what was archived")
    found = fetch(run_id=run.id, sources="s3", s3_bucket="file:kept")
    assert found.ending == ("failed", "digest-mismatch", 1)
    assert found.unchanged


def test_a_manifest_that_was_changed_is_refused(ran, archive, fetch, workspace):
    run = ran()
    step = archive(run_id=run.id)
    path = workspace / "kept/crossproof" / step.outputs["manifest_key"]
    path.write_text(path.read_text().replace('"failure"', '"success"') + " ")
    found = fetch(run_id=run.id, sources="s3", s3_bucket="file:kept")
    assert found.ending == ("failed", "tampered", 1)
    assert found.unchanged


def test_a_manifest_that_is_gone_is_not_taken_for_evidence_that_never_was(ran, archive, fetch, workspace):
    run = ran()
    step = archive(run_id=run.id)
    (workspace / "kept/crossproof" / step.outputs["manifest_key"]).unlink()
    assert fetch(run_id=run.id, sources="s3", s3_bucket="file:kept").ending == ("failed", "tampered", 1)


def test_what_is_in_neither_place_is_none_found_and_both_are_named(ran, fetch):
    run = ran()
    step = fetch(run_id=run.id, artifacts="nothing", s3_bucket="file:kept")
    assert step.ending == ("unproven", "none-found", 3)
    assert "was searched by index/v1/run/acme~ios-app/" in step.log


def test_the_archive_is_held_to_everything_that_was_asked_not_to_how_it_is_found_alone(ran, archive, fetch):
    """Event, workflow and whose code it was count for evidence as they count for a run at GitHub."""
    archive(run_id=ran(event="push").id)
    where = {"commit": SUBJECT, "sources": "s3", "s3_bucket": "file:kept"}
    assert fetch(**where, event="pull_request").ending == ("unproven", "none-found", 3)
    assert fetch(**where, workflow="tracktor.yml", expected_workflow="other.yml").ending == (
        "unproven",
        "none-found",
        3,
    )
    assert fetch(**where, event="push", expected_workflow="tracktor.yml").ending == ("passed", "fetched", 0)


def test_archived_evidence_of_a_forks_code_is_refused_like_its_run(github, ran, archive, fetch):
    github.repository("mallory/ios-app")
    run = ran(head_repository="mallory/ios-app")
    archive(run_id=run.id, allow_forks="true")
    where = {"sources": "s3", "s3_bucket": "file:kept"}
    assert fetch(run_id=run.id, **where).ending == ("unproven", "untrusted-run", 2)
    assert fetch(commit=SUBJECT, **where).ending == ("unproven", "none-found", 3)
    assert fetch(run_id=run.id, allow_forks="true", **where).ending == ("passed", "fetched", 0)


def test_evidence_that_lacks_what_github_still_names_is_not_all_of_it(github, ran, archive, fetch):
    run = ran(
        Upload(name="ios", content={"x": b"i"}, keeps_days=7), Upload(name="android", content={"x": b"a"}, keeps_days=7)
    )
    archive(run_id=run.id, artifacts="ios")
    github.clock.advance(timedelta(days=8).total_seconds())
    step = fetch(run_id=run.id, s3_bucket="file:kept")
    assert step.ending == ("unproven", "expired", 3), step.log
    assert "android" in step.log
    assert step.unchanged
    assert fetch(run_id=run.id, s3_bucket="file:kept", artifacts="ios").ending == ("passed", "fetched", 0)


@pytest.mark.parametrize("how", ["second", "empty"])
def test_every_list_beside_a_judgement_counts_and_an_empty_one_binds_nothing(ran, archive, fetch, workspace, how):
    run = ran()
    fetched = fetch(run_id=run.id)
    report = a_judgement(workspace, fetched=fetched)
    if how == "second":
        other = fetch(run_id=ran(ago=5000).id, path="other")
        (workspace / report / "second.json").write_text(json.dumps(other.manifest))
        step = archive(run_id=run.id, validation_report=report)
        assert step.ending == ("unproven", "bad-input", 2)
    else:
        (workspace / report / "manifest.json").write_text(json.dumps(fetched.manifest | {"artifacts": []}))
        kept = manifest(archive(run_id=run.id, validation_report=report))
        assert not kept.validation.bound


# S3 ------------------------------------------------------------------------------------------------------------------


def test_a_bucket_serves_as_well_as_a_directory(s3, ran, archive, fetch):
    run = ran()
    step = archive(run_id=run.id, s3_bucket=BUCKET, s3_prefix="team/tracking")
    assert step.ending == ("passed", "archived", 0), step.log
    assert archive(run_id=run.id, s3_bucket=BUCKET, s3_prefix="team/tracking").ending[1] == "already-archived"
    found = fetch(run_id=run.id, sources="s3", s3_bucket=BUCKET, s3_prefix="team/tracking")
    assert found.ending == ("passed", "fetched", 0), found.log
    assert found.outputs["source"] == "s3"


def test_the_lifecycle_is_checked_by_default_and_written_when_asked(s3, ran, archive):
    foreign = {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 14}}
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [foreign]})
    checked = archive(run_id=ran().id, s3_bucket=BUCKET)
    assert "Lifecycle: crossproof-cold is missing; `lifecycle: apply` writes it." in checked.log
    assert len(s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]) == 1
    applied = archive(run_id=ran(ago=900).id, s3_bucket=BUCKET, lifecycle="apply")
    rules = {rule["ID"]: rule for rule in s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]}
    assert set(rules) == {"logs", "crossproof-cold", "crossproof-expire", "crossproof-uploads"}
    assert rules["logs"]["Expiration"] == {"Days": 14}
    assert "Lifecycle rules written" in applied.log


def test_frozen_evidence_says_what_bringing_it_back_takes_and_is_brought_when_asked(s3, ran, archive, fetch):
    run = ran()
    archive(run_id=run.id, s3_bucket=BUCKET)
    (key,) = [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"] if "/artifacts/" in one["Key"]]
    s3.copy_object(Bucket=BUCKET, Key=key, CopySource={"Bucket": BUCKET, "Key": key}, StorageClass="GLACIER")
    from_s3 = {"run_id": run.id, "sources": "s3", "s3_bucket": BUCKET}
    never = fetch(**from_s3)
    assert never.ending == ("unproven", "restore-needed", 3)
    assert "Standard takes up to 5 hours and costs about $" in never.log
    assert never.unchanged
    asked = fetch(**from_s3, restore="request")
    assert asked.ending == ("unproven", "restore-requested", 0)
    assert asked.outputs["restore_status"] == "in-progress"
    assert asked.outputs["restore_ready_at"]
    ready = fetch(**from_s3)  # moto thaws at once
    assert ready.ending == ("passed", "fetched", 0), ready.log
    assert (ready.outputs["source"], ready.outputs["restore_status"]) == ("s3-glacier", "ready")


def test_waiting_for_frozen_evidence_ends_when_it_is_back(s3, ran, archive, fetch):
    run = ran()
    archive(run_id=run.id, s3_bucket=BUCKET)
    (key,) = [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"] if "/artifacts/" in one["Key"]]
    s3.copy_object(Bucket=BUCKET, Key=key, CopySource={"Bucket": BUCKET, "Key": key}, StorageClass="DEEP_ARCHIVE")
    step = fetch(run_id=run.id, sources="s3", s3_bucket=BUCKET, restore="wait", restore_tier="Bulk", wait_timeout="50h")
    assert step.ending == ("passed", "fetched", 0), step.log
    assert "Bulk takes up to 48 hours" in step.log


def test_a_bucket_that_does_not_exist_is_a_mistake_in_the_call(s3, ran, archive):
    step = archive(run_id=ran().id, s3_bucket="no-such-bucket")
    assert step.ending == ("unproven", "bad-input", 2), step.log
    assert "there is no bucket no-such-bucket" in step.log
