"""Writes over a real connection: each is sent once, and a lost one says whether it can have been carried out."""

import contextlib
import signal
import socket
import threading
import time

import pytest

from crossproof.errors import Cancelled
from crossproof.github.answer import MaybeSent, NotSent
from crossproof_sandbox import faults

DISPATCHES = "/repos/acme/app/dispatches"
EVENT = {"event_type": "run"}


def posts(github):
    return [e.status for e in github.log if e.method == "POST"]


def test_a_post_answered_502_though_accepted_is_sent_once(github, api):
    github.faults.on("POST", DISPATCHES, after_accept=faults.status(502))
    assert api.send("POST", DISPATCHES, EVENT).status == 502
    assert posts(github) == [502]


def test_a_connection_reset_after_acceptance_may_have_been_carried_out_and_is_sent_once(github, api):
    github.faults.on("POST", DISPATCHES, after_accept=faults.reset)
    with pytest.raises(MaybeSent):
        api.send("POST", DISPATCHES, EVENT)
    assert posts(github) == [0]


def test_a_connection_reset_between_two_reads_does_not_reach_a_write(github, api):
    api.get("/repos/acme/app")
    github.faults.on("GET", "/repos/acme/app", faults.reset, times=1)
    api.get("/repos/acme/app")
    assert api.send("POST", DISPATCHES, EVENT).status == 204
    assert posts(github) == [204]


def test_an_answer_that_breaks_off_leaves_its_status_standing(github, api):
    github.repository("acme/app").workflow("t.yml", "on: workflow_dispatch\njobs: {test: {runs-on: x, steps: []}}\n")
    path = "/repos/acme/app/actions/workflows/t.yml/dispatches"
    github.faults.on("POST", path, after_accept=faults.cut)
    answer = api.send("POST", path, {"ref": "main"})
    assert answer.status == 200
    assert answer.broken
    assert posts(github) == [200]


def test_where_nobody_listens_nothing_was_sent(connect):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NotSent, match="refused"):
        connect(url=f"http://127.0.0.1:{port}").send("POST", DISPATCHES, EVENT)


def test_a_failed_handshake_sent_nothing(github, connect):
    with pytest.raises(NotSent, match="SSL"):
        connect(url=github.url.replace("http:", "https:")).send("POST", DISPATCHES, EVENT)
    assert len(github.log) == 0


def test_a_silence_may_have_been_carried_out(connect):
    with socket.create_server(("127.0.0.1", 0)) as server:
        api = connect(url=f"http://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(MaybeSent, match="Read timed out"):
            api.send("POST", DISPATCHES, EVENT, timeout=0.2)


def test_a_server_that_hangs_up_on_the_request_may_have_carried_it_out_and_sees_it_once(connect):
    seen = []

    def hang_up(server):
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            seen.append(caller.recv(65536))
            caller.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=hang_up, args=[server], daemon=True)
        thread.start()
        with pytest.raises(MaybeSent):
            connect(url=f"http://127.0.0.1:{server.getsockname()[1]}").send("POST", DISPATCHES, EVENT)
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    assert len(seen) == 1


def test_a_write_to_a_renamed_repository_is_not_sent_on(github, api):
    github.rename(github.repository("acme/app"), "acme/shop")
    answer = api.send("POST", DISPATCHES, EVENT)
    assert answer.status in {301, 307}
    assert len(posts(github)) == 1


def test_a_signal_gets_out_of_a_read_and_a_write_still_arrives(github, api):
    def cancel(number, frame):
        raise Cancelled(number)

    github.faults.on("GET", "/repos/acme/app", after_accept=faults.slow(20), times=1)
    before = signal.signal(signal.SIGALRM, cancel)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        began = time.monotonic()
        with pytest.raises(Cancelled):
            api.get("/repos/acme/app")
        assert api.send("POST", DISPATCHES, EVENT, timeout=3).status == 204
        assert time.monotonic() - began < 10
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_write_rides_on_no_connection_that_may_be_dying(connect):
    """The server answers once on each connection and resets what comes second, as one that is about to idle out does."""
    seen = []

    def answer_once(server):
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            with caller:
                seen.append(caller.recv(65536).split(b" ")[0])
                caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
                caller.settimeout(0.3)
                with contextlib.suppress(TimeoutError):
                    seen.append(caller.recv(65536).split(b" ")[0] + b" on a used connection")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer_once, args=[server], daemon=True)
        thread.start()
        api = connect(url=f"http://127.0.0.1:{server.getsockname()[1]}")
        assert api.get("/repos/acme/app").ok
        assert api.send("POST", DISPATCHES, EVENT).ok
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    assert seen[:2] == [b"GET", b"POST"]
