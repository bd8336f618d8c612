"""Decides how a judgement ends: what is proven, by which word, and in which sentence."""

from collections.abc import Sequence

from crossproof.tracking.judgement import Group, Judgement
from crossproof.tracking.rules import RULES, Hold, Level
from crossproof.tracking.telling.checklist import counted
from crossproof.tracking.telling.reasons import (
    AS_PLANNED,
    BASELINE_UNFIT,
    EMPTY_LOG,
    EVIDENCE_CUT,
    FINDINGS,
    NO_LOG,
    NOTHING_JUDGED,
    PART_JUDGED,
    REASONS,
    SHARDS_INCOMPLETE,
    UNREADABLE_LOG,
)
from crossproof.units import clip
from crossproof.verdict import Reason

_MOST = 3  # things that are lacking, in a sentence
_BY_RULE = {
    "log/missing-shard": SHARDS_INCOMPLETE,
    "log/missing-file": NO_LOG,
    "log/empty": EMPTY_LOG,
    "log/unreadable": UNREADABLE_LOG,
    "log/cap-reached": EVIDENCE_CUT,
    "baseline/incompatible": BASELINE_UNFIT,
}


def reason_of(judgement: Judgement, fail_on: Level, *, part: bool = False) -> Reason:
    """Decide: proven bad outweighs a lack of proof, and a lack of proof is never good."""
    against = [group for group in judgement.groups if group.counts and group.level.rank >= fail_on.rank]
    if any(RULES[group.rule].hold is not Hold.PROOF for group in against):
        return FINDINGS
    lacking = [_BY_RULE[group.rule] for group in judgement.groups if RULES[group.rule].hold is Hold.PROOF]
    if lacking:
        return min(lacking, key=REASONS.index)
    if not judgement.judged:
        return NOTHING_JUDGED
    return PART_JUDGED if part else AS_PLANNED


def sentence_of(judgement: Judgement, reason: Reason) -> str:
    """Say in one sentence what was found out."""
    plan = f"plan {judgement.plan.name} {judgement.plan.version}"
    logs = f"{len(judgement.files)} log{'s' if len(judgement.files) != 1 else ''}"
    seen = f"{len(judgement.expected) - len(judgement.missing)} of {len(judgement.expected)} expected events"
    if reason is AS_PLANNED:
        remarks = _counted(judgement, (Level.ERROR, Level.WARNING, Level.NOTICE))
        rest = f"; {remarks} besides" if remarks else ""
        return f"{seen} were seen in {logs} with {judgement.events} events, all as {plan} says{rest}."
    if reason is PART_JUDGED:
        return f"{judgement.events} events in {logs} are as {plan} says; what is missing is decided when merging."
    if reason is FINDINGS:
        worst = first(judgement.groups)
        found = _counted(judgement, (Level.ERROR, Level.WARNING, Level.NOTICE))
        return f"{found} against {plan} in {logs} with {judgement.events} events; first: {clip(worst.sentence, 160)}."
    if reason is NOTHING_JUDGED:
        return f"None of the {judgement.events} events in {logs} is one that {plan} knows."
    lacking = [group for group in judgement.groups if _BY_RULE.get(group.rule) is reason]
    more = f"; and {len(lacking) - _MOST} more" if len(lacking) > _MOST else ""
    return f"{'; '.join(_lack(group, logs) for group in lacking[:_MOST])}{more}."


def _lack(group: Group, logs: str) -> str:
    names = sorted({example.text for example in group.examples if example.text})
    return f"{', '.join(map(clip, names)) or str(group.first or '') or logs}: {group.reason}"


def first(groups: Sequence[Group]) -> Group:
    """Give the group that matters most."""
    return next(group for group in groups if group.counts)


def _counted(judgement: Judgement, levels: Sequence[Level]) -> str:
    said = [text for level in levels if (text := counted(judgement.count(level), level))]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)
