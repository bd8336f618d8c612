"""The front door: reads the call, runs one action in the real world, shows how it ended, gives the exit code."""

import gc
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from io import TextIOWrapper
from types import ModuleType
from typing import NoReturn, TextIO

from crossproof import __version__
from crossproof.actions import ACTIONS, module_of
from crossproof.commands import COMMANDS
from crossproof.verdict import Exit

_POST = "-post"


def entry() -> NoReturn:
    """Be the `crossproof` command."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # an ASCII terminal shows escapes, and no traceback
    raise SystemExit(main(sys.argv[1:]))


def main(arguments: Sequence[str], env: Mapping[str, str] | None = None, stdout: TextIO | None = None) -> int:
    """Carry out one call and give its exit code; nothing below prints or exits."""
    env = os.environ if env is None else env
    stdout = sys.stdout if stdout is None else stdout
    match list(arguments):
        case [] | ["--help" | "-h" | "help"]:
            stdout.write(_help())
            return Exit.DONE
        case ["--version"]:
            stdout.write(f"crossproof {__version__}\n")
            return Exit.DONE
        case [name, "--help" | "-h"] if name in ACTIONS:
            stdout.write(_help_of(name))
            return Exit.DONE
        case [name, *rest] if name.removesuffix(_POST) in ACTIONS or name in COMMANDS:
            return _carry_out(name, rest, env, stdout)
        case [name, *_]:
            import difflib  # noqa: PLC0415 - 5 ms that only a slip pays for

            near = difflib.get_close_matches(name, [*ACTIONS, *COMMANDS], n=1)
            hint = f"did you mean {near[0]}?" if near else "`crossproof --help` lists them."
            stdout.write(f"Error: {name!r:.80} is no action or command of crossproof {__version__}; {hint}\n")
            return Exit.CALL_MUST_CHANGE
        case _:
            raise AssertionError("every call is matched above")


def _carry_out(name: str, rest: Sequence[str], env: Mapping[str, str], stdout: TextIO) -> int:
    gc.set_threshold(50_000)  # imports and logs make objects that stay: to look for cycles every 700 costs 5 %
    from crossproof import call  # noqa: PLC0415 - `--help` must not pay for it

    if name in COMMANDS:
        return call.command(name, rest, env, stdout)
    if name.endswith(_POST):
        return call.clean_up(name.removesuffix(_POST), env, stdout)
    return call.carry_out(name, rest, env, stdout)


def _help() -> str:
    lines = [
        f"crossproof {__version__}: proves a change in one repository against the repositories it affects.",
        "",
        "Actions (in a workflow: uses: …/actions/<name>@v1; here: crossproof <name> --flag value …):",
        *_listed(ACTIONS),
    ]
    if COMMANDS:
        lines += ["", "Commands for people:", *_listed(COMMANDS)]
    return "\n".join([*lines, "", "crossproof <name> --help shows what each takes.", ""])


def _listed(table: Mapping[str, str]) -> Iterator[str]:
    width = max(map(len, table))
    return (f"  {name:<{width}}  {what}" for name, what in table.items())


def _help_of(action: str) -> str:
    module: ModuleType = import_module(module_of(action))
    from crossproof.runner.inputs import specs  # noqa: PLC0415 - only this page needs it

    lines = [f"crossproof {action}: {ACTIONS[action]}", "", f"Green means: {module.PAGE.promise}", ""]
    for name, spec in specs(module.Inputs).items():
        flag = f"INPUT_{name.upper()} (environment)" if spec.secret else "--" + name.replace("_", "-")
        default = " (required)" if spec.required else f" [{spec.default}]" if spec.default else ""
        lines += [f"  {flag}{default}", f"      {spec.description}"]
    lines += [
        "",
        "A secret never goes on the command line: set the variable named above, or GH_TOKEN for the token.",
        "",
    ]
    return "\n".join(lines)
