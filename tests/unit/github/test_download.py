import pytest
from tests.unit.github.conftest import REPO

from crossproof.errors import NoAccess, Unreachable
from crossproof.github.download import LinkRefused, opened

LOGS = f"{REPO}/actions/jobs/3/logs"
PATH = "/repos/o/r/actions/jobs/3/logs"
SIGNED = "https://storage.example/logs?sig=made-up"


def pointing(wire, url=SIGNED):
    wire.get(LOGS, status=302, headers={"Location": url})


def whole(api, **options):
    with api.download(PATH, **({"most": 1000} | options)) as stream:
        return b"".join(stream), stream.start, stream.total


def test_logs_are_read_from_where_github_points_without_our_credential(api, wire):
    pointing(wire)
    wire.get(SIGNED, body=b"two lines\nof log\n", headers={"Content-Length": "17"})
    assert whole(api) == (b"two lines\nof log\n", 0, 17)
    assert "Authorization" in wire.calls[0].request.headers
    assert "Authorization" not in wire.calls[1].request.headers


def test_the_credential_stays_here_even_when_the_storage_leads_back_to_github(api, wire):
    pointing(wire)
    wire.get(SIGNED, status=307, headers={"Location": f"{REPO}/somewhere"})
    wire.get(f"{REPO}/somewhere", body=b"x")
    assert whole(api)[0] == b"x"
    assert "Authorization" not in wire.calls[2].request.headers


def test_a_netrc_file_lends_no_credential(api, wire, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine storage.example login u password p\n")
    monkeypatch.setenv("NETRC", str(netrc))
    pointing(wire)
    wire.get(SIGNED, body=b"x")
    whole(api)
    assert "Authorization" not in wire.calls[1].request.headers


def test_a_download_that_is_continued_says_where_it_begins(wire):
    wire.get(SIGNED, status=206, body=b"cd", headers={"Content-Range": "bytes 2-3/4"})
    with opened(SIGNED, start=2, most=10) as stream:
        assert (b"".join(stream), stream.start, stream.total) == (b"cd", 2, 4)
    assert wire.calls[0].request.headers["Range"] == "bytes=2-"


def test_a_storage_that_ignores_the_range_begins_at_the_beginning_and_says_so(wire):
    wire.get(SIGNED, body=b"abcd")
    with opened(SIGNED, start=2, most=10) as stream:
        assert (b"".join(stream), stream.start) == (b"abcd", 0)


def test_a_part_that_does_not_say_which_is_refused(wire):
    wire.get(SIGNED, status=206, body=b"cd")
    with pytest.raises(Unreachable, match="without saying which"), opened(SIGNED, start=2, most=10):
        pass


def test_more_than_the_bound_is_an_error_and_not_a_shorter_body(api, wire):
    pointing(wire)
    wire.get(SIGNED, body=b"x" * 11)
    with pytest.raises(Unreachable, match="sends more than 10 bytes"):
        whole(api, most=10)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_link_that_has_ended_can_be_told_from_an_outage_and_is_not_shown(api, wire, status):
    pointing(wire)
    wire.get(SIGNED, status=status)
    with pytest.raises(LinkRefused) as refused:
        whole(api)
    assert "sig=" not in f"{refused.value.what}{refused.value.seen}{refused.value.fix}"


@pytest.mark.parametrize("status", [204, 416, 500, 503])
def test_any_other_status_is_no_body(api, wire, status):
    pointing(wire)
    wire.get(SIGNED, status=status)
    with pytest.raises(Unreachable) as refused:
        whole(api)
    assert not isinstance(refused.value, LinkRefused)


def test_a_storage_over_plain_http_is_refused(api, wire):
    pointing(wire, "http://storage.example/logs?sig=made-up")
    with pytest.raises(Unreachable) as refused:
        whole(api)
    assert refused.value.what == "The download leads to an address without https."


def test_a_storage_that_never_stops_redirecting_is_left(api, wire):
    pointing(wire)
    wire.get(SIGNED, status=302, headers={"Location": SIGNED})
    with pytest.raises(Unreachable, match="redirected 5 times"):
        whole(api)
    assert len(wire.calls) == 6


def test_where_github_gives_no_link_its_refusal_is_what_is_raised(api, wire):
    wire.get(LOGS, status=403, json={"message": "Must have admin rights to Repository."})
    with pytest.raises(NoAccess) as refused:
        api.download(PATH, most=10)
    assert refused.value.why == "GitHub says: Must have admin rights to Repository."


def test_logs_that_are_given_without_a_link_are_not_taken_for_one(api, wire):
    wire.get(LOGS, json={})
    with pytest.raises(Unreachable, match="answered 200"):
        api.link(PATH)
