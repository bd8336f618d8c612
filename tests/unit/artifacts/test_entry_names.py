from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof.artifacts.entry_names import collision_key, safe_part, safe_path
from crossproof.artifacts.refusal import UnsafeArchive

ALPHABET = st.sampled_from([*"aAg.~/\\:é ", "..", ".git", "\u200d", "\x00", "\u202e"])


@given(st.one_of(st.text(), st.lists(ALPHABET).map("".join)))
def test_a_path_that_is_accepted_stays_inside_whatever_it_is_joined_to(name: str):
    try:
        path = safe_path(name)
    except UnsafeArchive:
        return
    assert not path.startswith("/")
    assert path == "" or str(PurePosixPath("/base", path)) == f"/base/{path}"
    assert ".." not in path.split("/")
    assert ".git" not in path.lower().split("/")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a/b.jsonl", "a/b.jsonl"),
        ("./a//b.jsonl", "a/b.jsonl"),
        ("logs/", "logs"),
        ("...", "..."),
        (".github/x", ".github/x"),
        ("digit/legit~1.txt", "digit/legit~1.txt"),
        ("日本語/ümlaut.txt", "日本語/ümlaut.txt"),
        (".gitignore", ".gitignore"),
    ],
)
def test_a_plain_path_is_kept_and_superfluous_parts_fall_away(name: str, path: str):
    assert safe_path(name) == path


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "C:", "\r"])
def test_the_name_of_an_artifact_cannot_be_a_path(name: str):
    with pytest.raises(UnsafeArchive):
        safe_part(name, called="the artifact's name")


def test_paths_collide_where_some_file_system_takes_them_for_one():
    assert collision_key("Straße/É") == collision_key("STRASSE/E\u0301")
    assert collision_key("a/b") != collision_key("a/c")


def test_a_refusal_says_what_rule_was_broken_and_that_nothing_was_written():
    with pytest.raises(UnsafeArchive) as refused:
        safe_path("../../etc/cron.d/x")
    assert refused.value.what == "'../../etc/cron.d/x' leads out of its directory."
    assert refused.value.why == "The archive breaks the rule `inside-only`; nothing of it was written to the workspace."
