"""What a user of fetch-artifacts meets, good days and bad ones."""

import hashlib
import json
import os
from dataclasses import replace

import pytest
from tests.hostile_zips import BATTERY, Hostile, make_zip

from crossproof_sandbox import Job, Life, Upload, faults
from crossproof_sandbox.starting import again
from crossproof_sandbox.wire import Answer

LOGS = {"logs/home.jsonl": b'{"name":"home"}\n', "logs/article.jsonl": b'{"name":"article"}\n'}
ZIP = "/zip"
BLOBS = "*/blobs/*"


@pytest.fixture
def ran(app):
    """Tell of a run of the app's tests, by default with one artifact."""

    def tell(*uploads: Upload, ago: float = 600, **more):
        return app.ran(
            "tracktor.yml", ago=ago, artifacts=uploads or [Upload(name="tracktor-logs", content=LOGS)], **more
        )

    return tell


def test_the_artifacts_of_a_run_are_in_the_workspace_and_everything_is_said_of_them(ran, fetch):
    run = ran(Upload(name="tracktor-logs", content=LOGS), Upload(name="video", content={"a.mp4": os.urandom(5000)}))
    step = fetch(run_id=run.id)
    assert step.ending == ("passed", "fetched", 0), step.log
    assert set(step.files()) == {"tracktor-logs/logs/home.jsonl", "tracktor-logs/logs/article.jsonl", "video/a.mp4"}
    assert step.files()["tracktor-logs/logs/home.jsonl"] == LOGS["logs/home.jsonl"]
    assert {name: step.outputs[name] for name in ("path", "count", "files", "run_id", "run_attempt", "conclusion")} == {
        "path": "artifacts",
        "count": "2",
        "files": "3",
        "run_id": str(run.id),
        "run_attempt": "1",
        "conclusion": "success",
    }
    assert (step.outputs["source"], step.outputs["verified"], step.outputs["head_sha"]) == ("github", "all", run.sha)
    assert "✅ passed (fetched): 2 artifacts of run" in step.log.splitlines()[-1]


