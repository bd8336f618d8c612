"""Decides which commit of the companion belongs to a change: which names to look for, in order, and when to stop."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from crossproof.errors import BadCall, Fault
from crossproof.images.branches import BranchMap
from crossproof.images.events import Occasion
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import RepoRef, clip
from crossproof.verdict import Exit


class By(StrEnum):
    """Why a name is looked for."""

    OVERRIDE = "override"
    DEPENDS_ON = "depends-on"
    HEAD = "matching-branch"
    TAG = "release-tag"
    BASE = "base-branch"
    MAPPED = "mapped-branch"
    DEFAULT = "default-branch"


class Where(StrEnum):
    """What kind of name it is."""

    BRANCH = "branch"
    TAG = "tag"
    PULL = "pull request"
    DEFAULT = "default branch"
    ANY = "branch, tag or commit"


class OnUnknown(StrEnum):
    """What to do where something could not be found out."""

    FAIL = "fail"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class Name:
    """One name to look for in the companion."""

    by: By
    where: Where
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit of the companion, and by which name it was found."""

    sha: str
    branch: str = ""
    tag: str = ""
    pull: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the caller decided about the companion's side."""

    companion: RepoRef
    companion_ref: str = ""
    follow_body: bool = False
    branch_map: BranchMap
    default_if_missing: bool = False


@dataclass(frozen=True, slots=True)
class Try:
    """Look for the name at this place of the list next."""

    index: int


@dataclass(frozen=True, slots=True)
class Found:
    """This is the commit; `sure` unless something before it could not be found out."""

    by: By
    commit: Commit
    sure: bool


@dataclass(frozen=True, slots=True)
class NoCounterpart:
    """None of the names exists there."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """Something could not be found out, and nothing may be concluded from that."""

    unknown: Unknown


Step: TypeAlias = Try | Found | NoCounterpart | CannotTell


def names(occasion: Occasion, wishes: Wishes) -> tuple[Name, ...]:
    """List the names to look for, in order. Nothing stands in for an override."""
    if wishes.companion_ref:
        if not occasion.trusted and wishes.companion_ref == occasion.head_name:
            said = "is the branch of a fork or of Dependabot: its author would choose the companion's code"
            raise BadCall([Fault("companion_ref", said)])
        return (Name(By.OVERRIDE, Where.ANY, wishes.companion_ref),)
    listed = []
    if wishes.follow_body and occasion.trusted and (pull := depended_on(occasion.body, wishes.companion)):
        listed.append(Name(By.DEPENDS_ON, Where.PULL, str(pull)))
    if occasion.tag:
        listed.append(Name(By.TAG, Where.TAG, occasion.tag))
    if occasion.trusted and occasion.branch:
        listed.append(Name(By.HEAD, Where.BRANCH, occasion.branch))
    if occasion.base and not occasion.tag and occasion.base != occasion.branch:
        listed.append(Name(By.BASE, Where.BRANCH, occasion.base))
    listed += [Name(By.MAPPED, Where.BRANCH, each) for each in wishes.branch_map.stand_ins(occasion.base)]
    if may_be_default(occasion, wishes):
        listed.append(Name(By.DEFAULT, Where.DEFAULT))
    return tuple(listed)


def may_be_default(occasion: Occasion, wishes: Wishes) -> bool:
    """A release line never falls to the default branch unasked: one was tested against master for months that way."""
    if wishes.default_if_missing:
        return True
    if occasion.tag or wishes.branch_map.is_release(occasion.base):
        return False
    return occasion.anywhere or (bool(occasion.default) and occasion.base == occasion.default)


def next_name(listed: Sequence[Name], answers: Sequence[Probe[Commit]], on_unknown: OnUnknown) -> Step:
    """Decide from the answers so far, which are to the first names of the list."""
    sure = True
    for name, answer in zip(listed, answers, strict=False):
        match answer:
            case Present(commit):
                return Found(name.by, commit, sure)
            case Absent():
                continue
            case Unknown():
                if must_stop(answer, on_unknown):
                    return CannotTell(answer)
                sure = False
    if len(answers) < len(listed):
        return Try(len(answers))
    return NoCounterpart()


def must_stop(unknown: Unknown, on_unknown: OnUnknown) -> bool:
    """Whether an unknown ends the search; a call that must change always does."""
    wrong_call = unknown.error is not None and unknown.error.reason.exit is Exit.CALL_MUST_CHANGE
    return wrong_call or on_unknown is OnUnknown.FAIL


_DEPENDS = re.compile(r"^[ \t>*-]*depends-on:[ \t]*(?P<what>\S.*?)[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
_PULL = re.compile(r"(?:https?://[^/\s]+/)?(?P<repo>[\w.-]+/[\w.-]+)(?:/pull/|#)(?P<number>[1-9]\d{0,9})/?", re.ASCII)


def depended_on(body: str, companion: RepoRef) -> int | None:
    """Read `Depends-On: owner/name#5` (or the pull request's address); a line that cannot be read is a fault."""
    numbers: dict[int, None] = {}
    for line in _DEPENDS.finditer(body):
        found = _PULL.fullmatch(line["what"])
        if not found:
            said = f"the pull request's text has `Depends-On: {clip(line['what'])}`; write {companion}#NUMBER"
            raise BadCall([Fault("depends_on", said)])
        if found["repo"].lower() == str(companion).lower():
            numbers[int(found["number"])] = None
    if len(numbers) > 1:
        listed = ", ".join(f"#{number}" for number in numbers)
        raise BadCall([Fault("depends_on", f"the pull request's text names several of {companion}: {listed}")])
    return next(iter(numbers), None)
