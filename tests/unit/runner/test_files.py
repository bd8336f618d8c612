"""What later steps are told is exactly what was said, or it is refused."""

import io

import pytest

from crossproof.runner.console import Console
from crossproof.runner.files import CommandFiles


def test_a_value_is_in_its_file_before_the_call_returns(tmp_path):
    file = tmp_path / "set_output"
    files = CommandFiles(
        {"GITHUB_OUTPUT": str(file)}, Console(io.StringIO(), local=False), local=False, token=lambda: "end"
    )
    files.output("reason", "line one\r\nline two")
    assert file.read_bytes() == b"reason<<end\nline one\r\nline two\nend\n"


def test_a_name_that_the_runner_would_misread_is_refused(tmp_path):
    files = CommandFiles({"GITHUB_OUTPUT": str(tmp_path / "o")}, Console(io.StringIO(), local=False), local=False)
    for name in ("", "a=b", "a<<b", "a\nb", "a\rb", "\ufeffa", "a b"):
        with pytest.raises(ValueError, match="no name"):
            files.output(name, "x")
