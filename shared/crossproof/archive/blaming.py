"""Decides which side is suspect when something that was proven is not any more: by what changed since, alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from crossproof.archive.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not what it was when the last proof was made."""

    what: str
    side: str  # who could have made the difference
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """What changed since the last proof, and what of it is not on record."""

    proven: Evidence
    suspect: Evidence
    changes: Sequence[Change]
    unknown: Sequence[str]

    @property
    def side(self) -> str:
        """The one side that changed; empty if none did, several did, or something is not known."""
        sides = {change.side for change in self.changes}
        return sides.pop() if len(sides) == 1 and not self.unknown else ""

    @property
    def sentence(self) -> str:
        """Say it so that nobody is accused by what was not found out."""
        source = self.proven.source
        since = f"since the last proof (run {source.id}, {source.started_at:%Y-%m-%d %H:%M} UTC)"
        names = ", ".join(change.what for change in self.changes)
        if self.unknown:
            changed = f"{names} changed {since}" if names else f"nothing known changed {since}"
            return f"Undecided: {changed}, and {', '.join(self.unknown)} is not on record for both."
        if not self.changes:
            return f"Nothing changed {since}: look at the environment, the devices and flakiness."
        if self.side:
            return f"Only {names} changed {since}: the {self.side} side is suspect."
        return f"Undecided: several sides changed {since}: {names}."


def blame(proven: Evidence, suspect: Evidence) -> Blame:
    """Compare what two runs were made of."""
    pairs = (
        ("the app's commit", "app", proven.source.head_sha, suspect.source.head_sha),
        ("the commit under test", "tracking", proven.subject.sha, suspect.subject.sha),
        ("the profile's version", "tracking", _live(proven), _live(suspect)),
        ("the tracking plan", "plan", _plan(proven), _plan(suspect)),
    )
    return Blame(
        proven=proven,
        suspect=suspect,
        changes=[Change(*pair) for pair in pairs if pair[2] != pair[3] and pair[2] and pair[3]],
        unknown=[what for what, _, before, after in pairs if not (before and after)],
    )


def last_proof(before: Evidence, others: Sequence[Evidence]) -> Evidence | None:
    """Give the newest proof of the same kind of run that is older than a given piece of evidence."""
    fitting = [
        one
        for one in others
        if one.verdict == "passed"
        and one.deployment.environment == before.deployment.environment
        and one.source.workflow.partition("@")[0] == before.source.workflow.partition("@")[0]
        and one.source.repository == before.source.repository
        and one.source.started_at < before.source.started_at
    ]
    return max(fitting, key=lambda one: (one.source.started_at, one.source.id, one.source.attempt), default=None)


def _live(evidence: Evidence) -> str:
    return f"{evidence.deployment.tealium_profile} {evidence.deployment.tealium_version}".strip()


def _plan(evidence: Evidence) -> str:
    return evidence.validation.plan_sha256 if evidence.validation else ""
