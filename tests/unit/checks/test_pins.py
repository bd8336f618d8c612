"""A `uses:` names a commit; a tag's own object is no commit."""

from pathlib import Path

import pytest
from inline_snapshot import snapshot

from checks.pins import Pin, faults, pinned, read_tags
from crossproof import HOME

COMMIT, OBJECT, OTHER = "c" * 40, "0" * 40, "d" * 40
LISTING = f"""\
{OBJECT}\trefs/tags/v5
{COMMIT}\trefs/tags/v5^{{}}
{OBJECT}\trefs/tags/v5.0.1
{COMMIT}\trefs/tags/v5.0.1^{{}}
{OTHER}\trefs/tags/v4
"""


def test_of_an_annotated_tag_the_commit_counts_and_the_exact_version_is_named() -> None:
    assert read_tags(LISTING, "v5") == Pin(sha=COMMIT, version="v5.0.1")
    assert read_tags("\n".join(reversed(LISTING.splitlines())), "v5") == Pin(sha=COMMIT, version="v5.0.1")


def test_a_light_tag_is_its_commit() -> None:
    assert read_tags(LISTING, "v4") == Pin(sha=OTHER, version="v4")


def test_a_tag_that_is_not_there_is_an_error_not_a_guess() -> None:
    with pytest.raises(LookupError, match="no tag v6"):
        read_tags(LISTING, "v6")


def test_foreign_tags_are_pinned_and_ours_and_commits_stay() -> None:
    text = f"""\
- uses: actions/checkout@v5
- uses: github/codeql-action/upload-sarif@v5 # latest
- uses: actions/cache@{OTHER} # v4.0.0
- uses: {HOME}/actions/doctor@v1
- uses: ./actions/doctor
"""
    asked: list[tuple[str, str]] = []

    def look_up(repository: str, ref: str) -> Pin:
        asked.append((repository, ref))
        return Pin(sha=COMMIT, version="v5.0.1")

    assert pinned(text, look_up).replace(HOME, "HOME") == snapshot("""\
- uses: actions/checkout@cccccccccccccccccccccccccccccccccccccccc # v5.0.1
- uses: github/codeql-action/upload-sarif@cccccccccccccccccccccccccccccccccccccccc # v5.0.1
- uses: actions/cache@dddddddddddddddddddddddddddddddddddddddd # v4.0.0
- uses: HOME/actions/doctor@v1
- uses: ./actions/doctor
""")
    assert asked == [("actions/checkout", "v5"), ("github/codeql-action", "v5")]


def test_what_is_not_pinned_or_does_not_say_its_version_is_listed(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(f"""\
- uses: actions/checkout@v5
- uses: actions/cache@{OTHER}
- uses: actions/cache@{OTHER} # v4
""")
    assert faults(tmp_path) == snapshot(
        [
            ".github/workflows/ci.yml: actions/checkout@v5 is not pinned to a commit; run `make pin` where GitHub can be reached",
            ".github/workflows/ci.yml: actions/cache@dddddddddddddddddddddddddddddddddddddddd does not say which version the commit is; run `make pin` where GitHub can be reached",
        ]
    )
