"""Coverage of three kinds of tools is read, joined and rounded so that it is never better than it is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof.tiers import coverage
from crossproof.tiers.coverage import FileCoverage, joined, missing_lines, percent, read, shown
from crossproof.tiers.coverage_page import html

COBERTURA = b"""<?xml version="1.0" ?><!DOCTYPE coverage SYSTEM "x.dtd"><coverage line-rate="0.6"><sources><source>/w/src</source></sources>
<packages><package name="."><classes><class filename="a.py"><lines><line number="1" hits="1"/>
<line number="2" hits="3" branch="true" condition-coverage="50% (1/2)"/><line number="4" hits="0"/></lines></class></classes></package></packages></coverage>"""
JSON = json.dumps({
    "meta": {"format": 3},
    "files": {"src/a.py": {"executed_lines": [1, 2], "missing_lines": [4], "executed_branches": [[2, 3]], "missing_branches": [[2, 4]]}},
}).encode()  # fmt: skip
LCOV = b"TN:\nSF:src/a.py\nDA:1,1\nDA:2,3\nDA:4,0\nBRDA:2,0,0,1\nBRDA:2,0,1,-\nend_of_record\n"
WANTED = {"src/a.py": FileCoverage(known=frozenset({1, 2, 4}), hit=frozenset({1, 2}), branches={2: (1, 2)})}


@pytest.mark.parametrize("content", [COBERTURA, JSON, LCOV], ids=["cobertura", "json", "lcov"])
def test_every_kind_says_the_same(content):
    assert read(content, "c", "/w") == WANTED
    assert coverage.from_data(coverage.as_data(WANTED)) == WANTED


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"<html/>", b"<coverage", b"{", b'{"meta": 1, "files": {"a": {}}}', b"SF:a\nDA:x,1\nend_of_record", b"SF:a\nDA:1,1\nend_of_record\nSF:b\nDA:1,0\n", b"<coverage/>", b'{"meta": {}, "files": {}}'],
)  # fmt: skip
def test_what_is_no_coverage_is_refused_and_never_read_as_none(content):
    with pytest.raises(ValueError, match=r"c\.xml"):
        read(content, "c.xml", "/w")


def test_a_line_is_covered_if_any_run_covered_it():
    other = {"src/a.py": FileCoverage(known=frozenset({2, 4, 5}), hit=frozenset({4}), branches={2: (2, 2)})}
    both = joined([WANTED, other])["src/a.py"]
    assert (both.known, both.hit, both.branches) == ({1, 2, 4, 5}, {1, 2, 4}, {2: (2, 2)})
    assert percent(joined([WANTED, other])).lines == 75


LINES = st.frozensets(st.integers(1, 20), max_size=10)


@given(st.lists(st.tuples(LINES, LINES), max_size=4))
def test_joining_more_runs_never_uncovers_a_line(runs):
    parts = [{"a": FileCoverage(known=known | hit, hit=hit)} for known, hit in runs]
    whole = joined(parts)
    assert joined([whole, *parts]) == whole
    for part in parts:
        assert part["a"].hit <= whole["a"].hit


@pytest.mark.parametrize(("value", "text"), [(79.99, "79.9"), (80.0, "80.0"), (100, "100.0"), (0, "0.0"), (None, "")])
def test_a_percentage_is_rounded_down(value, text):
    assert shown(value) == text


def test_lines_and_branches_are_never_mixed():
    found = percent(WANTED)
    assert (round(found.lines, 2), found.branches) == (66.67, 50)
    assert percent({}).lines is None


def test_uncovered_lines_are_shown_as_ranges_across_what_cannot_be_covered():
    assert missing_lines(FileCoverage(known=frozenset({1, 2, 5, 6, 9, 10}), hit=frozenset({6}))) == [(1, 5), (9, 10)]


def test_the_page_escapes_names_and_puts_the_worst_first():
    page = html(
        {
            "<b>.py": FileCoverage(known=frozenset({1}), hit=frozenset({1})),
            "bad.py": FileCoverage(known=frozenset({1, 2, 3}), hit=frozenset()),
        }
    )
    assert "<b>.py" not in page
    assert page.index("bad.py") < page.index("&lt;b&gt;.py")
    assert "<td>1-3</td>" in page
