"""Decides what the indexes say: short lists by which evidence is found without listing the store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from crossproof.archive import layout
from crossproof.archive.evidence import Deployment, Evidence, Tested
from crossproof.units import Sha

SCHEMA = "crossproof/evidence-index/1"
LATEST_WHEN = ("passed", "any", "never")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One piece of evidence, as an index names it."""

    manifest: str  # its key
    manifest_sha256: str
    link: int  # its number in the chain of its environment
    subject: Tested
    deployment: Deployment
    repository: str
    run_id: int
    attempt: int
    workflow: str
    event: str
    conclusion: str
    head_sha: str
    head_branch: str
    started_at: datetime
    archived_at: datetime
    verdict: str
    artifacts: Sequence[str]  # names

    @property
    def order(self) -> tuple[datetime, int, int, datetime]:
        """Newer evidence is that of a run that started later, and of one run what was judged later."""
        return (self.started_at, self.run_id, self.attempt, self.archived_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One index file."""

    schema: str
    entries: Sequence[Entry]


def entry_of(evidence: Evidence, manifest_sha256: str, link: int) -> Entry:
    """Say of a piece of evidence what an index needs."""
    source = evidence.source
    return Entry(
        manifest=evidence.key,
        manifest_sha256=manifest_sha256,
        link=link,
        subject=evidence.subject,
        deployment=evidence.deployment,
        repository=source.repository,
        run_id=source.id,
        attempt=source.attempt,
        workflow=source.workflow,
        event=source.event,
        conclusion=source.conclusion,
        head_sha=source.head_sha,
        head_branch=source.head_branch,
        started_at=source.started_at.astimezone(UTC),
        archived_at=evidence.created_at.astimezone(UTC),
        verdict=evidence.verdict,
        artifacts=[artifact.name for artifact in evidence.artifacts],
    )


def merged(entries: Iterable[Entry]) -> Index:
    """Put entries in order, the newest last; the same manifest is listed once."""
    by_manifest = {entry.manifest: entry for entry in entries}
    return Index(schema=SCHEMA, entries=sorted(by_manifest.values(), key=lambda entry: (entry.order, entry.manifest)))


def lists_of(evidence: Evidence) -> Sequence[str]:
    """Name the indexes that list a piece of evidence."""
    place, deployment = evidence.place, evidence.deployment
    commits = dict.fromkeys((place.subject, Sha.parse(evidence.source.head_sha)))
    keys = [*(layout.by_commit(sha) for sha in commits), layout.by_day(place.day)]
    keys.append(layout.by_run(place.repository, place.run_id))
    if deployment.tealium_profile and deployment.tealium_version:
        keys.append(layout.by_deployment(deployment.tealium_profile, deployment.tealium_version))
    return keys


def latest_of(evidence: Evidence, latest_when: str) -> Sequence[str]:
    """Name the pointers to the newest evidence that this one may move."""
    counts = {"passed": evidence.verdict == "passed", "any": True, "never": False}[latest_when]
    if not counts or not evidence.deployment.environment:
        return ()
    environment, branch = evidence.deployment.environment, evidence.source.head_branch
    return [layout.latest(environment), *([layout.latest(environment, branch)] if branch else [])]


def moved(pointer: Index, new: Entry) -> Index:
    """Move a pointer forward, never back."""
    return merged([max([*pointer.entries, new], key=lambda entry: (entry.order, entry.manifest))])
