"""Ends what a cancelled or killed step leaves: every run of ours, and no other. First in seconds, then for good."""

from collections.abc import Sequence
from dataclasses import replace

from crossproof.dispatch.correlation import Search, Trail, candidates
from crossproof.dispatch.journal import Entry, Phase
from crossproof.dispatch.ports import Outside, Stop
from crossproof.dispatch.runs import Run
from crossproof.dispatch.token import tokens_in
from crossproof.dispatch.waiting import Seen
from crossproof.errors import CrossproofError, Unreachable
from crossproof.units import RepoRef, RunId

_ENOUGH_FOR_ONE = 1.5  # seconds that one last request may need
_QUICK = 3.0
RECONCILED_WITHIN = 60.0
FORCED_AFTER = 60.0
_PAUSE = 5.0


def abandon(outside: Outside) -> None:
    """Cancel what is ours, in the few seconds that a cancelled step has; the post step sees to the rest."""
    for name, entry in outside.journal.open():
        if outside.seconds_left() < _ENOUGH_FOR_ONE:
            return
        # What was only left over by elimination may be somebody else's: the post step looks again before.
        run_id = RunId(entry.run_id) if entry.phase is Phase.RUNNING and not entry.eliminated else None
        if entry.phase in (Phase.SENDING, Phase.SENT):
            run_id = _glimpse(entry, outside)
        if run_id is None:
            continue
        stopped = outside.control.cancel(entry.where, run_id, seconds=min(_QUICK, outside.seconds_left()))
        outside.tell.line(f"{entry.repository}: cancelling run {run_id}: {stopped.shown}")
        if stopped.how is Stop.OVER:
            outside.journal.over(name)
        elif stopped.how is Stop.ACCEPTED:
            outside.journal.put(name, replace(entry, phase=Phase.CANCELLING, run_id=run_id))


def _glimpse(entry: Entry, outside: Outside) -> RunId | None:
    """Look once for what a dispatch in flight may have started."""
    try:
        listing = outside.runs.newest(entry.where, workflow=entry.workflow, down_to=RunId(entry.after), quick=True)
    except CrossproofError:
        return None
    return next((run.id for run in listing.runs if entry.token in tokens_in(*run.titles)), None)


def finish(entries: Sequence[Entry], outside: Outside) -> None:
    """See to each; trouble with one is no reason to forget the others, and is raised at the end."""
    troubles: list[CrossproofError] = []
    for entry in entries:
        try:
            for run_id, asked in _runs_of(entry, outside):
                see_it_end(entry.where, run_id, outside, asked=asked)
        except CrossproofError as error:
            troubles.append(error)
    if troubles:
        raise troubles[0]


def _runs_of(entry: Entry, outside: Outside) -> list[tuple[RunId, bool]]:
    """Give the runs that are to end, and whether each was asked to already."""
    match entry.phase:
        case Phase.OVER:
            return []
        case Phase.CANCELLING:
            return [(RunId(entry.run_id), True)]
        case Phase.RUNNING if not entry.eliminated:
            return [(RunId(entry.run_id), False)]
        case Phase.RUNNING:
            return [(RunId(entry.run_id), False)] if _still_alone(entry, outside) else []
        case Phase.SENDING | Phase.SENT:
            return [(run.id, False) for run in _reconcile(entry, outside)]


def _reconcile(entry: Entry, outside: Outside) -> list[Run]:
    """Look for what a dispatch in flight may have started, by its token, for as long as it may stay invisible."""
    until = outside.time.monotonic() + RECONCILED_WITHIN
    outside.tell.line(
        f"{entry.repository}: looking for a run with token {entry.token}, started as the step was cut off"
    )
    while True:
        listing = outside.runs.newest(entry.where, workflow=entry.workflow, down_to=RunId(entry.after))
        found = [run for run in listing.runs if entry.token in tokens_in(*run.titles) and run.event == entry.event]
        if found:
            return found
        if outside.time.monotonic() >= until:
            break
        outside.time.sleep(_PAUSE)
    left = candidates(_search(entry), Trail(), listing.runs)
    if left:
        urls = ", ".join(run.url for run in left)
        outside.tell.warning(f"One of these may be ours, and none shows its token: {urls}", title="Not cancelled")
    else:
        outside.tell.line("none came into sight")
    return []


def _still_alone(entry: Entry, outside: Outside) -> bool:
    """A run that was only left over by elimination is cancelled only if nothing else fits even now."""
    listing = outside.runs.newest(entry.where, workflow=entry.workflow, down_to=RunId(entry.after))
    left = candidates(_search(entry), Trail(), listing.runs)
    if [run.id for run in left] == [entry.run_id]:
        return True
    urls = ", ".join(run.url for run in left)
    outside.tell.warning(f"Which of these is ours cannot be told: {urls}", title="Not cancelled")
    return False


def see_it_end(repository: RepoRef, run_id: RunId, outside: Outside, *, asked: bool = False) -> Run:
    """Cancel once (unless that was done), wait, and force what does not end; raise if it may still be going on."""
    forced, until, shown = False, outside.time.monotonic() + FORCED_AFTER, ""
    while True:
        sight = outside.view.look(repository, run_id)
        if isinstance(sight, Seen) and sight.run.completed:
            return sight.run
        if not asked or (not forced and outside.time.monotonic() >= until):
            forced, asked = asked, True
            stopped = outside.control.cancel(repository, run_id, force=forced)
            shown = stopped.shown
            outside.tell.line(f"{repository}: {'forcing the end of' if forced else 'cancelling'} run {run_id}: {shown}")
        elif outside.time.monotonic() >= until + FORCED_AFTER:
            seen = sight.run.status if isinstance(sight, Seen) else sight.shown
            raise Unreachable(
                f"Run {run_id} of {repository} may still be going on: it could not be cancelled.",
                seen=f"{seen}; {shown}",
                fix="Look at its page, and cancel it there.",
            )
        outside.time.sleep(_PAUSE)


def _search(entry: Entry) -> Search:
    return Search(
        token=entry.token, event=entry.event, after=RunId(entry.after), not_before=None, sent_at=0.0, accepted=True
    )
