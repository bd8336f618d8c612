"""The token is safe in titles and shells, tells the work it belongs to, and is only ever matched whole."""

import re

from hypothesis import given
from hypothesis import strategies as st

from crossproof.dispatch.token import Key, tokens_in
from crossproof.units import RepoRef

KEY = Key({"repository": "acme/app", "run_id": "7", "sha": "c" * 40})


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=4), st.binary(min_size=1, max_size=32))
def test_a_token_has_only_letters_digits_and_hyphens_and_is_found_whole_in_any_title(parts, randomness):
    key = Key(parts)
    token = key.token(randomness)
    assert re.fullmatch(r"dw-[a-z2-7]{16}-[a-z2-7]{13}", token)
    assert token.startswith(key.prefix)
    assert tokens_in(f"Track [{token}]", f"{token}, and {token}") == {token}
    assert not tokens_in(f"x{token}", f"{token}y", f"-{token}", f"{token}-")


def test_the_same_work_has_the_same_mark_and_every_start_of_it_a_token_of_its_own():
    assert KEY.mark == Key(dict(reversed(KEY.parts.items()))).mark
    assert KEY.token(b"a") != KEY.token(b"b")
    assert KEY.prefix != Key({**KEY.parts, "run_id": "8"}).prefix


def test_a_key_survives_its_journey_and_anything_else_is_no_key():
    assert Key.read(KEY.text) == KEY
    assert [Key.read(text) for text in (None, 7, "", "{", "[]", '{"a": 1}')] == [None] * 6


def test_a_key_names_a_commit_if_it_was_made_for_it():
    assert KEY.names_commit("c" * 40)
    assert not KEY.names_commit("d" * 40)
    own = Key.of_caller("d" * 40, repository=RepoRef("Acme", "Child"), starts="event:track")
    assert own.names_commit("d" * 40)
    assert own.parts["repository"] == "acme/child"