def test_the_manifest_names_every_file_with_its_hash(ran, fetch):
    run = ran()
    step = fetch(run_id=run.id)
    (artifact,) = step.manifest["artifacts"]
    assert artifact["sha256"] == run.artifacts[0].digest.removeprefix("sha256:")
    assert artifact["proven"] is True
    for file in artifact["files"]:
        path = step.workspace / step.manifest["root"] / artifact["directory"] / file["path"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"]
    assert step.manifest["run"]["head_sha"] == run.sha
    assert step.report["evidence"][0]["path"] == "manifest.json"


def test_n_artifacts_cost_n_requests_one_for_the_run_and_one_a_page(github, ran, fetch):
    run = ran(*(Upload(name=f"part-{n:03}", content={"x": b"%d" % n}) for n in range(120)))
    github.log.clear()
    step = fetch(run_id=run.id)
    assert step.ending == ("passed", "fetched", 0)
    assert len(github.log) == 1 + 2 + 120
    assert github.peak_in_flight <= 64
    assert github.blobs.peak_in_flight <= 64


def test_no_credential_reaches_the_storage_and_no_signature_the_log(github, ran, fetch):
    token = github.token()
    step = fetch(token, run_id=ran().id)
    assert {exchange.caller for exchange in github.blobs.log} == {"anonymous"}
    assert "sig=" not in step.log.replace(f"::add-mask::{token}", "")
    assert token not in step.log.replace(f"::add-mask::{token}", "")


def test_the_newest_run_that_fits_is_found_by_commit_branch_and_workflow(app, ran, fetch):
    ran(ago=3000)
    sha = app.commit({"x": "1"})
    wanted = ran(ago=2000)
    app.commit({"x": "2"})
    ran(ago=1000, branch="main")
    assert fetch(commit=sha[:9]).outputs["run_id"] == str(wanted.id)
    assert fetch(commit=sha, on_conflict="identical").outputs["run_id"] == str(wanted.id)


def test_a_failed_run_is_fetched_like_any_other(ran, fetch):
    run = ran(conclusion="failure")
    step = fetch(branch="main")
    assert (step.ending[0], step.outputs["conclusion"], step.outputs["run_id"]) == ("passed", "failure", str(run.id))


def test_a_tag_and_a_pull_request_lead_to_their_commits(app, ran, fetch):
    app.tag("v1")
    tagged = ran(ago=900)
    assert fetch(tag="v1").outputs["run_id"] == str(tagged.id)
    app.commit({"f": "1"}, branch="feature")
    pull = app.pull("feature")
    run = ran(ago=100, branch="feature", event="pull_request")
    assert fetch(pr=pull.number, path="pr").outputs["run_id"] == str(run.id)


def test_a_run_that_the_filtered_list_does_not_know_yet_is_found(app, ran, fetch):
    app.index_lag = 3600
    run = ran(ago=60, took=10)
    assert fetch(branch="main").outputs["run_id"] == str(run.id)


def test_a_single_file_that_was_uploaded_as_it_is_stays_as_it_is(ran, fetch):
    step = fetch(run_id=ran(Upload(name="report.html", content=b"<h1>PK</h1>")).id)
    assert step.files() == {"report.html/report.html": b"<h1>PK</h1>"}


def test_nothing_is_unpacked_where_that_was_asked_and_the_zip_is_githubs_own(ran, fetch):
    run = ran()
    step = fetch(run_id=run.id, extract="never")
    (content,) = step.files().values()
    assert set(step.files()) == {"tracktor-logs/tracktor-logs.zip"}
    assert f"sha256:{hashlib.sha256(content).hexdigest()}" == run.artifacts[0].digest


def test_two_artifacts_with_one_path_conflict_unless_it_is_said_which_counts(ran, fetch):
    run = ran(Upload(name="a", content={"x": b"first"}, at=1), Upload(name="b", content={"x": b"last"}, at=2))
    refused = fetch(run_id=run.id, layout="flat")
    assert refused.ending == ("unproven", "conflict", 2)
    assert refused.unchanged
    assert fetch(run_id=run.id, layout="flat", on_conflict="first", path="one").files("one") == {"x": b"first"}
    last = fetch(run_id=run.id, layout="flat", on_conflict="last", path="two")
    assert last.files("two") == {"x": b"last"}
    assert [len(one["files"]) for one in last.manifest["artifacts"]] == [0, 1]


def test_a_file_of_the_workspace_is_not_overwritten_unless_it_was_asked(ran, fetch, workspace):
    run = ran(Upload(name="a", content={"README.md": b"theirs", "new.txt": b"new"}))
    refused = fetch(run_id=run.id, layout="flat", path=".")
    assert refused.ending == ("unproven", "conflict", 2)
    assert refused.unchanged
    assert "'README.md' is there twice" in refused.log
    kept = fetch(run_id=run.id, layout="flat", path=".", on_conflict="first")
    assert (workspace / "README.md").read_text() == "mine"
    assert [file["path"] for file in kept.manifest["artifacts"][0]["files"]] == ["new.txt"]


def test_what_the_runner_itself_reads_cannot_be_changed(ran, fetch):
    run = ran(Upload(name="a", content={".github/workflows/evil.yml": b"on: push"}))
    step = fetch(run_id=run.id, layout="flat", path=".")
    assert step.ending == ("failed", "unsafe-archive", 1)
    assert step.unchanged


@pytest.mark.parametrize("path", ["../outside", "/etc", "src/../../x", ".git/hooks", "README.md", "link/x"])
def test_a_path_outside_the_workspace_or_through_a_file_is_refused(ran, fetch, workspace, tmp_path, path):
    (workspace / "link").symlink_to(tmp_path)
    step = fetch(run_id=ran().id, path=path)
    assert step.ending == ("unproven", "bad-input", 2), step.log
    assert step.unchanged


@pytest.mark.parametrize("hostile", BATTERY, ids=lambda hostile: hostile.name)
def test_a_hostile_archive_leaves_the_workspace_byte_identical(ran, fetch, hostile: Hostile):
    content = hostile.make()
    run = ran(Upload(name="good", content=LOGS), Upload(name="bad", content=content, zipped=True))
    step = fetch(run_id=run.id)
    if not content.startswith(b"PK"):  # no archive whatever storage says: kept as the file that it is
        assert step.files()["bad/bad.zip"] == content
        return
    assert step.ending == ("failed", "unsafe-archive", 1), step.log
    assert step.unchanged
    assert hostile.rule in step.log


@pytest.mark.parametrize("name", ["..", "."])
def test_an_artifact_that_is_called_like_a_directory_of_its_own_is_refused(ran, fetch, name):
    step = fetch(run_id=ran(Upload(name=name, content=LOGS)).id)
    assert step.ending == ("failed", "unsafe-archive", 1)
    assert step.unchanged


def test_wrong_bytes_are_noticed_before_anything_is_unpacked(ran, fetch):
    step = fetch(run_id=ran(Upload(name="logs", content=LOGS, digest=f"sha256:{'0' * 64}")).id)
    assert step.ending == ("failed", "digest-mismatch", 1)
    assert step.unchanged
    assert "recorded sha256:0000" in step.log


def test_bytes_that_were_wrong_once_are_asked_for_again(github, ran, fetch):
    run = ran()
    spoil = github.blobs.faults.on("GET", BLOBS, after_accept=_flipped, times=1)
    step = fetch(run_id=run.id)
    assert step.ending == ("passed", "fetched", 0)
    assert spoil.struck == 1


def _flipped(answer: Answer) -> Answer:
    return replace(answer, body=answer.body[:-1] + bytes([answer.body[-1] ^ 1]))


def test_without_a_digest_nothing_is_fetched_unless_that_was_allowed(ran, fetch):
    run = ran(Upload(name="old", content=LOGS, digest=None))
    refused = fetch(run_id=run.id)
    assert refused.ending == ("unproven", "no-digest", 3)
    assert refused.unchanged
    allowed = fetch(run_id=run.id, verify="if-available")
    assert allowed.ending == ("unproven", "fetched-unproven", 0)
    assert allowed.outputs["verified"] == "none"


def test_a_download_that_breaks_off_is_resumed_where_it_broke(github, ran, fetch):
    run = ran(Upload(name="big", content=os.urandom(3_000_000)))
    github.blobs.faults.on("GET", BLOBS, after_accept=faults.cut, times=2)
    step = fetch(run_id=run.id)
    assert step.ending == ("passed", "fetched", 0), step.log
    ranges = [exchange.headers.get("range", "") for exchange in github.blobs.log]
    assert ranges == ["", "bytes=1500000-2999999", "bytes=2250000-2999999"]


def test_a_download_that_never_ends_is_given_up_and_nothing_is_left(github, ran, fetch):
    run = ran(Upload(name="big", content=os.urandom(3_000_000)))
    github.blobs.faults.on("GET", BLOBS, instead=faults.reset)
    step = fetch(run_id=run.id)
    assert step.ending == ("unproven", "unreachable", 3)
    assert step.unchanged
    assert "Tried 5 times, each with a new link" in step.log


def test_a_link_that_has_expired_is_asked_for_anew(github, ran, fetch):
    run = ran()
    github.blobs.faults.on("GET", BLOBS, instead=faults.status(403, "AuthenticationFailed"), times=1)
    github.log.clear()
    step = fetch(run_id=run.id)
    assert step.ending == ("passed", "fetched", 0)
    assert len(github.log.of("GET", ZIP)) == 2


def test_a_large_artifact_comes_in_parts_that_are_all_of_one_version(github, ran, fetch, tmp_path):
    big = tmp_path / "big.bin"
    big.write_bytes(os.urandom(1024) * 66 * 1024)
    github.blobs.faults.on("GET", BLOBS, after_accept=faults.cut, times=1, skip=2)
    step = fetch(run_id=ran(Upload(name="big.bin", content=big)).id)
    assert step.ending == ("passed", "fetched", 0), step.log
    ranged = [exchange for exchange in github.blobs.log if exchange.headers.get("range")]
    assert len(ranged) >= 6
    assert all(exchange.headers.get("if-match") for exchange in ranged[1:])
    assert step.files()["big.bin/big.bin"] == big.read_bytes()


def test_an_expired_artifact_is_named_with_its_date(github, ran, fetch):
    run = ran(Upload(name="logs", content=LOGS, keeps_days=0.001), ago=3600)
    step = fetch(run_id=run.id)
    assert step.ending == ("unproven", "expired", 3)
    assert f"'logs' of run {run.id} expired on" in step.log
    assert step.unchanged


def test_an_artifact_that_expires_between_list_and_download_is_expired(github, ran, fetch):
    run = ran()
    github.faults.on("GET", ZIP, instead=faults.status(410, "Artifact has expired"))
    step = fetch(run_id=run.id)
    assert step.ending == ("unproven", "expired", 3)
    assert step.unchanged


def test_when_nothing_matches_it_says_what_exists_instead(ran, fetch):
    run = ran(Upload(name="web-logs", content=LOGS), conclusion="failure")
    step = fetch(branch="main", artifacts="tracktor-*")
    assert step.ending == ("unproven", "none-found", 3)
    assert f"run {run.id} (failure," in step.log
    assert "'web-logs'" in step.log
    assert step.unchanged


@pytest.mark.parametrize("softer", ["warn", "ignore"])
def test_finding_nothing_can_be_allowed_and_is_unproven_all_the_same(ran, fetch, softer):
    step = fetch(run_id=ran().id, artifacts="nothing-*", if_none_found=softer)
    assert step.ending == ("unproven", "none-found", 0)
    assert f"not red because of if_none_found: {softer}" in step.log


def test_artifacts_without_a_single_file_are_evidence_of_nothing(ran, fetch):
    run = ran(Upload(name="empty", content=make_zip(), zipped=True))
    assert fetch(run_id=run.id).ending == ("unproven", "empty", 3)


def test_a_forks_run_is_refused_by_its_id_and_passed_over_in_a_search(github, app, ran, fetch):
    github.repository("mallory/ios-app")
    ours = ran(ago=900)
    theirs = ran(ago=100, head_repository="mallory/ios-app")
    refused = fetch(run_id=theirs.id)
    assert refused.ending == ("unproven", "untrusted-run", 2)
    assert refused.unchanged
    assert fetch(branch="main").outputs["run_id"] == str(ours.id)
    assert fetch(run_id=theirs.id, allow_forks="true", path="theirs").ending[1] == "fetched"


def test_the_latest_attempt_counts_whatever_the_ids_say(github, app, ran, fetch):
    first = [Job(name="ios", conclusion="failure"), Job(name="web", conclusion="success")]
    uploads = (Upload(name="ios", content={"x": b"first"}), Upload(name="web", content={"x": b"kept"}))
    run = ran(*uploads, jobs=first, conclusion="failure")
    second = Upload(name="ios", content={"x": b"second"})
    again_ios = Life(phases=(("in_progress", 5.0),), jobs=(Job(name="ios"), Job(name="web")), artifacts=(second,))
    run.attempts[-1].life = replace(run.attempts[-1].life, rerun=again_ios)
    again(app, run, "octocat", failed_only=True)
    github.clock.advance(60)
    run.artifacts[-1].id, run.artifacts[0].id = run.artifacts[0].id, run.artifacts[-1].id  # ids are in no order
    step = fetch(run_id=run.id)
    assert step.files() == {"ios/x": b"second", "web/x": b"kept"}, step.log
    assert [one["kept_from_earlier_attempt"] for one in step.manifest["artifacts"]] == [True, False]
    assert fetch(run_id=run.id, run_attempt=1, path="first").files("first") == {"ios/x": b"first", "web/x": b"kept"}


def test_waiting_ends_when_the_artifact_appears(github, app, fetch):
    run = app.ran("tracktor.yml", ago=0, took=90, artifacts=[Upload(name="tracktor-logs", content=LOGS)])
    step = fetch(run_id=run.id, wait_timeout="5m")
    assert step.ending == ("passed", "fetched", 0), step.log
    assert "looking again in" in step.log


def test_waiting_ends_with_the_time_that_was_given(github, app, fetch):
    run = app.ran("tracktor.yml", ago=0, took=3600, artifacts=[Upload(name="tracktor-logs", content=LOGS)])
    began = github.clock.now()
    step = fetch(run_id=run.id, wait_timeout="2m")
    assert step.ending == ("unproven", "none-found", 3)
    assert 115 <= (github.clock.now() - began).total_seconds() <= 125


def test_more_than_may_be_written_is_refused(ran, fetch):
    run = ran(Upload(name="a", content={"x": b"1" * 900}), Upload(name="b", content={"x": b"2" * 900}))
    step = fetch(run_id=run.id, max_total_bytes=1000)
    assert step.ending == ("unproven", "too-large", 2)
    assert step.unchanged


def test_a_dry_run_downloads_nothing(github, ran, fetch):
    step = fetch(run_id=ran().id, dry_run="true")
    assert step.ending == ("unproven", "dry-run", 0)
    assert "Would fetch tracktor-logs" in step.log
    assert len(github.blobs.log) == 0
    assert step.unchanged


def test_a_missing_permission_is_named(github, ran, fetch):
    run = ran()
    step = fetch(github.token({"metadata": "read"}), run_id=run.id)
    assert step.ending == ("unproven", "no-access", 3)
    assert "Actions" in step.log
    assert step.unchanged


def test_a_long_rate_limit_ends_the_step_with_the_time_it_ends(github, ran, fetch):
    run = ran()
    reset = int(github.clock.now().timestamp()) + 3000
    limited = faults.status(403, "API rate limit exceeded", x_ratelimit_remaining="0", x_ratelimit_reset=str(reset))
    github.faults.on("GET", ZIP, instead=limited)
    step = fetch(run_id=run.id)
    assert step.ending == ("unproven", "rate-limited", 3)
    assert step.unchanged


def test_a_short_rate_limit_is_waited_out(github, ran, fetch):
    run = ran()
    github.faults.on("GET", ZIP, instead=faults.secondary_limit(2), times=1)
    began = github.clock.now()
    step = fetch(run_id=run.id)
    assert step.ending == ("passed", "fetched", 0)
    assert (github.clock.now() - began).total_seconds() >= 2


def test_a_run_that_github_does_not_know_is_none_found(fetch, ran):
    ran()
    step = fetch(run_id=4711)
    assert step.ending == ("unproven", "none-found", 3)
    assert "run 4711 is not known to GitHub" in step.log


def test_a_list_that_lost_its_further_pages_is_not_taken_for_the_whole(github, ran, fetch):
    run = ran(*(Upload(name=f"part-{n:03}", content={"x": b"%d" % n}) for n in range(120)))

    def without_links(answer: Answer) -> Answer:
        return replace(answer, headers={name: value for name, value in answer.headers.items() if name != "Link"})

    github.faults.on("GET", "/artifacts", after_accept=without_links)
    step = fetch(run_id=run.id)
    assert step.ending == ("unproven", "unreachable", 3)
    assert "ends after 100 of 120" in step.log
    assert step.unchanged


def test_contradicting_inputs_are_all_named_at_once(fetch, ran):
    step = fetch(run_id=1, branch="main", artifact_ids="1", artifacts="x", sources="s3", commit="abc")
    assert step.ending == ("unproven", "bad-input", 2)
    assert "commit" in step.log


def test_a_full_disk_is_said_and_nothing_is_left(ran, fetch, monkeypatch):
    run = ran()
    real = os.write

    def full(file, data):
        if len(data) == len(LOGS["logs/article.jsonl"]):
            raise OSError(28, "No space left on device")
        return real(file, data)

    monkeypatch.setattr(os, "write", full)
    step = fetch(run_id=run.id)
    monkeypatch.setattr(os, "write", real)
    assert step.ending == ("unproven", "disk-full", 3), step.log
    assert step.unchanged


def test_what_a_killed_step_left_is_taken_back_by_the_post_step(ran, fetch, workspace):
    left = workspace / ".crossproof-staging-0"
    (left / "laid-out").mkdir(parents=True)
    (left / "journal.json").write_text(
        json.dumps({"source": str(left / "laid-out"), "target": str(workspace), "moves": [["half", False]]})
    )
    (workspace / "half").mkdir()
    (workspace / "half/x").write_text("half")
    step = fetch(run_id=ran().id)
    assert "(taken back)" in step.log
    assert not (workspace / "half").exists()
    assert not left.exists()
