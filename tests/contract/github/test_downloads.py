"""Downloads from the other host: signed links that end, ranges, and no credential of ours."""

import pytest

from crossproof.errors import Unreachable
from crossproof.github.download import LinkRefused, opened
from crossproof_sandbox import faults

LOGS = "/repos/acme/app/actions/jobs/3/logs"


@pytest.fixture
def link(github):
    address = github.blobs.link(b"0123456789" * 1000, kind="text/plain", filename="logs.txt")
    github.faults.on("GET", LOGS, faults.status(302, location=address))
    return address


def read(stream):
    return b"".join(stream)


def test_the_bytes_come_from_the_other_host_which_sees_no_credential(github, api, link):
    with api.download(LOGS, most=20_000) as stream:
        assert stream.total == 10_000
        assert read(stream) == b"0123456789" * 1000
    assert [e.caller for e in github.blobs.log] == ["anonymous"]
    assert github.blobs.url != github.url


def test_a_download_goes_on_where_it_broke_off(api, link):
    with api.download(LOGS, start=9_995, most=20_000) as stream:
        assert (stream.start, stream.total, read(stream)) == (9_995, 10_000, b"56789")


def test_a_download_that_breaks_off_is_an_error_and_not_a_shorter_file(github, api, link):
    github.blobs.faults.on("GET", "*", after_accept=faults.cut)
    with api.download(LOGS, most=20_000) as stream, pytest.raises(Unreachable, match="broken off after"):
        read(stream)


def test_a_link_that_has_ended_says_so(github, api, link):
    github.clock.advance(61)
    with pytest.raises(LinkRefused), opened(link, most=10):
        pass
