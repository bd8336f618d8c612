"""What later steps are told is exactly what was said, or it is refused; a page too long is shortened, never lost."""

import errno
import io
import os
from itertools import chain, repeat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from tests.as_the_runner.protocol import Ear, StepFails, pairs_in, paths_in, state_in, summary_in, variables_in
from tests.hostile import any_text

from crossproof.errors import CrossproofError
from crossproof.report.trouble import PAGE, as_text
from crossproof.runner.console import Console
from crossproof.runner.files import ENV_BYTES, SUMMARY_BYTES, CommandFiles
from crossproof.verdict import Exit

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,20}", fullmatch=True)
utf8_text = any_text.map(lambda text: text.encode("utf-8", "replace").decode())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("file_commands")


class Step:
    """One step's files and screen."""

    def __init__(self, folder: Path, *, local: bool = False, **options) -> None:
        kinds = {
            "OUTPUT": "set_output",
            "ENV": "set_env",
            "STATE": "save_state",
            "PATH": "add_path",
            "STEP_SUMMARY": "step_summary",
        }
        self.at = {kind: folder / name for kind, name in kinds.items()}
        for file in self.at.values():
            file.write_bytes(b"")
        self.screen = io.StringIO()
        self.console = Console(self.screen, local=local)
        env = {} if local else {f"GITHUB_{kind}": str(file) for kind, file in self.at.items()}
        self.files = CommandFiles(env, self.console, local=local, **options)

    def left(self, kind: str) -> bytes:
        return self.at[kind].read_bytes()

    def heard(self) -> Ear:
        return Ear().hear(self.screen.getvalue())


@given(st.lists(st.tuples(NAMES, utf8_text), max_size=6))
def test_the_runner_reads_back_every_output_state_and_variable_exactly(folder, said):
    step = Step(folder)
    for name, value in said:
        step.files.output(name, value)
        if "\0" not in value:
            step.files.state(name, value)
            step.files.env(f"X_{name}", value)
    assert pairs_in(step.left("OUTPUT")) == said
    assert step.files.written == dict(said)
    no_nul = {name: value for name, value in said if "\0" not in value}
    assert state_in(step.left("STATE")) == {f"STATE_{name}": value for name, value in no_nul.items()}
    assert variables_in(step.left("ENV")) == {f"X_{name}": value for name, value in no_nul.items()}


@given(any_text, utf8_text)
def test_a_name_is_read_back_as_it_is_or_refused(folder, name, value):
    step = Step(folder)
    try:
        step.files.output(name, value)
    except ValueError:
        assert step.left("OUTPUT") == b""
        return
    assert pairs_in(step.left("OUTPUT")) == [(name, value)]


@pytest.mark.parametrize("name", ["", "a=b", "a<<b", "a\nb", "a\rb", "\ufeffa", "a b", "1a", "é", "a\n"])
def test_a_name_that_the_runner_or_an_expression_would_misread_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="is no name that the runner can read"):
        Step(tmp_path).files.output(name, "x")


@given(utf8_text, utf8_text)
def test_a_value_that_holds_the_delimiter_gets_another_one(folder, before, after):
    tokens = chain(["EOF", "EOF2"], repeat("crossproof_3"))
    step = Step(folder, token=lambda: next(tokens))
    value = f"{before}\nEOF\nname=forged\nEOF2\n{after}"
    step.files.output("log", value)
    assert pairs_in(step.left("OUTPUT")) == [("log", value)]


def test_no_two_values_share_a_delimiter(tmp_path):
    step = Step(tmp_path)
    step.files.output("a", "1")
    step.files.output("b", "2")
    first, second = (line.partition("<<")[2] for line in step.left("OUTPUT").decode().splitlines() if "<<" in line)
    assert first != second
    assert len(first) == len("crossproof_") + 32


def test_bytes_that_are_no_text_are_refused_and_leave_the_file_as_it_was(tmp_path):
    step = Step(tmp_path)
    step.files.output("verdict", "passed")
    with pytest.raises(CrossproofError) as caught:
        step.files.output("branch", "b\udcffse")
    assert pairs_in(step.left("OUTPUT")) == [("verdict", "passed")]
    assert as_text(caught.value).replace(PAGE, "PAGE") == snapshot("""\
Error: The value of `branch` holds bytes that are no UTF-8.
  Why:  The runner reads its files as UTF-8 and would hand later steps something else than was meant.
  Seen: character 2 is '\\udcff'
  Fix:  Rename the file, branch or value that these bytes come from.
  Help: PAGE#command-files\
""")


def test_an_output_that_holds_a_secret_is_written_and_its_loss_between_jobs_is_foretold(tmp_path):
    step = Step(tmp_path)
    step.console.mask("123456789012")
    step.files.output("image", "123456789012.dkr.ecr.eu-central-1.amazonaws.com/x@sha256:1")
    ear = step.heard()
    assert pairs_in(step.left("OUTPUT"))[0][0] == "image"
    assert ear.job_output(step.files.written["image"]) is None
    [warning] = ear.annotations("warning")
    assert warning.properties["title"] == "Output image will not reach other jobs"
    assert "actions/runner#1498" in warning.data
    assert "123456789012" not in warning.data


def test_an_output_without_a_secret_is_written_without_a_word(tmp_path):
    step = Step(tmp_path)
    step.console.mask("swordfish")
    step.files.output("verdict", "passed")
    assert step.heard().names() == ["add-mask"]


