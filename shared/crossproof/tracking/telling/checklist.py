"""Answers the six questions of the checklist by which people reviewed logs by hand."""

from collections.abc import Sequence

from crossproof.tracking.facts import Answer, Result
from crossproof.tracking.judgement import Group, Judgement
from crossproof.tracking.rules import Level

_PRESENCE = ("event/missing", "event/count", "event/coverage")
_POPULATED = ("param/missing", "param/empty", "param/conditional")
_UNIQUE = ("id/duplicate", "id/missing", "id/double-fire")
_SEQUENCE = ("order/", "time/out-of-order")
_UNEXPECTED = ("event/unknown", "event/name-casing", "event/ambiguous", "event/expired", "event/deprecated")
# Whatever else is said of a value, a unit or a gap.
_VALUES = ("param/", "same/", "time/", "event/envelope")


def answers(judgement: Judgement) -> Sequence[Answer]:
    """Answer each question; where nothing was there to judge, say so instead of yes."""
    plan, groups = judgement.plan, judgement.groups
    planned_order = bool(plan.flows or plan.before)
    judged_order = planned_order and not any(each.startswith(("flow ", "pair ")) for each in judgement.not_judged)
    expected = judgement.expected
    nothing = "" if judgement.judged else "no planned event was in the logs"
    values = [group for group in groups if not group.rule.startswith(("time/out",)) and group.rule not in _POPULATED]
    return (
        _answer(
            "All expected events are present",
            groups,
            _PRESENCE,
            "" if expected else "the plan expects none here",
            f"{sum(each.seen > 0 for each in expected)} of {len(expected)}",
        ),
        _answer("Required parameters are populated", groups, _POPULATED, nothing, ""),
        _answer(
            "Tracking IDs are unique",
            groups,
            _UNIQUE,
            nothing or ("" if plan.unique else "the plan names no key under `unique`"),
            "",
        ),
        _answer(
            "Event sequence is correct",
            groups,
            _SEQUENCE,
            nothing or ("" if judged_order else _no_order(judgement, planned=planned_order)),
            "",
        ),
        _answer(
            "No unexpected events", groups, _UNEXPECTED, "" if judgement.events else "no event was in the logs", ""
        ),
        _answer("Parameter values match expectations", values, _VALUES, nothing, ""),
    )


def _answer(question: str, groups: Sequence[Group], rules: tuple[str, ...], not_judged: str, detail: str) -> Answer:
    found = [group for group in groups if group.counts and group.rule.startswith(rules)]
    errors = sum(group.count for group in found if group.level is Level.ERROR)
    others = sum(group.count for group in found) - errors
    said = [detail, counted(errors, "error"), counted(others, "remark")]
    why = ", ".join(filter(None, said))
    if errors:
        return Answer(question=question, result=Result.NO, why=why)
    if not_judged:
        return Answer(question=question, result=Result.NOT_JUDGED, why=not_judged)
    return Answer(question=question, result=Result.YES, why=why)


def counted(number: int, word: str) -> str:
    """Write a number of things; nothing for none."""
    return f"{number} {word}{'s' if number != 1 else ''}" if number else ""


def _no_order(judgement: Judgement, *, planned: bool) -> str:
    if not planned:
        return "the plan has no `flows`"
    return "; ".join(each for each in judgement.not_judged if each.startswith(("flow ", "pair ")))
