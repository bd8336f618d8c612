"""A release is made once, of the version the changelog begins with, and names every image by digest."""

import pytest
from inline_snapshot import snapshot

from crossproof import HOME
from crossproof_docs.release_texts import NotReleasable, final, image_faults, notes, pinned, refusals, released

CHANGELOG = """# Changelog

## 1.2.0 · 2026-03-01

- New.

## 1.1.0 · 2026-02-01

- Old.
"""
DIGEST = "a" * 64
IMAGE = f"ghcr.io/o/r@sha256:{DIGEST}"
METADATA = "runs:\n  using: docker\n  image: ../../Dockerfile\n  entrypoint: /opt/x\n"


def test_a_dated_version_of_the_series_may_be_released() -> None:
    assert refusals("1.2.0", CHANGELOG) == []


def test_everything_that_stands_against_a_release_is_said_at_once() -> None:
    assert refusals("2.0.0rc1", CHANGELOG) == snapshot(
        [
            "2.0.0rc1 is no final version (1.2.3)",
            "CHANGELOG.md begins with 1.2.0, the package is 2.0.0rc1",
        ]
    )


def test_a_version_outside_the_series_that_readers_use_is_refused() -> None:
    assert refusals("0.1.0", "## 0.1.0 · 2026-03-01\n") == snapshot(
        ["0.1.0 does not belong to v1, which examples and docs name"]
    )


def test_a_version_without_a_day_is_not_ready() -> None:
    assert refusals("1.3.0", "## 1.3.0 · unreleased\n") == snapshot(
        ["CHANGELOG.md says 1.3.0 is unreleased; write the day of the release"]
    )


def test_an_empty_changelog_is_refused() -> None:
    assert refusals("1.3.0", "") == snapshot(["CHANGELOG.md begins with no version, the package is 1.3.0"])


def test_the_notes_of_a_version_are_its_section_of_the_changelog() -> None:
    assert notes("1.2.0", CHANGELOG) == "- New.\n"
    assert notes("1.1.0", CHANGELOG) == "- Old.\n"


def test_a_version_without_a_section_has_no_notes_rather_than_empty_ones() -> None:
    with pytest.raises(ValueError, match="no section for 9"):
        notes("9.9.9", CHANGELOG)


def test_only_the_image_line_changes_in_a_release() -> None:
    assert pinned(METADATA, {"Dockerfile": IMAGE}) == METADATA.replace("../../Dockerfile", f"docker://{IMAGE}")


@pytest.mark.parametrize(
    ("metadata", "images"),
    [
        (METADATA, {"Dockerfile": "ghcr.io/o/r:v1"}),
        (METADATA, {"Dockerfile": "ghcr.io/o/r@sha256:" + "a" * 63}),
        (METADATA, {"Dockerfile": ""}),
        (METADATA, {"Dockerfile.tiers": IMAGE}),
        (METADATA.replace("../../Dockerfile", f"docker://{IMAGE}"), {"Dockerfile": IMAGE}),
        (METADATA.replace("  image: ../../Dockerfile\n", ""), {"Dockerfile": IMAGE}),
        (METADATA + "  image: ../../Dockerfile\n", {"Dockerfile": IMAGE}),
    ],
    ids=["a tag", "a short digest", "no digest", "another image", "pinned already", "no image", "two images"],
)
def test_what_is_no_digest_of_the_right_image_is_not_written(metadata: str, images: dict[str, str]) -> None:
    with pytest.raises(NotReleasable, match="image"):
        pinned(metadata, images)


def test_a_commit_is_either_built_from_source_or_released_as_a_whole() -> None:
    released = pinned(METADATA, {"Dockerfile": IMAGE})
    assert image_faults({"a": METADATA, "b": METADATA.replace("Dockerfile", "Dockerfile.tiers")}) == []
    assert image_faults({"a": released, "b": released}) == []
    assert image_faults({"a": released, "b": METADATA, "c": "runs:\n"}) == snapshot(
        ["b: ../../Dockerfile is no digest", "c: no image is no digest"]
    )


COMPOSITE = f"runs:\n  using: composite\n  steps:\n    - uses: {HOME}/actions/doctor@v1\n"
REUSABLE = f"jobs:\n  a:\n    steps:\n      - uses: {HOME}/actions/doctor@v1\n      - uses: actions/checkout@v5\n"


def test_a_release_names_its_siblings_by_its_own_tag_which_nobody_can_move() -> None:
    texts = {"actions/a/action.yml": METADATA, "actions/b/action.yml": COMPOSITE, ".github/workflows/c.yml": REUSABLE}
    written = released(texts, {"Dockerfile": IMAGE}, "v1.2.0")
    assert written["actions/b/action.yml"] == COMPOSITE.replace("@v1", "@v1.2.0")
    assert written[".github/workflows/c.yml"] == REUSABLE.replace("doctor@v1", "doctor@v1.2.0")
    assert set(written) == set(texts)


def test_a_file_in_which_nothing_changes_is_no_part_of_a_release() -> None:
    texts = {"actions/a/action.yml": METADATA, ".github/workflows/ci.yml": "on: push\n"}
    assert list(released(texts, {"Dockerfile": IMAGE}, "v1.2.0")) == ["actions/a/action.yml"]


def test_a_composite_action_has_no_image_and_is_no_fault() -> None:
    assert image_faults({"a": METADATA, "b": COMPOSITE}) == []
    assert image_faults({"a": pinned(METADATA, {"Dockerfile": IMAGE}), "b": COMPOSITE}, source=False) == []


def test_what_is_to_be_tagged_must_name_digests() -> None:
    assert image_faults({"a": METADATA}, source=False) == ["a: ../../Dockerfile is no digest"]


def test_versions_are_compared_as_numbers() -> None:
    assert final("v1.10.0") > final("1.9.9")
    assert [final(text) for text in ("v1", "1.2.3rc1", "", "v1.2.3.4")] == [()] * 4
