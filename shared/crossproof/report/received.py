"""Decides whether a file is a report of this suite, and reads what it says of its subject.

A report may come from another run, or from anybody: it is text from elsewhere until it was read here.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from crossproof.units import RepoRef, RunId, Sha, clip
from crossproof.verdict import Verdict

T = TypeVar("T")

LARGEST = 16 * 1024 * 1024  # bytes; `details` may list every finding there is
_LONGEST_SENTENCE = 20_000
_LONGEST_NAME = 300  # of a ref, an environment or a job
_LARGEST_ID = 10**18
_ACTION = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)
_LONGEST_WORD = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOf:
    """The attempt of the run that a report was made in."""

    repository: RepoRef
    id: RunId
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a report says of what was judged, and by whom."""

    action: str
    verdict: Verdict
    reason: str
    sentence: str
    repository: RepoRef | None
    sha: Sha | None
    ref: str
    environment: str
    job: str
    run: RunOf | None  # None: it was made on no runner
    ended_at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)  # unread: each action's own


def read(content: bytes) -> Report:
    """Read a report's head strictly, or raise a `ValueError` that says what is wrong; the rest is not looked at."""
    return _report(_tree(content))


def _tree(content: bytes) -> Mapping[str, Any]:
    if len(content) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST >> 20} MiB")
    try:
        found = json.loads(content.decode(), object_pairs_hook=_unambiguous, parse_constant=_no_number)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except json.JSONDecodeError as fault:
        raise ValueError(f"it is no JSON: line {fault.lineno}, {fault.msg}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("it holds no JSON object")  # noqa: TRY004 - a fault of the file, like the others
    return found


def _unambiguous(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands in it twice, and readers differ in which one counts")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def _report(tree: Mapping[str, Any]) -> Report:
    action = _word(tree, "action")
    schema = _text(tree, "schema", _LONGEST_NAME)
    if schema != f"crossproof/report/{action}/1":
        raise ValueError(f"`schema` is {clip(schema)}, and crossproof/report/{action}/1 is the one that is known")
    about, by = _member(tree, "subject", dict), _member(tree, "produced_by", dict)
    return Report(
        action=action,
        verdict=_as(tree, "verdict", Verdict, _LONGEST_WORD),
        reason=_word(tree, "reason"),
        sentence=_text(tree, "sentence", _LONGEST_SENTENCE),
        repository=_or_none(about, "repository", RepoRef.parse),
        sha=_or_none(about, "sha", Sha.parse),
        ref=_text(about, "ref", _LONGEST_NAME),
        environment=_text(about, "environment", _LONGEST_NAME),
        job=_text(by, "job", _LONGEST_NAME),
        run=_run(by),
        ended_at=_as(tree, "ended_at", _moment, _LONGEST_NAME),
        details=_member(tree, "details", dict),
    )


def _run(by: Mapping[str, Any]) -> RunOf | None:
    repository = _or_none(by, "repository", RepoRef.parse)
    attempt = _member(by, "run_attempt", int)
    if by.get("run_id", "") is None or repository is None:
        return None
    number = _member(by, "run_id", int)
    if not 0 < number < _LARGEST_ID or not 0 < attempt < _LARGEST_ID:
        raise ValueError("`produced_by` names no run")
    return RunOf(repository=repository, id=RunId(number), attempt=attempt)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("it has no offset from UTC")
    return found


def _word(tree: Mapping[str, Any], name: str) -> str:
    found = _text(tree, name, _LONGEST_WORD)
    if not _ACTION.fullmatch(found):
        raise ValueError(f"`{name}` is {clip(found)}, which is no word of the catalog")
    return found


def _or_none(tree: Mapping[str, Any], name: str, parse: Callable[[str], T]) -> T | None:
    return _as(tree, name, parse, _LONGEST_NAME) if _text(tree, name, _LONGEST_NAME) else None


def _as(tree: Mapping[str, Any], name: str, parse: Callable[[str], T], longest: int) -> T:
    found = _text(tree, name, longest)
    try:
        return parse(found)
    except ValueError as fault:
        raise ValueError(f"`{name}` cannot be used: {fault}") from None


def _text(tree: Mapping[str, Any], name: str, longest: int) -> str:
    found = _member(tree, name, str)
    if len(found) > longest:
        raise ValueError(f"`{name}` is longer than {longest} characters")
    return found


def _member(tree: Mapping[str, Any], name: str, kind: type[T]) -> T:
    found = tree.get(name)
    if not isinstance(found, kind) or isinstance(found, bool):
        raise ValueError(f"`{name}` is missing or of another kind than a report has there")  # noqa: TRY004 - about a file
    return found
