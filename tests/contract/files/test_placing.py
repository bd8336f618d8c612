"""Placing on a real file system: all of it, or the workspace as it was, also after a kill at any point."""

from pathlib import Path

import pytest

from crossproof.artifacts.placement import Move, OnConflict, plan
from crossproof.errors import CrossproofError
from crossproof.files.placing import Claim, DirectoryTree, Placing, recover, undo
from crossproof.files.staging import PREFIX


class Killed(BaseException):
    """Stands for SIGKILL: nothing may catch it and tidy up."""


def write(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def tree(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text() if path.is_file() else "/" for path in sorted(root.rglob("*"))
    }


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return write(tmp_path / "workspace", README="mine", logs__old="old", logs__same="same")


@pytest.fixture
def staging(workspace: Path) -> Path:
    made = workspace / f"{PREFIX}0"
    write(made / "new", logs__old="newer", logs__same="same", logs__more__a="A", other__deep__b="B", top="T")
    return made


def placed(staging: Path, workspace: Path, on_conflict: OnConflict) -> Placing:
    moves = plan(DirectoryTree(staging / "new"), DirectoryTree(workspace), on_conflict)
    placing = Placing(staging, staging / "new", workspace)
    placing.carry_out(move for move in moves if isinstance(move, Move))
    return placing


def outside_staging(workspace: Path) -> dict[str, str]:
    return {path: text for path, text in tree(workspace).items() if not path.startswith(PREFIX)}


def test_whole_directories_move_in_one_step_and_only_shared_ones_are_opened(staging: Path, workspace: Path):
    assert plan(DirectoryTree(staging / "new"), DirectoryTree(workspace), OnConflict.LAST) == [
        Move("logs/more"),
        Move("logs/old", replaces=True),
        Move("logs/same", replaces=True),
        Move("other"),
        Move("top"),
    ]


def test_a_conflict_names_every_file_and_changes_nothing(staging: Path, workspace: Path):
    before = tree(workspace)
    with pytest.raises(CrossproofError) as refused:
        placed(staging, workspace, OnConflict.ERROR)
    assert refused.value.what == "2 of the fetched files cannot be put in place."
    assert refused.value.seen == "'logs/old' is there twice; 'logs/same' is there twice"
    assert refused.value.reason.word == "conflict"
    assert tree(workspace) == before


def test_identical_files_are_no_conflict_where_that_was_allowed_and_different_ones_are(staging: Path, workspace: Path):
    with pytest.raises(CrossproofError) as refused:
        placed(staging, workspace, OnConflict.IDENTICAL)
    assert refused.value.seen == "'logs/old' is there twice, and differs"


@pytest.mark.parametrize(("on_conflict", "old"), [(OnConflict.FIRST, "old"), (OnConflict.LAST, "newer")])
def test_first_and_last_say_which_file_counts(staging: Path, workspace: Path, on_conflict: OnConflict, old: str):
    placed(staging, workspace, on_conflict).keep()
    assert outside_staging(workspace) == {
        "README": "mine",
        "logs": "/",
        "logs/old": old,
        "logs/same": "same",
        "logs/more": "/",
        "logs/more/a": "A",
        "other": "/",
        "other/deep": "/",
        "other/deep/b": "B",
        "top": "T",
    }


def test_a_link_in_the_way_is_a_conflict_and_is_not_followed(staging: Path, workspace: Path, tmp_path: Path):
    (workspace / "other").symlink_to(tmp_path)
    with pytest.raises(CrossproofError, match="cannot be put in place") as refused:
        placed(staging, workspace, OnConflict.LAST)
    assert "'other' is a directory and a link or device" in refused.value.seen


def test_names_that_differ_in_case_alone_conflict(staging: Path, workspace: Path):
    write(workspace, TOP="mine")
    with pytest.raises(CrossproofError) as refused:
        placed(staging, workspace, OnConflict.LAST)
    assert refused.value.seen == "'top' is 'TOP' to some systems"


def test_a_failure_at_any_move_leaves_the_workspace_as_it_was(staging: Path, workspace: Path, monkeypatch):
    rename = Path.rename
    for at in range(1, 9):
        before, calls = tree(workspace), 0

        def failing(self: Path, target: Path) -> Path:
            nonlocal calls
            calls += 1
            if calls == at:  # noqa: B023 — called within this round
                raise OSError(5, "Input/output error")
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", failing)
        with pytest.raises(OSError, match="Input/output"):
            placed(staging, workspace, OnConflict.LAST)
        monkeypatch.setattr(Path, "rename", rename)
        (staging / "journal.json.new").unlink(missing_ok=True)
        if (staging / "replaced").exists():
            (staging / "replaced").rmdir()
        assert tree(workspace) == before


def test_a_kill_at_any_move_is_taken_back_by_the_next_step(staging: Path, workspace: Path, monkeypatch):
    expected, rename = outside_staging(workspace), Path.rename
    new = tree(staging / "new")
    for at in range(1, 9):
        calls = 0

        def killed(self: Path, target: Path) -> Path:
            nonlocal calls
            calls += 1
            if calls >= at:  # noqa: B023 — called within this round
                raise Killed
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", killed)
        with pytest.raises(Killed):
            placed(staging, workspace, OnConflict.LAST)
        monkeypatch.setattr(Path, "rename", rename)
        undo(staging)
        assert outside_staging(workspace) == expected, at
        assert tree(staging / "new") == new, at


def test_what_was_kept_is_not_taken_back(staging: Path, workspace: Path):
    placed(staging, workspace, OnConflict.FIRST).keep()
    after = outside_staging(workspace)
    assert recover(workspace) == [f"{PREFIX}0 (removed)"]
    assert tree(workspace) == after


def test_recovery_takes_back_what_was_not_kept_and_leaves_a_living_step_alone(staging: Path, workspace: Path):
    before = outside_staging(workspace)
    placed(staging, workspace, OnConflict.LAST)
    write(workspace / f"{PREFIX}1", spool="half")
    living = Claim(workspace / f"{PREFIX}1")
    assert recover(workspace) == [f"{PREFIX}0 (taken back)"]
    assert outside_staging(workspace) == before
    assert (workspace / f"{PREFIX}1/spool").read_text() == "half"
    living.release()
    assert recover(workspace) == [f"{PREFIX}1 (removed)"]
    assert tree(workspace) == before
