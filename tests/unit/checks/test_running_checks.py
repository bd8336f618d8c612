"""A check that finds something, or cannot run, is red; only one that ran and found nothing is green."""

from pathlib import Path

import pytest
from inline_snapshot import snapshot

from checks import __main__ as checks


def broken(_: Path) -> list[str]:
    raise RuntimeError("npm ci failed")


def toolless(_: Path) -> list[str]:
    raise FileNotFoundError(2, "No such file or directory", "node")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run made-up checks on a clock that stands still; give the exit code and what is shown."""
    monkeypatch.setattr(checks.time, "monotonic", lambda: 0.0)

    def run(chosen, *asked):
        monkeypatch.setattr(checks, "CHECKS", chosen)
        return checks.main(asked), "".join(capsys.readouterr())

    return run


def test_what_each_check_found_is_shown_below_it_and_the_last_line_names_the_red_ones(run) -> None:
    chosen = {"good": lambda _: [], "bad": lambda _: ["a.py:1: no\nbecause"], "broken": broken, "toolless": toolless}
    assert run(chosen) == snapshot(
        (
            1,
            """\
✓ good             0.0 s
✗ bad              0.0 s
    a.py:1: no
    because
✗ broken           0.0 s
    could not be run: npm ci failed
✗ toolless         0.0 s
    could not be run: it needs node, which this machine does not have
4 checks in 0 s: not good: bad, broken, toolless
""",
        )
    )


def test_all_good_is_said_only_when_every_check_ran_and_found_nothing(run) -> None:
    assert run({"good": lambda _: []}) == snapshot(
        (
            0,
            """\
✓ good             0.0 s
1 checks in 0 s: all good
""",
        )
    )


def test_one_check_can_be_run_alone(run) -> None:
    assert run({"good": lambda _: [], "bad": broken}, "good")[0] == 0


def test_a_check_that_does_not_exist_is_refused_rather_than_passed(run) -> None:
    assert run({"good": lambda _: []}, "godo") == snapshot((2, "no such check: godo; there are good\n"))
