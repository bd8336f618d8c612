"""Whatever is said, the runner hears only what was meant, and a person can read it."""

import io
from itertools import count

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from tests.as_the_runner.protocol import Ear
from tests.hostile import any_text

from crossproof.errors import Cancelled
from crossproof.outcome import Annotation
from crossproof.report.visible import lines_of, visible
from crossproof.runner.console import Console

LEVELS = ("error", "warning", "notice")


class Screen(io.StringIO):
    """A stream that any UTF-8 terminal or pipe would take."""

    def write(self, text: str) -> int:
        text.encode()
        return super().write(text)


def under_a_runner(**options):
    screen = Screen()
    return Console(screen, local=False, **options), lambda: Ear().hear(screen.getvalue())


def at_a_terminal(**options):
    screen = Screen()
    return Console(screen, local=True, **options), screen.getvalue


@given(any_text)
def test_no_text_of_a_line_is_ever_taken_as_a_command(text):
    console, heard = under_a_runner()
    console.line(text)
    assert heard().names() == []


@given(any_text)
def test_a_line_loses_no_letter_of_its_text(text):
    console, heard = under_a_runner()
    console.line(text)
    assert "".join(heard().log).replace(" ", "") == visible(text, colours=True).replace("\n", "").replace(" ", "")


@given(any_text)
def test_foreign_text_is_printed_between_stop_and_resume_and_nothing_in_it_is_obeyed(text):
    console, heard = under_a_runner(token=lambda: "token-of-this-call")
    console.foreign(text)
    console.error("still heard")
    ear = heard()
    assert ear.names() == ["stop-commands", "error"]
    assert ear.log[1:-2] == visible(text, colours=True).replace("##[", "## [").split("\n")


