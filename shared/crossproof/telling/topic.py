"""Decides what one message is about: reports with the same topic share a message, all others have their own."""

import hashlib
import json
from dataclasses import dataclass

from crossproof.errors import CrossproofError
from crossproof.report.received import Report, RunOf
from crossproof.units import RepoRef, RunId, Sha
from crossproof.verdict import BAD_INPUT

_PULL = ("refs/pull/", "/merge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The job that tells."""

    repository: RepoRef | None
    sha: str  # of the commit that a person means: of a pull request its head
    ref: str
    workflow: str
    run_id: RunId | None
    attempt: int
    server_url: str

    def made(self, report: Report) -> bool:
        """Whether the report was made by this very run, as far as it says so itself."""
        return report.run is not None and (report.run.repository, report.run.id) == (self.repository, self.run_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a message is about: a key for us, and words for people."""

    key: str
    title: str
    place: str  # the branch, pull request or commit; empty where the caller named the subject


def topic_of(report: Report, here: Here, *, subject: str | None, pull_request: int | None) -> Topic:
    """Take what the caller calls it, or else who proved what of which change."""
    home = [here.server_url, str(here.repository or "")]
    if subject:
        return Topic(key=_key([*home, subject]), title=subject, place="")
    title = " · ".join(filter(None, (report.action, str(report.repository or ""), report.environment)))
    change = f"pull request {pull_request}" if pull_request else _change(report, here)
    # A commit is known by all its digits, and shown by seven.
    place = f"commit {report.sha.short}" if report.sha and change == report.sha.hex else change
    return Topic(key=_key([*home, here.workflow, report.job, title, change]), title=title, place=place)


def commit_of(report: Report, here: Here, repository: RepoRef | None, asked: Sha | None) -> tuple[RepoRef, Sha]:
    """Find the commit that a verdict may be put on. A report of another commit, or of another run, binds nothing."""
    home = repository or here.repository
    if home is None:
        raise _unbound("No repository is known.", "Give `repository`: outside a runner nobody says which it is.")
    about = report.sha if report.repository == home else None
    if asked and about and asked != about:
        raise _unbound(
            f"The report is about commit {about.short} of {home}, and the status was to be set on {asked.short}.",
            "Prove that commit, and tell of the report that is about it: an old report proves nothing of a new commit.",
        )
    if asked:
        return home, asked
    if not here.made(report):
        raise _unbound(
            "The report was made by another run, and nothing binds it to a commit of this one.",
            "Give `commit_sha`, from a source that the report's author cannot choose, such as receive-results.",
        )
    found = about or (Sha.parse(here.sha) if here.sha and home == here.repository else None)
    if found is None:
        raise _unbound(f"No commit of {home} is known.", "Give `commit_sha`.")
    return home, found


def run_page(run: RunOf, here: Here) -> str:
    """Name the run's page on the server that this job belongs to: an address in a report may lead anywhere."""
    return f"{here.server_url}/{run.repository}/actions/runs/{run.id}/attempts/{run.attempt}"


def _change(report: Report, here: Here) -> str:
    """Name the change: the job's own ref, unless the report is about something else."""
    of_another_commit = report.repository == here.repository and report.sha and report.sha.hex != here.sha
    if here.made(report) and here.ref and not of_another_commit:
        start, end = _PULL
        if here.ref.startswith(start) and here.ref.endswith(end):
            return f"pull request {here.ref.removeprefix(start).removesuffix(end)}"
        return here.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    return report.sha.hex if report.sha else report.ref


def _key(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _unbound(what: str, fix: str) -> CrossproofError:
    return CrossproofError(what, fix=fix, anchor="commit", reason=BAD_INPUT)
