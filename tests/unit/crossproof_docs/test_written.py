"""Which files are written, which are compared, and which have lost what stood behind them."""

from pathlib import Path

import pytest

from crossproof_docs import __main__ as command
from crossproof_docs import written


def test_a_file_that_is_missing_or_says_something_else_differs(tmp_path: Path) -> None:
    (tmp_path / "same").write_text("a\n")
    (tmp_path / "other").write_text("b\n")
    texts = dict.fromkeys((tmp_path / "same", tmp_path / "other", tmp_path / "missing"), "a\n")
    assert written.differing(texts) == [tmp_path / "other", tmp_path / "missing"]


def test_metadata_without_an_action_is_stale(tmp_path: Path) -> None:
    for name in ("kept", "gone"):
        (tmp_path / "actions" / name).mkdir(parents=True)
        (tmp_path / "actions" / name / "action.yml").write_text("")
    gone = tmp_path / "actions" / "gone" / "action.yml"
    assert written.stale(tmp_path, {tmp_path / "actions" / "kept" / "action.yml": ""}) == [gone]


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(written, "files", lambda root: {root / "new" / "file.md": "text\n"})
    return tmp_path


def test_check_names_what_differs_and_writes_nothing(at: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--check"]) == 1
    assert capsys.readouterr().out == "new/file.md is not what its source says; run `make gen`\n"
    assert not (at / "new").exists()


def test_after_writing_there_is_nothing_left_to_write(at: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (at / "schemas").mkdir()
    (at / "schemas" / "old.json").write_text("{}")
    assert command.main([]) == 0
    assert capsys.readouterr().out == "wrote new/file.md\nremoved schemas/old.json\n"
    assert command.main(["--check"]) == 0


def test_a_page_without_its_marks_is_a_message_not_a_traceback(at: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(written, "files", lambda _: (_ for _ in ()).throw(ValueError("README.md: has marks for …")))
    assert command.main([]) == 2
    assert capsys.readouterr().err == "README.md: has marks for …\n"


def test_a_misspelt_flag_does_not_write(at: Path) -> None:
    assert command.main(["--chekc"]) == 2
    assert not (at / "new").exists()
