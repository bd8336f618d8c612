"""Concludes from a record what all logs together prove: what is missing, what was covered, how bad each finding is."""

from collections import Counter
from collections.abc import Sequence

from crossproof.tracking.facts import Coverage, Measured
from crossproof.tracking.findings import NOWHERE, Findings, Seen, What
from crossproof.tracking.judgement import Group, Judgement, Place, Shown
from crossproof.tracking.judging import counting, timing
from crossproof.tracking.judging.marks import mark_of
from crossproof.tracking.judging.omissions import omissions
from crossproof.tracking.judging.record import Circumstances, Record
from crossproof.tracking.places import file_of, line_of
from crossproof.tracking.plan.model import Ignore, Plan
from crossproof.tracking.plan.spans import shown
from crossproof.tracking.rules import RULES, Hold, Level


def conclude(record: Record, plan: Plan, known: Circumstances) -> Judgement:
    """Decide what needs all logs, and give the result. The record stays as it is."""
    whole = Findings()
    whole.absorb(record.findings, 0)
    events = sum(file.events for file in record.files)
    minimum = max(known.min_events, plan.policy.min_events)
    if 0 < events < minimum and not known.partial:
        reason = f"hold {events} events; fewer than {minimum} prove nothing"
        whole.add(What("log/empty", reason=reason), NOWHERE)
    if whole.overflowed:
        whole.add(What("log/cap-reached", reason="hold more kinds of findings than are listed"), NOWHERE)
    coverage = _coverage(record, plan, known, whole)
    timings = [timing.measured(gap, seconds) for gap, seconds in zip(plan.timing.gaps, record.gaps, strict=True)]
    _percentiles(plan, timings, whole)
    _conflicts(record, plan, whole)
    counts = sum(record.seen, Counter[str]())
    every = [_group(what, seen, record, plan, known, counts) for what, seen in whole.groups.items()]
    groups = [group for group in every if group.level is not Level.OFF]
    groups.sort(key=lambda group: (not group.counts, -group.level.rank, -group.count, group.rule, group.sentence))
    return Judgement(
        plan=plan,
        files=record.files,
        events=events,
        judged=counts.total(),
        groups=groups,
        coverage=coverage,
        strangers=dict(record.strangers.most_common()),
        timings=[measured for measured in timings if measured],
        duplicate_ids=record.duplicate_ids,
        not_judged=list(omissions(record, plan, known, timings, coverage)),
        timeline=tuple(record.timeline),
        timeline_cut=record.moments - len(record.timeline),
    )


def _coverage(record: Record, plan: Plan, known: Circumstances, findings: Findings) -> list[Coverage]:
    """Hold what happened against what was expected, walk by walk, and in all."""
    parts: list[Sequence[Coverage]] = []
    whole = counting.all_was_read(findings) and not known.partial
    for expectation in counting.expectations(plan, record.files, known.scenario, known.platform):
        seen = sum((record.seen[file] for file in expectation.files), Counter[str]())
        parts.append(counting.judge_counts(plan, seen, expectation, known.today, findings, whole=whole))
    total = counting.added(parts)
    expected = [each for each in total if each.expected]
    covered = sum(each.seen > 0 for each in expected) / len(expected) if expected else 0.0
    if known.coverage_min is not None and covered < known.coverage_min and whole:
        reason = f"{covered:.0%} of the expected events were seen; {known.coverage_min:.0%} are asked for"
        findings.add(What("event/coverage", reason=reason), NOWHERE)
    if not (known.partial or known.whole_by_matrix or known.scenario):
        for scenario in counting.unwalked(plan, record.files):
            findings.add(What("log/missing-file", reason="no log of it was given"), NOWHERE, f"scenario {scenario.id}")
    return total


def _percentiles(plan: Plan, timings: Sequence[Measured | None], findings: Findings) -> None:
    for gap, measured in zip(plan.timing.gaps, timings, strict=True):
        if measured and gap.p95 is not None and measured.samples >= gap.min_samples and measured.p95 > gap.p95:
            reason = f"comes later than {shown(gap.p95)} in more than 5 % of the cases"
            if plan.level("time/gap", gap.end) is not Level.OFF:
                said = f"p95 is {shown(measured.p95)} of {measured.samples} gaps"
                findings.add(What("time/gap", gap.end, "", reason), NOWHERE, said)


def _conflicts(record: Record, plan: Plan, findings: Findings) -> None:
    """Find params whose type the plan leaves open and the app does not keep."""
    for param, types in record.open_types.items():
        if len(types) > 1 and plan.level("param/type-conflict") is not Level.OFF:
            told = [f"{kind} in {event}" for kind, (event, _) in sorted(types.items())]
            event, at = max(types.values(), key=lambda first: first[1])
            what = What("param/type-conflict", event, param, f"is {' and '.join(told)}")
            findings.add(what, at)


def _group(what: What, seen: Seen, record: Record, plan: Plan, known: Circumstances, counts: Counter[str]) -> Group:
    level = plan.level(what.rule, what.event) if RULES[what.rule].hold is Hold.FREE else Level.ERROR
    times = counts[what.event] if what.event in plan.events else 0
    return Group(
        rule=what.rule,
        level=level,
        event=what.event,
        param=what.param,
        reason=what.reason,
        count=seen.count,
        share=min(1.0, seen.count / times) if times else None,
        first=_place(seen.first, record),
        last=_place(seen.last, record),
        examples=[Shown(place=_place(each.at, record), text=each.shown) for each in seen.examples],
        plan_mark=mark_of(plan, what),
        ignored=_ignored(what, plan, known),
    )


def _place(at: int, record: Record) -> Place | None:
    if at < 0:
        return None
    file = record.files[file_of(at)]
    return Place(file=file.name, line=line_of(at), unit=file.unit)


def _ignored(what: What, plan: Plan, known: Circumstances) -> Ignore | None:
    """Find the word of the plan that accepts a finding today."""
    return next(
        (
            ignore
            for ignore in plan.ignores
            if ignore.rule == what.rule
            and ignore.event in {"", what.event}
            and ignore.param in {"", what.param}
            and known.today <= ignore.until
        ),
        None,
    )
