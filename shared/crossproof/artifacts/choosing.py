"""Decides which run is meant and which of its artifacts, and remembers what was looked at on the way."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from crossproof.artifacts.attempts import Window, newest_of_each_name, ran_whole
from crossproof.artifacts.recorded import Artifact, Recordings, Run, Search, is_workflow
from crossproof.artifacts.wanted import Wanted
from crossproof.errors import BadCall, CrossproofError, Fault
from crossproof.probe import Absent
from crossproof.units import RunId, clip
from crossproof.verdict import Exit, unproven

MOST_RUNS_OPENED = 30  # each costs a request
_BATCH = 100  # a page: the next one is only asked for when nothing on this one fits
UNTRUSTED_RUN = unproven(
    "untrusted-run",
    Exit.CALL_MUST_CHANGE,
    "The run executed code that is not the repository's own, or another workflow than was expected: it proves nothing.",
    "Set `allow_forks: true` only where what a stranger's code uploads is treated as hostile; else name another run.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Whom to believe, and which attempt is meant (0: the latest)."""

    attempt: int = 0
    allow_forks: bool = False
    expected_workflow: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A run, and those of its artifacts that are meant and can be had."""

    run: Run
    attempt: int
    artifacts: Sequence[Artifact]
    kept: frozenset[int] = frozenset()  # ids uploaded by an earlier attempt whose job did not run again


@dataclass(slots=True)
class Looked:
    """What was looked at: shown when nothing fits, because it tells the reader what exists instead."""

    runs: int = 0
    opened: list[str] = field(default_factory=list)
    running: list[Run] = field(default_factory=list)
    foreign: list[Run] = field(default_factory=list)
    expired: list[tuple[Run, Artifact]] = field(default_factory=list)
    unopened: int = 0
    index_lagged: bool = False


@dataclass(frozen=True, slots=True)
class NothingFound:
    """No run has it; `looked` says where that is known from."""

    looked: Looked


def choose_by_id(recordings: Recordings, run_id: RunId, wanted: Wanted, policy: Policy) -> Chosen | NothingFound:
    """Open exactly this run; it need not have ended, for a later job may fetch what an earlier one uploaded."""
    found = recordings.run(run_id)
    if isinstance(found, Absent):
        return NothingFound(Looked(opened=[f"run {run_id} is not known to GitHub: {found.proof}"]))
    run = found.value
    if run.foreign and not policy.allow_forks:
        where = str(run.head_repository) if run.head_repository else "a fork that no longer exists"
        raise untrusted(f"Run {run.id} executed the code of {where}, not of {run.repository}.", run.url)
    if policy.expected_workflow and not is_workflow(run.workflow, policy.expected_workflow):
        raise untrusted(f"Run {run.id} is one of {run.workflow}, not of {clip(policy.expected_workflow)}.", run.url)
    if policy.attempt > run.attempt:
        raise BadCall([Fault("run_attempt", f"is {policy.attempt}, and run {run.id} has {run.attempt}: {run.url}")])
    looked = Looked(runs=1)
    return _open(recordings, run, wanted, policy, looked) or NothingFound(looked)


def choose_newest(recordings: Recordings, search: Search, wanted: Wanted, policy: Policy) -> Chosen | NothingFound:
    """Open the fitting runs from the newest on, until one has everything that is wanted."""
    looked = Looked()
    for filtered in (True, False):
        # The filtered index can know nothing of it yet, which is not the same as nothing (dawidd6#243).
        if looked.runs:
            break
        looked.index_lagged = not filtered
        runs = _judged(recordings.runs(search, filtered=filtered), search, policy, looked)
        while batch := list(islice(runs, _BATCH)):
            if chosen := _open_newest(recordings, batch, wanted, policy, looked):
                return chosen
    return NothingFound(looked)


def _open_newest(
    recordings: Recordings, batch: Sequence[Run], wanted: Wanted, policy: Policy, looked: Looked
) -> Chosen | None:
    for run in newest_first(batch):
        if len(looked.opened) >= MOST_RUNS_OPENED:
            looked.unopened += 1
        elif chosen := _open(recordings, run, wanted, policy, looked):
            return chosen
    return None


def newest_first(runs: Iterable[Run]) -> list[Run]:
    """Order by when a commit was last pushed or run, then by when each of its runs last started.

    A re-run of an old commit is not newer than the run of a newer commit; of one commit it is.
    """
    every = list(runs)
    commits = {run.head_sha: max(r.created_at for r in every if r.head_sha == run.head_sha) for run in every}
    return sorted(every, key=lambda run: (commits[run.head_sha], run.started_at, run.id), reverse=True)


def _judged(runs: Iterable[Run], search: Search, policy: Policy, looked: Looked) -> Iterator[Run]:
    for run in runs:
        if not search.fits(run) or run.attempt < policy.attempt:
            continue
        looked.runs += 1
        if run.foreign and not policy.allow_forks:
            looked.foreign.append(run)
        elif not run.completed:
            looked.running.append(run)
        elif not policy.expected_workflow or is_workflow(run.workflow, policy.expected_workflow):
            yield run


def _open(recordings: Recordings, run: Run, wanted: Wanted, policy: Policy, looked: Looked) -> Chosen | None:
    listed = [one for one in recordings.artifacts(run.id) if policy.allow_forks or not one.foreign]
    meant = [artifact for artifact in listed if wanted.meets(artifact)]
    attempt = policy.attempt or run.attempt
    if attempt < run.attempt:
        after = recordings.attempt(run.id, attempt + 1).started_at if attempt + 1 < run.attempt else run.started_at
        run = recordings.attempt(run.id, attempt)
        there, kept = newest_of_each_name(filter(Window(run.started_at, after).holds, meant)), frozenset[int]()
    else:
        there, kept = _of_latest(recordings, run, meant, alone=bool(policy.attempt))
    alive = [artifact for artifact in there if not artifact.expired]
    looked.expired.extend((run, artifact) for artifact in there if artifact.expired)
    looked.opened.append(_told(run, listed))
    if wanted.unmet(alive) or len(alive) < len(there):
        return None
    return Chosen(run=run, attempt=attempt, artifacts=alive, kept=kept & {artifact.id for artifact in alive})


def _of_latest(
    recordings: Recordings, run: Run, meant: Sequence[Artifact], *, alone: bool
) -> tuple[Sequence[Artifact], frozenset[int]]:
    """Give what counts as the latest attempt's; requests are only made where there was more than one attempt."""
    newest = newest_of_each_name(meant)
    if run.attempt == 1:
        return newest, frozenset()
    since = run.started_at if alone else _since_when(recordings, run, newest)
    counting = [artifact for artifact in newest if artifact.created_at >= since]
    return counting, frozenset(artifact.id for artifact in counting if artifact.created_at < run.started_at)


def _since_when(recordings: Recordings, run: Run, newest: Sequence[Artifact]) -> datetime:
    """Say since when uploads count: since the last attempt in which every job ran again."""
    since, attempt = run.started_at, run.attempt
    if all(artifact.created_at >= since for artifact in newest):
        return since
    first = recordings.jobs(run.id, 1)
    while attempt > 1 and not ran_whole(recordings.jobs(run.id, attempt), first, since):
        attempt -= 1
        since = recordings.attempt(run.id, attempt).started_at
    return since


def _told(run: Run, listed: Sequence[Artifact]) -> str:
    names = [clip(one.name) + (" (expired)" if one.expired else "") for one in listed]
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")  # noqa: PLR2004
    return f"run {run.id} ({run.conclusion or run.status}, {run.started_at:%Y-%m-%d %H:%M}): {shown or 'no artifacts'}"


def untrusted(what: str, url: str) -> CrossproofError:
    """Say why a run proves nothing."""
    return CrossproofError(what, seen=url, fix=UNTRUSTED_RUN.fix, anchor="untrusted-run", reason=UNTRUSTED_RUN)
