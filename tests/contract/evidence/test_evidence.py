"""`crossproof evidence …` as a person at a laptop uses it, on a directory."""

import hashlib
import json
import zipfile

import pytest
from tests.kept import LOG, archive, day, run_fact
from tests.recordings import sha

from crossproof.archive.bucket_page import Bucket, bucket_policy, page, reader, trust, writer
from crossproof.units import RepoRef, Sha
from crossproof_sandbox import Sandbox


def test_evidence_is_found_by_each_of_its_handles(store, laptop):
    made = archive(store, 7)
    for words in (
        ["--commit", "b" * 40],
        ["--commit", "bbbbbbb"],
        ["--commit", "a" * 12],
        ["--date", "2026-06-02"],
        ["--run-id", "7", "--repository", "acme/ios-app"],
        ["--tealium-profile", "bild-apps", "--tealium-version", "241"],
        ["--latest", "stage"],
    ):
        code, said = laptop("find", *words)
        assert code == 0, (words, said)
        assert made.key in said.replace("\n", "").replace(" ", ""), words


def test_what_is_not_there_is_not_found_out(store, laptop):
    archive(store, 7)
    assert laptop("find", "--commit", "c" * 40) == (3, f"Nothing in {store.name} fits.\n")
    assert laptop("find", "--date", "2025-01-01")[0] == 3


def test_a_question_without_a_handle_says_which_there_are(laptop):
    code, said = laptop("find")
    assert code == 2
    assert "--commit" in said
    assert laptop("fnd")[0] == 2


def test_evidence_is_shown_whole(store, laptop):
    archive(store, 7)
    code, said = laptop("show", "--commit", "b" * 40)
    assert code == 0
    for part in ("acme/tracking", "tracktor-logs", "logs/home.jsonl", "25 events passed.", "bild-apps 241"):
        assert part in said, part


def test_answers_can_be_read_by_programs(store, laptop):
    archive(store, 7)
    code, said = laptop("find", "--commit", "b" * 40, "--json")
    answer = json.loads(said)
    assert (code, answer["exit"], [one["run_id"] for one in answer["answer"]]) == (0, 0, [7])
    assert json.loads(laptop("show", "--latest", "stage", "--json")[1])["answer"]["subject"]["sha"] == "b" * 40


@pytest.mark.parametrize("deep", [[], ["--deep"]])
def test_an_untouched_archive_is_proven_and_a_touched_one_is_not(store, laptop, tmp_path, deep):
    made = archive(store, 7)
    code, said = laptop("verify", *deep)
    assert (code, said.splitlines()[0]) == (
        0,
        "Everything is as it was archived (1 manifest, 2 objects, 1 link).",
    )
    blob = tmp_path / "evidence/crossproof" / made.artifacts[0].key
    blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    code, said = laptop("verify", *deep)
    assert code == 1
    assert "The archive is NOT what was archived: 1 broken" in said


def test_an_empty_archive_proves_nothing(laptop):
    code, said = laptop("verify")
    assert code == 3
    assert "There is no evidence here" in said


def test_githubs_digests_are_compared_while_it_tells_them(store, laptop):
    archive(store, 7)
    with Sandbox() as github:
        github.repository("acme/ios-app")
        env = {"INPUT_TOKEN": github.token(), "INPUT_API_URL": github.url}
        code, said = laptop("verify", "--github", env=env)
    assert code == 0
    assert "GitHub no longer knows run 7" in said


def test_the_bundle_is_one_file_that_proves_itself(store, laptop, tmp_path):
    made = archive(store, 7)
    code, said = laptop("bundle", "--commit", "b" * 40, "--output", "proof.zip")
    assert code == 0, said
    with zipfile.ZipFile(tmp_path / "proof.zip") as bundle:
        names = set(bundle.namelist())
        sums = dict(reversed(line.split("  ")) for line in bundle.read("SHA256SUMS").decode().splitlines())
        assert names == {*sums, "SHA256SUMS"}
        assert {name: hashlib.sha256(bundle.read(name)).hexdigest() for name in sums} == sums
        assert bundle.read("files/700~tracktor-logs/logs/home.jsonl") == LOG
        assert {"statement.html", "manifest.json", "validation/report.json"} <= names
        statement = bundle.read("statement.html").decode()
    assert made.subject.sha in statement
    assert not list(tmp_path.glob(".*unfinished*"))


def test_a_bundle_of_what_was_changed_is_refused_and_leaves_no_file(store, laptop, tmp_path):
    made = archive(store, 7)
    blob = tmp_path / "evidence/crossproof" / made.artifacts[0].key
    blob.write_bytes(b"PK\3\4 something else")
    code, said = laptop("bundle", "--commit", "b" * 40)
    assert code == 1
    assert "is not what was archived" in said
    assert not (tmp_path / "evidence.zip").exists()


def test_hostile_words_in_evidence_are_text_on_the_page(store, laptop, tmp_path):
    hostile = run_fact(7, head_branch="<script>alert(1)</script>", url="javascript:alert(1)", actor="</style>")
    archive(store, 7, source=hostile)
    laptop("bundle", "--commit", "b" * 40)
    with zipfile.ZipFile(tmp_path / "evidence.zip") as bundle:
        statement = bundle.read("statement.html").decode()
    assert "<script" not in statement
    assert "javascript:" not in statement
    assert "&lt;script&gt;alert(1)" in statement


def test_blame_names_the_side_that_changed(store, laptop):
    archive(store, 1, source=run_fact(1, started=day(1)))
    archive(store, 2, source=run_fact(2, started=day(2), head_sha=sha("c").hex), verdict="failed")
    code, said = laptop("blame", "--environment", "stage")
    assert code == 0
    assert "the app side is suspect" in said
    assert (
        laptop("blame", "--environment", "stage", "--run-id", "1")[1] == "Run 1 is proven: there is nobody to blame.\n"
    )
    assert laptop("blame", "--environment", "prod")[0] == 3


