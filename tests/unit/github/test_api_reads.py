import pytest
from responses import matchers
from tests.unit.github.conftest import REPO, TOKEN

from crossproof.errors import NoAccess, RateLimited, Unreachable
from crossproof.github.access import TokenAccess
from crossproof.github.api import Api
from crossproof.probe import Absent, Present, Unknown
from crossproof.units import SecretStr

RUN = f"{REPO}/actions/runs/1"
PATH = "/repos/o/r/actions/runs/1"


def test_a_read_survives_two_bad_gateways_and_says_so(api, wire, clock, said):
    wire.get(RUN, status=502, body="<html>")
    wire.get(RUN, status=502, body="<html>")
    wire.get(RUN, json={"id": 1})
    assert api.get(PATH).record() == {"id": 1}
    assert api.counted.all == 3
    assert clock.slept == [0.75, 2.25]
    assert said.announced == [
        "GitHub answered 502 to GET /repos/o/r/actions/runs/1; try 2 in 1 s",
        "GitHub answered 502 to GET /repos/o/r/actions/runs/1; try 3 in 2 s",
    ]


def test_a_read_that_stays_down_ends_unreachable_within_its_patience(api, wire, clock):
    wire.get(RUN, status=503, body="")
    with pytest.raises(Unreachable, match="503"):
        api.get(PATH, patience=60)
    assert 0 < clock.monotonic() <= 60


def test_without_patience_a_read_is_made_once(api, wire, clock):
    wire.get(RUN, status=502)
    with pytest.raises(Unreachable):
        api.get(PATH, patience=0)
    assert api.counted.all == 1
    assert clock.slept == []


def test_a_truncated_body_is_read_again_then_unreachable_and_never_something_empty(api, wire):
    wire.get(RUN, body='{"id": 1, "sta')
    with pytest.raises(Unreachable, match="was no JSON"):
        api.get(PATH, patience=3)
    assert api.counted.all == 3


def test_an_outage_page_with_status_200_is_no_answer(api, wire):
    wire.get(RUN, body="<html>Unicorn!</html>", content_type="text/html")
    assert isinstance(api.probe(PATH, patience=0), Unknown)


def test_an_empty_list_is_a_list_and_an_error_is_none(api, wire):
    wire.get(f"{REPO}/actions/runs", json={"total_count": 0, "workflow_runs": []})
    assert list(api.pages("/repos/o/r/actions/runs", "workflow_runs")) == []
    wire.replace("GET", f"{REPO}/actions/runs", json={"message": "hm"})
    with pytest.raises(Unreachable, match="no list workflow_runs"):
        list(api.pages("/repos/o/r/actions/runs", "workflow_runs"))
    wire.replace("GET", f"{REPO}/actions/runs", json=[])
    with pytest.raises(Unreachable, match="no JSON object"):
        list(api.pages("/repos/o/r/actions/runs", "workflow_runs"))


def test_a_202_is_given_back_at_once_and_pygithub_neither_sleeps_nor_asks_again(api, wire, clock):
    wire.get(RUN, status=202, json={})
    assert api.get(PATH).status == 202
    assert api.counted.all == len(wire.calls) == 1
    assert clock.slept == []


def test_not_found_in_a_repository_that_can_be_seen_is_absent(api, wire):
    wire.get(RUN, status=404, json={"message": "Not Found"})
    wire.get(REPO, json={"full_name": "o/r"})
    assert api.probe(PATH) == Absent(
        "GET /repos/o/r/actions/runs/1 was answered 404 'Not Found', while o/r itself can be read"
    )


def test_not_found_in_a_repository_that_cannot_be_seen_is_unknown(api, wire):
    wire.get(RUN, status=404, json={"message": "Not Found"})
    wire.get(REPO, status=404, json={"message": "Not Found"})
    found = api.probe(PATH)
    assert isinstance(found, Unknown)
    assert isinstance(found.error, NoAccess)
    assert found.why == (
        "o/r does not exist, or this classic personal access token cannot see it. "
        "GitHub answers 404 to both, so as not to reveal private repositories."
    )


def test_not_found_while_the_repository_cannot_be_read_for_trouble_is_unknown(api, wire):
    wire.get(RUN, status=404, json={"message": "Not Found"})
    wire.get(REPO, status=500)
    assert isinstance(api.probe(PATH), Unknown)


