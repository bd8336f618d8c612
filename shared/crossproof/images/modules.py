"""Reads from a go.mod which code of the subject its module is built with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import RepoRef, clip

_COMMENT = re.compile(r"//.*$", re.MULTILINE)
_BLOCK = re.compile(r"^\s*(?P<verb>[a-z]+)\s*\(\s*$(?P<body>.*?)^\s*\)\s*$", re.MULTILINE | re.DOTALL)
_PSEUDO = re.compile(
    r"v\d+\.\d+\.\d+-(?:[0-9A-Za-z.-]*\.)?\d{14}-(?P<commit>[0-9a-f]{12})(?:\+incompatible)?", re.ASCII
)
_MAJOR = re.compile(r"/v\d+$")


@dataclass(frozen=True, slots=True)
class Replace:
    """One `replace` line. A target without a version is a folder."""

    path: str
    version: str  # empty: every version
    by: str
    by_version: str

    @property
    def is_folder(self) -> bool:
        """Whether it points to a checkout."""
        return not self.by_version

    def __str__(self) -> str:
        """Write it as go.mod does."""
        return " ".join(part for part in (self.path, self.version, "=>", self.by, self.by_version) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoMod:
    """What we need to know of a go.mod."""

    module: str = ""
    go: str = ""
    toolchain: str = ""
    requires: tuple[tuple[str, str], ...] = ()
    replaces: tuple[Replace, ...] = ()
    excludes: tuple[tuple[str, str], ...] = field(default=())

    def required(self, path: str) -> str:
        """Give the version that is required of a module, if it is."""
        return next((version for name, version in self.requires if name == path), "")

    def replacing(self, path: str, version: str) -> Replace | None:
        """Find the line that holds for a module at a version; one that names the version goes first."""
        fitting = [each for each in self.replaces if each.path == path and each.version in ("", version)]
        return next(iter(sorted(fitting, key=lambda each: not each.version)), None)


def go_mod(text: str) -> GoMod:
    """Read a go.mod (the Go Modules Reference, "go.mod files"); what is not asked for is passed over."""
    lines: dict[str, list[list[str]]] = {}
    for verb, words in _directives(_COMMENT.sub("", text)):
        lines.setdefault(verb, []).append(words)

    def one(verb: str) -> str:
        return next((words[0] for words in lines.get(verb, []) if words), "")

    def pairs(verb: str) -> tuple[tuple[str, str], ...]:
        return tuple((words[0], words[1]) for words in lines.get(verb, []) if len(words) >= 2)  # noqa: PLR2004

    return GoMod(
        module=one("module"),
        go=one("go"),
        toolchain=one("toolchain"),
        requires=pairs("require"),
        excludes=pairs("exclude"),
        replaces=tuple(_replace(words) for words in lines.get("replace", []) if "=>" in words[1:-1]),
    )


def _directives(text: str) -> Iterator[tuple[str, list[str]]]:
    for block in _BLOCK.finditer(text):
        for line in block["body"].splitlines():
            if line.strip():
                yield block["verb"], _words(line)
    for line in _BLOCK.sub("", text).splitlines():
        verb, *words = _words(line) or [""]
        if verb:
            yield verb, words


def _words(line: str) -> list[str]:
    return [word.strip('"`') for word in line.split()]


def _replace(words: list[str]) -> Replace:
    arrow = words.index("=>")
    old, new = words[:arrow], words[arrow + 1 :]
    return Replace(old[0], old[1] if len(old) > 1 else "", new[0], new[1] if len(new) > 1 else "")


def pinned(text: str, subject: RepoRef, host: str = "github.com") -> Probe[str]:
    """Say which commit or tag of the subject a go.mod builds with."""
    read = go_mod(text)
    wanted = f"{host}/{subject}".lower()
    path = next((name for name, _ in read.requires if _MAJOR.sub("", name).lower() == wanted), "")
    if not path:
        return Absent(f"its go.mod requires no module of {subject}")
    version = read.required(path)
    if replaced := read.replacing(path, version):
        if replaced.is_folder:
            return Absent(f"its go.mod replaces {path} by the folder {replaced.by}")
        if _MAJOR.sub("", replaced.by).lower() != wanted:
            return Absent(f"its go.mod replaces {path} by {replaced.by}")
        version = replaced.by_version
    return _ref_of(version)


def commit_of(version: str) -> str:
    """Give the twelve digits of the commit that a pseudo-version names; empty for another version."""
    found = _PSEUDO.fullmatch(version)
    return found["commit"] if found else ""


def _ref_of(version: str) -> Probe[str]:
    if commit := commit_of(version):
        return Present(commit)
    tag = version.removesuffix("+incompatible")
    if re.fullmatch(r"v\d+\.\d+\.\d+[\w.-]*", tag, re.ASCII):
        return Present(tag)
    return Unknown(f"its go.mod has the version {clip(version)}, which names no commit and no tag")
