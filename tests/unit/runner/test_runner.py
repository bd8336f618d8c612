"""One reading of the environment makes the whole machine, on a runner and on a laptop."""

import io

from tests.as_the_runner.protocol import Ear, pairs_in, state_in

from crossproof.runner.runner import Runner


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_the_main_step_left_reaches_the_post_step_with_its_case_kept(tmp_path):
    state = tmp_path / "save_state"
    job = {"GITHUB_ACTIONS": "true", "GITHUB_STATE": str(state)}
    Runner.from_env(job, io.StringIO()).files.state("Run_id", "42\n43")
    post = Runner.from_env({**job, **state_in(state.read_bytes())}, io.StringIO())
    assert post.state == {"Run_id": "42\n43"}


def test_a_runner_hears_commands_and_a_laptop_reads_text():
    for env, names in (({"GITHUB_ACTIONS": "true"}, ["error"]), ({}, [])):
        screen = io.StringIO()
        Runner.from_env(env, screen).console.error("no")
        assert Ear().hear(screen.getvalue()).names() == names


def test_colours_are_for_a_terminal_that_wants_them():
    for env, coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)):
        screen = Terminal()
        Runner.from_env(env, screen).console.error("no")
        assert ("\x1b[31m" in screen.getvalue()) is coloured
    pipe = io.StringIO()
    Runner.from_env({}, pipe).console.error("no")
    assert pipe.getvalue() == "Error: no\n"


def test_a_stream_that_takes_only_ascii_is_told_to_take_everything():
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding="ascii", newline="\r\n")
    Runner.from_env({"GITHUB_ACTIONS": "true"}, stream).console.line("grün ✓ \udcff")
    assert buffer.getvalue() == "grün ✓ \\udcff\n".encode()


def test_an_unbuffered_stream_gets_a_buffer_so_that_no_signal_can_halve_a_write(tmp_path):
    with (tmp_path / "log").open("wb", buffering=0) as raw:
        stream = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
        console = Runner.from_env({"GITHUB_ACTIONS": "true"}, stream).console
        assert isinstance(console._stream.buffer, io.BufferedWriter)
        console.line("grün")
        assert (tmp_path / "log").read_bytes() == "grün\n".encode()
        stream.detach()


def test_files_and_console_of_one_step_know_the_same_secrets(tmp_path):
    output = tmp_path / "o"
    screen = io.StringIO()
    runner = Runner.from_env({"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(output)}, screen)
    runner.console.mask("swordfish")
    runner.files.output("note", "a swordfish")
    assert pairs_in(output.read_bytes()) == [("note", "a swordfish")]
    assert Ear().hear(screen.getvalue()).names() == ["add-mask", "warning"]
