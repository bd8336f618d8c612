"""What an answer to the one POST means: it is sent again only where it provably started nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossproof.dispatch.sending import (
    Accepted,
    Later,
    OlderForm,
    Refused,
    Reply,
    Silence,
    Unclear,
    body_of_workflow,
    moved,
    read_reply,
)
from crossproof.errors import Unreachable
from crossproof.units import RunId

ERROR = Unreachable("refused")


def read(status=204, text="", *, details=True, **more):
    return read_reply(Reply(status=status, text=text, shown="seen", error=ERROR, **more), asks_for_details=details)


def test_204_without_a_body_and_200_with_the_id_are_both_accepted():
    assert read(204) == Accepted(None, None)
    assert read(200, '{"workflow_run_id": 42, "html_url": "u"}') == Accepted(RunId(42), None, "u")


def test_200_without_a_usable_id_is_accepted_and_the_run_is_searched_for():
    assert read(200, "{}") == Accepted(None, None)
    assert read(200, '{"workflow_run_id": true}') == Accepted(None, None)
    assert read(200, '{"workflow_run_id": "42"}') == Accepted(None, None)
    assert read(200, "") == Accepted(None, None)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599, 408, 100])
def test_trouble_of_the_server_leaves_it_unclear(status):
    assert isinstance(read(status, "<html>"), Unclear)


def test_a_body_that_breaks_off_or_is_no_json_leaves_it_unclear():
    assert isinstance(read(200, '{"workflow_run', broken=True), Unclear)
    assert isinstance(read(200, '{"workflow_run'), Unclear)
    assert isinstance(read(200, "<html>captive portal</html>"), Unclear)


def test_no_answer_is_unclear_unless_the_request_never_left():
    assert isinstance(read_reply(Silence(ERROR, left=True), asks_for_details=True), Unclear)
    assert isinstance(read_reply(Silence(ERROR, left=False), asks_for_details=True), Later)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 409])
def test_a_refusal_is_final(status):
    assert read(status, '{"message": "No ref found for: x"}') == Refused(status, ERROR)


def test_a_rate_limit_started_nothing_and_says_when_to_try_again():
    assert read(403, limited_for=61.0) == Later(61.0, ERROR)


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_does_not_know_the_newest_form_is_sent_the_older_one_once(status):
    text = '{"message": "\\"return_run_details\\" is not a permitted key."}'
    assert read(status, text) == OlderForm()
    assert read(status, text, details=False) == Refused(status, ERROR)


def test_a_renamed_repository_is_a_refusal_that_can_be_followed():
    assert [moved(Refused(status, ERROR)) for status in (301, 307, 308, 404)] == [True, True, True, False]


@given(st.integers(0, 999), st.text(max_size=50), st.booleans(), st.booleans())
def test_nothing_but_a_2xx_is_ever_taken_for_accepted(status, text, broken, details):
    answer = read(status, text, broken=broken, details=details)
    if isinstance(answer, Accepted):
        assert 200 <= status < 300
        assert not broken
    if isinstance(answer, OlderForm | Later):
        assert status in (400, 422)


def test_the_body_of_a_workflow_dispatch():
    assert body_of_workflow("main", {}, details=False) == {"ref": "main"}
    assert body_of_workflow("main", {"a": "1"}, details=True) == {
        "ref": "main",
        "inputs": {"a": "1"},
        "return_run_details": True,
    }