@pytest.mark.parametrize("name", ["GITHUB_SHA", "RUNNER_TEMP", "NODE_OPTIONS", "node_options"])
def test_variables_that_the_runner_keeps_for_itself_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match="the runner sets or refuses"):
        Step(tmp_path).files.env(name, "x")


def test_what_no_process_could_be_started_with_is_refused_for_the_post_step_too(tmp_path):
    step = Step(tmp_path)
    longest = "x" * (ENV_BYTES - len("STATE_run="))
    step.files.state("run", longest)
    assert variables_in(step.left("STATE").replace(b"run", b"STATE_run"))["STATE_run"] == longest
    with pytest.raises(ValueError, match="cannot hold more than"):
        step.files.state("run", longest + "x")
    with pytest.raises(ValueError, match="NUL"):
        step.files.state("run", "a\0b")
    with pytest.raises(StepFails):
        variables_in(b"STATE_run=x" + longest.encode())


def test_a_directory_is_put_on_the_path_as_one_line(tmp_path):
    step = Step(tmp_path)
    step.files.path("/opt/tools/bin")
    step.files.path("/opt/ö")
    assert paths_in(step.left("PATH")) == ["/opt/tools/bin", "/opt/ö"]
    for directory in ("", "bin", "/a\n/b", "/a\r/b", "/a:/b", "/a\0"):
        with pytest.raises(ValueError, match="one entry of PATH"):
            step.files.path(directory)


@pytest.mark.parametrize("missing", [True, False], ids=["not named", "in no folder"])
def test_an_output_that_cannot_be_written_is_an_error_with_a_remedy_and_never_silence(tmp_path, missing):
    env = {} if missing else {"GITHUB_OUTPUT": str(tmp_path / "gone" / "set_output")}
    files = CommandFiles(env, Console(io.StringIO(), local=False), local=False)
    with pytest.raises(CrossproofError, match="Cannot write GITHUB_OUTPUT") as caught:
        files.output("verdict", "passed")
    assert caught.value.reason.exit is Exit.CALL_MUST_CHANGE
    assert "file_commands directory" in caught.value.fix
    assert files.written == {}


def test_a_full_disk_leaves_no_half_a_value_that_would_break_the_next_one(tmp_path, monkeypatch):
    step = Step(tmp_path)
    step.files.output("first", "1")
    write = os.write
    with monkeypatch.context() as disk:
        disk.setattr(os, "write", lambda handle, data: write(handle, data[:9]))
        with pytest.raises(CrossproofError, match="only 9 of"):
            step.files.output("second", "a long value")
    step.files.output("third", "3")
    assert pairs_in(step.left("OUTPUT")) == [("first", "1"), ("third", "3")]


def test_a_summary_is_added_to_what_is_there(tmp_path):
    step = Step(tmp_path)
    step.files.summary("### one")
    step.files.summary("two\n")
    assert summary_in(step.left("STEP_SUMMARY"), step.heard()) == "### one\ntwo\n"


@pytest.mark.parametrize(
    "env", [{}, {"GITHUB_STEP_SUMMARY": "/no/such/folder/summary"}], ids=["not named", "in no folder"]
)
def test_a_summary_that_cannot_be_written_is_announced_and_the_step_goes_on(env):
    screen = io.StringIO()
    CommandFiles(env, Console(screen, local=False), local=False).summary("### verdict")
    ear = Ear().hear(screen.getvalue())
    assert ear.names() == ["warning"]
    assert "the log has it all" in ear.annotations("warning")[0].data


def test_a_summary_on_a_full_disk_is_announced_too(tmp_path, monkeypatch):
    step = Step(tmp_path)

    def full(handle, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "write", full)
        step.files.summary("### verdict")
    assert "No space left on device" in step.heard().annotations("warning")[0].data


def test_many_summaries_together_stay_below_what_the_runner_shows(tmp_path):
    step = Step(tmp_path)
    for _ in range(30):
        step.files.summary("a line of the log\n" * 5000)
    left = step.left("STEP_SUMMARY")
    assert SUMMARY_BYTES - 1000 < len(left) <= SUMMARY_BYTES
    assert summary_in(left, step.heard()).count("Cut here") >= 1
    assert step.heard().complaints == []


@given(any_text)
def test_any_text_at_all_can_stand_in_a_summary(folder, text):
    step = Step(folder)
    step.files.summary(text)
    assert step.heard().names() == []


def test_at_a_terminal_outputs_are_shown_at_the_end_and_written_nowhere():
    screen = io.StringIO()
    files = CommandFiles({}, Console(screen, local=True), local=True)
    files.output("verdict", "passed")
    files.output("report_path", ".crossproof/doctor/report.json")
    files.output("log", "many\nlines")
    files.state("run", "1")
    files.env("A", "b")
    files.path("/opt/bin")
    files.summary("### passed")
    assert screen.getvalue() == ""
    files.close()
    assert screen.getvalue() == snapshot("""\
outputs:
  verdict      passed
  report_path  .crossproof/doctor/report.json
  log          'many\\nlines'
""")


def test_a_laptop_that_names_an_output_file_gets_it_written(tmp_path):
    file = tmp_path / "outputs"
    CommandFiles({"GITHUB_OUTPUT": str(file)}, Console(io.StringIO(), local=True), local=True).output("a", "b")
    assert pairs_in(file.read_bytes()) == [("a", "b")]
