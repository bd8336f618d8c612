import json

import pytest
import requests
from tests.unit.github.conftest import REPO
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from crossproof.errors import NoAccess, RateLimited, Unreachable
from crossproof.github.answer import MaybeSent, NotSent
from crossproof.verdict import BAD_INPUT

DISPATCHES = f"{REPO}/dispatches"
PATH = "/repos/o/r/dispatches"
POOL = HTTPSConnectionPool("api.github.com")


def test_a_post_answered_502_is_sent_once_and_its_answer_given_back(api, wire, clock):
    wire.post(DISPATCHES, status=502)
    assert api.send("POST", PATH, {"event_type": "x"}).status == 502
    assert len(wire.calls) == 1
    assert clock.slept == []
    assert json.loads(wire.calls[0].request.body) == {"event_type": "x"}


def test_a_post_whose_connection_breaks_is_sent_once_and_may_have_been_carried_out(api, wire):
    reset = ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))
    wire.post(DISPATCHES, body=requests.ConnectionError(reset))
    with pytest.raises(MaybeSent) as lost:
        api.send("POST", PATH)
    assert len(wire.calls) == 1
    assert lost.value.what == (
        "POST /repos/o/r/dispatches got no answer: ProtocolError ([Errno 104] Connection reset by peer)."
    )


def test_a_post_that_found_nobody_listening_was_never_sent(api, wire):
    refused = NewConnectionError(HTTPSConnection("api.github.com"), "[Errno 111] Connection refused")
    wire.post(DISPATCHES, body=requests.ConnectionError(MaxRetryError(POOL, "/", refused)))
    with pytest.raises(NotSent, match=r"could not be sent: .*refused"):
        api.send("POST", PATH)
    assert len(wire.calls) == 1


def test_a_post_that_is_redirected_is_given_back_and_never_sent_on(api, wire):
    for status in (301, 302, 307, 308):
        wire.post(DISPATCHES, status=status, headers={"Location": f"{REPO}2/dispatches"}, json={"message": "Moved"})
        answer = api.send("POST", PATH)
        assert answer.status == status
        refused = api.refused(answer)
        assert refused.what == "o/r has moved; a write is never sent on to another place by itself."
        assert refused.reason is BAD_INPUT
        wire.remove("POST", DISPATCHES)
    assert len(wire.calls) == 4


def test_a_body_that_breaks_off_after_a_good_status_leaves_the_status_standing(api, wire):
    wire.post(DISPATCHES, status=200, body='{"workflow_run_id": 4')
    answer = api.send("POST", PATH)
    assert answer.ok
    with pytest.raises(Unreachable, match="no JSON"):
        answer.record()


def test_a_version_refused_before_anything_was_done_is_settled_and_the_write_arrives_once(api, wire):
    wire.post(DISPATCHES, status=400, json={"message": 'the "X-GitHub-API-Version" … is not a supported version'})
    wire.post(DISPATCHES, status=204)
    assert api.send("POST", PATH).status == 204
    assert [call.request.headers["X-GitHub-Api-Version"] for call in wire.calls] == ["2026-03-10", "2022-11-28"]


def test_a_write_that_a_limit_refused_is_given_back_and_can_be_waited_out_aloud(api, wire, clock, said):
    wire.post(DISPATCHES, status=429, json={"message": "secondary rate limit"}, headers={"Retry-After": "7"})
    answer = api.send("POST", PATH)
    with pytest.raises(RateLimited):
        api.wait_out(answer, 6)
    assert clock.slept == []
    api.wait_out(answer, 7)
    assert clock.slept == [7]
    assert said.announced == ["GitHub asks to slow down: waiting 7s, until 2026-11-20 12:00:07 UTC"]
    assert isinstance(api.refused(answer), RateLimited)


def test_waiting_out_what_is_no_limit_is_no_wait(api, wire, clock):
    wire.post(DISPATCHES, status=403, json={"message": "Resource not accessible by integration"})
    answer = api.send("POST", PATH)
    api.wait_out(answer, 600)
    assert clock.slept == []
    assert isinstance(api.refused(answer), NoAccess)


def test_what_is_harmless_to_write_twice_is_repeated_like_a_read(api, wire, clock):
    statuses = f"{REPO}/statuses/{'a' * 40}"
    wire.post(statuses, status=502)
    wire.post(statuses, status=201, json={"id": 1})
    assert api.insist("POST", f"/repos/o/r/statuses/{'a' * 40}", {"state": "success"}).ok
    assert clock.slept == [0.75]


def test_what_a_write_answered_is_not_what_a_read_of_the_same_path_would(api, wire):
    comments = f"{REPO}/issues/1/comments"
    wire.post(comments, status=201, json={"id": 1}, headers={"ETag": '"a"'})
    wire.get(comments, json=[{"id": 1}], headers={"ETag": '"a"'})
    api.send("POST", "/repos/o/r/issues/1/comments", {"body": "hello"})
    assert api.get("/repos/o/r/issues/1/comments").listing() == [{"id": 1}]
    assert "If-None-Match" not in wire.calls[1].request.headers
