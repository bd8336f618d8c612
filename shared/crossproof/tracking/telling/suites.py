"""Arranges a judgement as test suites: one per planned event, one per kind of rule across events."""

from collections.abc import Iterator, Sequence

from crossproof.report.junit import Case, Suite
from crossproof.tracking.judgement import Group, Judgement
from crossproof.tracking.rules import RULES, Level
from crossproof.tracking.telling.applied import applied_rules

_ACROSS = {
    "log": ("log/",),
    "strangers": ("event/unknown", "event/name-casing", "event/envelope"),
    "sequence": ("order/",),
    "unique": ("id/", "same/"),
    "timing": ("time/",),
    "baseline": ("baseline/",),
}
_OF_AN_EVENT = ("event/missing", "event/count", "event/deprecated", "event/expired", "event/ambiguous")


def suites(judgement: Judgement, fail_on: Level) -> Sequence[Suite]:
    """Arrange all checks; one fails from `fail_on` on, and says below that what it noticed."""
    return [*_events(judgement, fail_on), *_across(judgement, fail_on)]


def _events(judgement: Judgement, fail_on: Level) -> Iterator[Suite]:
    applied = applied_rules(judgement)
    for coverage in judgement.coverage:
        own = [group for group in judgement.groups if group.counts and group.event == coverage.event]
        rules = [rule for rule in applied if rule in _OF_AN_EVENT or (rule.startswith("param/") and coverage.seen)]
        if coverage.seen or coverage.expected:
            cases = [_case(rule, [group for group in own if group.rule == rule], fail_on) for rule in rules]
        else:
            cases = [Case(name="seen", skipped="not expected here, and not seen")]
        yield Suite(name=coverage.event, cases=cases)


def _across(judgement: Judgement, fail_on: Level) -> Iterator[Suite]:
    applied = applied_rules(judgement)
    planned = {coverage.event for coverage in judgement.coverage}
    for name, starts in _ACROSS.items():
        found = [group for group in judgement.groups if group.counts and group.rule.startswith(starts)]
        rules = [rule for rule in RULES if rule.startswith(starts) and (rule in applied or _in(rule, found))]
        cases = [_case(rule, [group for group in found if group.rule == rule], fail_on) for rule in rules]
        if name == "strangers":
            rest = [group for group in judgement.groups if group.counts and _is_loose(group, planned, starts)]
            cases += [
                _case(rule, [g for g in rest if g.rule == rule], fail_on)
                for rule in dict.fromkeys(g.rule for g in rest)
            ]
        if name == "log" and not judgement.judged:
            cases.append(
                Case(name="judged", failure="None of the events is one that the plan knows: nothing was judged.")
            )
        if cases:
            yield Suite(name=name, cases=cases)


def _is_loose(group: Group, planned: set[str], starts: tuple[str, ...]) -> bool:
    """Tell groups about events that have no suite of their own."""
    return (
        group.rule.startswith(("event/", "param/")) and not group.rule.startswith(starts) and group.event not in planned
    )


def _in(rule: str, groups: Sequence[Group]) -> bool:
    return any(group.rule == rule for group in groups)


def _case(rule: str, groups: Sequence[Group], fail_on: Level) -> Case:
    against = [group for group in groups if group.level.rank >= fail_on.rank]
    if not against:
        return Case(name=rule)
    mark = against[0].plan_mark
    text = "\n".join(_line(group) for group in against)
    return Case(name=rule, failure=f"{text}\n{RULES[rule].fix}", file=mark.file, line=mark.line)


def _line(group: Group) -> str:
    examples = "; ".join(f"{each.place or ''} {each.text}".strip() for each in group.examples)
    return f"{group.level}: {group.sentence}, {group.count} times" + (f" ({examples})" if examples else "")
