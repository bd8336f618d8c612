"""Writes the runner's command files so that its parser reads back exactly what was meant, or refuses to write.

The parser (actions/runner FileCommandManager.cs) splits at LF, takes `name<<delimiter` up to a line that equals the
delimiter, and fails the whole step at a line it cannot read.
"""

import os
import re
from collections.abc import Callable, Mapping

from crossproof.errors import CrossproofError
from crossproof.report.markdown import shortened
from crossproof.runner.console import Console
from crossproof.units import clip
from crossproof.verdict import BAD_INPUT

SUMMARY_BYTES = 900 * 1024  # the runner uploads nothing at all of a summary above 1 MiB
ENV_BYTES = 128 * 1024 - 1  # Linux starts no process with a longer `NAME=value` (MAX_ARG_STRLEN)
ONE_LINE = 160  # what of an output is shown at a terminal

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)  # GitHub's own grammar for ids
# The runner sets these itself on every step, or refuses them (FileCommandManager.cs, SetEnvFileCommand).
_NOT_OURS = re.compile(r"GITHUB_|RUNNER_|NODE_OPTIONS$", re.ASCII | re.IGNORECASE)


class CommandFiles:
    """What is said to later steps. Each value is in its file before the call returns, so a kill loses none of them."""

    def __init__(
        self,
        env: Mapping[str, str],
        console: Console,
        *,
        local: bool,
        token: Callable[[], str] = lambda: f"crossproof_{os.urandom(16).hex()}",
    ) -> None:
        """Find the files in the environment; locally they may be missing, and outputs are then shown at the end."""
        self._env = env
        self._console = console
        self._local = local
        self._token = token
        self.written: dict[str, str] = {}  # the outputs so far

    def output(self, name: str, value: str) -> None:
        """Say a value to later steps and, through the job's outputs, to later jobs."""
        if self._console.hides(value):
            self._console.warning(
                f"The output `{name}` holds a value that is masked. Later steps can read it, but the runner drops "
                "the whole output when it is passed on to another job (actions/runner#1498). Pass something on that "
                "holds no secret, or do not mask a value that is none (an AWS account id, say: `mask-aws-account-id: "
                "false`).",
                title=f"Output {name} will not reach other jobs",
            )
        self._pair("GITHUB_OUTPUT", name, value)
        self.written[name] = value

    def env(self, name: str, value: str) -> None:
        """Set an environment variable for later steps."""
        if _NOT_OURS.match(name):
            raise ValueError(f"{name}: the runner sets or refuses this variable itself")
        _fits_environment(name, value)
        self._pair("GITHUB_ENV", name, value)

    def path(self, directory: str) -> None:
        """Put a directory first on later steps' PATH."""
        if not directory.startswith("/") or re.search(r"[\r\n\0:]", directory):
            raise ValueError(f"{clip(directory)} cannot be one entry of PATH")
        self._append("GITHUB_PATH", _encoded("path", directory) + b"\n")

    def state(self, key: str, value: str) -> None:
        """Remember something for this action's post step, which gets it as `STATE_<key>`, case kept."""
        _fits_environment(f"STATE_{key}", value)
        self._pair("GITHUB_STATE", key, value)

    def summary(self, markdown: str) -> None:
        """Add to the step's page. Never fails: what is too long is shortened, what cannot be written is announced."""
        file = self._env.get("GITHUB_STEP_SUMMARY", "")
        if not file:
            if not self._local:
                self._console.warning("The runner names no summary file (GITHUB_STEP_SUMMARY); the log has it all.")
            return
        try:
            used = os.stat(file).st_size if os.path.exists(file) else 0  # noqa: PTH110, PTH116 - pathlib costs 5 ms
            text = shortened(markdown, SUMMARY_BYTES - used)
            _append(file, text.encode("utf-8", "backslashreplace"))
        except OSError as fault:
            self._console.warning(
                f"The step summary cannot be written ({fault.strerror or fault}); the log has it all.",
                title="No step summary",
            )

    def close(self) -> None:
        """Show a person at a terminal what later steps would have been told."""
        said = {name: value for name, value in self.written.items() if value}
        if self._local and said:
            width = max(map(len, said))
            self._console.line("outputs:")
            for name, value in said.items():
                plain = len(value) <= ONE_LINE and value.isprintable()
                self._console.line(f"  {name:<{width}}  {value if plain else clip(value, ONE_LINE)}".rstrip())

    def _pair(self, variable: str, name: str, value: str) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{clip(name)} is no name that the runner can read")
        data = _encoded(name, value)
        delimiter = self._token().encode()
        while delimiter in data:
            delimiter = self._token().encode()
        self._append(variable, b"%s<<%s\n%s\n%s\n" % (name.encode(), delimiter, data, delimiter))

    def _append(self, variable: str, data: bytes) -> None:
        file = self._env.get(variable, "")
        if not file and self._local:
            return
        try:
            if not file:
                raise FileNotFoundError(2, f"the runner names no file in {variable}")
            _append(file, data)
        except OSError as fault:
            raise CrossproofError(
                f"Cannot write {variable}: {fault.strerror or fault}.",
                why="Later steps would read an empty value and could take it for an answer.",
                seen=f"{variable} = {file or '(not set)'}",
                fix="Let earlier steps leave the runner's file_commands directory alone; on a self-hosted runner, "
                "check its disk and the owner of its _temp directory.",
                anchor="command-files",
                reason=BAD_INPUT,
            ) from fault


def _append(file: str, data: bytes) -> None:
    """Append whole or not at all: half a value would make the runner fail the step or misread the next one."""
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        before = os.fstat(handle).st_size
        written = os.write(handle, data)
        if written != len(data):
            os.ftruncate(handle, before)
            raise OSError(28, f"only {written} of {len(data)} bytes could be written")
    finally:
        os.close(handle)


def _encoded(name: str, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as fault:
        raise CrossproofError(
            f"The value of `{name}` holds bytes that are no UTF-8.",
            why="The runner reads its files as UTF-8 and would hand later steps something else than was meant.",
            seen=f"character {fault.start + 1} is {text[fault.start]!r}",
            fix="Rename the file, branch or value that these bytes come from.",
            anchor="command-files",
            reason=BAD_INPUT,
        ) from fault


def _fits_environment(name: str, value: str) -> None:
    if "\0" in value:
        raise ValueError(f"{name}: an environment variable cannot hold a NUL")
    if len(f"{name}={value}".encode("utf-8", "surrogateescape")) > ENV_BYTES:
        raise ValueError(f"{name}: an environment variable cannot hold more than {ENV_BYTES} bytes; write a file")
