"""Decides how finished files become visible: the fewest moves that put them in place, or the conflict in the way."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from crossproof.artifacts.entry_names import collision_key
from crossproof.artifacts.manifest import FileFact
from crossproof.artifacts.refusal import UnsafeArchive
from crossproof.errors import CrossproofError
from crossproof.units import clip
from crossproof.verdict import Exit, unproven

CONFLICT = unproven(
    "conflict",
    Exit.CALL_MUST_CHANGE,
    "A file is already where one was to be put, and it was not said which of the two counts.",
    "Give another `path`, use `layout: per-artifact`, or say by `on_conflict` which one counts.",
)
_SHOWN = 10


class Kind(StrEnum):
    """What stands at a path."""

    NOTHING = "nothing"
    FILE = "file"
    DIRECTORY = "directory"
    OTHER = "link or device"


class Tree(Protocol):
    """A directory and what is below it."""

    def kind(self, path: str) -> Kind:
        """Say what stands there; a link is never followed."""
        ...

    def children(self, path: str) -> Sequence[str]:
        """Name what a directory holds."""
        ...

    def sha256(self, path: str) -> str:
        """Hash a file."""
        ...


class OnConflict(StrEnum):
    """Which of two files of one path counts."""

    ERROR = "error"
    IDENTICAL = "identical"  # both, if they are equal
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Move:
    """Move a file, or a directory with all that is in it; `replaces` what is there already."""

    path: str
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave a file where it is: the one that is there counts."""

    path: str


@dataclass(frozen=True, slots=True)
class Clash:
    """What is in the way, in words."""

    what: str


def plan(new: Tree, old: Tree, on_conflict: OnConflict) -> Sequence[Move | Skip]:
    """List the steps that add everything of `new` to `old`, or raise with every conflict there is."""
    steps = list(_steps(new, old, on_conflict, ""))
    conflicts = [step.what for step in steps if isinstance(step, Clash)]
    if conflicts:
        more = f" and {len(conflicts) - _SHOWN} more" if len(conflicts) > _SHOWN else ""
        raise CrossproofError(
            f"{len(conflicts)} of the fetched files cannot be put in place.",
            why="What is there already was not to be changed.",
            seen="; ".join(conflicts[:_SHOWN]) + more,
            fix=CONFLICT.fix,
            anchor="conflict",
            reason=CONFLICT,
        )
    return [step for step in steps if not isinstance(step, Clash)]


def visible(laid_out: Iterable[tuple[str, Sequence[FileFact]]], on_conflict: OnConflict) -> dict[str, str]:
    """Say which bytes count at each path, given what each artifact brings (its directory, its files) in order."""
    counts: dict[str, str] = {}
    for directory, files in laid_out:
        for file in files:
            path = f"{directory}/{file.path}" if directory else file.path
            counts[path] = counts.get(path, file.sha256) if on_conflict is OnConflict.FIRST else file.sha256
    return counts


def check_visible(target: str, paths: Iterable[str]) -> None:
    """Refuse to change what the runner itself would read: workflows, and local actions that later steps may use."""
    for path in paths:
        whole = f"{target}/{path}" if target else path
        if whole.lower().startswith(".github/"):
            raise UnsafeArchive("no-workflows", f"{clip(whole)} would change what this repository's workflows run.")


def _steps(new: Tree, old: Tree, on_conflict: OnConflict, directory: str) -> Iterator[Move | Skip | Clash]:
    there = set(old.children(directory))
    alike = {collision_key(name): name for name in there}
    for name in sorted(new.children(directory)):
        path = f"{directory}/{name}" if directory else name
        namesake = name if name in there else alike.get(collision_key(name), name)
        kinds = new.kind(path), old.kind(path)
        if namesake != name:
            yield Clash(f"{clip(path)} is {clip(namesake)} to some systems")
        elif kinds[1] is Kind.NOTHING:
            yield Move(path)
        elif kinds == (Kind.DIRECTORY, Kind.DIRECTORY):
            yield from _steps(new, old, on_conflict, path)
        elif kinds == (Kind.FILE, Kind.FILE):
            yield from _settle(new, old, on_conflict, path)
        else:
            yield Clash(f"{clip(path)} is a {kinds[0]} and a {kinds[1]}")


def _settle(new: Tree, old: Tree, on_conflict: OnConflict, path: str) -> Iterator[Move | Skip | Clash]:
    match on_conflict:
        case OnConflict.ERROR:
            yield Clash(f"{clip(path)} is there twice")
        case OnConflict.IDENTICAL:
            equal = new.sha256(path) == old.sha256(path)
            yield Skip(path) if equal else Clash(f"{clip(path)} is there twice, and differs")
        case OnConflict.LAST:
            yield Move(path, replaces=True)
        case OnConflict.FIRST:
            yield Skip(path)
