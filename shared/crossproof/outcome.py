"""The one value an action returns: every surface (log, summary, outputs, annotations, JSON) is rendered from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from crossproof.units import RepoRef
from crossproof.verdict import Exit, Reason, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the verdict is about."""

    repository: RepoRef | None = None
    sha: str = ""
    ref: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A file that the verdict was judged from, or that proves it; the path is relative to the report directory."""

    path: str
    sha256: str
    size: int


class ReportFiles(Protocol):
    """The step's own directory for what it judged and found."""

    def write_text(self, name: str, text: str) -> Evidence: ...
    def write_bytes(self, name: str, content: bytes) -> Evidence: ...
    def file(self, name: str) -> Path: ...
    def relative(self, name: str) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A remark for the run's page, at most on one line of a file of the workspace."""

    level: str  # "error" | "warning" | "notice"
    title: str
    message: str
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an action ended, complete: nothing that renders it looks anything up or computes."""

    reason: Reason
    sentence: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    subject: Subject = field(default_factory=Subject)
    evidence: Sequence[Evidence] = ()
    details: Mapping[str, object] = field(default_factory=dict)
    summary: str = ""  # Markdown below the verdict line
    annotations: Sequence[Annotation] = ()
    softened_by: str = ""  # the input that asked not to go red, e.g. "fail_on: never"

    @property
    def verdict(self) -> Verdict:
        """What is proven; no input can change it."""
        return self.reason.verdict

    @property
    def exit(self) -> Exit:
        """What the runner is told. A softening input moves only this, and only an answer: no fault, no cancellation."""
        answered = self.reason.exit in {Exit.PROVEN_BAD, Exit.NOT_FOUND_OUT}
        return Exit.DONE if self.softened_by and answered else self.reason.exit
