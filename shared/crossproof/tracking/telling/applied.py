"""Says which rules were applied to the logs: only those can be said to have passed."""

from collections.abc import Iterator, Sequence

from crossproof.tracking.judgement import Judgement
from crossproof.tracking.rules import RULES, Level


def applied_rules(judgement: Judgement) -> Sequence[str]:
    """List the rules that had something to look at, in the order of the rules page."""
    wanted = {*_wanted(judgement)}
    off = {rule for rule, level in judgement.plan.levels.items() if level is Level.OFF}
    return [rule for rule in RULES if rule in wanted - off]


def passed_rules(judgement: Judgement) -> Sequence[str]:
    """List those that found nothing."""
    broken = {group.rule for group in judgement.groups if group.counts}
    return [rule for rule in applied_rules(judgement) if rule not in broken]


def _wanted(judgement: Judgement) -> Iterator[str]:
    plan, skipped = judgement.plan, judgement.not_judged
    yield from (rule for rule in RULES if rule.startswith(("log/", "event/")) and rule != "event/coverage")
    if judgement.judged:
        yield from (rule for rule in RULES if rule.startswith("param/"))
        yield from ("time/missing", "time/unit", "time/out-of-order")
        yield from ("id/duplicate", "id/missing") if plan.unique else ()
        yield from ("id/double-fire",) if plan.timing.double_fire else ()
        yield from ("same/differs",) if plan.same else ()
        yield from ("time/gap",) if judgement.timings else ()
        yield from ("time/window",) if plan.timing.skew is not None and not _any(skipped, "time window") else ()
    if any(f"flow {flow.id}" not in _names(skipped) for flow in plan.flows):
        yield from ("order/flow", "order/incomplete", "order/forbidden")
    if any(f"pair {pair.id}" not in _names(skipped) for pair in plan.before):
        yield "order/before"


def _names(skipped: Sequence[str]) -> set[str]:
    return {each.partition(":")[0] for each in skipped}


def _any(skipped: Sequence[str], start: str) -> bool:
    return any(each.startswith(start) for each in skipped)
