"""Logs as they lie on a disk: plain, packed, archived, damaged, endless, or leading somewhere else."""

import gzip
import hashlib
import io
import zipfile
from datetime import date

import pytest
from backports import zstd
from tests.tracking import plan_of

from crossproof.files.cores import MachineCores
from crossproof.files.logs import WorkspaceLogs
from crossproof.files.workspace import WorkspaceFiles
from crossproof.tracking.judging.kinds import kinds_of
from crossproof.tracking.judging.lines import LineJudge
from crossproof.tracking.log.chunks import chunks
from crossproof.tracking.log.sniffing import UnreadableLog
from crossproof.tracking.plan.gathering import NoSuchFile
from crossproof.tracking.ports import BudgetSpent
from crossproof.tracking.redaction import Redaction

LOG = b'{"name":"home","timestamp":1770370997,"params":{"id":"1"}}\n' * 3
MIB = 1 << 20


def zipped(**members: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def read(workspace, *asked: str, limit: int = 64 * MIB) -> tuple[dict[str, bytes], list[str]]:
    logs, missing = WorkspaceLogs(workspace, limit).find(asked)
    return {log.name: b"".join(log.blocks()) for log in logs}, [f"{none.asked} {none.why}" for none in missing]


@pytest.mark.parametrize(
    "packed",
    [LOG, gzip.compress(LOG), gzip.compress(LOG[:9]) + gzip.compress(LOG[9:]), zstd.compress(LOG)],
    ids=["plain", "gzip", "two gzips", "zstd"],
)
def test_a_log_is_unpacked_by_its_bytes_whatever_its_name_and_digested_as_it_lies(tmp_path, packed):
    (tmp_path / "app.jsonl").write_bytes(packed)
    (log,), missing = WorkspaceLogs(tmp_path, MIB).find(["app.jsonl"])
    assert (b"".join(log.blocks()), missing) == (LOG, [])
    assert (log.digest().sha256, log.digest().size) == (hashlib.sha256(packed).hexdigest(), len(packed))


def test_directories_patterns_and_archives_are_looked_through_and_a_log_is_found_once(tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "a.jsonl").write_bytes(LOG)
    (tmp_path / "in" / "deep" / "b.jsonl.gz").write_bytes(gzip.compress(LOG))
    (tmp_path / "in" / "notes.txt").write_bytes(b"no log")
    (tmp_path / "in" / "c.zip").write_bytes(zipped(**{"d.jsonl": LOG, "picture.png": b"x", "../e.json": b"[]"}))
    found, missing = read(tmp_path, "in", "in/*.jsonl", "**/*.jsonl")
    assert sorted(found) == ["in/a.jsonl", "in/c.zip!../e.json", "in/c.zip!d.jsonl", "in/deep/b.jsonl.gz"]
    assert missing == []
    assert {*tmp_path.parent.glob("e.json")} == set()


def test_what_leads_to_nothing_is_said_and_never_left_out(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "z.zip").write_bytes(zipped(readme=b"x"))
    (tmp_path / "broken.zip").write_bytes(zipped(a=LOG)[:-30])
    found, missing = read(tmp_path, "gone.jsonl", "*.none", "empty", "z.zip", "broken.zip")
    assert found == {}
    assert [each.partition(":")[0] for each in missing] == [
        "gone.jsonl there is no such file",
        "*.none matches no file",
        "empty holds no log",
        "z.zip the archive holds no log (.jsonl, .ndjson, .json, .log)",
        "broken.zip the archive cannot be read",
    ]


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(LOG)[:-9], zstd.compress(LOG)[:-5], gzip.compress(LOG)[:-8] + bytes(8)],
    ids=["cut gzip", "cut zstd", "wrong checksum"],
)
def test_a_damaged_log_cannot_be_read_to_its_end(tmp_path, packed):
    (tmp_path / "app.jsonl").write_bytes(packed)
    with pytest.raises(UnreadableLog, match="damaged"):
        read(tmp_path, "app.jsonl")


def test_a_member_whose_checksum_is_wrong_or_that_is_locked_cannot_be_read(tmp_path):
    content = bytearray(zipped(**{"a.jsonl": LOG}))
    at = content.find(b"PK\x01\x02")
    content[at + 16] ^= 1
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(UnreadableLog, match="damaged or locked"):
        read(tmp_path, "a.zip")


@pytest.mark.parametrize(
    "bomb",
    [gzip.compress(b"\n" * 64 * MIB), zstd.compress(b"\n" * 64 * MIB), zipped(**{"a.jsonl": b"\n" * 64 * MIB})],
    ids=["gzip", "zstd", "zip"],
)
def test_a_bomb_is_read_no_further_than_was_allowed(tmp_path, bomb):
    assert len(bomb) < 100_000
    (tmp_path / "bomb").write_bytes(bomb)
    (log,), _ = WorkspaceLogs(tmp_path, 5 * MIB).find(["bomb"])
    got: list[int] = []
    with pytest.raises(BudgetSpent, match="more than 5242880 bytes"):
        got.extend(map(len, log.blocks()))
    assert 0 < sum(got) <= 5 * MIB


