"""Writes the step summary of a judgement: what counts first, everything foreign made harmless."""

from collections.abc import Iterator, Sequence

from crossproof.report.markdown import code, details, inline, table
from crossproof.tracking.facts import Result
from crossproof.tracking.judgement import Group, Judgement
from crossproof.tracking.plan.spans import shown
from crossproof.tracking.telling.checklist import answers

MOST_GROUPS = 50
_SIGNS = {Result.YES: "✅", Result.NO: "❌", Result.NOT_JUDGED: "❔"}


def summary(judgement: Judgement, statement: str, baseline: str = "") -> str:
    """Write everything that a reviewer needs before opening a file."""
    parts = [
        _checklist(judgement),
        _groups(judgement),
        baseline,
        _coverage(judgement),
        _timings(judgement),
        _not_judged(judgement.not_judged),
        _evidence(judgement),
        f"> {inline(statement)}\n",
    ]
    return "\n".join(part for part in parts if part)


def _checklist(judgement: Judgement) -> str:
    rows = [(_SIGNS[each.result], each.question, inline(each.why)) for each in answers(judgement)]
    return table(("", "Checklist", ""), rows)


def _groups(judgement: Judgement) -> str:
    groups = [group for group in judgement.groups if group.counts]
    if not groups:
        return ""
    rows = [_row(group, judgement.folder) for group in groups[:MOST_GROUPS]]
    text = table(("", "Rule", "What", "Count", "First at", "Example"), rows, right=(3,))
    if len(groups) > MOST_GROUPS:
        text += f"\nAnd {len(groups) - MOST_GROUPS} more groups: the JSON report lists them.\n"
    ignored = [group for group in judgement.groups if not group.counts]
    if ignored:
        lines = "\n".join(f"- {_ignored(group)}" for group in ignored)
        text += "\n" + details(f"{len(ignored)} groups accepted for a while", lines)
    return text


def _row(group: Group, folder: str) -> Sequence[str]:
    share = f" ({group.share:.0%})" if group.share is not None and group.count > 1 else ""
    example = next((each.text for each in group.examples if each.text), "")
    sign = {"error": "❌", "warning": "⚠️", "notice": "i"}[group.level.value]
    first = code(str(group.first).removeprefix(folder)) if group.first else ""
    return (sign, code(group.rule), inline(group.sentence), f"{group.count}{share}", first, code(example))


def _ignored(group: Group) -> str:
    until = f"until {group.ignored.until}: {group.ignored.reason}" if group.ignored else "off"
    return f"{code(group.rule)} {inline(group.sentence)}, {group.count} times ({inline(until)})"


def _coverage(judgement: Judgement) -> str:
    expected = judgement.expected
    if not expected:
        return ""
    rows = [(code(each.event), each.planned, str(each.seen), "✅" if each.seen else "❌") for each in expected]
    others = [(code(each.event), each.planned, str(each.seen), "") for each in judgement.coverage if not each.expected]
    seen = sum(each.seen > 0 for each in expected)
    title = f"Coverage: {seen} of {len(expected)} expected events ({seen / len(expected):.0%})"
    return details(title, table(("Event", "Planned", "Seen", ""), rows + others, right=(2,)))


def _timings(judgement: Judgement) -> str:
    if not judgement.timings:
        return ""
    rows = [
        (
            inline(each.gap),
            str(each.samples),
            shown(each.median),
            shown(each.p95),
            shown(each.longest),
            inline(each.state),
        )
        for each in judgement.timings
    ]
    return details("Timing", table(("Gap", "Samples", "Median", "p95", "Longest", ""), rows, right=(1, 2, 3, 4)))


def _not_judged(omissions: Sequence[str]) -> str:
    if not omissions:
        return ""
    return "**What was not judged**\n\n" + "".join(f"- {inline(each)}\n" for each in omissions)


def _evidence(judgement: Judgement) -> str:
    return details("Evidence", "".join(_evidence_lines(judgement)))


def _evidence_lines(judgement: Judgement) -> Iterator[str]:
    plan = judgement.plan
    yield f"- plan {code(plan.file)}: {inline(plan.name)} {inline(plan.version)}, sha256 {code(plan.sha256)}\n"
    for file in judgement.files[:MOST_GROUPS]:
        scenario = f", scenario {inline(file.scenario)}" if file.scenario else ""
        size = f"{file.events} events, {file.size} bytes"
        yield f"- log {code(file.name)}: {size}, sha256 {code(file.sha256)}{scenario}\n"
    if len(judgement.files) > MOST_GROUPS:
        yield f"- and {len(judgement.files) - MOST_GROUPS} more logs, listed in the JSON report\n"
