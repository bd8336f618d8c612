"""Holds a run against the profile of earlier ones, and says what no earlier run had."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import combinations

import msgspec

from crossproof.report.amounts import counted
from crossproof.tracking.baseline import values
from crossproof.tracking.baseline.expecting import ANYTHING, LEAST_RUNS, NO_HINTS, Expectations, ExpectedEvent, Manner
from crossproof.tracking.baseline.learning import OneRun
from crossproof.tracking.baseline.profile import About, PlaceFacts, Profile
from crossproof.tracking.baseline.sent import Sent
from crossproof.tracking.findings import NOWHERE, Findings, What
from crossproof.tracking.plan.model import BaselineHints
from crossproof.tracking.rules import Level

Show = Callable[[str, object], str]  # a param and its value to what a report may say of it
# What few runs can agree in by luck.
BY_LUCK = frozenset({"baseline/value", "baseline/pattern", "baseline/order"})


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How a run differs from the runs before it."""

    findings: Findings
    tentative: bool  # too few runs are known to call a difference of values or order an error
    not_compared: Sequence[str]

    def level(self, rule: str, planned: Level) -> Level:
        """Give the level of a finding: the plan's, and no more than a warning where luck may have had a hand in it."""
        soft = self.tentative and rule in BY_LUCK and planned is Level.ERROR
        return Level.WARNING if soft else planned


