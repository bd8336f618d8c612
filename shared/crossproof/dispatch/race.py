"""Settles a race between parents that started the same work: every one comes to the same answer without the others."""

from crossproof.dispatch.earlier import runs_of, winner
from crossproof.dispatch.ports import Outside
from crossproof.dispatch.preparing import Plan
from crossproof.dispatch.runs import Run
from crossproof.errors import CrossproofError
from crossproof.units import RunId

# After the run is known: a rival's run is usually visible in five seconds, and a late one costs a short duplicate.
_LOOKS = (0.0, 3.0, 10.0, 30.0, 60.0)


class Race:
    """One keyed run, ours or joined, compared with its rivals while late ones may still come into sight."""

    def __init__(self, plan: Plan, run_id: RunId, outside: Outside) -> None:
        """Begin now."""
        self.run_id = run_id
        self.winner: Run | None = None  # set when it is another than ours
        self.over = False
        self._plan, self._out, self._looks = plan, outside, 0
        self._begun = self.due = outside.time.monotonic()

    def look(self) -> None:
        """Compare once. A list that cannot be read settles nothing, and is read again."""
        try:
            listing = self._out.runs.newest(self._plan.request.repository, workflow=self._plan.list_of)
        except CrossproofError:
            listing = None
        same = runs_of(self._plan.key, listing.runs) if listing else ()
        mine = next((run for run in same if run.id == self.run_id), None)
        if mine and (best := winner(mine, [run for run in same if run.path == mine.path])).id != mine.id:
            self.winner, self.over = best, True
            return
        self._looks += 1
        self.over = self._looks == len(_LOOKS)
        self.due = self._begun + _LOOKS[min(self._looks, len(_LOOKS) - 1)]