def test_blame_is_undecided_when_both_sides_changed(store, laptop):
    archive(store, 1, source=run_fact(1, started=day(1)))
    changed = run_fact(2, started=day(2), head_sha=sha("c").hex)
    archive(store, 2, source=changed, verdict="failed", version="242")
    code, said = laptop("blame", "--environment", "stage")
    assert code == 3
    assert "Undecided: several sides changed" in said


def test_coverage_asks_github_for_the_commits_and_the_archive_for_their_proofs(store, laptop):
    with Sandbox() as github:
        repository = github.repository("acme/tracking")
        proven = repository.commit({"extensions/a.js": "1"}, message="Track home")
        bare = repository.commit({"extensions/b.js": "1"}, message="Track | article")
        repository.commit({"docs/x.md": "1"}, message="Write")
        archive(store, 7, subject=Sha.parse(proven))
        env = {"INPUT_TOKEN": github.token(), "INPUT_API_URL": github.url}
        since = github.clock.now().date().isoformat()
        words = ["coverage", "--repository", "acme/tracking", "--since", since, "--paths", "extensions/"]
        code, said = laptop(*words, env=env)
        assert code == 3, said
        proven_of = "1 of 2 commits have proven evidence (50 %)."
        assert said.startswith(f"{proven_of} (acme/tracking touching extensions/, since {since})")
        assert bare[:7] in said
        assert "Track | article" in said
        data = json.loads(laptop(*words, "--json", env=env)[1])
    assert data["answer"]["rest"] == [{"sha": bare, "state": "no evidence", "title": "Track | article"}]


def test_paths_that_no_commit_touched_are_covered_by_nothing(store, laptop):
    """A path that is misspelt must not read as one of which every commit is proven."""
    with Sandbox() as github:
        github.repository("acme/tracking").commit({"extensions/a.js": "1"}, message="Track home")
        env = {"INPUT_TOKEN": github.token(), "INPUT_API_URL": github.url}
        since = github.clock.now().date().isoformat()
        words = ["coverage", "--repository", "acme/tracking", "--since", since, "--paths", "extention/"]
        code, said = laptop(*words, env=env)
    assert (code, said.splitlines()[0]) == (3, f"No commit of acme/tracking touched extention/ since {since}.")


def test_usage_adds_up_what_is_kept(store, laptop):
    archive(store, 7)
    code, said = laptop("usage")
    assert code == 0
    assert "DIRECTORY" in said
    assert "2026-06" in said


def test_reindex_brings_back_what_was_lost(store, laptop, tmp_path):
    archive(store, 7)
    index = tmp_path / "evidence/crossproof/index"
    for path in sorted(index.rglob("*.json")):
        path.unlink()
    assert laptop("find", "--commit", "b" * 40)[0] == 3
    assert laptop("reindex")[0] == 0
    assert laptop("find", "--commit", "b" * 40)[0] == 0
    assert laptop("verify")[0] == 0


def test_the_bucket_page_prints_policies_for_both_forms_of_a_subject(laptop):
    code, said = laptop(
        "bucket", "--s3-bucket", "acme-evidence", "--repository", "acme/tracking", "--environment", "prod",
        "--owner-id", "11", "--repository-id", "22",
    )  # fmt: skip
    assert code == 0
    assert "repo:acme/tracking:environment:prod" in said
    assert "repo:acme@11/tracking@22:environment:prod" in said
    assert "s3:if-none-match" in said


def test_lifecycle_rules_are_judged(laptop, tmp_path):
    rules = {"Rules": [{"Id": "x", "Status": "Enabled", "Expiration": {"Days": 90}}]}
    (tmp_path / "rules.json").write_text(json.dumps(rules))
    code, said = laptop("bucket", "--lint", "rules.json")
    assert code == 1
    assert (
        "Write `ID`, in capitals." in said
        or "`Id` is not the field's name" in said
        or "Id is not the field's name" in said
    )
    assert laptop("bucket", "--lint", "nothing.json")[0] == 2


def test_every_question_explains_itself(laptop):
    code, said = laptop("--help")
    assert code == 0
    for verb in ("find", "show", "verify", "bundle", "blame", "coverage", "usage", "bucket", "reindex"):
        assert f"  {verb}" in said
        assert laptop(verb, "--help")[0] == 0


def test_a_role_asks_no_bucket_of_another_account():
    bucket = Bucket(name="kept", prefix="x", repository=None, owner_id="", repository_id="", environment="")
    for policy in (writer(bucket), reader(bucket)):
        accounts = [one["Condition"]["StringEquals"]["aws:ResourceAccount"] for one in policy["Statement"]]
        assert accounts == ["ACCOUNT_ID"] * 3


def test_nobody_may_delete_and_proofs_are_written_once():
    bucket = Bucket(name="b", prefix="p", repository=RepoRef("o", "r"), owner_id="", repository_id="", environment="")
    by_name = {one["Sid"]: one for one in bucket_policy(bucket)["Statement"]}
    assert by_name["ProofsAreWrittenOnce"]["Resource"] == [
        "arn:aws:s3:::b/p/evidence/v1/*",
        "arn:aws:s3:::b/p/chain/v1/*/0*.json",
    ]
    assert by_name["NobodyDeletes"]["Action"] == ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    subjects = trust(bucket)["Statement"][0]["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
    assert subjects == ["repo:o/r:ref:refs/heads/main", "repo:o@OWNER_ID/r@REPOSITORY_ID:ref:refs/heads/main"]
    assert page(bucket).count("```json") == 5
