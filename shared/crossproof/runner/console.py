"""Writes everything the action says: workflow commands under a runner, readable text in a terminal.

To a runner a line that begins with `::` (after white space) or holds `##[` anywhere is a command
(actions/runner ActionCommand.cs), so both are broken in every text that is not meant as one.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from crossproof.outcome import Annotation
from crossproof.report.visible import lines_of, visible

PER_LEVEL = 9  # the runner keeps ten annotations per level and step; the tenth says how many more there are
MESSAGE_BYTES = 4096  # where the runner cuts an annotation's message
SHORTEST_MASK = 4  # a shorter mask blanks out ordinary text, and with it whole job outputs (actions/runner#1498)

_COMMAND_AT_START = re.compile(r"^(\s*:):", re.MULTILINE)
_COLOURS = {"error": "31", "warning": "33", "notice": "36", "debug": "2"}


class Console:
    """The only writer to stdout. Each call writes once and at once, so that threads and kills cannot mix it up."""

    def __init__(
        self,
        stream: TextIO,
        *,
        local: bool,
        clock: Callable[[], float] = time.monotonic,
        colours: bool = False,
        debug: bool = False,
        token: Callable[[], str] = lambda: os.urandom(16).hex(),
    ) -> None:
        """`local`: a person's terminal; else the runner reads along. `token` ends a stretch of foreign text."""
        self._stream = stream
        self._local = local
        self._clock = clock
        self.colours = colours
        self._debug = debug
        self._token = token
        self._said = dict.fromkeys(("error", "warning", "notice"), 0)
        self._masked: set[str] = set()
        self._in_group = False

    def line(self, text: str = "") -> None:
        """Write a text of ours (foreign parts in it are harmless: nothing in it is taken as a command)."""
        self._write(_defused(visible(text, colours=self._shows_colours)))

    def foreign(self, text: str) -> None:
        """Write what somebody else wrote, such as a child's log: the runner obeys no command in it."""
        if self._local:
            self.line(text)
            return
        shown = visible(text, colours=True).replace("##[", "## [")
        token = self._token()
        try:
            self._write(f"::stop-commands::{token}\n{shown}\n::{token}::")
        except BaseException:  # a cancellation in the middle of the write: the runner must listen to us again
            self._write(f"\n::{token}::")
            raise

    @contextmanager
    def group(self, title: str, *, good: Callable[[], bool] = lambda: True) -> Iterator[None]:
        """Fold what is written inside; the time it took stays visible. A group inside a group is a heading.

        `good` says at the end whether it went well; what raises did not.
        """
        outermost, self._in_group = not self._in_group, True
        started = self._clock()
        folds = outermost and not self._local
        self._write(f"::group::{_data(title)}" if folds else _defused(self._bold(visible(title))))
        mark = "✗"
        try:
            yield
            mark = "✓" if good() else mark
        finally:
            self._in_group = not outermost
            took = f"{mark} {self._clock() - started:.1f}s"
            self._write(f"::endgroup::\n{took}" if folds else took)

    def error(self, message: str, *, title: str = "", file: str = "", line: int = 0) -> None:
        """Say what makes the step red."""
        self.annotate(Annotation(level="error", title=title, message=message, file=file, line=line))

    def warning(self, message: str, *, title: str = "", file: str = "", line: int = 0) -> None:
        """Say what the reader should look at."""
        self.annotate(Annotation(level="warning", title=title, message=message, file=file, line=line))

    def notice(self, message: str, *, title: str = "", file: str = "", line: int = 0) -> None:
        """Say what is worth knowing on the run's page."""
        self.annotate(Annotation(level="notice", title=title, message=message, file=file, line=line))

    def annotate(self, remark: Annotation) -> None:
        """Show a remark on the run's page while the budget lasts, and always in the log."""
        self._said[remark.level] += 1
        cut = _cut(remark.message)
        if self._local or self._said[remark.level] > PER_LEVEL:
            self._remark_as_text(remark)
            return
        self._write(_annotation(remark, cut))
        if cut != remark.message:
            self._remark_as_text(remark)

    def debug(self, message: str) -> None:
        """Say what only somebody who debugs wants to read; the runner hides it from everybody else."""
        if not self._local:
            self._write("\n".join(f"::debug::{_data(part)}" for part in lines_of(message)))
        elif self._debug:
            self.line(self._painted("debug", f"debug: {message}"))

    def mask(self, value: str) -> None:
        """Keep a value out of every log from now on, line by line as it may be printed."""
        lines = [line.strip() for line in lines_of(value) if line]
        long_enough = [line for line in lines if len(line) >= SHORTEST_MASK]
        # The runner splits what it is given and masks each line of any length: a `{` in a JSON secret would hide every
        # brace of the log, a line of one blank every blank. A value with a short line is given as its longer lines.
        whole = [value] if value.strip() and len(long_enough) == len(lines) else []
        if value.strip() and not long_enough:
            self.warning(
                f"A secret is shorter than {SHORTEST_MASK} characters. It is not masked: that would blank out ordinary "
                "text everywhere. Use a longer one.",
                title="Secret too short to hide",
            )
        new = [text for text in dict.fromkeys([*whole, *long_enough]) if text not in self._masked]
        self._masked.update(new)
        if new and not self._local:
            self._write("\n".join(f"::add-mask::{_mask_data(text)}" for text in new))

    def hides(self, text: str) -> bool:
        """Tell whether a text holds a masked value: the runner drops a job output that does."""
        return any(secret in text for secret in self._masked)

    def scrub(self, text: str) -> str:
        """Blank out masked values, for files and other places where the runner does not do it."""
        for secret in sorted(self._masked, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def close(self) -> None:
        """Say how many remarks did not fit on the run's page."""
        for level, said in self._said.items():
            if said > PER_LEVEL and not self._local:
                more = Annotation(
                    level=level, title=f"And {said - PER_LEVEL} more", message="The log of this step has all of them."
                )
                self._write(_annotation(more, more.message))
            self._said[level] = 0

    @property
    def _shows_colours(self) -> bool:
        return self.colours or not self._local

    def _remark_as_text(self, remark: Annotation) -> None:
        place = f"{remark.file}:{remark.line}" if remark.file and remark.line else remark.file
        head = ": ".join(part for part in (remark.level.capitalize(), place, remark.title.rstrip(".")) if part)
        self.line(f"{self._painted(remark.level, head + ':')} {remark.message}")

    def _bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self.colours else text

    def _painted(self, level: str, text: str) -> str:
        return f"\x1b[{_COLOURS[level]}m{text}\x1b[0m" if self.colours else text

    def _write(self, text: str) -> None:
        # A runner hides masked values in its log by itself; a terminal has nobody who would.
        try:
            self._stream.write((self.scrub(text) if self._local else text) + "\n")
            self._stream.flush()
        except BrokenPipeError:  # nobody reads any more (`| head`): what is being done is still brought to its end
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())


