"""Puts groups of findings on the run's page: on the plan's line that they broke, the worst first."""

from collections.abc import Sequence

from crossproof.outcome import Annotation
from crossproof.tracking.judgement import Group, Judgement
from crossproof.tracking.rules import RULES, Hold

MOST = 40  # the runner shows nine of each level, and the log has them all


def annotations(judgement: Judgement) -> Sequence[Annotation]:
    """Make one remark per group; the rest is in the summary."""
    shown = [group for group in judgement.groups if group.counts][:MOST]
    return [_annotation(group) for group in shown]


def _annotation(group: Group) -> Annotation:
    times = f"{group.count} times" if group.count > 1 else "once"
    share = f" ({group.share:.0%} of its occurrences)" if group.share is not None and group.count > 1 else ""
    where = f"; first at {group.first}" if group.first else ""
    example = next((each.text for each in group.examples if each.text), "")
    said = f": {example}" if example else ""
    in_plan = RULES[group.rule].hold is not Hold.PROOF
    return Annotation(
        level=group.level.value,
        title=f"{group.rule}: {group.about}" if group.about else group.rule,
        message=f"{group.sentence}, {times}{share}{where}{said}\n{RULES[group.rule].fix}",
        file=group.plan_mark.file if in_plan else "",
        line=group.plan_mark.line if in_plan else 0,
    )
