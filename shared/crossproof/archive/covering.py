"""Decides how many of the commits that touched something have a proof, and lists the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crossproof.archive import layout
from crossproof.archive.finding import entries_of
from crossproof.archive.index import Entry
from crossproof.archive.store import ObjectStore
from crossproof.units import Sha


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit, as a person would recognise it."""

    sha: Sha
    at: datetime
    title: str
    author: str


@dataclass(frozen=True, slots=True)
class Covered:
    """One commit, and the evidence for it."""

    commit: Commit
    entries: Sequence[Entry]

    @property
    def state(self) -> str:
        """Whether it was proven, tried and not proven, or never tried."""
        verdicts = {entry.verdict for entry in self.entries}
        return (
            "proven"
            if "passed" in verdicts
            else "failed"
            if "failed" in verdicts
            else "unproven"
            if verdicts
            else "no evidence"
        )


def coverage(store: ObjectStore, commits: Sequence[Commit]) -> Sequence[Covered]:
    """Look each commit up as the one under test; an index that cannot be read is an error, not a missing proof."""
    covered = []
    for commit in commits:
        entries = [one for one in entries_of(store, layout.by_commit(commit.sha)) if one.subject.sha == commit.sha.hex]
        covered.append(Covered(commit, entries))
    return covered


def sentence(covered: Sequence[Covered]) -> str:
    """Say it in one line."""
    proven = sum(one.state == "proven" for one in covered)
    share = f" ({100 * proven // len(covered)} %)" if covered else ""
    return f"{proven} of {len(covered)} commits have proven evidence{share}."
