"""A profile lies in a repository: it keeps what tells values apart, and nobody's data."""

import pytest
from tests.walks import learned, run

from crossproof.tracking.baseline.learning import learn
from crossproof.tracking.baseline.profile import About
from crossproof.tracking.baseline.values import read, shown, type_of
from crossproof.tracking.baseline.written import written


@pytest.mark.parametrize(
    ("value", "looks", "kept"),
    [
        ("home", "a", "home"),
        ("stage : home", "a : a", "stage : home"),
        ("9.4.1", "9.9.9", "9.4.1"),
        ("dark_mode_on", "a_a_a", "dark_mode_on"),
        ("mediaTimeChanged", "a", "mediaTimeChanged"),
        (True, "boolean", "(true)"),
        (12, "number", "(12)"),
        (1.25, "number", "(1.25)"),
    ],
)
def test_short_words_of_the_app_are_kept_as_they_are(value, looks, kept):
    assert read(value) == (looks, kept)


@pytest.mark.parametrize(
    ("value", "looks"),
    [
        ("F63B24A2-6B29-4AE1-8DD9-DDA8B8F75A91", "uuid"),
        ("E4omaNFMoJCkYzeQ94SG", "id"),
        ("stage : E4omaNFMoJCkYzeQ94SG", "a : x"),
        ("AbCdEfGhIjKlMnOp", "id"),
        (1770370997.319299, "time"),
        ("2026-06-02T10:00:00Z", "time"),
        ("02.06.1990", "time"),
        ("192.168.1.20", "ip"),
        ("https://example.org/a?b=1", "url"),
        ("max.mustermann@example.org", "e-mail"),
        ("Max Mustermann", "a a"),
        ("So wird das Wetter am Montag", "text"),
        ("+49 170 1234567", "+9 9 9"),
        ("4711471147", "9"),
        (52.520008, "number"),
        (10**4000, "number"),
        ([1, "a"], "array"),
        ({"a": 1}, "object"),
        ("ä" * 200, "a"),
        ("ä" * 201, "text"),
    ],
)
def test_everything_else_is_kept_by_its_shape_and_four_digits_of_a_hash(value, looks):
    shape, key = read(value)
    assert shape == looks
    assert key[:-4] == f"{looks}#"
    assert set(key[-4:]) <= set("0123456789abcdef")


def test_values_that_differ_are_told_apart_and_true_is_not_one():
    values = ["home", "Home", True, "true", 1, "1", 1.0, ["home"], {"home": 1}, "a b c d", "a b c e"]
    assert len({read(value)[1] for value in values}) == len(values)


def test_what_programs_write_where_they_have_no_value_is_a_type_of_its_own():
    assert [type_of(value) for value in ("undefined", "[object Object]", "", None, "home", 1, True, [], {})] == [
        *("stand-in", "stand-in", "empty", "null", "string", "number", "boolean", "array", "object")
    ]


def test_a_reader_is_told_a_word_and_of_a_hash_only_the_shape():
    assert [shown(key) for key in ("home", "(true)", "uuid#12ab")] == ["home", "true", "a certain uuid"]


def test_nothing_personal_is_in_the_file():
    secrets = ["Max Mustermann", "max@example.org", "+49 170 1234567", "10115 Berlin, Hauptstr. 5", "pin 4711", "Zoe"]
    sent = {
        "author": secrets[0],
        "contact": secrets[1],
        "called": secrets[2],
        "note": secrets[3],
        "planned_as_sensitive": secrets[4],
        "first_name": secrets[5],
        "hidden_in_a_list": secrets,
    }
    profile = learn(run(("home", sent)), About(), "0", hidden=frozenset({"planned_as_sensitive"}))
    text = written(profile)
    assert not [secret for secret in secrets if secret in text]
    assert profile.params["first_name"].values.runs == {"(hidden)": 1}
    assert profile.params["planned_as_sensitive"].values.runs == {"(hidden)": 1}


def test_a_version_in_the_name_of_a_param_is_not_taken_for_a_person():
    profile = learned([run(("home", {"phone_model": "x", "iphone": "yes", "page_name": "home"}))])
    assert profile.params["page_name"].values.runs == {"home": 1}
    assert profile.params["iphone"].values.runs == {"yes": 1}
