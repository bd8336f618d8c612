"""What of a directory becomes evidence or is judged: all of it, or nothing."""

import os

import pytest

from crossproof.errors import BadCall
from crossproof.files.folder import leaves
from crossproof.files.logs import WorkspaceLogs
from crossproof.files.staging import PREFIX


@pytest.fixture
def workspace(tmp_path):
    for name in ("a.jsonl", "deep/b.jsonl", "locked/c.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}\n")
    return tmp_path


@pytest.fixture
def locked(workspace, monkeypatch):
    """A directory that may not be looked into, also where the tests run as root."""
    real = os.scandir

    def scandir(path="."):
        if os.fspath(path) == str(workspace / "locked"):
            raise PermissionError(13, "Permission denied", str(workspace / "locked"))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)


def refused(workspace) -> str:
    with pytest.raises(BadCall) as refusal:
        leaves(workspace, ".", "path")
    (fault,) = refusal.value.faults
    return fault.what


def test_files_are_listed_in_order_with_what_lies_deeper(workspace):
    assert [leaf.path for leaf in leaves(workspace, ".", "path")] == ["a.jsonl", "deep/b.jsonl", "locked/c.jsonl"]


@pytest.mark.usefixtures("locked")
def test_a_directory_that_may_not_be_looked_into_is_not_left_out_of_the_evidence(workspace):
    assert refused(workspace) == "'locked' cannot be read: Permission denied"


@pytest.mark.usefixtures("locked")
def test_a_directory_that_may_not_be_looked_into_is_not_left_out_of_what_is_judged(workspace):
    logs, missing = WorkspaceLogs(workspace, 1000).find(["."])
    assert logs == []
    assert [(one.asked, one.there) for one in missing] == [("locked", True)]


def test_what_this_very_step_makes_ready_in_the_workspace_is_no_evidence(workspace):
    (workspace / f"{PREFIX}0").mkdir()
    (workspace / f"{PREFIX}0" / "lock").write_text("")
    assert len(leaves(workspace, ".", "path")) == 3


def test_a_link_is_refused_also_where_it_leads_to_a_directory(workspace):
    (workspace / "link").symlink_to(workspace / "deep")
    assert refused(workspace) == "'link' is a link or device, not a file"
