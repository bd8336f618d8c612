"""Writes one executable per action and per clean-up: the image's entrypoints, Python itself and no shell between.

A shell would drop inputs with hyphens in their names and keep the runner's signals from us.
"""

import sys
from pathlib import Path

from crossproof.actions import ACTIONS

# The handlers come first: until the package is imported and installs its own, a signal ends the process with the code
# that its sender expects. Python's own handling would print a traceback, and SIGTERM would be ignored as process 1.
# Nothing that is loaded at the start is garbage, but the collector would look thirty times: 8 ms of CPU.
# And out at once: taking some 600 modules apart again costs each step 28 ms of CPU. Nothing is lost by it, because the
# log is unbuffered (-u), files are written by then, and what an action opens it closes itself.
_TEXT = """\
#!{python} -Iu
import gc, os, signal
signal.signal(signal.SIGINT, lambda *_: os._exit(130))
signal.signal(signal.SIGTERM, lambda *_: os._exit(143))
gc.set_threshold(100_000)
from crossproof.cli import main
os._exit(main([{action!r}]))
"""


def write(folder: Path, python: str) -> None:
    """Write the launchers of every action and of its post step."""
    for name in [*ACTIONS, *(f"{action}-post" for action in ACTIONS)]:
        launcher = folder / name
        launcher.write_text(_TEXT.format(python=python, action=name), encoding="utf-8")
        launcher.chmod(0o755)


if __name__ == "__main__":
    write(Path(sys.argv[1]), python=sys.executable)
