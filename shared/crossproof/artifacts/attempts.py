"""Decides which upload of a name is the right one when a run was attempted more than once.

Ids are no help: an upload of attempt 1 can have the higher one (Systemorph/MeshWeaver#4303). Time is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crossproof.artifacts.recorded import Artifact, Job
from crossproof.errors import CrossproofError
from crossproof.units import clip
from crossproof.verdict import Exit, unproven

AMBIGUOUS = unproven(
    "ambiguous",
    Exit.NOT_FOUND_OUT,
    "Two artifacts of one name were uploaded in the same second, so it cannot be told which is the newer one.",
    "Give the one that is meant by `artifact_ids`.",
)


@dataclass(frozen=True, slots=True)
class Window:
    """When an attempt ran: uploads from `start` on, and before `end` where a later attempt followed."""

    start: datetime
    end: datetime | None = None

    def holds(self, artifact: Artifact) -> bool:
        """Whether an artifact was uploaded during the attempt."""
        return self.start <= artifact.created_at and (self.end is None or artifact.created_at < self.end)


def newest_of_each_name(artifacts: Iterable[Artifact]) -> Sequence[Artifact]:
    """Keep, of each name, what was uploaded last; the order is that of upload."""
    newest: dict[str, Artifact] = {}
    for artifact in sorted(artifacts, key=lambda one: (one.created_at, one.id)):
        other = newest.get(artifact.name)
        if other and other.created_at == artifact.created_at and other.sha256 != artifact.sha256:
            raise CrossproofError(
                f"Two artifacts are named {clip(artifact.name)} and were uploaded in the same second.",
                why="Their ids do not tell which is newer.",
                seen=f"ids {other.id} and {artifact.id}, {artifact.created_at:%Y-%m-%d %H:%M:%S} UTC",
                fix=AMBIGUOUS.fix,
                anchor="ambiguous",
                reason=AMBIGUOUS,
            )
        newest[artifact.name] = artifact
    return sorted(newest.values(), key=lambda one: (one.created_at, one.id))


def ran_whole(again: Sequence[Job], first: Sequence[Job], started_at: datetime) -> bool:
    """Tell "re-run all jobs" from "re-run failed jobs": after the latter, earlier uploads of the kept jobs still count.

    A kept job is missing from the newer attempt's list, or stands in it with its old times: GitHub has done both
    (r-universe-org/help#607). The first attempt is the one that has every job.
    """
    ran = {job.name for job in again if job.started_at is None or job.started_at >= started_at}
    return all(job.name in ran for job in first)