def test_foreign_text_cannot_know_the_word_that_would_resume_commands():
    console, _ = under_a_runner()
    tokens = {console._token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {32}


class CutOff(Screen):
    """A pipe whose first write is cut off by a signal."""

    def write(self, text: str) -> int:
        if not self.getvalue():
            super().write(text[: len(text) // 2])
            raise Cancelled(2)
        return super().write(text)


def test_a_cancellation_in_the_middle_of_foreign_text_does_not_leave_the_runner_deaf():
    screen = CutOff()
    console = Console(screen, local=False)
    with pytest.raises(Cancelled):
        console.foreign("a log\n" * 50)
    console.error("heard")
    assert Ear().hear(screen.getvalue()).names() == ["stop-commands", "error"]


@given(st.sampled_from(LEVELS), any_text, any_text, any_text, st.integers(0, 10**6))
def test_a_remark_is_heard_exactly_once_with_its_message_title_and_place(level, message, title, file, line):
    console, heard = under_a_runner()
    console.annotate(Annotation(level=level, title=title, message=message, file=file, line=line))
    ear = heard()
    assert ear.names() == [level]
    [remark] = ear.annotations(level)
    assert remark.data.strip() == visible(message, colours=True).replace("##[", "## [").strip()
    assert set(remark.properties) <= {"title", "file", "line"}
    assert remark.properties.get("line", "0") == str(line)
    for name, value in (("title", title), ("file", file)):
        assert (
            remark.properties.get(name, "").split()
            == visible(value, colours=True).strip().lstrip("=").replace("##[", "## [").split()
        )


@given(any_text, any_text)
def test_groups_and_debug_lines_are_what_they_are_and_nothing_else(title, message):
    console, heard = under_a_runner(clock=count(0, 12.3).__next__)
    with console.group(title):
        console.debug(message)
        with console.group(title):
            console.line(message)
    ear = heard()
    debugs = len(lines_of(message))
    assert ear.names() == ["group", *["debug"] * debugs, "endgroup"]
    assert ear.commands[0].data.strip() == visible(title, colours=True).replace("##[", "## [").strip()
    assert ear.log[-1] == "✓ 36.9s"


def test_the_tenth_remark_of_a_level_says_how_many_more_there_are_and_the_log_has_them_all():
    console, heard = under_a_runner()
    for number in range(1, 31):
        console.warning(f"number {number}", title="Finding")
        console.notice("quiet")
    console.close()
    ear = heard()
    shown = ear.annotations("warning")
    assert [remark.data for remark in shown] == [
        *(f"number {n}" for n in range(1, 10)),
        "The log of this step has all of them.",
    ]
    assert shown[-1].properties == {"title": "And 21 more"}
    assert "Warning: Finding: number 30" in ear.log
    assert len(ear.annotations("notice")) == 10


def test_nine_remarks_need_no_word_about_more():
    console, heard = under_a_runner()
    for number in range(9):
        console.error(str(number))
    console.close()
    console.close()
    assert heard().names() == ["error"] * 9


@given(st.integers(1100, 1400), st.sampled_from(["x", "ü", "漢", "🙂", "%", "\n"]))
def test_a_long_message_is_cut_at_a_whole_character_and_the_log_has_the_rest(length, character):
    console, heard = under_a_runner()
    message = "see: " + character * length * 4 + "the end"
    console.error(message, title="Long")
    ear = heard()
    [shown] = ear.annotations("error")
    assert shown.data.endswith(" … (cut; the log has the rest)")
    assert len(shown.data.encode()) <= 4096
    assert message.startswith(shown.data.removesuffix(" … (cut; the log has the rest)"))
    assert "the end" in ear.log[-1]


@given(any_text)
def test_a_secret_is_hidden_wherever_its_lines_are_printed(secret):
    assume(any(len(line.strip()) >= 4 for line in lines_of(secret)))
    console, heard = under_a_runner()
    console.mask(secret)
    ear = heard()
    assert set(ear.names()) == {"add-mask"}
    for line in lines_of(secret):
        if len(line.strip()) >= 4 and line.isprintable():
            assert line.strip() not in ear.masked(f"a log says {line} here")


@given(any_text)
def test_no_mask_is_so_short_that_it_blanks_out_ordinary_text(secret):
    console, heard = under_a_runner()
    console.mask(secret)
    assert all(len(hidden.strip()) >= 4 for hidden in heard().secrets)


def test_a_json_secret_hides_its_long_lines_and_leaves_every_brace_of_the_log_alone():
    console, heard = under_a_runner()
    console.mask('{\n  "user": "deploy",\n  "key": "swordfish"\n}')
    ear = heard()
    assert ear.secrets == snapshot(['"user": "deploy",', '"key": "swordfish"'])
    assert ear.job_output('{"verdict": "passed"}') == '{"verdict": "passed"}'


def test_a_blank_line_in_a_secret_does_not_hide_every_blank_of_the_log():
    console, heard = under_a_runner()
    console.mask("-----BEGIN KEY-----\n \nc3dvcmRmaXNo\n-----END KEY-----\n")
    assert heard().secrets == ["-----BEGIN KEY-----", "c3dvcmRmaXNo", "-----END KEY-----"]
    assert heard().masked("a b") == "a b"


def test_a_secret_that_begins_with_a_combining_mark_is_hidden_and_not_printed():
    console, heard = under_a_runner()
    console.mask("\u0301secret")
    ear = heard()
    assert ear.log == []
    assert ear.masked("x \u0301secret y") == "x *** y"


def test_a_secret_too_short_to_hide_is_said_to_be_so_without_showing_it():
    console, heard = under_a_runner()
    console.mask("abc")
    [remark] = heard().annotations("warning")
    assert remark.properties["title"] == "Secret too short to hide"
    assert "abc" not in remark.data
    assert heard().secrets == []


def test_a_secret_is_masked_once_however_often_it_is_read():
    console, heard = under_a_runner()
    console.mask("swordfish")
    console.mask("swordfish")
    console.mask("  \n ")
    assert heard().names() == ["add-mask"]


def test_a_secret_can_be_blanked_out_of_files_too_the_longer_one_first():
    console, _ = under_a_runner()
    console.mask("sword")
    console.mask("swordfish")
    assert console.scrub("a swordfish and a sword") == "a *** and a ***"
    assert console.hides("my sword")
    assert not console.hides("my swrd")


def test_a_terminal_shows_the_same_words_without_commands():
    console, shown = at_a_terminal(clock=count(0, 12.3).__next__)
    console.mask("swordfish")
    with console.group("Ask GitHub"):
        console.line("the token is swordfish")
        console.foreign("::error::from a child\x1b]0;title\x07 \x1b[31mred")
    console.error("no such file", title="Plan", file="plan.yml", line=3)
    console.notice("by the way")
    console.debug("not asked for")
    console.close()
    assert shown() == snapshot("""\
Ask GitHub
the token is ***
: :error::from a child\\x1b]0;title\\x07 \\x1b[31mred
✓ 12.3s
Error: plan.yml:3: Plan: no such file
Notice: by the way
""")


def test_a_terminal_with_colours_shows_levels_in_colour_and_titles_in_bold():
    console, shown = at_a_terminal(clock=count(0, 1).__next__, colours=True, debug=True)

    def divide():
        with console.group("Divide"):
            console.warning("by zero")
            console.debug("1/0")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        divide()
    assert shown() == snapshot("""\
\x1b[1mDivide\x1b[0m
\x1b[33mWarning:\x1b[0m by zero
\x1b[2mdebug: 1/0\x1b[0m
✗ 1.0s
""")


def test_every_remark_is_shown_at_a_terminal_however_many_there_are():
    console, shown = at_a_terminal()
    for number in range(40):
        console.error(str(number))
    console.close()
    assert len(shown().splitlines()) == 40


def test_groups_inside_a_group_are_headings_however_many_there_are():
    console, heard = under_a_runner(clock=count(0, 1).__next__)
    with console.group("Outer"):
        for title in ("One", "Two"):
            with console.group(title):
                pass
    assert heard().log == snapshot(["##[group]Outer", "One", "✓ 1.0s", "Two", "✓ 1.0s", "##[endgroup]", "✓ 5.0s"])


def test_a_group_that_fails_is_closed_and_marked():
    console, heard = under_a_runner(clock=count(0, 2).__next__)
    with pytest.raises(Cancelled), console.group("Wait"):
        raise Cancelled(15)
    with console.group("Next"):
        pass
    assert heard().log == snapshot(
        ["##[group]Wait", "##[endgroup]", "✗ 2.0s", "##[group]Next", "##[endgroup]", "✓ 2.0s"]
    )


@given(any_text)
def test_a_terminal_that_is_the_log_of_a_runner_after_all_is_given_no_command_either(text):
    console, shown = at_a_terminal()
    with console.group(text):
        console.line(text)
        console.foreign(text)
        console.error(text, title=text, file=text)
        console.debug(text)
    assert Ear().hear(shown()).names() == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["line", "foreign", "error", "warning", "notice", "debug", "mask", "group"]), any_text
        ),
        max_size=8,
    )
)
def test_no_conversation_makes_the_runner_do_what_was_not_said(said):
    console, heard = under_a_runner()
    allowed = {"stop-commands", "group", "endgroup", "add-mask"} & {"stop-commands"} if not said else set()
    for how, text in said:
        match how:
            case "group":
                with console.group(text):
                    console.line(text)
                allowed |= {"group", "endgroup"}
            case "foreign":
                console.foreign(text)
                allowed |= {"stop-commands"}
            case "mask":
                console.mask(text)
                allowed |= {"add-mask", "warning"}
            case "line":
                console.line(text)
            case _:
                getattr(console, how)(text)
                allowed |= {how}
    console.close()
    ear = heard()
    assert set(ear.names()) <= allowed
    assert ear.stopped_by == ""
    assert ear.complaints == []
