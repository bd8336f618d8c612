"""Text from elsewhere stays text in our pages: rendered by a Markdown reader, it reads as it was written."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from markdown_it import MarkdownIt
from tests.hostile import any_text

from crossproof.report.markdown import block, code, details, inline, shortened, table
from crossproof.report.visible import visible

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def spoken(text):
    """Bring a text down to what is read of it: white space is one blank, and nobody is mentioned."""
    return " ".join(visible(text).replace("\u200b", "").split())


def tokens_in(markdown):
    return [token for token in READER.parse(markdown) if token.type != "inline"]


def leaves_in(markdown):
    return [leaf for token in READER.parse(markdown) for leaf in token.children or ()]


def read(leaves):
    """Read what a person sees: tags are not read out."""
    return "".join(" " if leaf.type in ("html_inline", "softbreak") else leaf.content for leaf in leaves)


@given(any_text)
def test_foreign_text_in_a_paragraph_makes_no_markup_and_loses_no_letter(text):
    assume(text.strip())
    page = inline(text)
    assert [token.type for token in tokens_in(page)] == ["paragraph_open", "paragraph_close"]
    leaves = leaves_in(page)
    assert {leaf.type for leaf in leaves} <= {"text", "text_special", "html_inline"}
    assert {leaf.content for leaf in leaves if leaf.type == "html_inline"} <= {"<br>"}
    assert spoken(read(leaves)) == spoken(text)


@given(st.lists(st.tuples(any_text, any_text), min_size=1, max_size=4))
def test_foreign_text_in_a_table_stays_in_its_cell(rows):
    page = table(["what", "seen"], [[inline(what), code(seen)] for what, seen in rows])
    assert [token.type for token in tokens_in(page)].count("td_open") == 2 * len(rows)
    assert [token.type for token in tokens_in(page)].count("table_open") == 1
    cells = [token.children or [] for token in READER.parse(page) if token.type == "inline"][2:]
    for number, (what, seen) in enumerate(rows):
        assert spoken(read(cells[2 * number])) == spoken(what)
        assert spoken(read(cells[2 * number + 1])) == spoken(seen)


@given(any_text)
def test_code_in_a_line_is_one_piece_of_code_and_nothing_else(text):
    assume(text.strip())
    kinds = [leaf.type for leaf in leaves_in(f"before {code(text)} after")]
    assert kinds == ["text", "code_inline", "text"] or ("|" in text and kinds[1] == kinds[-2] == "html_inline")
    assert spoken(read(leaf for leaf in leaves_in(code(text)) if leaf.type != "html_inline")).replace(
        " ", ""
    ) == spoken(text).replace(" ", "")


@given(any_text)
def test_a_block_of_code_ends_where_it_ends_whatever_fences_are_in_it(text):
    [fence] = tokens_in(block(text + "\n```\n~~~~\n", "yaml"))
    assert (fence.type, fence.info) == ("fence", "yaml")
    assert fence.content == visible((text + "\n```\n~~~~\n").strip("\r\n")) + "\n"


def test_nobody_is_mentioned_and_no_tag_is_opened():
    assert inline("thanks @octocat <img src=x> & co") == snapshot("thanks @&#8203;octocat &lt;img src=x&gt; &amp; co")


def test_a_text_that_begins_like_a_list_or_a_rule_does_not_become_one():
    shown = [inline(text) for text in ("- a", "+ a", "1. a", "12) a", "=== a", "# a", "> a")]
    assert shown == snapshot(["&#45; a", "&#43; a", "&#49;. a", "&#49;2) a", "&#61;== a", "\\# a", "&gt; a"])


def test_figures_stand_to_the_right():
    assert table(["job", "seconds"], [["build", "12.3"], ["test", "4.0"]], right=[1]) == snapshot("""\
| job | seconds |
| --- | ---: |
| build | 12.3 |
| test | 4.0 |
""")


def test_details_are_folded_under_a_title_that_is_text():
    assert details("3 <more>", "text\n") == snapshot("""\
<details><summary>3 &lt;more&gt;</summary>

text

</details>
""")


PAGE = (
    "### ✅ passed\n\nAll is well.\n\n"
    + details("short", "s\n" * 10)
    + "\n"
    + details("long", "l\n" * 5000)
    + "\nlast line\n"
)


def test_a_page_that_fits_is_left_alone():
    assert shortened(PAGE, len(PAGE.encode())) == PAGE
    assert shortened("no line end", 100) == "no line end\n"
    assert shortened("", 100) == ""


def test_the_largest_details_are_left_out_first():
    short = shortened(PAGE, 1000)
    assert short == snapshot("""\
### ✅ passed

All is well.

<details><summary>short</summary>

s
s
s
s
s
s
s
s
s
s

</details>

> Details left out: the page would be longer than GitHub shows. The report files have them.

last line
""")


def test_what_is_still_too_long_is_cut_at_a_line_with_its_code_closed():
    page = "### ❌ failed\n\n<details>\n\n```text\n" + "a line of a log\n" * 1000
    assert shortened(page, 500) == snapshot("""\
### ❌ failed

<details>

```text
a line of a log
a line of a log
a line of a log
a line of a log
a line of a log
a line of a log
a line of a log
a line of a log
a line of a log
a line of a log
a line of a log
```
</details>

> Cut here: the page would be longer than GitHub shows. The report files have the rest.
""")


@given(
    any_text,
    st.integers(-5, 3000),
    st.sampled_from(["<details>", "<details>x</details>", "```\n", "~~~~~\n", "ü", "🙂" * 99]),
)
def test_no_page_is_longer_than_the_limit(text, limit, much):
    assert len(shortened(text + much * 300, limit).encode("utf-8", "backslashreplace")) <= max(0, limit)


@pytest.mark.parametrize("limit", [0, -100, 10])
def test_where_nothing_fits_nothing_is_written(limit):
    assert shortened(PAGE, limit) == ""
