"""Pursues one target: starts it or joins it, finds its runs, watches each to its end, and keeps what became of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import assert_never

from crossproof.dispatch import endings
from crossproof.dispatch.closing import close
from crossproof.dispatch.correlation import Method
from crossproof.dispatch.earlier import RunFailedAgain
from crossproof.dispatch.hunt import Hunt
from crossproof.dispatch.journal import Entry, Phase
from crossproof.dispatch.pace import History
from crossproof.dispatch.ports import Outside, Stop
from crossproof.dispatch.preparing import Plan
from crossproof.dispatch.race import Race
from crossproof.dispatch.request import Request
from crossproof.dispatch.results import RunResult, TargetResult
from crossproof.dispatch.runs import Run
from crossproof.dispatch.sending import Accepted, Unclear, read_reply
from crossproof.dispatch.starting import Begun, Joined, Parent, Policy, start
from crossproof.dispatch.vigil import Terms, Vigil
from crossproof.dispatch.waiting import Ended, OutOfTime
from crossproof.errors import CrossproofError
from crossproof.units import RepoRef, RunId
from crossproof.verdict import Reason, Verdict


class OnTimeout(StrEnum):
    """What becomes of a child that is not over when the time is."""

    FAIL = "fail"
    CANCEL = "cancel"
    DETACH = "detach"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the call says about all of its targets."""

    parent: Parent
    policy: Policy
    terms: Terms
    on_timeout: OnTimeout = OnTimeout.FAIL
    outputs_artifact: str = ""
    server_url: str = ""
    alone: bool = True  # one target: its lines need no name, its run is an output of its own


