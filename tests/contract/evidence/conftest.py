"""A laptop that asks about evidence, and the directory in which it is kept."""

import io

import pytest

from crossproof import cli
from crossproof.files.object_store import FileStore


@pytest.fixture
def laptop(tmp_path):
    """Ask one question; give exit code and what was said."""

    def ask(*words: str, env: dict[str, str] | None = None) -> tuple[int, str]:
        screen = io.StringIO()
        code = cli.main(["evidence", *words], {"GITHUB_WORKSPACE": str(tmp_path), **(env or {})}, screen)
        return code, screen.getvalue()

    return ask


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "evidence" / "crossproof")
