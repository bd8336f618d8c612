"""The front door answers every call: with a list, with help, or with what must change."""

import io

import pytest
from inline_snapshot import snapshot
from tests.as_the_runner.protocol import Ear, pairs_in

from crossproof import __version__
from crossproof.actions import ACTIONS
from crossproof.cli import main
from crossproof.verdict import Exit


def call(*arguments, env=None):
    screen = io.StringIO()
    return main(arguments, {} if env is None else env, screen), screen.getvalue()


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_help_lists_every_action(arguments):
    code, shown = call(*arguments)
    assert code == Exit.DONE
    assert all(f"  {name} " in shown for name in ACTIONS)


def test_the_version_is_the_packages_own():
    assert call("--version") == (Exit.DONE, f"crossproof {__version__}\n")


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_explains_itself_and_asks_for_no_secret_on_the_command_line(action):
    code, shown = call(action, "--help")
    assert code == Exit.DONE
    assert "Green means: " in shown
    assert "--token" not in shown


def test_an_unknown_action_is_answered_with_the_nearest_name():
    code, shown = call("doctr")
    assert code == Exit.CALL_MUST_CHANGE
    assert shown == f"Error: 'doctr' is no action or command of crossproof {__version__}; did you mean doctor?\n"
    assert call("zzz")[1].endswith("; `crossproof --help` lists them.\n")


@pytest.mark.parametrize("name", ["\udcff", "x" * 9999, "::error::x", "", "a\nb", "-post"])
def test_no_name_of_an_action_breaks_the_front_door(name):
    code, shown = call(name)
    assert code == Exit.CALL_MUST_CHANGE
    assert len(shown) < 300
    assert shown.count("\n") == 1
    assert Ear().hear(shown.encode()).names() == []


def test_an_unknown_flag_is_answered_with_the_nearest_one(tmp_path):
    code, shown = call("doctor", "--repositry", "o/r", env={"GITHUB_WORKSPACE": str(tmp_path)})
    assert code == Exit.CALL_MUST_CHANGE
    assert shown.splitlines()[:2] == snapshot(
        [
            "Error: The call cannot be carried out: one thing must change.",
            "  --repositry: is not an input of this action; did you mean --repository?",
        ]
    )


@pytest.mark.parametrize("word", ["o/r", "-r", "--"])
def test_a_word_without_a_flag_is_refused(tmp_path, word):
    code, shown = call("doctor", word, env={"GITHUB_WORKSPACE": str(tmp_path)})
    assert code == Exit.CALL_MUST_CHANGE
    assert f"{word}: stands alone" in shown


def test_a_secret_on_the_command_line_is_refused_without_being_repeated(tmp_path):
    code, shown = call("doctor", "--token=swordfish", env={"GITHUB_WORKSPACE": str(tmp_path)})
    assert code == Exit.CALL_MUST_CHANGE
    assert "set the variable INPUT_TOKEN instead" in shown
    assert "swordfish" not in shown


def test_both_spellings_of_an_input_with_two_values_are_refused_with_both_named(tmp_path):
    output = tmp_path / "output"
    env = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(tmp_path),
        "GITHUB_OUTPUT": str(output),
        "INPUT_API-URL": "https://a.example",
        "INPUT_API_URL": "https://b.example",
    }
    code, shown = call("doctor", env=env)
    assert code == Exit.CALL_MUST_CHANGE
    assert "api_url: is given twice, as api-url and api_url, with different values ('https://" in shown
    assert dict(pairs_in(output.read_bytes()))["reason"] == "bad-input"


def test_outside_a_runner_no_runner_file_is_missed(tmp_path):
    code, shown = call("doctor", "--repository", "no-slash", env={"GITHUB_WORKSPACE": str(tmp_path)})
    assert code == Exit.CALL_MUST_CHANGE
    assert "--repository: 'no-slash' is no repository; write owner/name" in shown
    assert Ear().hear(shown).names() == []
    assert "outputs:" in shown
    assert "Traceback" not in shown