class Pursuit:
    """One target on its way. `tasks` says what is due when."""

    def __init__(self, name: str, repository: RepoRef, rules: Rules, outside: Outside) -> None:
        """Nothing is begun yet."""
        self.name, self.repository = name, repository
        self.request: Request | None = None
        self.token = ""
        self.hunt: Hunt | None = None
        self.vigils: list[Vigil] = []
        self._races: list[Race] = []
        self._results: dict[RunId, RunResult] = {}
        self._without_run: tuple[Reason, str] | None = None
        self._plan: Plan | None = None
        self._history = History()
        self._rules, self._out, self._said = rules, outside, ""

    # -- beginning -------------------------------------------------------------------------------------------------

    def start(self, plan: Plan) -> None:
        """Start it, or join what it started before; raises what stands in the way."""
        self.request, self._plan = plan.request, plan
        begun = start(plan, self._rules.parent, self._rules.policy, self._out, known=self._tell_run)
        self._history = begun.history
        match begun:
            case Joined(runs=runs, missing=missing):
                for joined in runs:
                    self._join(joined.run, again=isinstance(joined, RunFailedAgain))
                if missing:
                    self._without_run = (endings.NOT_VISIBLE, f"the run of {', '.join(missing)} is not there any more")
            case Begun():
                self._adopt(begun)
            case _:
                assert_never(begun)

    def watch(self, run_id: RunId) -> None:
        """Wait for a run that the caller names."""
        self._watch(run_id, Method.GIVEN, ours=False)

    def refuse(self, reason: Reason, shown: str) -> None:
        """Note that it could not be started."""
        self._without_run = (reason, shown)

    # -- going on --------------------------------------------------------------------------------------------------

    def tasks(self) -> Iterator[tuple[float, Callable[[], None]]]:
        """Give what is to be done next, and when."""
        if self.hunt and not self.hunt.over:
            yield self.hunt.due, self._search
        for vigil in self.open_vigils():
            yield vigil.due, partial(self._look, vigil)
        for race in self._races:
            if not race.over and any(vigil.run_id == race.run_id for vigil in self.open_vigils()):
                yield race.due, partial(self._settle, race)

    def result(self) -> TargetResult:
        """Give what became of it."""
        reason, shown = self._without_run or (None, "")
        return TargetResult(
            name=self.name,
            repository=self.repository,
            request=self.request,
            token=self.token,
            runs=tuple(self._results.values()),
            reason_without_run=reason,
            shown=shown,
            candidates=self.hunt.doubts if self.hunt and reason else (),
        )

    @property
    def proven_bad(self) -> bool:
        """Whether a run of it failed already."""
        return any(result.reason.verdict is Verdict.FAILED for result in self._results.values())

    def leave(self, reason: Reason) -> None:
        """End it as it stands: what was started goes on, and only its start was asked for."""
        if self.hunt and not self.hunt.over:
            self.hunt.over = True
            self._without_run = (reason, f"its run is not known yet: {self.hunt.why}" if self.hunt.why else "")
        if not (self.hunt and self.hunt.given_up):  # what is lost is looked for once more by the post step
            self._out.journal.over(self.name)
        for vigil in self.open_vigils():
            self._finish(vigil, Ended(reason), over=True)

    def stop(self, reason: Reason, shown: str) -> None:
        """End it before its time, and cancel what is ours of it."""
        if self.hunt and not self.hunt.over:
            self.hunt.over = True
            self._without_run = (reason, shown)  # the journal keeps it open: the post step looks for it
        for vigil in self.open_vigils():
            vigil.ended = Ended(reason, shown=shown)
            self.cancel(vigil)
            self._finish(vigil, vigil.ended, over=False)

    def cancel(self, vigil: Vigil, *, seconds: float = 30) -> None:
        """Send one cancel for a run that is ours; the post step sees to it that it ends."""
        if not vigil.ours:
            return
        if vigil.method is Method.ELIMINATION and not self._alone():
            self._line(f"{self._url(vigil.run_id)} is not cancelled yet: it may be somebody else's")
            return  # the post step looks again
        stopped = self._out.control.cancel(vigil.repository, vigil.run_id, seconds=seconds)
        self._line(f"cancelling {self._url(vigil.run_id)}: {stopped.shown}")
        if stopped.how is not Stop.UNCLEAR:  # else the post step asks again
            self._note(vigil, Phase.CANCELLING)

    def _adopt(self, begun: Begun) -> None:
        self._plan, self.token, self.repository = begun.plan, begun.search.token, begun.plan.request.repository
        if self._rules.alone:
            self._out.output("correlation_id", self.token)
        if not begun.search.accepted:
            self._line(f"It is unclear whether anything was started: {begun.shown}. It is not sent again.")
        if begun.run_id is None:
            self._line(f"{'dispatched' if begun.search.accepted else 'looking for a run'} with token {self.token}")
        if begun.run_id is None:
            self.hunt = Hunt(
                begun.search,
                self.repository,
                begun.plan.list_of,
                patience=self._rules.terms.start_within,
                outside=self._out,
            )
        else:
            self._watch(begun.run_id, Method.RETURNED, ours=True, url=begun.page)
            self._out.journal.over(self.name)

    # -- the runs --------------------------------------------------------------------------------------------------

    def _search(self) -> None:
        hunt = self.hunt
        if hunt is None:
            return
        hunt.look()
        if hunt.why and not hunt.over:
            self._say_once(hunt.why)
        known = {vigil.run_id for vigil in self.vigils}
        for run, method in hunt.found:
            if run.id not in known:
                self._watch(run.id, method, ours=True, url=run.url)
        if hunt.given_up:
            self._without_run = (hunt.given_up, hunt.why)
        if hunt.over and hunt.given_up in (None, endings.AMBIGUOUS):  # else the post step looks once more
            self._out.journal.over(self.name)

    def _join(self, run: Run, *, again: bool) -> None:
        self._line(f"this work was started before: {run.url} ({run.conclusion or run.status})")
        with self._out.undisturbed():  # once asked for, the new attempt is ours to end
            if again:
                sent = read_reply(self._out.control.run_failed_again(run), asks_for_details=False)
                again = isinstance(sent, Accepted | Unclear)
                self._line("its failed jobs run again" if again else f"its failed jobs cannot run again: {sent}")
            self._watch(run.id, Method.TITLE, ours=again, url=run.url)
        if again:
            self.vigils[-1].await_attempt(run.attempt + 1)

    def _watch(self, run_id: RunId, method: Method, *, ours: bool, url: str = "") -> None:
        vigil = Vigil(
            "" if self._rules.alone else self.name,
            self.repository,
            run_id,
            method=method,
            ours=ours,
            history=self._history,
            terms=self._rules.terms,
            since=self.hunt.search.sent_at if self.hunt else None,
            outside=self._out,
        )
        self.vigils.append(vigil)
        if ours:
            self._note(vigil, Phase.RUNNING)
        if self._plan and self._rules.policy.keyed:  # also one that was joined may yet lose to an older one
            self._races.append(Race(self._plan, run_id, self._out))
        url = url or self._url(run_id)
        if len(self.vigils) == 1 and method is not Method.RETURNED:
            self._tell_run(run_id, url)
        self._line(f"{url} (recognised by: {method}{f', token {self.token}' if self.token and ours else ''})")
        self._out.known(self.name, url)
        self._out.tell.notice(url, title=f"Child run{'' if self._rules.alone else ' of ' + self.name}")

    def _tell_run(self, run_id: RunId, page: str) -> None:
        """Say to later steps at once which run it is, so that a kill cannot take it from them."""
        if self._rules.alone:
            self._out.output("run_id", str(run_id))
            self._out.output("run_url", page or self._url(run_id))

    def _look(self, vigil: Vigil) -> None:
        if vigil.ended is None:
            vigil.look()
            if vigil.rerun_here and not vigil.ours:  # its new attempt is
                vigil.ours = True
                self._note(vigil, Phase.RUNNING)
        match vigil.ended:
            case None:
                return
            case OutOfTime(reason):
                self._out_of_time(vigil, reason)
            case Ended(endings.CHILD_CANCELLED) if self._lost(vigil):
                return
            case Ended() as ended:
                proven = self._proven(vigil, ended)
                if proven:
                    self._finish(vigil, proven, over=True)
            case _:
                assert_never(vigil.ended)

    def _proven(self, vigil: Vigil, ended: Ended) -> Ended | None:
        """Believe elimination only after a late sibling could have shown itself, and only if none did."""
        if vigil.method is not Method.ELIMINATION or self.hunt is None:
            return ended
        if self._out.time.monotonic() < self.hunt.alone_at:
            vigil.due = self.hunt.alone_at
            return None
        try:
            rivals = self._rivals(self.hunt)
        except CrossproofError as error:
            return Ended(
                error.reason, ended.conclusion, f"whether another run fits too could not be found out: {error.what}"
            )
        if not rivals:
            return ended
        self.hunt.doubts = (*([vigil.run] if vigil.run else []), *rivals)
        urls = ", ".join(run.url for run in rivals)
        return Ended(endings.AMBIGUOUS, ended.conclusion, f"these fit as well: {urls}")

    def _rivals(self, hunt: Hunt) -> tuple[Run, ...]:
        return hunt.rivals([each.run for each in self.vigils if each.run])

    def _alone(self) -> bool:
        """Whether a run found by elimination may be treated as ours by now."""
        try:
            return bool(self.hunt and self._out.time.monotonic() >= self.hunt.alone_at and not self._rivals(self.hunt))
        except CrossproofError:
            return False

    def _out_of_time(self, vigil: Vigil, reason: Reason) -> None:
        waited = f"{self._state(vigil)} when the time was over"
        match self._rules.on_timeout:
            case OnTimeout.DETACH:
                self._finish(vigil, Ended(endings.DETACHED, shown=waited), over=True)
            case OnTimeout.CANCEL if vigil.ours or vigil.method is Method.GIVEN:
                vigil.ours = True  # the caller asked for exactly this
                self.cancel(vigil)
                self._finish(vigil, Ended(reason, shown=f"{waited}, so it is cancelled"), over=False)
            case OnTimeout.CANCEL | OnTimeout.FAIL:
                self._finish(vigil, Ended(reason, shown=waited), over=True)
            case _:
                assert_never(self._rules.on_timeout)

    def _finish(self, vigil: Vigil, ended: Ended, *, over: bool) -> None:
        if over:
            self._out.journal.over(self._entry_name(vigil.run_id))
        self._results[vigil.run_id] = close(
            vigil, ended, self._url(vigil.run_id), self._rules.outputs_artifact, self._out
        )

    def _lost(self, vigil: Vigil) -> bool:
        """Whether a run was cancelled because an older one of the same work stands; then that one is joined."""
        races = [race for race in self._races if race.run_id == vigil.run_id]
        for race in races:
            self._settle(race)
        return any(race.winner for race in races)

    def _settle(self, race: Race) -> None:
        race.look()
        if race.winner is None:
            return
        loser = next(vigil for vigil in self.open_vigils() if vigil.run_id == race.run_id)
        self._line(f"the same work was started first as {race.winner.url}; joining it")
        if loser.ended is None:
            self.cancel(loser)
        self.vigils.remove(loser)
        self._watch(race.winner.id, Method.TITLE, ours=False, url=race.winner.url)

    def open_vigils(self) -> list[Vigil]:
        return [vigil for vigil in self.vigils if vigil.run_id not in self._results]

    def _note(self, vigil: Vigil, phase: Phase) -> None:
        """Keep for the post step how far a run of ours has come."""
        plan = self._plan
        entry = Entry(
            repository=str(vigil.repository),
            phase=phase,
            token=self.token,
            event=plan.request.event if plan else "",
            workflow=plan.list_of if plan else "",
            after=self.hunt.search.after if self.hunt else 0,
            run_id=vigil.run_id,
            eliminated=vigil.method is Method.ELIMINATION,
        )
        self._out.journal.put(self._entry_name(vigil.run_id), entry)

    def _entry_name(self, run_id: RunId) -> str:
        """Each run has an entry of its own, beside the one of the dispatch that is looked for."""
        return f"{self.name}#{run_id}"

    def _say_once(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self._line(text)

    def _state(self, vigil: Vigil) -> str:
        return f"it was {vigil.run.status}" if vigil.run else "it was not visible"

    def _url(self, run_id: RunId) -> str:
        return f"{self._rules.server_url}/{self.repository}/actions/runs/{run_id}"

    def _line(self, text: str) -> None:
        self._out.tell.line(text if self._rules.alone else f"[{self.name}] {text}")
