"""Judges whether a Go build takes a module from exactly one commit, and which of its packages it really uses."""

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from crossproof.images.modules import GoMod, Replace, commit_of
from crossproof.images.relevance import normal
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import clip

_IMPORT_PATH = re.compile(r"[^\s\"'`,;:!?*\\<>|]+")
_VERSION = re.compile(r"(?:go)?(\d+)\.(\d+)(?:\.(\d+))?((?:rc|beta)\d+)?(?:[-+ ].*)?")


class Checkouts(Protocol):
    """Files of the workspace, and what is checked out there."""

    def text(self, path: str) -> Probe[str]:
        """Read a file."""

    def head(self, folder: str) -> Probe[str]:
        """Say which commit is checked out in a folder."""


class State(StrEnum):
    """What is known of one condition."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that must hold for the build to be what it is taken for."""

    what: str
    state: State
    seen: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What `go list -m -json` says: which module, and what stands in for it."""

    path: str
    version: str
    replaced_by: str = ""  # a folder, or a module's path
    replaced_version: str = ""
    origin: str = ""  # the commit that Go's own cache knows it by

    @property
    def is_folder(self) -> bool:
        """Whether Go builds from a checkout."""
        return bool(self.replaced_by) and not self.replaced_version


def listed(text: str) -> Probe[Listed]:
    """Read the answer of `go list -m -json MODULE`."""
    try:
        found = json.loads(text)
    except ValueError:
        return Unknown("it is no JSON; was it written by `go list -m -json MODULE`?")
    if not isinstance(found, dict) or not isinstance(found.get("Path"), str):
        return Unknown("it names no module; was it written by `go list -m -json MODULE`?")
    told = found.get("Replace")
    instead = told if isinstance(told, dict) else {}
    return Present(
        Listed(
            path=found["Path"],
            version=_text(found, "Version"),
            replaced_by=_text(instead, "Path"),
            replaced_version=_text(instead, "Version"),
            origin=_text(instead or found, "Origin", "Hash"),
        )
    )


def built_from(module: Listed, folder: Probe[str] | None, commit: str) -> Condition:
    """Compare what Go builds with the commit that it should be; `folder` is what is checked out there."""
    what = f"{module.path} is built from {commit[:7]}"
    fix = (
        f"Run `go mod edit -replace={module.path}=./FOLDER` with a checkout of {commit[:7]} there, then `go mod tidy`."
    )
    match folder:
        case Present(head):
            seen = f"{module.replaced_by} has {head} checked out"
            return Condition(what=what, state=_holds(head == commit), seen=seen, fix=fix)
        case Absent(proof) | Unknown(proof):
            return Condition(what=what, state=State.UNKNOWN, seen=f"{module.replaced_by}: {proof}", fix=fix)
        case None:
            pass
    version = module.replaced_version or module.version
    named = module.origin or commit_of(version)
    if not named:
        seen = f"Go builds version {version or '(none)'}, which does not say its commit"
        return Condition(what=what, state=State.UNKNOWN, seen=seen, fix=fix)
    # A pseudo-version has the first twelve digits, which nobody can choose freely.
    return Condition(what=what, state=_holds(commit.startswith(named)), seen=f"Go builds {version} of {named}", fix=fix)


def agrees(module: Listed, read: GoMod) -> Condition:
    """A go.mod that was changed after `go list` ran would make a liar of its answer."""
    what = "go.mod and what Go listed agree"
    fix = "Write both files after the last change of go.mod: `go mod edit`, `go mod tidy`, then `go list`."
    required = read.required(module.path)
    if not required:
        return Condition(what=what, state=State.BROKEN, seen=f"go.mod does not require {module.path}", fix=fix)
    line = read.replacing(module.path, required)
    ours = (required, line.by if line else "", line.by_version if line else "")
    theirs = (module.version, module.replaced_by, module.replaced_version)
    seen = f"go.mod has {_shown(*ours)}, Go listed {_shown(*theirs)}"
    return Condition(what=what, state=_holds(ours == theirs), seen=seen, fix=fix)


def vendored(module: Listed, modules_txt: Probe[str]) -> Condition | None:
    """Where there is a vendor folder, Go builds from it, and it must have been made after the replacement."""
    match modules_txt:
        case Absent():
            return None
        case Unknown(why):
            return Condition(what="vendor/ agrees", state=State.UNKNOWN, seen=why)
        case Present(text):
            line = f"# {module.path} {_shown(module.version, module.replaced_by, module.replaced_version)}"
            there = next((each for each in text.splitlines() if each.startswith(f"# {module.path} ")), "no line for it")
            fix = "Run `go mod vendor` after `go mod tidy`."
            return Condition(what="vendor/ agrees", state=_holds(there == line), seen=f"vendor: {there}", fix=fix)


def can_build(subject: GoMod, companion: GoMod, builder: str) -> Condition:
    """Compare the Go version that the subject asks for with the companion's and with the builder's."""
    wanted = max((subject.go, companion.go), key=lambda each: _version(each) or ())
    what = f"Go {wanted or '(unnamed)'} is enough for both modules"
    if not _version(subject.go) or not _version(companion.go) or (builder and not _version(builder)):
        shown = f"go {subject.go or '(none)'} and go {companion.go or '(none)'}, builder {builder or '(not told)'}"
        return Condition(what=what, state=State.UNKNOWN, seen=f"no version can be read: {shown}")
    if _order(companion.go) < _order(subject.go):
        seen = f"the module under test needs go {subject.go}, the companion's go.mod says go {companion.go}"
        return Condition(what=what, state=State.BROKEN, seen=seen, fix="Run `go mod tidy`, which raises it.")
    if builder and _order(builder) < _order(wanted):
        seen = f"the builder has {builder}, go.mod needs {wanted}"
        return Condition(what=what, state=State.BROKEN, seen=seen, fix=f"Build with Go {wanted} or newer.")
    return Condition(
        what=what, state=State.HOLDS, seen=f"go {companion.go}" + (f", builder {builder}" if builder else "")
    )


def drift(subject: GoMod, companion: GoMod) -> tuple[str, ...]:
    """List the subject's own replacements that Go does not inherit, and that concern what the companion builds with."""
    there = {path for path, _ in companion.requires}
    lines = {str(each) for each in companion.replaces}
    replaced = [f"replace {each}" for each in subject.replaces if each.path in there and str(each) not in lines]
    kept = set(companion.excludes)
    excluded = [f"exclude {path} {v}" for path, v in subject.excludes if path in there and (path, v) not in kept]
    return (*replaced, *excluded)


