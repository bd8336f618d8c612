"""What cannot be seen is shown, and what can be seen is left alone."""

from hypothesis import given
from tests.hostile import any_text

from crossproof.report.visible import lines_of, short, visible


def test_line_ends_are_those_of_the_runner_and_no_others():
    assert lines_of("a\r\nb\rc\nd\x0be\x85f\u2028g") == ["a", "b", "c", "d\x0be\x85f\u2028g"]


def test_what_reorders_or_hides_text_is_shown_as_what_it_is():
    marks = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    assert visible(marks) == "".join(f"\\u{ord(mark):04x}" for mark in marks)
    assert visible("a\u202eb\x1b[2Jc\x00\x85\u2029\udc80") == "a\\u202eb\\x1b[2Jc\\x00\\x85\\u2029\\udc80"


def test_only_colours_of_all_that_drives_a_terminal_may_stay():
    assert (
        visible("\x1b[1;31mred\x1b[0m\x1b[2J\x1b]0;t\x07", colours=True) == "\x1b[1;31mred\x1b[0m\\x1b[2J\\x1b]0;t\\x07"
    )
    assert visible("\x1b[31mred") == "\\x1b[31mred"


def test_ordinary_text_of_any_language_is_left_alone():
    for text in ("Grüße, 世界", "👩‍💻 tab\there", "العربية", "a\n\nb"):
        assert visible(text) == text


@given(any_text)
def test_what_is_visible_stays_as_it_is_and_can_be_sent_anywhere(text):
    assert visible(visible(text)) == visible(text)
    assert visible(text).encode().decode() == visible(text)


@given(any_text)
def test_a_short_text_is_one_line_without_what_github_refuses_in_short_fields(text):
    said = short(text, 140)
    assert len(said) <= 140
    assert visible(said) == said
    assert said.split() == said.split(" ") or not said
    assert all(ord(character) <= 0xFFFF for character in said)


def test_a_text_that_is_cut_says_so():
    assert short("a" * 140, 140) == "a" * 140
    assert short("a" * 141, 140) == "a" * 139 + "…"
    assert short("a \N{BUG}\r\n b", 140) == "a \N{REPLACEMENT CHARACTER} b"
