"""The laws of a spool, wherever it keeps its bytes."""

import os
from pathlib import Path

import pytest

from crossproof.files.spool import Buffers, Spool

MEBI = 1024 * 1024


@pytest.mark.parametrize("size", [0, 10, MEBI, MEBI + 1, 8 * MEBI, 8 * MEBI + 1])
@pytest.mark.parametrize("buffers", [None, Buffers()], ids=["alone", "lent to"])
def test_bytes_written_in_any_order_are_read_as_they_are(tmp_path: Path, size: int, buffers: Buffers | None):
    content = os.urandom(size)
    for turn in range(2):  # a buffer that held something else before
        spool = Spool(tmp_path / str(turn), size, buffers)
        for start in (size // 2, 0):
            spool.write_at(start, content[start : size if start else size // 2 or size])
        assert spool.read_at(0, size + 10) == content
        assert spool.read_at(size // 3, 100) == content[size // 3 : size // 3 + 100]
        with pytest.raises(ValueError, match="for a spool of"):
            spool.write_at(size, b"x")
        spool.close()
        content = content[::-1]
    assert list(tmp_path.iterdir()) == []


def test_what_no_buffer_is_left_for_goes_to_a_file_and_one_given_back_is_lent_again(tmp_path: Path):
    buffers = Buffers()
    spools = [Spool(tmp_path / str(number), 2 * MEBI, buffers) for number in range(5)]
    for number, spool in enumerate(spools):
        spool.write_at(0, bytes([number]) * 2 * MEBI)
    assert [path.name for path in tmp_path.iterdir()] == ["4"]
    assert [spool.read_at(MEBI, 1) for spool in spools] == [bytes([number]) for number in range(5)]
    spools[0].close()
    Spool(tmp_path / "5", 2 * MEBI, buffers)
    assert [path.name for path in tmp_path.iterdir()] == ["4"]


def test_a_closed_spool_takes_nothing_more_for_its_buffer_may_be_another_s(tmp_path: Path):
    buffers = Buffers()
    closed = Spool(tmp_path / "0", 2 * MEBI, buffers)
    closed.close()
    closed.close()
    with pytest.raises(TypeError, match="read-only"):
        closed.write_at(0, b"late")
    assert closed.read_at(0, 4) == b""
    lent = [buffers.lend(MEBI) for _ in range(5)]
    assert [buffer is not None for buffer in lent] == [True] * 4 + [False]
