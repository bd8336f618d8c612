"""Decides what in an engine is ours: nothing without our label is ever removed."""

from collections.abc import Mapping
from dataclasses import dataclass

_PREFIX = "dev.crossproof."
SESSION = f"{_PREFIX}session"
EXPIRES = f"{_PREFIX}expires"  # seconds since 1970
PLACE = f"{_PREFIX}place"  # the runner's own folder: it runs one job at a time
KEPT = f"{_PREFIX}kept"
COMPOSE_PROJECT = "com.docker.compose.project"
LIFE = 6 * 3600  # longer than a job on GitHub may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One step's stay in an engine. `place` is empty where several may stay at once, as on a laptop."""

    id: str
    place: str
    expires: int
    kept: bool = False

    @property
    def labels(self) -> Mapping[str, str]:
        """What everything that is made carries."""
        labels = {SESSION: self.id, EXPIRES: str(self.expires)}
        return {**labels, **({PLACE: self.place} if self.place else {}), **({KEPT: "true"} if self.kept else {})}

    def project(self, tier: str, attempt: int = 1) -> str:
        """Name a tier's Compose project."""
        return f"{self.id}-{tier}" if attempt == 1 else f"{self.id}-{tier}-{attempt}"


def is_left_over(labels: Mapping[str, str], session: Session, now: float) -> bool:
    """Tell whether something of ours belongs to a step that is over: past its time, or of this very runner before."""
    owner = labels.get(SESSION, "")
    if not owner or owner == session.id:
        return False
    expires = labels.get(EXPIRES, "")
    if expires.isdecimal() and int(expires) < now:
        return True
    return bool(session.place) and labels.get(PLACE) == session.place and KEPT not in labels


def session_of(labels: Mapping[str, str]) -> str:
    """Name the session that made something; scripts that call Compose themselves leave only its project."""
    if owner := labels.get(SESSION, ""):
        return owner
    project = labels.get(COMPOSE_PROJECT, "")
    head = project.split("-", 1)[0]
    return head if head.startswith("cptiers") else ""