def _defused(text: str) -> str:
    return _COMMAND_AT_START.sub(r"\1 :", text).replace("##[", "## [")


def _data(text: str) -> str:
    """Escape what follows the second `::`; `##[` is broken too, for a runner that does not take the line as ours."""
    shown = visible(text, colours=True).replace("##[", "## [")
    return ("" if _stands_alone(shown) else " ") + shown.replace("%", "%25").replace("\n", "%0A")


def _mask_data(secret: str) -> str:
    """Escape a secret as it is. An empty line may stand in front: the runner masks each line of what it is given."""
    escaped = secret.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    escaped = escaped.encode("utf-8", "backslashreplace").decode()
    return ("" if _stands_alone(secret) else "%0A") + escaped


def _stands_alone(text: str) -> bool:
    """Tell whether the `::` in front of a text stays a `::`.

    The runner looks for it by the rules of a culture (ActionCommand.cs compares without StringComparison.Ordinal): a
    combining mark or a joiner after it makes another character of it. The line is then no command but printed as it
    is, and a secret that was to be masked is read by everybody.
    """
    if not text or " " < text[0] <= "~":
        return True
    from unicodedata import category  # noqa: PLC0415 - hardly any text begins like that

    return category(text[0]) in {"Lu", "Ll", "Nd", "So", "Sm", "Po", "Pd"}


def _property(text: str) -> str:
    # The runner trims properties and loses a leading `=`.
    kept = visible(text, colours=True).strip().lstrip("=").strip()
    return _data(kept).replace(":", "%3A").replace(",", "%2C")


def _annotation(remark: Annotation, message: str) -> str:
    properties = {"title": remark.title, "file": remark.file, "line": str(remark.line or "")}
    given = ",".join(f"{name}={escaped}" for name, value in properties.items() if (escaped := _property(value)))
    return f"::{remark.level}{' ' + given if given else ''}::{_data(message)}"


def _cut(message: str) -> str:
    """Keep whole characters up to what the runner keeps, and say that there is more."""
    shown = visible(message, colours=True)
    data = shown.encode()
    if len(data) <= MESSAGE_BYTES:
        return message
    more = " … (cut; the log has the rest)"
    return data[: MESSAGE_BYTES - len(more.encode())].decode(errors="ignore") + more
