import os
import socket
import subprocess
import sys
import time

import pytest
import pytest_socket


def test_a_unit_test_cannot_open_a_socket():
    with pytest.raises(pytest_socket.SocketBlockedError):
        socket.socket()


def test_a_unit_test_cannot_start_a_process():
    with pytest.raises(pytest.fail.Exception, match="reached for a process"):
        subprocess.run([sys.executable, "-c", ""], check=False)
    with pytest.raises(pytest.fail.Exception, match="reached for a process"):
        os.system("true")  # noqa: S605


def test_a_unit_test_cannot_sleep():
    with pytest.raises(pytest.fail.Exception, match="reached for sleeping"):
        time.sleep(0)
