"""What people and tools say about commits and pull requests: statuses, check runs, comments, pull requests."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A commit status: never changed, only followed by another of the same context."""

    id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    creator: str
    at: datetime


@dataclass(slots=True, kw_only=True)
class CheckRun:
    """A check run, as its App last wrote it."""

    id: int
    sha: str
    name: str
    status: str
    conclusion: str | None
    details_url: str | None
    external_id: str
    started_at: datetime | None
    completed_at: datetime | None
    output: dict[str, Any]
    check_suite_id: int
    annotations: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment on an issue or pull request."""

    id: int
    issue: int
    body: str
    author: str
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class Issue:
    """An issue; pull requests share its numbers."""

    id: int
    number: int
    title: str
    body: str
    author: str
    created_at: datetime
    state: str = "open"


@dataclass(slots=True, kw_only=True)
class Pull:
    """A pull request; `head_repository` differs for one from a fork, and is None if the fork is gone."""

    id: int
    number: int
    title: str
    body: str
    author: str
    head: str
    head_sha: str
    head_repository: str | None
    base: str
    base_sha: str
    created_at: datetime
    state: str = "open"
    merged_at: datetime | None = None
    merge_commit_sha: str | None = None
    draft: bool = False


@dataclass(kw_only=True)
class Discussion:
    """All of it, for one repository."""

    statuses: list[Status] = field(default_factory=list)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
