"""Ends what a cancelled or killed step leaves: every run of ours, and no other. First in seconds, then for good."""

from collections.abc import Sequence
from dataclasses import replace

from crossproof.dispatch.correlation import PROVEN_ALONE_AFTER, Expected, Search, Trail, candidates
from crossproof.dispatch.hunt import Hunt
from crossproof.dispatch.journal import Entry, Phase
from crossproof.dispatch.ports import Outside, Stop
from crossproof.dispatch.runs import Run
from crossproof.dispatch.token import tokens_in
from crossproof.dispatch.waiting import Seen
from crossproof.errors import CrossproofError, Unreachable
from crossproof.units import RepoRef, RunId

_ENOUGH_FOR_ONE = 1.5  # seconds that one last request may need
_QUICK = 3.0
FORCED_AFTER = 60.0
_LONGEST_PAUSE = 5.0


def abandon(outside: Outside) -> None:
    """Cancel what is ours, in the few seconds that a cancelled step has; the post step sees to the rest."""
    for name, entry in outside.journal.open():
        # What was only left over by elimination may be somebody else's: the post step looks again before.
        if entry.phase is Phase.RUNNING and not entry.eliminated:
            _cancel_in_haste(name, entry, RunId(entry.run_id), outside)
        elif entry.phase in (Phase.SENDING, Phase.SENT) and outside.seconds_left() >= _ENOUGH_FOR_ONE:
            found = _glimpse(entry, outside)
            for run_id in found:
                _cancel_in_haste(f"{name}#{run_id}", entry, run_id, outside)
            if entry.paths and len(found) >= len(entry.paths):
                outside.journal.over(name)


def _cancel_in_haste(name: str, entry: Entry, run_id: RunId, outside: Outside) -> None:
    """Send one cancel, if there is time for one; what came of it, the post step looks at."""
    if outside.seconds_left() < _ENOUGH_FOR_ONE:
        outside.journal.put(name, replace(entry, phase=Phase.RUNNING, run_id=run_id))
        return
    stopped = outside.control.cancel(entry.where, run_id, seconds=min(_QUICK, outside.seconds_left()))
    outside.tell.line(f"{entry.repository}: cancelling run {run_id}: {stopped.shown}")
    sent = Phase.RUNNING if stopped.how is Stop.UNCLEAR else Phase.CANCELLING
    outside.journal.put(name, replace(entry, phase=sent, run_id=run_id))


def _glimpse(entry: Entry, outside: Outside) -> list[RunId]:
    """Look once for what a dispatch in flight may have started."""
    try:
        listing = outside.runs.newest(
            entry.where, workflow=entry.workflow, down_to=RunId(entry.after), most=30, quick=True
        )
    except CrossproofError:
        return []
    return [run.id for run in listing.runs if entry.token in tokens_in(*run.titles) and run.event == entry.event]


def finish(entries: Sequence[Entry], outside: Outside) -> None:
    """See to each; trouble with one is no reason to forget the others, and is raised at the end."""
    troubles: list[CrossproofError] = []
    asked = {(entry.where, RunId(entry.run_id)) for entry in entries if entry.phase is Phase.CANCELLING}
    for entry in entries:
        try:
            found = [(entry.where, run_id) for run_id in _runs_of(entry, outside)]
            asked |= {each for each in found if each not in asked and _ask(*each, outside)}
        except CrossproofError as error:
            troubles.append(error)
    for repository, run_id in sorted(asked):  # all are asked before any is waited for
        try:
            see_it_end(repository, run_id, outside, asked=True)
        except CrossproofError as error:
            troubles.append(error)
    if troubles:
        raise troubles[0]


def see_it_end(repository: RepoRef, run_id: RunId, outside: Outside, *, asked: bool = False) -> Run:
    """Cancel once (unless that was done), wait, and force what does not end; raise if it may still be going on."""
    if not asked:
        _ask(repository, run_id, outside)
    began, forced, shown = outside.time.monotonic(), False, ""
    while True:
        sight = outside.view.look(repository, run_id)
        if isinstance(sight, Seen) and sight.run.completed:
            return sight.run
        waited = outside.time.monotonic() - began
        if waited >= FORCED_AFTER and not forced:
            forced, shown = True, outside.control.cancel(repository, run_id, force=True).shown
            outside.tell.line(f"{repository}: run {run_id} does not end; forcing it: {shown}")
        elif waited >= 2 * FORCED_AFTER:
            seen = sight.run.status if isinstance(sight, Seen) else sight.shown
            raise Unreachable(
                f"Run {run_id} of {repository} may still be going on: it could not be cancelled.",
                seen=f"{seen}; {shown}",
                fix="Look at its page, and cancel it there.",
            )
        outside.time.sleep(min(_LONGEST_PAUSE, 1.0 + waited / 2))


def _ask(repository: RepoRef, run_id: RunId, outside: Outside) -> bool:
    """Cancel a run, unless it is seen to be over."""
    sight = outside.view.look(repository, run_id)
    if isinstance(sight, Seen) and sight.run.completed:
        return False
    stopped = outside.control.cancel(repository, run_id)
    outside.tell.line(f"{repository}: cancelling run {run_id}: {stopped.shown}")
    return True


def _runs_of(entry: Entry, outside: Outside) -> list[RunId]:
    """Give the runs of an entry that are to end."""
    match entry.phase:
        case Phase.OVER | Phase.CANCELLING:
            return []
        case Phase.RUNNING:
            return [RunId(entry.run_id)] if not entry.eliminated or _still_alone(entry, outside) else []
        case Phase.SENDING | Phase.SENT:
            return _reconcile(entry, outside)


def _reconcile(entry: Entry, outside: Outside) -> list[RunId]:
    """Look for what a dispatch in flight may have started, by its token, for as long as it may stay invisible."""
    outside.tell.line(f"{entry.repository}: looking for a run with token {entry.token}, which the step left behind")
    hunt = Hunt(_search(entry, outside), entry.where, entry.workflow, patience=0, outside=outside)
    while not hunt.over:
        outside.time.sleep(max(0.0, hunt.due - outside.time.monotonic()))
        hunt.look()
    if not hunt.found:
        _say_doubts(hunt.doubts, outside)
    return [run.id for run, _ in hunt.found]


def _still_alone(entry: Entry, outside: Outside) -> bool:
    """A run that was only left over by elimination is cancelled only if nothing else fits, now and a minute later."""
    for wait in (0.0, PROVEN_ALONE_AFTER):
        outside.time.sleep(wait)
        listing = outside.runs.newest(entry.where, workflow=entry.workflow, down_to=RunId(entry.after))
        left = candidates(_search(entry, outside), Trail(), listing.runs)
        if [run.id for run in left] != [entry.run_id]:
            _say_doubts(left, outside)
            return False
    return True


def _say_doubts(doubts: Sequence[Run], outside: Outside) -> None:
    if doubts:
        urls = ", ".join(run.url for run in doubts)
        outside.tell.warning(f"Which of these is ours cannot be told: {urls}", title="Not cancelled")
    else:
        outside.tell.line("none came into sight")


def _search(entry: Entry, outside: Outside) -> Search:
    """Search by token alone: nothing is cancelled on a guess."""
    return Search(
        token=entry.token,
        event=entry.event,
        after=RunId(entry.after),
        not_before=None,
        sent_at=outside.time.monotonic(),
        expected=tuple(Expected(path=path) for path in entry.paths) or None,
        accepted=False,
    )
