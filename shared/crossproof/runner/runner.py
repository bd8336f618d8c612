"""The machine a step runs on, whole: where it is, how it speaks, what it leaves behind and what was left to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import RawIOBase, TextIOWrapper
from typing import Self, TextIO

from crossproof.runner.cancellation import Cancellation
from crossproof.runner.console import Console
from crossproof.runner.context import Context
from crossproof.runner.files import CommandFiles
from crossproof.runner.inputs import given_in_env


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """What the front door, the wiring and the actions know of the machine they run on."""

    context: Context
    console: Console
    files: CommandFiles
    state: Mapping[str, str] = field(default_factory=dict)  # what the main step left for this post step
    cancellation: Cancellation = field(default_factory=Cancellation)
    given: Sequence[tuple[str, str]] = field(default=(), repr=False)  # the inputs, as their caller spelled them
    tokens: Sequence[str] = field(default=(), repr=False)  # what a laptop has for GitHub

    @classmethod
    def from_env(cls, env: Mapping[str, str], stdout: TextIO) -> Self:
        """Read the environment once; the same call serves a runner and a laptop."""
        context = Context.from_env(env)
        colours = context.local and stdout.isatty() and not env.get("NO_COLOR")
        console = Console(_whole(stdout), local=context.local, colours=colours, debug=context.debug)
        files = CommandFiles(env, console, local=context.local)
        state = {name.removeprefix("STATE_"): value for name, value in env.items() if name.startswith("STATE_")}
        return cls(
            context=context,
            console=console,
            files=files,
            state=state,
            given=tuple(given_in_env(env).items()),
            tokens=[env[name] for name in ("GH_TOKEN", "GITHUB_TOKEN") if env.get(name)],
        )


def _whole(stdout: TextIO) -> TextIO:
    """Make every write a whole one: under `python -u` the rest of a write that a signal interrupts is lost."""
    raw = getattr(stdout, "buffer", None)
    if isinstance(raw, RawIOBase):
        return open(raw.fileno(), "w", encoding="utf-8", errors="backslashreplace", newline="\n", closefd=False)
    if isinstance(stdout, TextIOWrapper):
        stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    return stdout
