"""The command as people call it: in a pipe that closes, at a terminal of yesteryear, with bytes that are no text."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SHARED = str(Path(__file__).parents[2] / "shared")


@pytest.fixture
def crossproof(tmp_path):
    def call(*arguments, stdout=subprocess.PIPE, **env):
        base = {"PATH": os.environ["PATH"], "PYTHONPATH": SHARED, "GITHUB_WORKSPACE": str(tmp_path)}
        command = [sys.executable, "-m", "crossproof", *arguments]
        return subprocess.run(
            command, env={**base, **env}, stdout=stdout, stderr=subprocess.PIPE, timeout=60, check=False, cwd=tmp_path
        )

    return call


def test_a_terminal_that_knows_only_ascii_gets_help(crossproof):
    done = crossproof("--help", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"doctor" in done.stdout


@pytest.mark.parametrize("arguments", [[b"\xff"], ["doctor", b"--repository=\xff"]])
def test_bytes_that_are_no_text_are_refused_without_a_traceback(crossproof, arguments):
    done = crossproof(*arguments)
    assert (done.returncode, done.stderr) == (2, b"")
    assert b"Error: " in done.stdout


@pytest.mark.parametrize("options", [["-u"], []])
def test_a_pipe_that_nobody_reads_changes_neither_the_ending_nor_the_files(tmp_path, options):
    reader, writer = os.pipe()
    os.close(reader)
    output = tmp_path / "output"
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": SHARED,
        "GITHUB_WORKSPACE": str(tmp_path),
        "GITHUB_OUTPUT": str(output),
    }
    command = [sys.executable, *options, "-m", "crossproof", "doctor", "--repository", "no-slash"]
    done = subprocess.run(
        command, env=env, stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False, cwd=tmp_path
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (2, b"")
    assert "bad-input" in output.read_text("utf-8")


def test_an_event_file_that_is_no_text_harms_nobody_who_does_not_need_it(crossproof, tmp_path):
    event = tmp_path / "event.json"
    event.write_bytes(b"\xff\xfe")
    done = crossproof(
        "doctor",
        "--repository=x",
        GITHUB_EVENT_PATH=str(event),
        GITHUB_ACTIONS="true",
        GITHUB_OUTPUT=str(tmp_path / "o"),
    )
    assert (done.returncode, done.stderr) == (2, b"")