class Comparing:
    """Takes a run event by event."""

    def __init__(self, profile: Profile, show: Show, hints: BaselineHints = NO_HINTS) -> None:
        """Conclude from the profile what to expect."""
        self.profile, self.show, self.min_runs = profile, show, hints.min_runs
        self.expected = Expectations(profile, hints)
        self.run = OneRun()
        self.findings = Findings()
        self.untimed = 0  # events without a time that can be read

    def take(self, sent: Sent) -> None:
        """Compare the next event."""
        firsts = self.run.firsts
        taken = self.run.take(sent)
        if self.run.firsts is not firsts:  # another log has begun
            self._order(firsts)
        event = self.expected.events.get(sent.event)
        if taken and event is None:
            self._find("event-new", sent, "", "happened in no earlier run")
        elif taken and event:
            self._time(sent)
            self.untimed += sent.seconds is None
            self._omissions(sent, event)
            for param, value in sent.params.items():
                if (param, sent.event) in self.run.places:  # else there was no room for it
                    self._param(sent, param, value, event)

    def end(self) -> Comparison:
        """Compare what only the whole run tells."""
        self._order(self.run.firsts)
        for name, event in self.expected.events.items():
            self._count(name, event, self.run.counts[name])
        for param, seen in self.run.params.items():
            steady = self.expected.params.get(param, ANYTHING).manner is Manner.ONE_PER_RUN
            if steady and (seen.values.many or len(seen.values.runs or ()) > 1):
                what = What("baseline/value", "", param, "changed within the run; it never did before")
                self.findings.add(what, NOWHERE)
        if not self.run.counts:
            self.findings.add(What("log/empty", reason="hold no event to be held against the baseline"), NOWHERE)
        if self.run.too_many:
            reason = f"hold {self.run.too_many}: the rest was not held against the baseline"
            self.findings.add(What("log/cap-reached", reason=reason), NOWHERE)
        runs = len(self.profile.runs)
        return Comparison(
            findings=self._gathered(),
            tentative=runs < self.min_runs,
            not_compared=[*self._not_compared()],
        )

    def _not_compared(self) -> Iterator[str]:
        if len(self.profile.runs) < LEAST_RUNS:
            yield _FEW.format(runs=len(self.profile.runs))
        if self.untimed and self.profile.gaps:
            yield f"timing against the baseline: {counted(self.untimed, 'event')} without a time that can be read"

    def _find(self, rule: str, sent: Sent, param: str, reason: str, value: object = None) -> None:
        what = What(f"baseline/{rule}", sent.event, param, reason)
        shown = self.show(param, value) if value is not None and self.findings.wants_example(what) else ""
        self.findings.add(what, sent.at, shown)

    def _time(self, sent: Sent) -> None:
        if self.run.gap is None:
            return
        before, since = self.run.gap
        latest = self.expected.latest.get((before, sent.event))
        if latest is not None and since > latest:
            longest = self.profile.gaps[before, sent.event].longest
            reason = f"came later after {before} than ever (it took {longest} s at most)"
            self.findings.add(What("baseline/timing", sent.event, "", reason), sent.at, f"after {since} s")

    def _omissions(self, sent: Sent, event: ExpectedEvent) -> None:
        for param in event.there - sent.params.keys():
            self._find("param-missing", sent, param, "is missing; it was always there")
        for param in event.populated & sent.params.keys():
            value = sent.params[param]
            if value is None or value == "":
                said = "null" if value is None else "the empty text"
                self._find("param-missing", sent, param, f"is {said}; it was always populated")

    def _param(self, sent: Sent, param: str, value: object, event: ExpectedEvent) -> None:
        place, kind = self.profile.places.get((param, sent.event)), values.type_of(value)
        if place is None:
            if event.told or param not in self.expected.optional:
                self._find("param-new", sent, param, "is there; no earlier run had it", value)
        elif kind in {"null", "empty"}:
            return
        elif not place.populated:
            if event.told or param not in self.expected.nullable:
                self._find("param-new", sent, param, "is populated; it never was", value)
        elif kind not in place.types:
            reason = f"is of type {kind}; it was always {' or '.join(sorted(place.types))}"
            self._find("type", sent, param, reason, value)
        else:
            self._value(sent, param, value)

    def _value(self, sent: Sent, param: str, value: object) -> None:
        expected = self.expected.places[param, sent.event]
        looks, key = self.run.read(param, value)
        match expected.manner:
            case Manner.ONE | Manner.THESE if key not in expected.words:
                self._find("value", sent, param, str(expected), value)
            case Manner.SHAPED if looks not in expected.words:
                self._find("pattern", sent, param, str(expected), value)

    def _order(self, firsts: dict[str, int]) -> None:
        """Find events that came before one that was always first; of those that follow from each other the nearest."""
        wrong = {pair for pair in combinations(firsts, 2) if self.expected.always_first(*reversed(pair))}
        order = list(firsts)
        for early, late in wrong:
            between = order[order.index(early) + 1 : order.index(late)]
            if not any((early, each) in wrong or (each, late) in wrong for each in between):
                what = What("baseline/order", early, "", f"came before {late}, which was always first")
                self.findings.add(what, firsts[early])

    def _count(self, name: str, event: ExpectedEvent, seen: int) -> None:
        least, most = event.facts.fewest.value, event.facts.most.value
        was = str(least) if least == most else f"{least} to {most}"
        if not seen and event.required:
            self.findings.add(What("baseline/event-missing", name, "", "did not happen; it did in every run"), NOWHERE)
        elif seen and not event.low <= seen <= event.high:
            often = "more" if seen > event.high else "less"
            what = What("baseline/count", name, "", f"happened {often} often than ever ({was} in a run)")
            self.findings.add(what, NOWHERE, f"{seen} times")

    def _gathered(self) -> Findings:
        """Make one of findings that say the same of every event that carries a param."""
        events: dict[tuple[str, str, str], set[str]] = {}
        for what in self.findings.groups:
            events.setdefault((what.rule, what.param, what.reason), set()).add(what.event)
        gathered = Findings(overflowed=self.findings.overflowed)
        for what, seen in self.findings.groups.items():
            found = events[what.rule, what.param, what.reason]
            everywhere = what.param and len(found) > 1 and found >= self._carriers(what.param)
            said = What(what.rule, "", what.param, what.reason) if everywhere else what
            gathered.absorb(Findings({said: seen}), 0)
        return gathered

    def _carriers(self, param: str) -> set[str]:
        """Name the events of this run that carried a param in earlier runs; if none did, those that do now."""
        known = self.profile.places
        before = {event for event in self.run.counts if known.get((param, event), PlaceFacts()).populated}
        return before or {event for name, event in self.run.places if name == param}


_FEW = "values and order against the baseline: it knows {runs} of the 3 runs from which on they are compared in full"


def unlike(known: About, asked: About, across: Collection[str] = ()) -> str:
    """Say in what a run is of another kind than those of a profile, but for what may differ; empty if in nothing."""
    fields = [field for field in About.__struct_fields__ if field not in across]
    pairs = [(field, getattr(known, field), getattr(asked, field)) for field in fields]
    return "; ".join(
        f"was learned {f'for {field} {before!r}' if before else f'without a {field}'}, and this run is"
        f" {f'of {field} {now!r}' if now else 'of none'}"
        for field, before, now in pairs
        if before != now
    )


def compare(profile: Profile, run: Iterable[Sent], show: Show, hints: BaselineHints = NO_HINTS) -> Comparison:
    """Compare a whole run."""
    comparing = Comparing(profile, show, hints)
    for sent in run:
        comparing.take(sent)
    return comparing.end()
