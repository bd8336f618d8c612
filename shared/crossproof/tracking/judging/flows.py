"""Decides whether events came in their planned order: flows step by step, and pairs of which one comes first."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from crossproof.tracking.judging.log import Log, Rows
from crossproof.tracking.plan.model import Before, Flow, Step
from crossproof.tracking.plan.spans import shown

# A state is a step and how often it has been taken so far; its value is when it was taken last.
State = tuple[int, int]
_START: State = (-1, 0)
_BEGINNING = {_START: float("-inf")}
_MOST_KNOWN = 10_000  # sets of states that are remembered; a usual flow has a dozen


class Walk(msgspec.Struct, frozen=True):
    """How far a flow was walked."""

    complete: bool
    step: int  # the furthest step that was taken; -1 for none
    row: int  # where it was taken


def judge_flow(flow: Flow, log: Log) -> bool:
    """Hold each thread of a log against a flow; answers whether there was anything to judge."""
    walker = _Walker(flow, log)
    kinds = log.trace.kinds
    named, needed, never = (log.kinds.indexes_of(events) for events in (_named(flow), _needed(flow), flow.never))

    def lost(row: int) -> None:
        if kinds[row] in named:
            reason = f"lacks what tells the threads of flow {flow.id} apart"
            log.find("id/missing", row, reason, param=str(flow.scope))

    judged = False
    for rows in log.scopes(flow.scope, log.rows if flow.mode != "subsequence" else log.of(named | never), lost):
        if not any(kinds[row] in needed for row in rows):
            continue
        judged = True
        for row in rows if never else ():
            if kinds[row] in never:
                log.find("order/forbidden", row, f"must not happen in flow {flow.id}")
        walk = walker.walk(rows, timed=True)
        if not walk.complete:
            walker.tell(rows, walk)
    return judged


def judge_before(pair: Before, log: Log) -> bool:
    """Find each second event that has no first event before it in its thread."""
    judged = False
    both = log.of(log.kinds.indexes_of([pair.first, pair.then]))
    for rows in log.told(pair.scope, both, f"pair {pair.id}"):
        begun = False
        for row in rows:
            event = log.event_of(row)
            begun |= event == pair.first
            judged |= event == pair.then
            if event == pair.then and not begun:
                log.find("order/before", row, f"came without {pair.first} before it")
            if begun:
                judged = True
                break
    return judged


def _named(flow: Flow) -> set[str]:
    return {event for step in flow.steps for event in step.events}


def _needed(flow: Flow) -> set[str]:
    return {event for step in flow.steps if step.times.low for event in step.events}


class _Step(NamedTuple):
    """What one event does to a walk."""

    states: frozenset[State]  # after it
    far: int  # the furthest step that it takes
    ends: bool


class _Walker:
    """Follows all ways through a flow at once."""

    def __init__(self, flow: Flow, log: Log) -> None:
        self.flow, self.log = flow, log
        self.kinds = [log.kinds.indexes_of(step.events) for step in flow.steps]
        # State -> kind of the next event -> the states that it leads to.
        self.moves: dict[State, Mapping[int, Sequence[State]]] = {}
        self.untimed: dict[frozenset[State], dict[int, _Step]] = {}
        self.has_times = any(step.within is not None for step in flow.steps)

    def walk(self, rows: Rows, *, timed: bool) -> Walk:
        return self._walk_timed(rows) if timed and self.has_times else self._walk_untimed(rows)

    def _walk_untimed(self, rows: Rows) -> Walk:
        """Walk where times do not matter: what an event does in some states is found out once, then looked up."""
        kinds, stops = self.log.trace.kinds, self.flow.mode != "exact"
        far, at, states = -1, rows[0], frozenset(_BEGINNING)
        known = self.untimed.setdefault(states, {})
        for row in rows:
            step = known.get(kinds[row]) or self._step(states, kinds[row])
            if step.far > far:
                far, at = step.far, row
            if step.ends and stops:
                return Walk(complete=True, step=far, row=row)
            if step.states != states:
                states = step.states
                known = self.untimed.setdefault(states, {})
        complete = not stops and any(_ends(self.flow.steps, state) for state in states)
        return Walk(complete=complete, step=far, row=at)

    def _step(self, states: frozenset[State], kind: int) -> _Step:
        reached = frozenset(self._reached(dict.fromkeys(states, 0.0), kind, 0.0, timed=False))
        after = {"subsequence": states | reached, "contiguous": reached | {_START}, "exact": reached}[self.flow.mode]
        ends = any(_ends(self.flow.steps, state) for state in reached)
        step = _Step(after, max(reached)[0] if reached else -1, ends)
        if len(self.untimed) > _MOST_KNOWN:
            self.untimed.clear()
        self.untimed.setdefault(states, {})[kind] = step
        return step

    def _walk_timed(self, rows: Rows) -> Walk:
        flow, kinds, times = self.flow, self.log.trace.kinds, self.log.trace.times
        states = dict(_BEGINNING)
        far, at = -1, rows[0]
        for row in rows:
            reached = self._reached(states, kinds[row], times[row], timed=True)
            match flow.mode:
                case "subsequence":
                    states |= reached
                case "contiguous":
                    states = {**_BEGINNING, **reached}
                case "exact":
                    states = reached
            if reached and max(reached)[0] > far:
                far, at = max(reached)[0], row
            if flow.mode != "exact" and any(_ends(flow.steps, state) for state in reached):
                return Walk(complete=True, step=far, row=row)
        complete = flow.mode == "exact" and any(_ends(flow.steps, state) for state in states)
        return Walk(complete=complete, step=far, row=at)

    def tell(self, rows: Rows, walk: Walk) -> None:
        """Say at which step a flow broke off, and whether its event came at the wrong time or not at all."""
        flow, log = self.flow, self.log
        wanting = (number for number in range(max(walk.step, 0), len(flow.steps)) if self._lacks(rows, walk, number))
        missing = next(wanting, max(walk.step, 0))
        step, event = flow.steps[missing], flow.steps[missing].events[0]
        after = f"after {flow.steps[missing - 1]}" if missing else "at its beginning"
        early = [row for row in rows if log.trace.kinds[row] in self.kinds[missing]]
        where, rule = (early[0] if early else walk.row), "order/flow"
        if step.within is not None and self.walk(rows, timed=False).step > walk.step:
            where, reason = walk.row, f"did not come within {shown(step.within)} {after}"
        elif early and flow.mode != "subsequence":
            reason = f"did not come directly {after}"
        elif early:
            reason = f"came, but not {after}"
        else:
            rule, reason = "order/incomplete", f"never came {after}"
        if log.whole or rule == "order/flow":
            log.find(rule, where, f"{reason} (flow {flow.id})", event=event)

    def _reached(self, states: Mapping[State, float], kind: int, time: float, *, timed: bool) -> dict[State, float]:
        """Take one event from every state. Of two ways to one state the later is kept: more can follow it in time."""
        reached: dict[State, float] = {}
        for state, since in states.items():
            moves = self.moves.get(state) or self._moves_from(state)
            for taken in moves.get(kind, ()):
                within = self.flow.steps[taken[0]].within if timed and state != _START else None
                if within is None or not time - since > within:
                    reached[taken] = max(time, reached.get(taken, time))
        return reached

    def _moves_from(self, state: State) -> Mapping[int, Sequence[State]]:
        moves: dict[int, list[State]] = {}
        for taken in _next(self.flow.steps, state):
            for kind in self.kinds[taken[0]]:
                moves.setdefault(kind, []).append(taken)
        self.moves[state] = moves
        return moves

    def _lacks(self, rows: Rows, walk: Walk, number: int) -> bool:
        """Tell whether a step is the one that was not taken (often enough) after the furthest."""
        low = self.flow.steps[number].times.low
        if low == 0 or number > walk.step:
            return low > 0
        return sum(self.log.trace.kinds[row] in self.kinds[number] for row in rows) < low


def _next(steps: Sequence[Step], state: State) -> Iterator[State]:
    """List the states that one more event can lead to."""
    step, taken = state
    if step >= 0:
        times = steps[step].times
        if times.high is None or taken < times.high:
            most = times.high if times.high is not None else max(times.low, 1)
            yield step, min(taken + 1, most)
        if taken < times.low:
            return
    for later in range(step + 1, len(steps)):
        if steps[later].times.high != 0:
            yield later, 1
        if steps[later].times.low > 0:
            return


def _ends(steps: Sequence[Step], state: State) -> bool:
    step, taken = state
    return taken >= steps[step].times.low and all(later.times.low == 0 for later in steps[step + 1 :])