def test_a_missing_repository_is_never_absent(api, wire):
    wire.get(REPO, status=404, json={"message": "Not Found"})
    assert isinstance(api.probe("/repos/o/r"), Unknown)


def test_what_is_there_is_present(api, wire):
    wire.get(RUN, json={"id": 1})
    found = api.probe(PATH)
    assert isinstance(found, Present)
    assert found.value.member("id", int) == 1


def test_gone_is_absent(api, wire):
    wire.get(RUN, status=410, json={"message": "Gone"})
    assert isinstance(api.probe(PATH), Absent)


def test_a_secondary_limit_is_waited_out_as_long_as_github_asks(api, wire, clock, said):
    wire.get(
        RUN, status=403, json={"message": "You have exceeded a secondary rate limit"}, headers={"Retry-After": "1"}
    )
    wire.get(RUN, json={"id": 1})
    assert api.get(PATH).ok
    assert clock.slept == [1]
    assert said.announced == ["GitHub asks to slow down: waiting 1s, until 2026-11-20 12:00:01 UTC"]


def test_a_primary_limit_with_fifty_minutes_to_go_fails_fast_and_names_the_time(api, wire, clock):
    reset = int(clock.now().timestamp()) + 3000
    wire.get(
        RUN,
        status=403,
        json={"message": "API rate limit exceeded for installation"},
        headers={"x-ratelimit-remaining": "0", "x-ratelimit-limit": "1000", "x-ratelimit-reset": str(reset)},
    )
    with pytest.raises(RateLimited) as refused:
        api.get(PATH, patience=600)
    assert clock.slept == []
    assert refused.value.what == (
        "The rate limit leaves no room until 2026-11-20 12:50:00 UTC: the hourly rate limit is used up."
    )
    assert refused.value.why == ("GitHub wants a pause of 50m1s; 10m may be waited. Its size is 1000 requests an hour.")


def test_the_reset_is_judged_by_the_servers_clock(api, wire, clock):
    reset = int(clock.now().timestamp()) - 3600 + 10  # a runner an hour ahead of GitHub
    wire.get(
        RUN,
        status=429,
        json={"message": "API rate limit exceeded"},
        headers={
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": str(reset),
            "Date": "Fri, 20 Nov 2026 11:00:00 GMT",
        },
    )
    wire.get(RUN, json={"id": 1})
    api.get(PATH)
    assert clock.slept == [11]


def test_an_unchanged_answer_is_free_and_complete(api, wire):
    wire.get(RUN, json={"id": 1}, headers={"ETag": 'W/"a"', "x-ratelimit-remaining": "9"})
    first = api.get(PATH)
    wire.replace(
        "GET", RUN, status=304, headers={"ETag": 'W/"a"'}, match=[matchers.header_matcher({"If-None-Match": 'W/"a"'})]
    )
    second = api.get(PATH)
    assert (second.status, second.record(), second.cached, first.cached) == (200, {"id": 1}, True, False)
    assert (api.counted.all, api.counted.charged) == (2, 1)


def test_other_parameters_are_another_question(api, wire):
    wire.get(RUN, json={"id": 1}, headers={"ETag": '"a"'})
    api.get(PATH, {"page": 1})
    api.get(PATH, {"page": 2})
    assert "If-None-Match" not in wire.calls[1].request.headers


def test_pages_are_followed_to_the_end(api, wire):
    link = '<https://api.github.com/repositories/7/things?page=2>; rel="next", <https://x/>; rel="last"'
    wire.get(f"{REPO}/things", json=[1, 2], headers={"Link": link})
    wire.get("https://api.github.com:443/repositories/7/things", json=[3])
    assert list(api.pages("/repos/o/r/things")) == [1, 2, 3]
    assert wire.calls[0].request.params == {"per_page": "100"}
    assert wire.calls[1].request.params == {"page": "2"}


def test_a_list_longer_than_the_bound_is_an_error_and_not_a_shorter_list(api, wire):
    wire.get(f"{REPO}/things", json=[1], headers={"Link": "<https://api.github.com/repos/o/r/things?page=2>; rel=next"})
    found = api.pages("/repos/o/r/things", most_pages=2)
    assert [next(found), next(found)] == [1, 1]
    with pytest.raises(Unreachable, match="more than 2 pages"):
        next(found)


