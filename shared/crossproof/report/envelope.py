"""What every JSON report holds, whichever action wrote it: notify, archive and merge read any of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime

from crossproof.outcome import Evidence
from crossproof.units import Duration, RepoRef, Sha
from crossproof.verdict import Verdict

WRITTEN_AS_TEXT = (RepoRef, Sha, Duration)  # as their `parse` reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the verdict is about; what does not apply is empty."""

    repository: str
    sha: str
    ref: str
    environment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Producer:
    """The run that the step belongs to; empty on a laptop."""

    repository: str
    run_id: int | None
    run_attempt: int
    job: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One report. `schema` names the action and the version of its `details`; times are ISO 8601 with offset."""

    schema: str
    action: str
    version: str
    verdict: Verdict
    reason: str
    sentence: str
    subject: About
    produced_by: Producer
    started_at: str
    ended_at: str
    evidence: Sequence[Evidence]
    details: Mapping[str, object]

    def as_json(self) -> str:
        """Write the report as the file that later steps and other jobs read."""
        return json.dumps(self, indent=2, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: object) -> object:
    """Take apart what JSON has no form for: dataclasses by field, units as text."""
    match value:
        case datetime():
            return value.isoformat()
        case Mapping():
            return dict(value)
        case _ if is_dataclass(value) and not isinstance(value, (*WRITTEN_AS_TEXT, type)):
            return {field.name: getattr(value, field.name) for field in fields(value)}
        case _:
            return str(value)
