"""Names of refs, and the map of release lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof.actions.image_contract import RELEASE_LINES
from crossproof.images.branches import BranchMap, is_ref, ref_name

MAP = BranchMap.parse(RELEASE_LINES)


@pytest.mark.parametrize("name", ["feat/x", "a&b", "v1", "release-5.8.1", "heads/x", "ünï", "x" * 200, "a@b", "#1"])
def test_git_takes_more_names_than_one_would_think(name):
    assert is_ref(name)


@pytest.mark.parametrize(
    "name", ["", "@", "a b", "a..b", "a//b", "/a", "a/", "a.lock", "a/.b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b",
             "a@{b", "a.", "-a", "a\x7f"],
)  # fmt: skip
def test_what_can_be_no_ref_is_known_before_anybody_is_asked(name):
    assert not is_ref(name)


def test_a_name_written_in_full_is_meant_by_its_short_form():
    assert ref_name("refs/heads/feat/x") == "feat/x"
    assert ref_name("refs/tags/v1") == "v1"
    with pytest.raises(ValueError, match="can be no branch or tag"):
        ref_name("two words")


@pytest.mark.parametrize(
    ("name", "stand_ins", "is_release"),
    [
        ("release-5.8.1", ("release-5.8",), True),
        ("release-5.8", (), True),
        ("release/5.8", (), True),
        ("v5.8.1", ("release-5.8.1", "release-5.8"), True),
        ("v5.8.1-rc1", (), False),
        ("master", (), False),
        ("feat/release-5.8.1", (), False),
        ("released", (), False),
    ],
)
def test_the_usual_release_lines_are_known(name, stand_ins, is_release):
    assert MAP.stand_ins(name) == stand_ins
    assert MAP.is_release(name) is is_release


def test_several_lines_that_match_are_tried_in_order_each_name_once_and_never_the_name_itself():
    lines = BranchMap.parse("a(.) => b\\1, c\\1\na1 => c1, d, a1\n\n")
    assert lines.stand_ins("a1") == ("b1", "c1", "d")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("release-5", "is no line of the form"),
        ("=> x", "is no line of the form"),
        ("( => x", "is no regular expression"),
        ("a => b\\1", "uses a group that 'a' does not have"),
        ("(a) => b\\2", "uses a group that"),
        ("(a) => b\\0", "can be no branch"),
        ("a => two words", "can be no branch"),
        ("(a) => \\q", "can be no branch"),
    ],
)
def test_a_line_that_cannot_work_is_refused_before_it_is_needed(text, said):
    with pytest.raises(ValueError, match=r"branch|regular|line|group") as refused:
        BranchMap.parse(text)
    assert said in str(refused.value)


@given(st.text(max_size=60))
def test_any_text_is_a_map_or_a_fault(text):
    try:
        lines = BranchMap.parse(text)
    except ValueError:
        return
    assert all(is_ref(each) or each for each in lines.stand_ins("release-1.2.3"))
