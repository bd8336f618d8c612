"""Looks for the run that an action is about, and waits for it as long as it was allowed to."""

from collections.abc import Callable, Sequence

from crossproof.actions.selecting import WhichRun
from crossproof.artifacts import telling
from crossproof.artifacts.choosing import Chosen, Looked, NothingFound, choose_by_id, choose_newest
from crossproof.artifacts.recorded import Recordings, Search
from crossproof.clock import Clock
from crossproof.errors import BadCall, Fault
from crossproof.units import RunId

_SHORTEST, _LONGEST = 5.0, 30.0


def look_for(inputs: WhichRun, recordings: Recordings, *, clock: Clock, say: Callable[[str], None]) -> Chosen | Looked:
    """Give the run and its artifacts; or, when time is up, what was looked at instead."""
    start = clock.monotonic()
    run_id = inputs.run_id
    if run_id is None and inputs.artifact_ids:
        run_id = _run_of(inputs.artifact_ids, recordings)
    search = inputs.search(recordings) if run_id is None else None
    say(f"Looking for {inputs.wanted} of {telling.sought(search, run_id)}.")
    named = bool(inputs.artifacts or inputs.artifact_ids)
    while True:
        found = _chosen(search, run_id, inputs, recordings)
        waited = clock.monotonic() - start
        left = inputs.wait_timeout.seconds - waited
        # What a run that goes on has uploaded by now is everything only where each part of the wish was named.
        if isinstance(found, Chosen) and (found.run.completed or left <= 0 or named):
            for line in telling.choice(found, clock.now()):
                say(line)
            return found
        if left <= 0:
            return found.looked if isinstance(found, NothingFound) else Looked()
        pause = min(left, _LONGEST, max(_SHORTEST, waited / 10))
        say(f"Not there yet after {waited:.0f} s; looking again in {pause:.0f} s.")
        clock.sleep(pause)


def _chosen(
    search: Search | None, run_id: int | None, inputs: WhichRun, recordings: Recordings
) -> Chosen | NothingFound:
    if search is None and run_id is not None:
        return choose_by_id(recordings, RunId(run_id), inputs.wanted, inputs.policy)
    return choose_newest(recordings, search or Search(), inputs.wanted, inputs.policy)


def _run_of(ids: Sequence[int], recordings: Recordings) -> int:
    """Find the one run that all these artifacts belong to."""
    runs = {recordings.artifact(one).run_id for one in ids}
    if len(runs) > 1:
        raise BadCall([Fault("artifact_ids", f"belong to {len(runs)} runs: {', '.join(map(str, sorted(runs)))}")])
    return runs.pop()