def test_the_next_page_is_never_fetched_from_another_host(api, wire):
    wire.get(f"{REPO}/things", json=[1], headers={"Link": '<https://evil.example/repos/o/r/more>; rel="next"'})
    wire.get(f"{REPO}/more", json=[2])
    assert list(api.pages("/repos/o/r/things")) == [1, 2]


def test_a_page_that_single_sign_on_thinned_out_is_no_list(api, wire):
    wire.get(f"{REPO}/things", json=[], headers={"X-GitHub-SSO": "partial-results; organizations=1"})
    with pytest.raises(NoAccess, match="single sign-on"):
        list(api.pages("/repos/o/r/things"))


def test_every_request_is_traced_without_the_token(api, wire, said):
    wire.get(RUN, json={"id": 1}, headers={"x-github-request-id": "AB:1"})
    api.get(PATH)
    assert said.traced == ["GET /repos/o/r/actions/runs/1 → 200 in 0 ms AB:1"]
    assert wire.calls[0].request.headers["Authorization"] == f"token {TOKEN}"
    assert wire.calls[0].request.headers["Accept"] == "application/vnd.github+json"
    assert wire.calls[0].request.headers["X-GitHub-Api-Version"] == "2026-03-10"


def test_a_server_that_knows_no_such_version_is_asked_with_the_one_before_and_that_is_remembered(api, wire, said):
    refusal = {
        "message": 'The version you specified in the "X-GitHub-API-Version" request header, 2026-03-10, '
        "is not a supported version. The following versions are currently supported: 2022-11-28"
    }
    wire.get(RUN, status=400, json=refusal, match=[matchers.header_matcher({"X-GitHub-Api-Version": "2026-03-10"})])
    wire.get(RUN, json={"id": 1}, match=[matchers.header_matcher({"X-GitHub-Api-Version": "2022-11-28"})])
    assert api.get(PATH).ok
    assert api.get(PATH).ok
    assert api.version == "2022-11-28"
    assert api.counted.all == 3
    assert said.announced == ["this server refuses API version 2026-03-10; going on with 2022-11-28"]


def test_a_server_that_knows_no_versions_is_asked_without(api, wire):
    wire.get(RUN, status=400, json={"message": "X-GitHub-Api-Version: not supported"})
    wire.get(RUN, status=400, json={"message": "X-GitHub-Api-Version: not supported"})
    wire.get(RUN, json={"id": 1})
    assert api.get(PATH).ok
    assert "X-GitHub-Api-Version" not in wire.calls[2].request.headers


def test_a_bad_request_about_something_else_changes_no_version(api, wire):
    wire.get(RUN, status=400, json={"message": "Problems parsing JSON"})
    assert api.ask(PATH).status == 400
    assert api.version == "2026-03-10"


def test_a_renamed_repository_is_followed_announced_and_remembered(api, wire, said):
    wire.get(RUN, status=301, headers={"Location": "https://api.github.com:443/repositories/7/actions/runs/1"}, json={})
    wire.get("https://api.github.com:443/repositories/7", json={"full_name": "o/new"})
    wire.get("https://api.github.com:443/repos/o/new/actions/runs/1", json={"id": 1})
    wire.post("https://api.github.com:443/repos/o/new/actions/runs/1/cancel", status=202, json={})
    assert api.get(PATH).ok
    assert said.announced == ["o/r is now called o/new; write the new name where the old one is configured"]
    assert api.send("POST", f"{PATH}/cancel").status == 202


def test_a_redirect_to_another_host_is_not_followed(api, wire):
    wire.get(RUN, status=301, headers={"Location": "https://evil.example/repos/o/r2/actions/runs/1"}, json={})
    assert api.ask(PATH).status == 301
    assert len(wire.calls) == 1


def test_a_broken_answer_is_not_remembered_for_when_nothing_changed(api, wire):
    wire.get(RUN, body='{"id": 1, "sta', headers={"ETag": '"a"'})
    wire.get(RUN, json={"id": 1}, headers={"ETag": '"a"'})
    assert api.get(PATH).record() == {"id": 1}
    assert "If-None-Match" not in wire.calls[1].request.headers


def test_an_ipv6_loopback_and_a_base_path_are_written_as_they_must_be(wire, clock):
    api = Api(TokenAccess(SecretStr(TOKEN)), api_url="http://[::1]:8080/api/v3/", clock=clock)
    wire.get("http://[::1]:8080/api/v3/repos/o/r", json={"id": 1})
    assert api.get("/repos/o/r").ok
