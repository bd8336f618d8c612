"""What the companion uses, and the key that names an image by exactly that."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof.images.relevance import (
    Recipe,
    Relevant,
    Scope,
    Tree,
    build_key,
    content,
    differing,
    is_deep,
    key_tag,
    normal,
)
from crossproof.images.tags import is_tag
from crossproof.units import RepoRef

TOP = {"apidef": "1" * 40, "docs": "2" * 40, "internal": "3" * 40, "go.mod": "4" * 40, "go.sum": "5" * 40}
SHALLOW = Tree(root="0" * 40, entries=TOP, deep=False)
DEEP = Tree(root="0" * 40, entries={**TOP, "internal/otel": "6" * 40}, deep=True)
RECIPE = Recipe(
    image_repository="dashboard",
    companion=RepoRef("acme", "dashboard"),
    companion_sha="d" * 40,
    subject=RepoRef("acme", "gateway"),
    platforms=("linux/amd64",),
    recipe="1",
)


def key(paths=("apidef",), tree=SHALLOW, **changed):
    return build_key(replace(RECIPE, **changed), content(paths, tree))


def test_a_change_outside_what_is_used_has_the_same_key():
    docs_only = replace(SHALLOW, root="9" * 40, entries={**TOP, "docs": "8" * 40})
    assert key() == key(tree=docs_only)


def test_a_revert_has_the_old_key():
    changed = replace(SHALLOW, entries={**TOP, "apidef": "8" * 40})
    assert key(tree=changed) != key()
    assert key(tree=replace(changed, entries=TOP)) == key()


@pytest.mark.parametrize("path", ["apidef", "go.mod", "go.sum"])
def test_what_is_used_and_what_is_depended_on_changes_the_key(path):
    assert key(tree=replace(SHALLOW, entries={**TOP, path: "8" * 40})) != key()
    assert key(tree=replace(SHALLOW, entries={k: v for k, v in TOP.items() if k != path})) != key()


@pytest.mark.parametrize(
    "changed",
    [
        {"companion_sha": "e" * 40},
        {"companion": RepoRef("acme", "pump")},
        {"subject": RepoRef("acme", "portal")},
        {"platforms": ("linux/arm64",)},
        {"recipe": "2"},
        {"image_repository": "dashboard-ee"},
    ],
)
def test_whatever_an_image_is_made_from_changes_the_key(changed):
    assert key(**changed) != key()


def test_how_names_and_lists_are_written_does_not_change_the_key():
    assert key(companion=RepoRef("Acme", "Dashboard")) == key()
    both = ("linux/amd64", "linux/arm64")
    assert key(platforms=both) == key(platforms=both[::-1])
    assert key(normal(["apidef/", "./docs"])) == key(normal(["docs", "apidef", "docs/deep"]))


def test_the_key_is_the_same_tomorrow_and_can_be_a_tag():
    assert key() == "374b3dd007c1ddd6ca7b"
    assert is_tag(key_tag(key()))


def test_a_folder_below_the_top_level_is_known_from_a_deep_listing_and_else_by_what_is_above_it():
    assert is_deep(("internal/otel",))
    assert content(("internal/otel",), DEEP)["internal/otel"] == "6" * 40
    assert content(("internal/otel",), SHALLOW)["internal/otel"] == "3" * 40


def test_the_whole_repository_is_its_root():
    assert content((".",), SHALLOW) == {".": "0" * 40}


def test_nothing_used_is_no_content():
    assert content((), SHALLOW) == {}


def test_a_path_that_is_not_there_is_content_too():
    assert content(("gone",), SHALLOW)["gone"] == ""


def test_differing_paths_are_named():
    assert differing({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "9", "d": "4"}) == ("b", "c", "d")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("auto", Relevant(Scope.AUTO)),
        ("none", Relevant(Scope.NONE)),
        ("*", Relevant(Scope.ALL)),
        ("pkg, apidef\ninternal/otel", Relevant(Scope.LISTED, ("apidef", "internal/otel", "pkg"))),
        ("auto pkg", Relevant(Scope.LISTED, ("auto", "pkg"))),
        (".", Relevant(Scope.LISTED, (".",))),
    ],
)
def test_paths_are_a_word_or_a_list(text, read):
    assert Relevant.parse(text) == read


@pytest.mark.parametrize("path", ["/etc", "..", "a/../b", "pkg/*", "pkg/[ab]"])
def test_what_is_no_path_inside_is_refused(path):
    with pytest.raises(ValueError, match="is no path inside the repository"):
        normal([path])


@given(st.lists(st.from_regex(r"[a-c](/[a-c]){0,3}", fullmatch=True), max_size=8))
def test_a_normal_list_keeps_what_covers_all_and_nothing_twice(paths):
    kept = normal(paths)
    assert normal(kept) == kept
    assert all(any(path == each or path.startswith(f"{each}/") for each in kept) for path in paths)
    assert not any(one != other and one.startswith(f"{other}/") for one in kept for other in kept)
