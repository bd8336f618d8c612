"""Carries several targets to their ends with one waiter: whatever is due next is done next."""

from collections.abc import Sequence

from crossproof.dispatch import endings
from crossproof.dispatch.ports import Outside
from crossproof.dispatch.preparing import Plan
from crossproof.dispatch.pursuit import Pursuit, Rules
from crossproof.dispatch.results import TargetResult
from crossproof.errors import CrossproofError
from crossproof.units import RepoRef, RunId
from crossproof.verdict import Reason

BETWEEN_POSTS = 1.0  # GitHub's secondary limit asks for a second between requests that change something


class Campaign:
    """All targets of one step."""

    def __init__(self, rules: Rules, outside: Outside, *, fail_fast: bool = False) -> None:
        """Nothing is begun yet."""
        self.pursuits: list[Pursuit] = []
        self._rules, self._out, self._fail_fast = rules, outside, fail_fast
        self._posted_at: float | None = None

    def start(self, plan: Plan) -> None:
        """Start one target. A lone target's refusal is raised with its remedy; one of many is noted."""
        pursuit = Pursuit(plan.name, plan.request.repository, self._rules, self._out)
        self.pursuits.append(pursuit)
        if self._posted_at is not None:
            self._out.time.sleep(max(0.0, self._posted_at + BETWEEN_POSTS - self._out.time.monotonic()))
        try:
            pursuit.start(plan)
        except CrossproofError as error:
            if self._rules.alone:
                raise
            self._out.tell.warning(error.what, title=f"{plan.name} was not started")
            pursuit.refuse(error.reason, error.what)
        self._posted_at = self._out.time.monotonic()

    def watch(self, name: str, repository: RepoRef, run_id: RunId) -> None:
        """Wait for a run that the caller names."""
        pursuit = Pursuit(name, repository, self._rules, self._out)
        self.pursuits.append(pursuit)
        pursuit.watch(run_id)

    def carry_through(self) -> Sequence[TargetResult]:
        """Go on until every target has its result."""
        while tasks := [task for pursuit in self.pursuits for task in pursuit.tasks()]:
            due, act = min(tasks, key=lambda task: task[0])
            self._out.time.sleep(max(0.0, due - self._out.time.monotonic()))
            act()
            if self._fail_fast and any(pursuit.proven_bad for pursuit in self.pursuits):
                for pursuit in self.pursuits:
                    pursuit.stop(endings.CHILD_CANCELLED, "another target failed, and `fail_fast` was asked for")
        return self.results()

    def search_for(self, seconds: float) -> Sequence[TargetResult]:
        """Only find the runs, for so long at most; a run that is found is not waited for."""
        until = self._out.time.monotonic() + seconds
        while hunts := [p for p in self.pursuits if p.hunt and not p.hunt.over]:
            pursuit = min(hunts, key=lambda each: each.hunt.due if each.hunt else 0)
            due, act = next(pursuit.tasks())
            if due > until:
                break
            self._out.time.sleep(max(0.0, due - self._out.time.monotonic()))
            act()
        return self.results()

    def leave(self, reason: Reason) -> Sequence[TargetResult]:
        """End the step with everything as it stands."""
        for pursuit in self.pursuits:
            pursuit.leave(reason)
        return self.results()

    def results(self) -> Sequence[TargetResult]:
        """Give what is known by now."""
        return [pursuit.result() for pursuit in self.pursuits]
