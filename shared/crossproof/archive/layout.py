"""Decides under which key evidence lies: by facts of the run alone, so that archiving it twice meets itself."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import quote, unquote

from crossproof.units import RepoRef, Sha

EVIDENCE = "evidence/v1"
INDEX = "index/v1"
CHAIN = "chain/v1"
ANY_BRANCH = "@any"  # no branch is written so: an @ of a name is escaped
_FINGERPRINT = 16
_LONGEST_PART = 180  # a file system's limit is 255 bytes, and an id and an ending are added


def part(name: str) -> str:
    """Write a name as one part of a key: the same in S3 and in a directory, and never a path of its own."""
    escaped = quote(name, safe="") or "@none"
    if not escaped.strip("."):
        escaped = escaped.replace(".", "%2E")
    if len(escaped) <= _LONGEST_PART:
        return escaped
    return f"{escaped[: _LONGEST_PART - 20]}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the evidence of one attempt of one run lies."""

    subject: Sha
    repository: RepoRef
    run_id: int
    attempt: int
    started_at: datetime

    @property
    def day(self) -> date:
        """The day of the run, not of the archiving: the same whenever it is archived."""
        return self.started_at.astimezone(UTC).date()

    @property
    def directory(self) -> str:
        """Everything of this evidence is below it."""
        return f"{EVIDENCE}/{self.day}/{self.subject}/{_who(self.repository)}/{self.run_id}-{self.attempt}"

    def manifest(self, fingerprint: str) -> str:
        """Written last: without it there is no evidence. A run has one for each selection and judgement archived."""
        return f"{self.directory}/manifest-{fingerprint[:_FINGERPRINT]}.json"

    def artifact(self, artifact_id: int, name: str) -> str:
        """Where the bytes of an artifact lie, as they were uploaded."""
        return f"{self.directory}/artifacts/{artifact_id}~{part(name)}"

    def local(self, sha256: str, name: str) -> str:
        """Where files lie that the archiving job packed itself."""
        return f"{self.directory}/artifacts/local-{sha256[:_FINGERPRINT]}~{part(name)}"

    def report(self, report_sha256: str, path: str) -> str:
        """Where a file of the validation's report directory lies."""
        names = "/".join(part(piece) for piece in path.split("/"))
        return f"{self.directory}/validation/{report_sha256[:_FINGERPRINT]}/{names}"


def by_commit(sha: Sha) -> str:
    """List what is known of a commit, whether it was the one under test or the one that tested."""
    return f"{INDEX}/commit/{sha}.json"


def by_day(day: date) -> str:
    """List what ran on a day, UTC."""
    return f"{INDEX}/date/{day}.json"


def by_run(repository: RepoRef, run_id: int) -> str:
    """List the attempts of a run."""
    return f"{INDEX}/run/{_who(repository)}/{run_id}.json"


def by_deployment(profile: str, version: str) -> str:
    """List what was proven with a version of a profile."""
    return f"{INDEX}/deployment/{part(profile)}/{part(version)}.json"


def latest(environment: str, branch: str = "") -> str:
    """Name the newest evidence of an environment, of one branch or of any."""
    return f"{INDEX}/latest/{part(environment)}/{part(branch) if branch else ANY_BRANCH}.json"


def chain(environment: str, number: int) -> str:
    """Where one link of an environment's chain lies."""
    return f"{CHAIN}/{part(environment)}/{number:08}.json"


def chain_head(environment: str) -> str:
    """Where it is noted how long the chain was lately."""
    return f"{CHAIN}/{part(environment)}/head.json"


def environment_of(room: str) -> str:
    """Read an environment's name back from the part of a key that stands for it."""
    return "" if room == part("") else unquote(room)


def _who(repository: RepoRef) -> str:
    """Write a repository as one part; GitHub takes its names without regard to case."""
    return f"{part(repository.owner.lower())}~{part(repository.name.lower())}"
