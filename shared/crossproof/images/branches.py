"""Which names a ref can have, and which branch of the companion stands in for a release line without its own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crossproof.units import clip

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")
_GROUP = re.compile(r"\\([1-9]\d*)")


def is_ref(name: str) -> bool:
    """Whether git would take it for a branch's or a tag's name (git-check-ref-format)."""
    parts = name.split("/")
    return (
        bool(name)
        and name != "@"
        and not _FORBIDDEN.search(name)
        and not name.endswith(".")
        and not name.startswith("-")
        and all(part and not part.startswith(".") and not part.endswith(".lock") for part in parts)
    )


def ref_name(text: str) -> str:
    """Read a branch's or tag's name, also written in full (`refs/heads/…`)."""
    name = text.strip().removeprefix("refs/heads/").removeprefix("refs/tags/")
    if not is_ref(name):
        raise ValueError(f"{clip(text)} can be no branch or tag (see git check-ref-format)")
    return name


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the map: names of a form, and what stands in for them in the companion."""

    form: re.Pattern[str]
    stand_ins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BranchMap:
    """The release lines of the subject. A name on any of them never falls to the default branch unasked."""

    lines: tuple[Line, ...]

    @classmethod
    def parse(cls, text: str) -> "BranchMap":
        """Read lines `regex => name, name`; nothing on the right side says: a release line without stand-in."""
        return cls(tuple(_line(raw) for raw in text.splitlines() if raw.strip()))

    def stand_ins(self, name: str) -> tuple[str, ...]:
        """Give the names to try after the name itself, in order, each once."""
        return tuple(dict.fromkeys(each for each in self._matched(name) if each != name))

    def is_release(self, name: str) -> bool:
        """Whether the name is on a release line."""
        return any(line.form.fullmatch(name) for line in self.lines)

    def _matched(self, name: str) -> Iterator[str]:
        for line in self.lines:
            if found := line.form.fullmatch(name):
                yield from (found.expand(each) for each in line.stand_ins)


def _line(raw: str) -> Line:
    form, arrow, right = raw.partition("=>")
    if not arrow or not form.strip():
        raise ValueError(f"{clip(raw)} is no line of the form `regex => branch, branch`")
    try:
        compiled = re.compile(form.strip())
    except re.error as fault:
        raise ValueError(f"{clip(form.strip())} is no regular expression: {fault}") from None
    stand_ins = tuple(part.strip() for part in right.split(",") if part.strip())
    for each in stand_ins:
        beyond = [group for group in _GROUP.findall(each) if int(group) > compiled.groups]
        if beyond or not is_ref(_GROUP.sub("0", each)):
            raise ValueError(f"{clip(each)} can be no branch, or uses a group that {clip(form.strip())} does not have")
    return Line(compiled, stand_ins)
