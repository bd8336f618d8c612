"""Tags: what can be one, how others write theirs, and that ours never collide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof.images.tags import Reference, Template, as_producers_write, is_tag, own_tag, repository, templates

SHA = "d" * 40
NAMES = st.text(min_size=1, max_size=200)


@pytest.mark.parametrize("name", ["feat/x", "a&b", "x" * 129, ".hidden", "-flag", "", "ünï", "a b", "a\n"])
def test_most_branch_names_are_no_tags(name):
    assert not is_tag(name)


def test_a_branch_s_name_is_written_as_docker_metadata_action_writes_it():
    assert as_producers_write("feat/TT-1/some thing&more") == "feat-TT-1-some-thing-more"
    assert as_producers_write("release-5.8") == "release-5.8"
    assert as_producers_write("a//b") == "a-b"


@given(NAMES)
def test_our_own_tags_can_always_be_tags(name):
    assert is_tag(own_tag("xl", name))


@given(NAMES, NAMES)
def test_our_own_tags_differ_where_the_names_differ(one, other):
    assert (own_tag("xl", one) == own_tag("xl", other)) == (one == other)


def test_names_that_others_would_write_alike_stay_apart_and_readable():
    tags = {own_tag("xl", name) for name in ("feat/x", "feat-x", "feat.x", "feat&x", "heads/feat/x")}
    assert len(tags) == 5
    assert own_tag("xl", "feat/x").startswith("xl-feat-x-")


@given(NAMES, NAMES)
def test_a_filled_template_is_a_tag_or_nothing(branch, tag):
    values = {"sha": SHA, "pr": "", "branch_tag": as_producers_write(branch), "tag": tag}
    for template in templates("sha-{sha}, pr-{pr}\n{branch_tag} {tag}"):
        filled = template.filled(values)
        assert filled == "" or is_tag(filled)


def test_a_place_without_a_value_makes_no_tag():
    assert Template.parse("pr-{pr}").filled({"pr": ""}) == ""
    assert Template.parse("pr-{pr}").filled({"pr": "7"}) == "pr-7"
    assert Template.parse("{branch_tag}").filled({"branch_tag": "x" * 129}) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sha-{commit}", "has a place {commit} that nothing fills; there are {sha}, {pr}, {branch_tag}, {tag}"),
        ("feat/{sha}", "makes no tag that a registry could know"),
        (".{sha}", "makes no tag that a registry could know"),
        ("{}", "has a place {} that nothing fills"),
    ],
)
def test_a_template_that_could_never_match_is_refused(text, said):
    with pytest.raises(ValueError, match="that") as refused:
        templates(text)
    assert said in str(refused.value)


@pytest.mark.parametrize("name", ["Dashboard", "acme//x", "acme/", "-x", "a..b", "x" * 256, "a b"])
def test_an_image_repository_is_written_as_registries_know_it(name):
    with pytest.raises(ValueError, match="no image repository"):
        repository(name)


def test_an_image_repository_may_have_parts():
    assert repository(" acme/tyk-analytics__ee ") == "acme/tyk-analytics__ee"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("dashboard:v1", Reference("", "dashboard", "v1", "")),
        ("acme/dashboard:v1", Reference("", "acme/dashboard", "v1", "")),
        ("localhost:5000/acme/dashboard:v1", Reference("localhost:5000", "acme/dashboard", "v1", "")),
        ("ghcr.io/acme/dashboard@sha256:" + "0" * 64, Reference("ghcr.io", "acme/dashboard", "", "sha256:" + "0" * 64)),
        (":v1", Reference("", "", "v1", "")),
    ],
)
def test_an_image_is_read_by_tag_or_digest(text, read):
    assert Reference.parse(text) == read


@pytest.mark.parametrize("text", ["dashboard", "dashboard:", "dashboard@sha256:0", "dash board:v1"])
def test_what_names_no_image_is_refused(text):
    with pytest.raises(ValueError, match="is no image"):
        Reference.parse(text)
