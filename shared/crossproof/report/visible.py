"""Decides how text from elsewhere is shown, so that it can neither deceive a reader nor drive a terminal."""

import re

# Everything that is not itself to the eye: C0 and C1 controls, line separators that only some programs split at,
# the marks and overrides that reorder what is read (CVE-2021-42574), and lone surrogates, which no UTF-8 stream takes.
_HIDDEN = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
_UNSEEN = re.compile(_HIDDEN)
_UNSEEN_BUT_COLOURS = re.compile(rf"(?P<colour>\x1b\[[0-9;]*m)|{_HIDDEN}")
_BEYOND = re.compile(r"[\U00010000-\U0010ffff]")
_LINE_END = re.compile(r"\r\n|\r|\n")


def lines_of(text: str) -> list[str]:
    """Split where the runner splits (CRLF, CR, LF), unlike `splitlines`, which knows eight more places."""
    return _LINE_END.split(text)


def visible(text: str, *, colours: bool = False) -> str:
    """Show hidden characters as escapes; line ends become LF; colours (and nothing else of ANSI) may stay."""
    return (_UNSEEN_BUT_COLOURS if colours else _UNSEEN).sub(_escaped, _LINE_END.sub("\n", text))


def short(text: str, most: int) -> str:
    """Bring a text to one line of so many characters, none of four bytes: GitHub refuses those in short fields.

    Its words are "description doesn't accept 4-byte Unicode" (ouzi-dev/commit-status-updater#527).
    """
    line = _BEYOND.sub("\N{REPLACEMENT CHARACTER}", " ".join(visible(text).split()))
    return line if len(line) <= most else line[: most - 1] + "…"


def _escaped(found: re.Match[str]) -> str:
    hidden = found.group()
    if len(hidden) > 1:  # a colour
        return hidden
    code = ord(hidden)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"  # noqa: PLR2004 - where \x ends
