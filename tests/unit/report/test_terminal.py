import re

from hypothesis import given
from hypothesis import strategies as st

from crossproof.report.markdown import block, code, details, inline, table
from crossproof.report.terminal import as_terminal

PAGE = (
    "### ✅ doctor: passed\n\n"
    "All needs are met.\n\n"
    + table(
        ["", "need", "have"],
        [["✅", code("actions: read"), inline("it *is* | there")], ["❔", code("s3"), "long " * 20]],
    )
    + "\n**Fix:**\n\n"
    + block("permissions:\n  actions: read", "yaml")
    + details("What was seen", table(["seen", ""], [["clock", inline("-1 s")]]))
)


def test_a_page_reads_well_at_a_terminal():
    assert as_terminal(PAGE, colours=False) == (
        "✅ doctor: passed\n"
        "\n"
        "All needs are met.\n"
        "\n"
        "     need           have\n"
        "  ✅  actions: read  it *is* | there\n"
        "  ❔  s3             long long long long long long long long long long long long long long\n"
        "                    long long long long long long\n"
        "\n"
        "Fix:\n"
        "\n"
        "    permissions:\n"
        "      actions: read\n"
        "What was seen\n"
        "\n"
        "  seen\n"
        "  clock  -1 s"
    )


def test_headings_and_bold_words_shine_where_colours_are_wanted():
    assert as_terminal("### Title\n\n**Why:** so\n", colours=True) == "\x1b[1mTitle\x1b[0m\n\n\x1b[1mWhy:\x1b[0m so"


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"])))
def test_a_word_from_elsewhere_comes_through_as_it_was(word):
    shown = as_terminal(table(["what"], [[inline(word)]]), colours=False)
    assert "".join(re.sub(r"\s", "", shown).removeprefix("what")) == word


def test_a_link_shows_where_it_leads():
    assert as_terminal("run [\\[17\\]](https://github.example/r/17), ok", colours=False) == (
        "run [17] (https://github.example/r/17), ok"
    )
