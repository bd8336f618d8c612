"""The laws of unpacking, on a real file system: everything as promised, or nothing at all."""

import hashlib
import os
import random
import stat
import zlib
from pathlib import Path

import pytest
from tests.hostile_zips import BATTERY, DESCRIPTOR, Frame, Hostile, directory, make_zip, member

from crossproof.artifacts.refusal import UnsafeArchive
from crossproof.artifacts.zip_contents import read_contents
from crossproof.files.spool import Spool
from crossproof.files.unpacking import Unpacking, unpack
from crossproof.parallel import Stop

PLENTY = 1 << 30


def unpack_zip(archive: bytes, into: Path, *, keep_executable: bool = False):
    spool = Spool(into.parent / "spool", len(archive))
    spool.write_at(0, archive)
    try:
        contents = read_contents(spool, most_bytes=PLENTY)
        into.mkdir()
        return unpack(spool, contents, Unpacking(into=into, owner=None, keep_executable=keep_executable, stop=Stop()))
    finally:
        spool.close()


def names(root: Path) -> set[str]:
    return {path.name for path in root.iterdir()}


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("hostile", BATTERY, ids=lambda hostile: hostile.name)
def test_a_hostile_archive_is_refused_by_its_rule(hostile: Hostile, tmp_path: Path):
    with pytest.raises(UnsafeArchive) as refused:
        unpack_zip(hostile.make(), tmp_path / "out")
    assert refused.value.rule == hostile.rule
    assert names(tmp_path) <= {"out"}, "something was written beside the staging directory"
    assert "\n" not in refused.value.what
    assert "\x1b" not in refused.value.what


def test_an_archive_as_the_upload_action_writes_it_unpacks_to_the_same_bytes(tmp_path: Path):
    """archiver, which it uses, streams: sizes stand behind the data, and directories have entries of their own."""
    streamed = [
        directory("logs/"),
        member("logs/home.jsonl", b'{"a":1}\n' * 9000, flags=DESCRIPTOR),
        member("logs/ümlaut 日本.txt", b"utf-8", flags=DESCRIPTOR),
        member("empty.txt", b"", flags=DESCRIPTOR),
        member("stored.bin", os.urandom(70_000), method=0),
    ]
    written = unpack_zip(make_zip(*streamed), tmp_path / "out")
    assert tree(tmp_path / "out") == {
        str(one.name): one.data for one in streamed if one.data or one.name == "empty.txt"
    }
    assert {one.path: one.sha256 for one in written} == {
        path: hashlib.sha256(data).hexdigest() for path, data in tree(tmp_path / "out").items()
    }


@pytest.mark.parametrize(
    "frame", [Frame(zip64=True), Frame(comment=b"made by hand"), Frame()], ids=["zip64", "comment", "plain"]
)
def test_every_lawful_frame_is_read(frame: Frame, tmp_path: Path):
    unpack_zip(make_zip(member("a", b"A"), member("b/c", b"C"), frame=frame), tmp_path / "out")
    assert tree(tmp_path / "out") == {"a": b"A", "b/c": b"C"}


def test_an_archive_without_entries_unpacks_to_an_empty_directory(tmp_path: Path):
    assert unpack_zip(make_zip(), tmp_path / "out") == []
    assert list((tmp_path / "out").iterdir()) == []


def test_modes_are_ours_whatever_the_archive_says(tmp_path: Path):
    archive = make_zip(
        member("root.sh", mode=0o106777), member("open.txt", mode=0o100666), member("dos.txt", made_by=0)
    )
    unpack_zip(archive, tmp_path / "out")
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()} == {
        "root.sh": 0o644,
        "open.txt": 0o644,
        "dos.txt": 0o644,
    }


def test_programs_stay_programs_when_asked_and_never_gain_more(tmp_path: Path):
    archive = make_zip(member("run.sh", mode=0o107777), member("log.txt", mode=0o100644))
    unpack_zip(archive, tmp_path / "out", keep_executable=True)
    assert stat.S_IMODE((tmp_path / "out/run.sh").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "out/log.txt").stat().st_mode) == 0o644


def test_large_members_unpack_on_several_threads_to_the_same_bytes(tmp_path: Path):
    big = [member(f"{n}.log", random.Random(n).randbytes(100_000) * 90) for n in range(3)]
    unpack_zip(make_zip(*big), tmp_path / "out")
    assert tree(tmp_path / "out") == {str(one.name): one.data for one in big}


def test_a_large_member_whose_checksum_is_wrong_is_refused(tmp_path: Path):
    with pytest.raises(UnsafeArchive, match="checksum"):
        unpack_zip(
            make_zip(member("a", os.urandom(5_000_000), crc=7), member("b", os.urandom(5_000_000))), tmp_path / "out"
        )


def test_more_than_may_be_written_is_refused_before_anything_is(tmp_path: Path):
    archive = make_zip(*(member(f"{n}", os.urandom(1000)) for n in range(3)))
    spool = Spool(tmp_path / "spool", len(archive))
    spool.write_at(0, archive)
    with pytest.raises(UnsafeArchive, match="unpacks to 3000 bytes; at most 2999"):
        read_contents(spool, most_bytes=2999)


def _victims() -> list[bytes]:
    return [
        make_zip(member("a.txt", b"A" * 300), member("d/b.txt", b"B" * 900, method=0), member("c", b"")),
        make_zip(
            directory("d/"), member("d/x.jsonl", b'{"n":1}\n' * 400, flags=DESCRIPTOR), frame=Frame(comment=b"note")
        ),
        make_zip(member("é", b"1"), member("z" * 200, b"22" * 64), frame=Frame(zip64=True)),
    ]


def _mutate(archive: bytes, dice: random.Random) -> bytes:
    broken = bytearray(archive)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(broken))
        match dice.randrange(5):
            case 0:
                broken[at] ^= 1 << dice.randrange(8)
            case 1:
                broken[at] = dice.choice((0, 1, 0x7F, 0xFF))
            case 2:
                del broken[at : at + dice.randint(1, 9)]
            case 3:
                broken[at:at] = broken[at : at + dice.randint(1, 60)]
            case _:
                other = dice.randrange(len(broken))
                broken[at : at + 4] = broken[other : other + 4]
    return bytes(broken)


def test_a_mutated_archive_is_refused_or_unpacks_to_what_its_directory_promises(tmp_path: Path, times):
    dice = random.Random(20_250_101)
    victims, refused, unpacked = _victims(), 0, 0
    for n in range(times(few=3_000, many=200_000)):
        archive = _mutate(dice.choice(victims), dice)
        home = tmp_path / str(n)
        home.mkdir()
        try:
            written = unpack_zip(archive, home / "out")
        except UnsafeArchive:
            refused += 1
        else:
            spool = Spool(home / "again", len(archive))
            spool.write_at(0, archive)
            promised = {e.path: (e.record.size, e.record.crc) for e in read_contents(spool, most_bytes=PLENTY).files}
            found = tree(home / "out")
            assert {path: (len(data), zlib.crc32(data)) for path, data in found.items()} == promised
            assert {one.path for one in written} == set(promised)
            unpacked += 1
        assert names(home) <= {"out"}
        assert not any(path.is_symlink() for path in home.rglob("*"))
    assert refused > unpacked > 0, "the mutations test nothing"