def test_links_that_lead_out_of_the_workspace_are_not_followed(tmp_path):
    (tmp_path / "outside.jsonl").write_bytes(LOG)
    (tmp_path / "outside.yaml").write_bytes(b"plan: 1")
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "link.jsonl").symlink_to(tmp_path / "outside.jsonl")
    (inside / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    found, missing = read(inside, "*.jsonl")
    assert (found, missing) == ({}, ["link.jsonl is a link that leads out of the workspace"])
    for path in ("link.yaml", "../outside.yaml", "gone.yaml"):
        with pytest.raises(NoSuchFile):
            WorkspaceFiles(inside).read(path)
    assert WorkspaceFiles(inside).find("*.yaml") == []


def test_several_cores_say_what_one_says():
    plan = plan_of(
        "events: {home: {match: {name: home}, params: {id: {type: string}}}}\n"
        "unique: [{key: /params/id}, {key: /params/other}]"
    )
    judge = LineJudge(kinds_of(plan, platform="", today=date(2026, 6, 1)), Redaction())
    bad = b'{"name":"home","timestamp":1770370997,"params":{"id":7}}\n'
    long = b'{"name":"home","timestamp":1770370997,"params":{"id":"%s"}}\n' % (b"x" * 3 * MIB)
    blocks = [LOG * 200 + bad * (number % 3) for number in range(40)] + [long, LOG, b"\n" * 9, LOG[:-9]]
    alone, together = ([*MachineCores(count).judge(judge, chunks(blocks))] for count in (1, 2))
    assert len(alone) == len(together) == 45
    for one, other in zip(alone, together, strict=True):
        assert (one.events, one.lines, one.findings.groups) == (other.events, other.lines, other.findings.groups)
        assert (one.trace.lines, one.trace.times, one.trace.probes) == (
            other.trace.lines,
            other.trace.times,
            other.trace.probes,
        )


def test_an_archive_within_an_archive_is_told_and_not_passed_over(tmp_path):
    (tmp_path / "a.zip").write_bytes(zipped(**{"a.jsonl": LOG, "more.zip": zipped(**{"b.jsonl": LOG})}))
    logs, missing = WorkspaceLogs(tmp_path, MIB).find(["a.zip"])
    assert ([log.name for log in logs], missing) == (["a.zip!a.jsonl", "a.zip!more.zip"], [])
    with pytest.raises(UnreadableLog, match="an archive within an archive"):
        b"".join(logs[1].blocks())


def test_what_is_no_log_by_its_name_is_named_where_a_directory_or_an_archive_was_asked_for(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "app.jsonl").write_bytes(LOG)
    (tmp_path / "in" / "app.jsonl.1").write_bytes(LOG)
    (tmp_path / "in" / "b.zip").write_bytes(zipped(**{"c.jsonl": LOG, "c.txt": LOG}))
    found = WorkspaceLogs(tmp_path, MIB)
    found.find(["in"])
    assert found.passed_over == ["in/app.jsonl.1", "in/b.zip!c.txt"]


def test_a_log_in_an_archive_is_vouched_for_by_the_digest_of_the_archive(tmp_path):
    packed = zipped(**{"a.jsonl": LOG, "b.jsonl": LOG})
    (tmp_path / "a.zip").write_bytes(packed)
    logs, _ = WorkspaceLogs(tmp_path, MIB).find(["a.zip"])
    assert {log.file_sha256() for log in logs} == {hashlib.sha256(packed).hexdigest()}
    (tmp_path / "b.jsonl").write_bytes(LOG)
    (log,), _ = WorkspaceLogs(tmp_path, MIB).find(["b.jsonl"])
    assert b"".join(log.blocks()) == LOG
    assert log.file_sha256() == hashlib.sha256(LOG).hexdigest()


def test_an_archive_with_two_files_of_one_name_hides_neither(tmp_path):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.jsonl", LOG)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.jsonl", b"bad")
    (tmp_path / "a.zip").write_bytes(held.getvalue())
    assert read(tmp_path, "a.zip") == (
        {},
        ["a.zip the archive has two files of the name 'a.jsonl': only one would be read"],
    )


def test_an_archive_of_more_files_than_are_read_is_told(tmp_path):
    (tmp_path / "a.zip").write_bytes(zipped(**{f"{number}.jsonl": b"" for number in range(10_001)}))
    assert read(tmp_path, "a.zip") == ({}, ["a.zip the archive has 10001 files; 10000 are read"])


def test_a_link_to_a_directory_is_not_followed_and_named(tmp_path):
    for folder in ("in", "elsewhere"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "app.jsonl").write_bytes(LOG)
    (tmp_path / "in" / "more").symlink_to(tmp_path / "elsewhere")
    found = WorkspaceLogs(tmp_path, MIB)
    assert [log.name for log in found.find(["in"])[0]] == ["in/app.jsonl"]
    assert found.passed_over == ["in/more"]
