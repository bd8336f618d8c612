"""Decides what in an engine is ours: nothing without our label is ever removed."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

_PREFIX = "dev.crossproof."
SESSION = f"{_PREFIX}session"
EXPIRES = f"{_PREFIX}expires"  # seconds since 1970
PLACE = f"{_PREFIX}place"  # the runner's own folder: it runs one job at a time
STEP = f"{_PREFIX}step"  # the step's own container: while it runs, nothing of it is left over
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
    step: str = ""

    @property
    def labels(self) -> Mapping[str, str]:
        """What everything that is made carries."""
        labels = {SESSION: self.id, EXPIRES: str(self.expires)}
        more = {PLACE: self.place, STEP: self.step, KEPT: "true" if self.kept else ""}
        return {**labels, **{name: value for name, value in more.items() if value}}

    def project(self, tier: str, attempt: int = 1) -> str:
        """Name a tier's Compose project."""
        return f"{self.id}-{tier}" if attempt == 1 else f"{self.id}-{tier}-{attempt}"


def is_left_over(labels: Mapping[str, str], session: Session, now: float, alive: AbstractSet[str]) -> bool:
    """Tell whether something of ours belongs to a step that is over: past its time, or of this very runner before.

    `alive` are the containers that run: tools that play several jobs at once may give all of them one folder.
    """
    owner = labels.get(SESSION, "")
    if not owner or owner == session.id:
        return False
    expires = labels.get(EXPIRES, "")
    if expires.isdecimal() and int(expires) < now:
        return True
    of_here = bool(session.place) and labels.get(PLACE) == session.place and KEPT not in labels
    return of_here and labels.get(STEP, "") not in alive


def session_of(labels: Mapping[str, str]) -> str:
    """Name the session that made something; scripts that call Compose themselves leave only its project."""
    if owner := labels.get(SESSION, ""):
        return owner
    project = labels.get(COMPOSE_PROJECT, "")
    head = project.split("-", 1)[0]
    return head if head.startswith("cptiers") else ""
