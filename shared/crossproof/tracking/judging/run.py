"""Takes logs stretch by stretch, in their order, and keeps the record that is concluded from."""

from collections import Counter
from collections.abc import Iterable
from math import isnan

import msgspec

from crossproof.tracking.facts import JudgedFile
from crossproof.tracking.findings import NOWHERE, What
from crossproof.tracking.judgement import Judgement, Moment
from crossproof.tracking.judging import flows, sameness, timing
from crossproof.tracking.judging.concluding import conclude
from crossproof.tracking.judging.counting import scenario_of
from crossproof.tracking.judging.kinds import kinds_of
from crossproof.tracking.judging.lines import LineJudge, Observe, Tally
from crossproof.tracking.judging.log import Log
from crossproof.tracking.judging.record import Circumstances, Record, count_names, repeated
from crossproof.tracking.judging.trace import Trace, compared_of
from crossproof.tracking.log.decoding import Flaw
from crossproof.tracking.log.limits import MAX_EVENTS
from crossproof.tracking.log.reading import open_log
from crossproof.tracking.places import place
from crossproof.tracking.plan.model import Plan

MOST_MOMENTS = 5000  # on the timeline


def judge(logs: Iterable[tuple[str, Iterable[bytes]]], plan: Plan, circumstances: Circumstances) -> Judgement:
    """Judge logs given as names and bytes: all that a service would need."""
    run = Run(plan, circumstances)
    for name, blocks in logs:
        run.read(name, blocks)
    return conclude(run.record, plan, circumstances)


class _Open(msgspec.Struct):
    """The file that is being read."""

    name: str
    unit: str
    lines: int = 0
    events: int = 0
    trace: Trace = msgspec.field(default_factory=Trace)


class Run:
    """Judges files one after the other; within one, stretches may have been judged anywhere."""

    def __init__(self, plan: Plan, circumstances: Circumstances, observe: Observe | None = None) -> None:
        """Take the plan and what is known of the run."""
        self.plan, self.known = plan, circumstances
        self.kinds = kinds_of(plan, platform=circumstances.platform, today=circumstances.today)
        self.lines = LineJudge(self.kinds, circumstances.redaction, observe)
        self.record = Record(gaps=[[] for _ in plan.timing.gaps])
        self.compared = len(compared_of(plan))
        self.ids = [sameness.Ids(rule, self.kinds, circumstances.redaction) for rule in plan.unique]
        self.events = 0
        self.here: _Open | None = None

    @property
    def full(self) -> bool:
        """Tell whether no more events are taken."""
        return self.events >= MAX_EVENTS

    def read(self, name: str, blocks: Iterable[bytes]) -> None:
        """Judge one log from its bytes, here and now."""
        opened = open_log(blocks)
        self.begin(name, opened.unit)
        for notice in opened.notices:
            self.note(notice.flaw, notice.line)
        for chunk in opened.chunks:
            self.take(self.lines.judge(chunk))
        self.end()

    def begin(self, name: str, unit: str = "line") -> None:
        """Begin with a file."""
        self.here = _Open(name, unit)

    def note(self, flaw: Flaw, line: int = 0) -> None:
        """Note something about the file as a whole, or about a line of it that is no event."""
        shown = f"line {line}, column {flaw.column}" if line else ""
        self.record.findings.add(What(flaw.rule, reason=flaw.reason), place(len(self.record.files), 0), shown)

    def take(self, tally: Tally) -> None:
        """Add the next stretch of the file."""
        here, record, file = self._reading, self.record, len(self.record.files)
        shift = place(file, here.lines)
        record.findings.absorb(tally.findings, shift)
        names = [*record.names, here.name]
        for ids in self.ids:
            ids.take(tally.trace, file, here.lines, names, record.findings)
        here.trace.absorb(tally.trace, here.lines, self.compared)
        for param, types in tally.open_types.items():
            known = record.open_types.setdefault(param, {})
            for kind, (event, line) in types.items():
                known.setdefault(kind, (event, line + shift))
        count_names(record.strangers, tally.strangers)
        here.lines += tally.lines
        here.events += tally.events
        self.events += tally.events

    def end(self, *, sha256: str = "", size: int = 0, whole: bool = True) -> None:
        """End the file: decide what needs all of its lines. Where it was not read whole, nothing is called absent."""
        here, record = self._reading, self.record
        if whole and not here.events:
            record.findings.add(What("log/empty", reason="holds no event"), place(len(record.files), 0), here.name)
        log = Log(len(record.files), self.kinds, here.trace, record.findings, whole=whole)
        self._across(log)
        self._remember(log)
        counts = Counter(here.trace.kinds)
        record.seen.append(Counter({self.kinds.all[kind].event.id: count for kind, count in counts.items()}))
        for ids in self.ids:
            ids.end_of_file()
        record.duplicate_ids = sum(ids.duplicates for ids in self.ids)
        scenario = scenario_of(here.name, self.plan, self.known.scenario)
        record.files.append(
            JudgedFile(
                name=here.name,
                sha256=sha256,
                size=size,
                lines=here.lines,
                events=here.events,
                unit=here.unit,
                scenario=scenario.id if scenario else "",
                platform=self.known.platform,
            )
        )
        self.here = None

    def missing(self, name: str, rule: str, reason: str) -> None:
        """Note a log that could not be read (further): what is not there was not judged."""
        self.record.findings.add(What(rule, reason=reason), NOWHERE, name)

    def same_content(self, name: str, first: str) -> None:
        """Note a log whose content was judged before under another name: its events count twice."""
        repeated(self.record.findings, name, first)

    @property
    def _reading(self) -> _Open:
        if self.here is None:
            raise RuntimeError("no file was begun")
        return self.here

    def _across(self, log: Log) -> None:
        plan, record = self.plan, self.record
        scenario = scenario_of(self._reading.name, plan, self.known.scenario)
        for flow in plan.flows:
            needed = {event for step in flow.steps if step.times.low for event in step.events}
            if (scenario is None or needed <= {*scenario.require}) and flows.judge_flow(flow, log):
                record.judged.add(f"flow {flow.id}")
        for pair in plan.before:
            if flows.judge_before(pair, log):
                record.judged.add(f"pair {pair.id}")
        for same in plan.same:
            sameness.judge_same(same, log, self.known.redaction)
        self._timing(log)

    def _timing(self, log: Log) -> None:
        plan = self.plan
        for gap, seconds in zip(plan.timing.gaps, self.record.gaps, strict=True):
            ends, found = timing.gaps_in(gap, log)
            timing.judge_longest(gap, log, ends, found)
            seconds.extend(found)
        if plan.timing.skew is not None and self.known.window:
            timing.judge_window(self.known.window, plan.timing.skew, log)
        if plan.timing.double_fire:
            timing.judge_double_fire(plan.timing.double_fire, log)

    def _remember(self, log: Log) -> None:
        """Keep the first events for the timeline."""
        record = self.record
        record.moments += len(log.rows)
        for row in log.rows[: max(0, MOST_MOMENTS - len(record.timeline))]:
            time = log.time(row)
            seconds = None if isnan(time) else time
            moment = Moment(log.index, log.trace.lines[row], log.event_of(row), seconds)
            record.timeline.append(moment)