def packages(module: str, text: str) -> Probe[tuple[str, ...]]:
    """Reduce `go list -deps ./...` to the folders of the module that the build uses."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return Unknown("it lists no package at all; did `go list -deps ./...` fail?")
    odd = next((line for line in lines if not _IMPORT_PATH.fullmatch(line)), None)
    if odd is not None:
        return Unknown(f"{clip(odd)} is no package; write only what `go list -deps ./...` prints")
    own = [line.removeprefix(module).removeprefix("/") or "." for line in lines if f"{line}/".startswith(f"{module}/")]
    return Present(normal(own) if own else ())


def folder_of(go_mod_path: str, line: Replace | None) -> str:
    """Say where a replacement leads, from the workspace; empty where it leads to no folder in it."""
    if line is None or not line.is_folder or line.by.startswith("/"):
        return ""
    place = posixpath.normpath(posixpath.join(posixpath.dirname(go_mod_path), line.by))
    return "" if place.startswith("..") else place


def _shown(version: str, by: str, by_version: str) -> str:
    return " ".join(part for part in (version, *(("=>", by, by_version) if by else ())) if part)


def _holds(condition: bool) -> State:
    return State.HOLDS if condition else State.BROKEN


def _order(text: str) -> tuple[int, ...]:
    return _version(text) or ()


def _version(text: str) -> tuple[int, ...] | None:
    """Read `1.25`, `go1.25.1` or `1.26rc1`; a candidate comes before its release."""
    found = _VERSION.fullmatch(text.strip())
    if not found:
        return None
    major, minor, patch, candidate = found.groups()
    return (int(major), int(minor), -1 if candidate else int(patch or 0))


def _text(record: Mapping[str, Any], *path: str) -> str:
    found: Any = record
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""
