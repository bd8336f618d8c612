"""Unit tests decide about decisions: nothing outside the process exists for them."""

import os
import subprocess
import time
from typing import NoReturn

import pytest
import pytest_socket


@pytest.fixture(autouse=True)
def the_world_is_off(only_this_machine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Close sockets, processes and sleep; what a test needs of them it gives as a fake of our own port."""
    pytest_socket.disable_socket()
    monkeypatch.setattr(subprocess.Popen, "__init__", _closed("a process"))
    monkeypatch.setattr(os, "system", _closed("a process"))
    monkeypatch.setattr(time, "sleep", _closed("sleeping"))


def _closed(what: str):
    def refuse(*args: object, **kwargs: object) -> NoReturn:
        pytest.fail(f"A unit test reached for {what}: give the code a fake of its port instead.")

    return refuse
