"""Reads over a real connection: what is repeated, what is counted, and what is never taken for an answer."""

import pytest

from crossproof.errors import NoAccess, RateLimited, Unreachable
from crossproof.probe import Absent, Present, Unknown
from crossproof.units import RepoRef
from crossproof_sandbox import Sandbox, faults

APP = "/repos/acme/app"
RUNS = f"{APP}/actions/runs"


def test_two_bad_gateways_then_the_answer(github, api):
    github.faults.on("GET", APP, faults.status(502), times=2)
    assert api.get(APP).member("full_name", str) == "acme/app"
    assert github.log.lines == [f"GET {APP} 502", f"GET {APP} 502", f"GET {APP} 200"]


def test_a_reset_read_is_repeated(github, api):
    github.faults.on("GET", APP, faults.reset, times=2)
    assert api.get(APP).ok
    assert len(github.log) == 3


@pytest.mark.parametrize("spoil", [faults.cut, faults.broken_json], ids=lambda spoil: spoil.__name__)
def test_a_truncated_answer_is_repeated_then_unreachable_and_never_something_empty(github, connect, spoil):
    github.faults.on("GET", APP, after_accept=spoil, times=1)
    api = connect()
    assert api.get(APP).record()["full_name"] == "acme/app"
    assert api.get(APP).record()["full_name"] == "acme/app"
    github.faults.on("GET", APP, after_accept=spoil)
    with pytest.raises(Unreachable):
        connect().get(APP, patience=5)
    assert isinstance(connect().probe(APP, patience=0), Unknown)


def test_a_secondary_limit_is_waited_out_on_the_clock_and_aloud(github, api, ears):
    github.faults.on("GET", APP, faults.secondary_limit(retry_after=1), times=1)
    began = github.clock.monotonic()
    assert api.get(APP).ok
    assert github.clock.monotonic() - began == 1
    assert ears.announced == ["GitHub asks to slow down: waiting 1s, until 2026-11-02 09:00:01 UTC"]


def test_a_used_up_hour_fails_fast_and_names_its_end(github, connect):
    token = github.token()
    github.limits.hourly[github.accounts.tokens[token].label] = 1
    api = connect(token)
    api.get(APP)
    github.clock.advance(600)
    with pytest.raises(RateLimited, match="no room until 2026-11-02 10:00:00 UTC"):
        api.get(RUNS)
    assert github.clock.monotonic() == 600
    assert len(github.log) == 2


def test_a_used_up_hour_can_be_waited_out(github, connect):
    token = github.token()
    github.limits.hourly[github.accounts.tokens[token].label] = 1
    api = connect(token)
    api.get(APP)
    github.clock.advance(3500)
    assert api.get(RUNS, patience=200).ok
    assert 3600 <= github.clock.monotonic() <= 3602


def test_what_did_not_change_is_free_for_the_token_that_asked_and_ours_and_githubs_counts_agree(github, connect):
    mine, yours = connect(), connect()
    for api in (mine, yours, mine, yours, mine):
        assert api.get(APP).record()["full_name"] == "acme/app"
    assert [e.status for e in github.log] == [200, 200, 304, 304, 304]
    assert "if-none-match" not in github.log[1].headers
    assert mine.counted.all + yours.counted.all == len(github.log)
    assert mine.counted.charged + yours.counted.charged == github.log.charged == 2
    assert mine.counted.budget is not None
    assert mine.counted.budget.remaining == mine.counted.budget.limit - 1


def test_all_pages_of_a_long_list_and_nothing_twice(github, api):
    repo = github.repository("acme/app")
    repo.workflow("track.yml", "on: workflow_dispatch\njobs: {test: {runs-on: x, steps: []}}\n")
    for number in range(205):
        repo.ran("track.yml", ago=1000 - number, took=1)
    listed = [run["id"] for run in api.pages(RUNS, "workflow_runs")]
    assert len(listed) == len(set(listed)) == 205
    assert len(github.log.of("GET", RUNS)) == 3


def test_a_page_that_is_lost_leaves_no_shorter_list(github, api):
    repo = github.repository("acme/app")
    repo.workflow("track.yml", "on: workflow_dispatch\njobs: {test: {runs-on: x, steps: []}}\n")
    for number in range(105):
        repo.ran("track.yml", ago=1000 - number, took=1)
    github.faults.on("GET", RUNS, faults.status(502), skip=1)
    with pytest.raises(Unreachable):
        list(api.pages(RUNS, "workflow_runs", patience=2))


def test_missing_in_a_visible_repository_is_absent_and_in_an_invisible_one_unknown(github, connect):
    github.repository("acme/secret", private=True)
    api = connect(github.token(repositories=["acme/app"]))
    assert isinstance(api.probe(f"{RUNS}/4711"), Absent)
    assert isinstance(api.probe("/repos/acme/secret/actions/runs/4711"), Unknown)
    assert isinstance(api.probe("/repos/acme/nothing"), Unknown)
    assert isinstance(api.probe(APP), Present)


def test_a_missing_permission_is_named_as_github_names_it(github, connect):
    github.repository("acme/secret", private=True)
    api = connect(github.token({"contents": "read"}))
    with pytest.raises(NoAccess) as refused:
        api.get("/repos/acme/secret/actions/runs")
    assert "Actions: read on acme/secret" in refused.value.fix


def test_a_token_that_ends_midway_is_told_from_an_outage(github, connect):
    api = connect(github.token(expires_in=60))
    assert api.get(APP).ok
    github.clock.advance(61)
    with pytest.raises(NoAccess, match="does not accept the token"):
        api.get(APP)


def test_an_old_enterprise_server_is_spoken_to_in_its_version(connect, ears):
    with Sandbox(flavour="ghes-3.20") as github:
        github.repository("acme/app")
        api = connect(github.token(), github.url)
        assert api.get(APP).ok
        assert api.get(RUNS).ok
    assert [e.status for e in github.log] == [400, 200, 200]
    assert ears.announced == ["this server refuses API version 2026-03-10; going on with 2022-11-28"]


def test_a_renamed_repository_is_followed_under_its_new_name(github, api, ears):
    github.rename(github.repository("acme/app"), "acme/shop")
    assert api.get(RUNS).listing("workflow_runs") == []
    assert api.now_called(RepoRef("acme", "app")) == RepoRef("acme", "shop")
    assert ears.announced == ["acme/app is now called acme/shop; write the new name where the old one is configured"]
    github.log.clear()
    assert api.get(RUNS).ok
    assert [e.path for e in github.log] == ["/repos/acme/shop/actions/runs"]


def test_a_server_an_hour_ahead_does_not_confuse_the_wait(github, connect):
    github.server.skew = 3600
    token = github.token()
    github.limits.hourly[github.accounts.tokens[token].label] = 1
    api = connect(token)
    api.get(APP)
    github.clock.advance(3590)
    assert api.get(RUNS, patience=60).ok
    assert 3600 <= github.clock.monotonic() <= 3602
