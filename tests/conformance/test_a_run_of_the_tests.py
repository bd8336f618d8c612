"""The tests' own rules, on a throw-away run: what is skipped shows, and in CI it is a failure."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SKIPPING = """
import pytest
pytestmark = pytest.mark.filterwarnings("default")

@pytest.fixture
def engine():
    pytest.skip("no Docker engine answers")

def test_that_needs_an_engine(engine): ...
def test_that_runs(): ...
"""
AT_IMPORT = 'import pytest\npytest.skip("no node", allow_module_level=True)\n'
REMOTE = """
import socket, pytest

def test_elsewhere():
    socket.create_connection(("192.0.2.1", 80), timeout=1)
"""


@pytest.fixture
def run(tmp_path):
    """Run pytest on one file under our conftest, with xdist as `make test` does."""
    (tmp_path / "tests/e2e").mkdir(parents=True)
    shutil.copy(TESTS / "conftest.py", tmp_path / "tests")

    def run(source: str, *, ci: str) -> tuple[int, str]:
        (tmp_path / "tests/e2e/test_it.py").write_text(source)
        said = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", "1", "-p", "no:cacheprovider", "-p", "no:inline_snapshot"],
            cwd=tmp_path,
            env={"CI": ci, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        return said.returncode, said.stdout

    return run


def test_on_a_laptop_a_skip_is_counted_and_explained_in_the_closing_line(run):
    code, said = run(SKIPPING, ci="")
    assert code == 0, said
    assert "Ran: unit 0 · contract 0 · e2e 1 · conformance 0." in said
    assert "Could not run here: 1 of them, no Docker engine answers.\n" in said


@pytest.mark.parametrize(("source", "why"), [(SKIPPING, "no Docker engine answers"), (AT_IMPORT, "no node")])
def test_in_ci_a_skip_is_a_failure(run, source, why):
    code, said = run(source, ci="true")
    assert code != 0
    assert f"CI=true, and this was not run: {why}" in said


def test_no_test_can_speak_to_another_machine(run):
    code, said = run(REMOTE, ci="")
    assert code == 1
    assert "SocketConnectBlockedError" in said


def test_ci_runs_the_very_command_that_the_readme_names():
    root = TESTS.parent
    assert "\nmake test " in (root / "README.md").read_text()
    assert "env CI=true make test\n" in (root / ".ci/run").read_text()
    assert "run: .ci/run\n" in (root / ".github/workflows/ci.yml").read_text()
