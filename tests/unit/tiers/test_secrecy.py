"""No byte of a secret is left, in whichever form a program prints it; and every missing one is named at once."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.checkouts import FakeCheckout

from crossproof.errors import BadCall
from crossproof.tiers.environment import Places, absent, variables
from crossproof.tiers.fetching import Parameters, fetch
from crossproof.tiers.manifest import Origin, Require, SecretSource, Tier
from crossproof.tiers.secrecy import Scrubber, Stream, parts
from crossproof.units import SecretStr

PEM = "-----BEGIN KEY-----\nabcd1234\nefgh5678==\n-----END KEY-----"
JSON = json.dumps({"user": "admin-user", "password": 'p"ss\\word', "port": 5432, "nested": ["very-secret"]})


def scrubbed(secret, text):
    return Scrubber([SecretStr(secret)]).text(text)


@pytest.mark.parametrize("secret", ["s3cr3t-value", PEM, JSON, "k7!", 'quo"te\\back', "a&b<c>'d", "ümläut-geheim"])
@pytest.mark.parametrize(
    "form",
    [
        str,
        repr,
        json.dumps,
        lambda s: quote(s, safe=""),
        lambda s: "\n".join(f"line {line}" for line in s.splitlines() if len(line) >= 4) or s,
    ],
    ids=["plain", "repr", "json", "url", "lines"],
)
def test_every_form_is_taken_out(secret, form):
    left = scrubbed(secret, f"before {form(secret)} after")
    assert secret not in left
    assert not [line for line in secret.splitlines() if len(line) >= 4 and line in left]


@given(st.text(st.characters(codec="utf-8"), min_size=8, max_size=30).filter(str.strip), st.integers(0, 5))
def test_base64_does_not_carry_it_out_wherever_it_begins(secret, shift):
    encoded = base64.b64encode(b"x" * shift + secret.encode()).decode()
    left = scrubbed(secret, encoded)
    rest = left.replace("***", "")
    assert len(rest) <= (4 * shift + 2) // 3 + 8  # what stood before it, and the ends that it shares with others


def test_the_lines_of_a_value_in_a_json_secret_are_secrets_too():
    assert scrubbed(json.dumps({"pem": PEM}), "it is efgh5678== of it") == "it is *** of it"


def test_the_values_of_a_json_secret_are_secrets_but_flags_and_ports_are_not():
    assert scrubbed(JSON, "login admin-user with very-secret at 5432") == "login *** with *** at 5432"


@given(
    st.lists(st.text(st.sampled_from('ab\n{}"'), min_size=1, max_size=12).filter(str.strip), max_size=3),
    st.text(st.sampled_from('ab\n{} "'), max_size=60),
)
def test_no_whole_secret_survives_whatever_it_and_the_text_are(secrets, text):
    left = Scrubber(map(SecretStr, secrets)).text(text)
    assert not [secret for secret in secrets if "*" not in secret and secret in left]


def test_one_secret_inside_another_leaves_nothing_of_the_longer():
    assert Scrubber([SecretStr("abcd"), SecretStr("abcd-efgh")]).text("abcd-efgh abcd") == "*** ***"


@given(st.integers(0, 40))
def test_a_stream_shows_no_secret_that_comes_in_pieces(cut):
    stream = Stream(Scrubber([SecretStr("ab\ncd\nef")]))
    text = "one\nab\ncd\nef\ntwo\n" * 2
    lines = text.splitlines()
    shown = [line for each in lines[:cut] for line in stream.feed(each)] + list(stream.rest())
    assert "ab\ncd\nef" not in "\n".join(shown)
    assert "".join(shown).replace("***", "") == "".join(lines[:cut]).replace("abcdef", "")


def test_data_is_scrubbed_in_every_text():
    scrub = Scrubber([SecretStr("secret")])
    assert scrub.data({"a secret": ["secret", 1, {"b": ("secret",)}]}) == {"a ***": ["***", 1, {"b": ["***"]}]}


def test_short_lines_of_a_long_secret_do_not_blank_ordinary_text():
    assert "}" not in parts(SecretStr('{\n"a": "long-value"\n}'))


class Store:
    def __init__(self, **values):
        self.values, self.asked = values, []

    def fetch(self, names):
        self.asked.append(list(names))
        there = {name: SecretStr(self.values[name]) for name in names if name in self.values}
        return Parameters(there, [name for name in names if name not in there])


def source(name, origin, key):
    return SecretSource(name=name, origin=origin, key=key)


SOURCES = [
    source("A", Origin.SSM, "/a"),
    source("B", Origin.SECRETS_MANAGER, "b"),
    source("C", Origin.ENV, "C_OF_JOB"),
    source("D", Origin.FILE, "d.txt"),
]
EVERYTHING = Store(**{"/a": "1-of-a", "/aws/reference/secretsmanager/b": "2-of-b"})


def test_all_are_asked_for_in_one_call():
    found = fetch(SOURCES, EVERYTHING, {"C_OF_JOB": "3-of-c"}, FakeCheckout({"d.txt": "4-of-d\n"}))
    assert {name: value.reveal() for name, value in found.values.items()} == {
        "A": "1-of-a",
        "B": "2-of-b",
        "C": "3-of-c",
        "D": "4-of-d",
    }
    assert EVERYTHING.asked[-1] == ["/a", "/aws/reference/secretsmanager/b"]


def test_all_that_is_missing_or_empty_is_named_in_one_answer():
    with pytest.raises(BadCall) as refused:
        fetch(SOURCES, Store(**{"/a": ""}), {"C_OF_JOB": ""}, FakeCheckout())
    assert [(f.where, f.what) for f in refused.value.faults] == [
        ("secrets.A", "it is there, and empty"),
        ("secrets.B", "the parameter '/aws/reference/secretsmanager/b' does not exist"),
        ("secrets.C", "the variable C_OF_JOB is not set for this step"),
        ("secrets.D", "there is no file 'd.txt'"),
    ]


def test_short_secrets_and_plain_parameters_are_remarked_upon():
    class Plain(Store):
        def fetch(self, names):
            return Parameters({name: SecretStr("k7!") for name in names}, (), names)

    remarks = fetch(SOURCES[:1], Plain(), {}, FakeCheckout()).remarks
    assert "shorter than 4" in remarks[0]
    assert "SecureString" in remarks[1]


PLACES = Places(workspace="/w", home="/w/home", results="/r", plugin="/p", state="/s")
AROUND = {
    "GITHUB_SHA": "s", "GITHUB_TOKEN": "t", "GITHUB_OUTPUT": "/o", "ACTIONS_RUNTIME_TOKEN": "t", "INPUT_TOKEN": "t",
    "STATE_x": "y", "AWS_SECRET_ACCESS_KEY": "t", "LD_LIBRARY_PATH": "/x", "pythonLocation": "/x", "SOME_SECRET": "t",
    "GITHUB_WORKSPACE": "/github/workspace", "PYTHONPATH": "/of/the/action",
}  # fmt: skip
TIER = Tier(
    name="unit",
    command="x",
    runtime=None,
    secrets=["KEY"],
    env={"PORT": "1"},
    require=Require(env=["KEY", "PORT", "GONE"]),
)


def given_to(tier=TIER, of_image=None):
    return variables(tier, AROUND, PLACES, {"KEY": SecretStr("k"), "OTHER": SecretStr("o")}, {}, of_image or {})


def test_tests_get_their_own_variables_and_secrets_and_nothing_of_the_job():
    found = given_to()
    assert found.plain == {
        "CI": "true", "GITHUB_SHA": "s", "GITHUB_WORKSPACE": "/w", "HOME": "/w/home", "LANG": "C.UTF-8", "PORT": "1",
        "PYTEST_ADDOPTS": "-p tier_reporter", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": "/p", "TIER": "unit",
        "TIER_RESULTS": "/r", "TIER_STATE": "/s",
    }  # fmt: skip
    assert found.revealed()["KEY"] == "k"
    assert "OTHER" not in found.revealed()
    assert absent(TIER, found) == ["GONE"]


def test_what_the_image_sets_is_added_to_and_not_lost():
    found = given_to(of_image={"PYTHONPATH": "/app", "PYTEST_ADDOPTS": "-q"}).plain
    assert (found["PYTHONPATH"], found["PYTEST_ADDOPTS"]) == ("/p:/app", "-p tier_reporter -q")


def test_aws_credentials_are_passed_on_only_where_the_manifest_says_so():
    assert "AWS_SECRET_ACCESS_KEY" in given_to(Tier(name="u", command="x", runtime=None, pass_aws=True)).plain
