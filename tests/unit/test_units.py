"""Each unit reads one spelling strictly, and says what it would have accepted."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from tests.hostile import any_text

from crossproof.units import Duration, RepoRef, SecretStr, Sha, clip, flag, text, words


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("15m", 900),
        ("1h30m", 5400),
        ("2h", 7200),
        ("1h1s", 3601),
        (" 5m\n", 300),
        ("0", 0),
        ("90m", 5400),
    ],
)
def test_a_duration_is_read_as_people_write_it(written, seconds):
    assert Duration.parse(written) == Duration(seconds)
    assert Duration.parse(written).delta == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written",
    ["", " ", "15:00", "1h30", "m", "1.5h", "-5", "5 m", "5M", "1m1h", "1d", "٣", "²", "1e3", "9" * 30, "PT5M"],
)
def test_what_could_mean_two_durations_or_none_is_refused(written):
    with pytest.raises(ValueError, match="is no duration; write 90, 90s, 15m or 1h30m"):
        Duration.parse(written)


@given(st.integers(0, 10**7))
def test_a_duration_is_written_as_it_is_read(seconds):
    assert Duration.parse(str(Duration(seconds))) == Duration(seconds)


def test_durations_have_an_order():
    assert Duration.parse("90") > Duration.parse("1m")


@pytest.mark.parametrize(
    ("written", "value"),
    [("true", True), ("True", True), ("TRUE", True), (" false\n", False), ("False", False), ("FALSE", False)],
)
def test_a_flag_is_read_as_yaml_1_2_spells_it(written, value):
    assert flag(written) is value


@pytest.mark.parametrize("written", ["", "yes", "no", "on", "off", "1", "0", "tRUE", "tru\u0435", "true false"])
def test_a_flag_of_another_yaml_is_refused(written):
    with pytest.raises(ValueError, match="is neither true nor false"):
        flag(written)


@pytest.mark.parametrize("written", ["octo-org/octo-repo", "a/b", "user_short/x.y_z-1", " a/.github \n", "0/1"])
def test_a_repository_is_read_by_its_full_name(written):
    assert str(RepoRef.parse(written)) == written.strip()


@pytest.mark.parametrize(
    "written",
    [
        "",
        "repo",
        "/repo",
        "owner/",
        "a/b/c",
        "https://github.com/a/b",
        "-a/b",
        "a/..",
        "a/.",
        "a/b c",
        "a/b\nc",
        "a /b",
        "ä/b",
        "a/b?x",
        "a/" + "b" * 101,
        "a" * 101 + "/b",
    ],
)
def test_what_is_no_full_name_is_refused_with_the_form_that_is_meant(written):
    with pytest.raises(ValueError, match="is no repository; write owner/name"):
        RepoRef.parse(written)


def test_a_commit_is_forty_digits():
    sha = Sha.parse(" " + "ABCDEF0123" * 4 + "\n")
    assert str(sha) == "abcdef0123" * 4
    assert sha.short == "abcdef0"


@pytest.mark.parametrize("written", ["", "abc1234", "0" * 40, "g" * 40, "a" * 39, "a" * 41, "a" * 64, "\u0661" * 40])
def test_a_short_an_empty_or_a_foreign_id_names_no_commit(written):
    with pytest.raises(ValueError, match="is no full commit SHA"):
        Sha.parse(written)


def refusal_of(read, written):
    try:
        read(written)
    except ValueError as refusal:
        return str(refusal)
    return ""


@given(any_text)
def test_no_unit_does_anything_but_read_or_refuse_in_one_bounded_line(written):
    for read in (Duration.parse, flag, RepoRef.parse, Sha.parse):
        refusal = refusal_of(read, written)
        assert len(refusal) < 500
        assert "\n" not in refusal


def test_a_secret_is_shown_nowhere():
    secret = SecretStr("swordfish")
    assert f"{secret} {secret!r} {[secret]}" == "*** *** [***]"
    assert secret.reveal() == "swordfish"
    assert not hasattr(secret, "__dict__")


def test_a_secret_equals_only_a_secret_of_the_same_value():
    assert SecretStr("a") == SecretStr("a")
    assert SecretStr("a") != SecretStr("b")
    assert SecretStr("a") != "a"
    assert len({SecretStr("a"), SecretStr("a"), SecretStr("b")}) == 2


def test_a_list_is_separated_by_commas_or_lines():
    assert words(" a, b\nc,,\n d e ,") == ("a", "b", "c", "d e")
    assert words(" \n,") == ()
    assert text("  a b\n") == "a b"


def test_a_foreign_text_is_quoted_on_one_bounded_line():
    assert clip("it's\n\x1b[31m") == snapshot('"it\'s\\n\\x1b[31m"')
    assert clip("x" * 100, 10) == snapshot("'xxxxxxxxx…'")
    assert clip("x" * 10, 10) == snapshot("'xxxxxxxxxx'")
