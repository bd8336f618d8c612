import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.aws.conftest import CLAIMS, token_of

from crossproof.aws.id_token import RunnerIdTokens, claims_of
from crossproof.errors import NoAccess


@pytest.mark.parametrize("url", ["", "http://127.0.0.1/token?api-version=2.0"])
def test_a_job_without_the_permission_is_told_the_yaml(url, told):
    with pytest.raises(NoAccess) as refused:
        RunnerIdTokens(url, None, told.around).fetch()
    assert refused.value.fix == "Give the job:\npermissions:\n  id-token: write\n  contents: read"


def test_the_claims_are_read_without_the_key():
    assert claims_of(token_of(CLAIMS)) == CLAIMS


@given(st.text(max_size=60) | st.sampled_from(["W10", "bnVsbA", "e30=", "A", "e30.e30", "a.b.c"]))
def test_a_text_is_a_token_with_claims_or_one_kind_of_error(text):
    with contextlib.suppress(ValueError):
        assert isinstance(claims_of(f"a.{text}.b"), dict)


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c.d", "a.W10.b", "a.bnVsbA.b", "a.!.b", "a.ä.b"])
def test_what_is_no_token_is_an_error(text):
    with pytest.raises(ValueError, match=r"."):
        claims_of(text)
