"""Patterns mean what they mean in .gitignore."""

import pytest

from crossproof.tiers.globs import Patterns

FITS = [
    ("*.md", "README.md", True),
    ("*.md", "docs/a/README.md", True),
    ("/*.md", "docs/README.md", False),
    ("docs/*.md", "docs/README.md", True),
    ("docs/*.md", "a/docs/README.md", False),
    ("docs/*.md", "docs/a/README.md", False),
    ("docs/**", "docs/a/b.txt", True),
    ("docs/**", "docs", False),
    ("**/ci/**", "scripts/ci/run.sh", True),
    ("**/ci/**", "ci/run.sh", True),
    ("a/**/b", "a/b", True),
    ("a/**/b", "a/x/y/b", True),
    ("services", "services/api/main.py", True),
    ("services/", "services/api/main.py", True),
    ("services/", "services", False),
    ("ser?ice", "service/x", True),
    ("a[0-9].py", "a7.py", True),
    ("a[!0-9].py", "a7.py", False),
    ("a[!0-9].py", "ax.py", True),
    ("a[!0-9]b", "a/b", False),
    ("a[]]b", "a]b", True),
    (r"\!important", "!important", True),
    (r"a\*b", "a*b", True),
    (r"a\*b", "axb", False),
    ("a.c", "abc", False),
    ("*", "any/thing", True),
]


@pytest.mark.parametrize(("pattern", "path", "fits"), FITS)
def test_a_pattern_fits_as_in_gitignore(pattern, path, fits):
    assert bool(Patterns((pattern,)).decides(path)) is fits


def test_the_last_pattern_that_fits_counts_and_is_named():
    patterns = Patterns(("services/**", "!**/*.md", "services/LICENSE.md"))
    assert patterns.decides("services/a.py") == "services/**"
    assert patterns.decides("services/README.md") == ""
    assert patterns.decides("services/LICENSE.md") == "services/LICENSE.md"


def test_an_exclusion_alone_selects_nothing_unlike_in_paths_filter():
    assert Patterns(("!**/*.md",)).decides("src/a.py") == ""


@pytest.mark.parametrize("pattern", ["a[b", "!", "/", "a[z-a]"])
def test_a_pattern_that_can_never_fit_is_refused(pattern):
    with pytest.raises(ValueError, match=r"pattern|\[|range"):
        Patterns((pattern,))
