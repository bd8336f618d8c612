"""One notice: the words that people read, and the stamp by which it is found again."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from crossproof.report.received import Report
from crossproof.telling.topic import Here, Topic, run_page
from crossproof.verdict import SIGNS, Verdict

_ID = re.compile(r"[0-9a-f]{1,64}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,19}", re.ASCII)
_WORST_LAST = (Verdict.PASSED, Verdict.UNPROVEN, Verdict.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a message carries out of people's sight: what it is about, and which report it tells of."""

    topic: str
    report: str
    verdict: Verdict
    run: int  # 0: no runner's
    attempt: int
    ended_at: datetime

    def written(self) -> dict[str, str]:
        """Write it as texts in which nothing needs escaping anywhere."""
        return {
            "topic": self.topic,
            "report": self.report,
            "verdict": self.verdict,
            "run": str(self.run),
            "attempt": str(self.attempt),
            "ended_at": self.ended_at.astimezone(UTC).isoformat(timespec="seconds"),
        }

    @classmethod
    def read(cls, written: Mapping[str, object]) -> Self | None:
        """Read what was written; anything else is no stamp of ours."""
        parts = {name: value for name, value in written.items() if isinstance(value, str)}
        try:
            ended_at = datetime.fromisoformat(parts["ended_at"])
            whole = _ID.fullmatch(parts["topic"]) and _ID.fullmatch(parts["report"])
            if not whole or not _NUMBER.fullmatch(parts["run"]) or not _NUMBER.fullmatch(parts["attempt"]):
                return None
            return cls(
                topic=parts["topic"],
                report=parts["report"],
                verdict=Verdict(parts["verdict"]),
                run=int(parts["run"]),
                attempt=int(parts["attempt"]),
                ended_at=ended_at if ended_at.tzinfo else ended_at.replace(tzinfo=UTC),
            )
        except (KeyError, ValueError):
            return None

    def newer_than(self, other: "Stamp") -> bool:
        """Order by run, whose ids GitHub counts up: an old run that ends late does not take a newer one's place."""
        if self.run and other.run:
            return (self.run, self.attempt) > (other.run, other.attempt)
        return self.ended_at > other.ended_at

    def would_hide(self, other: "Stamp") -> bool:
        """Whether putting this in the other's place takes a worse verdict of the very same attempt out of sight."""
        one_attempt = bool(self.run) and (self.run, self.attempt) == (other.run, other.attempt)
        return one_attempt and self.report != other.report and worse(other.verdict, self.verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is said, in parts that each place writes in its own way. All but `run_page` may be text from elsewhere."""

    title: str
    sentence: str
    reason: str
    facts: tuple[tuple[str, str], ...]
    run_page: str
    run_name: str
    stamp: Stamp
    remark: str = ""  # what people must know about the telling itself

    @property
    def verdict(self) -> Verdict:
        """What the report says is proven."""
        return self.stamp.verdict

    @property
    def headline(self) -> str:
        """Say the verdict first."""
        return f"{SIGNS[self.verdict]} {self.verdict} · {self.title}"


def worse(one: Verdict, other: Verdict) -> bool:
    """Whether a reader must not lose the one for the other."""
    return _WORST_LAST.index(one) > _WORST_LAST.index(other)


def notice_of(report: Report, content: bytes, topic: Topic, here: Here) -> Notice:
    """Put a report in the words that every place tells."""
    facts = (
        ("reason", report.reason),
        ("change", topic.place),
        ("commit", f"{report.sha.short} of {report.repository}" if report.sha and report.repository else ""),
    )
    run = report.run
    return Notice(
        title=topic.title,
        sentence=report.sentence,
        reason=report.reason,
        facts=tuple((name, said) for name, said in facts if said),
        run_page=run_page(run, here) if run else "",
        run_name=f"run {run.id}" + (f", attempt {run.attempt}" if run.attempt > 1 else "") if run else "",
        stamp=Stamp(
            topic=topic.key,
            report=hashlib.sha256(content).hexdigest()[:32],
            verdict=report.verdict,
            # No report is of a later run than the one that tells of it: a forged number must outdate nothing.
            run=min(run.id, here.run_id or run.id) if run else 0,
            attempt=run.attempt if run else 0,
            ended_at=report.ended_at,
        ),
    )
