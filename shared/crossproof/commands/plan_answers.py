"""Answers what was found of a plan: for a person, for a program, and for the shell."""

from collections.abc import Sequence

from crossproof.commands.verbs import Answer
from crossproof.documents import Remark
from crossproof.report.amounts import counted
from crossproof.report.markdown import code, inline, table
from crossproof.tracking.plan.diffing import Change, Difference, overall
from crossproof.tracking.plan.examples import Examples
from crossproof.tracking.plan.model import Plan
from crossproof.tracking.plan.strength import Strength
from crossproof.verdict import Exit

_SIGNS = {Change.WIDER: "→ wider", Change.NARROWER: "← narrower", Change.BOTH: "↔ both", Change.UNKNOWN: "? unknown"}
_EXITS = {
    Change.SAME: Exit.DONE,
    Change.WIDER: Exit.DONE,
    Change.NARROWER: Exit.PROVEN_BAD,
    Change.BOTH: Exit.PROVEN_BAD,
    Change.UNKNOWN: Exit.NOT_FOUND_OUT,
}
_MEANING = {
    Change.SAME: "Every log is judged alike.",
    Change.WIDER: "No log that passed will fail.",
    Change.NARROWER: "A log that passed may fail.",
    Change.BOTH: "A log that passed may fail, and one that failed may pass.",
    Change.UNKNOWN: "Not everything could be decided: look at what is unknown.",
}


def linted(plan: Plan, remarks: Sequence[Remark]) -> Answer:
    """List the remarks; any makes the command end with 1."""
    data = [{"rule": "plan/lint", "place": str(each.mark), "what": each.what, "fix": each.fix} for each in remarks]
    if not remarks:
        page = f"{code(plan.file)}: nothing to remark on {counted(len(plan.events), 'event')}.\n"
        return Answer(page=page, data=data)
    return Answer(page=_remarks("plan/lint", remarks), data=data, exit=Exit.PROVEN_BAD)


def tested(plan: Plan, examples: Examples) -> Answer:
    """Say which examples do not do what they say; a plan without any was not tested."""
    failed = [{"rule": "plan/example", "place": str(each.mark), "what": each.what} for each in examples.failed]
    data = {"run": examples.run, "failed": failed}
    if examples.failed:
        said = f"{len(examples.failed)} of {counted(examples.run, 'example')} failed."
        page = f"{said}\n\n{_remarks('plan/example', examples.failed)}"
        return Answer(page=page, data=data, exit=Exit.PROVEN_BAD)
    if not examples.run:
        page = f"{code(plan.file)} has no `examples`: nothing was tested.\n"
        return Answer(page=page, data=data, exit=Exit.NOT_FOUND_OUT)
    return Answer(page=f"{counted(examples.run, 'example')} of {code(plan.file)} do what they say.\n", data=data)


def compared(old: Plan, new: Plan, differences: Sequence[Difference]) -> Answer:
    """Say what the change of a plan means for logs."""
    change = overall(differences)
    rows = [
        (_SIGNS.get(each.change, ""), inline(each.what), inline(each.said), code(str(each.mark or "")))
        for each in differences
    ]
    both = " → ".join(f"{inline(plan.file)} {inline(plan.version)}" for plan in (old, new))
    page = f"{both}: **{change}**. {_MEANING[change]}\n"
    if rows:
        page += "\n" + table(("", "What", "How", "Where"), rows)
    data = {
        "change": change,
        "differences": [{"what": each.what, "change": each.change, "said": each.said} for each in differences],
    }
    return Answer(page=page, data=data, exit=_EXITS[change])


def measured(plan: Plan, strength: Strength) -> Answer:
    """Say how much of what was broken the plan noticed, and where it did not."""
    data = {
        "score": strength.score,
        "breaks": strength.breaks,
        "noticed": strength.noticed,
        "weak": [
            {"rule": "plan/weak", "event": each.event, "param": each.param, "passes": each.survived, "place": each.mark}
            for each in strength.weak
        ],
        "untried": strength.untried,
    }
    if strength.score is None:
        page = f"No event of the logs is one that {code(plan.file)} takes: nothing could be broken.\n"
        return Answer(page=page, data=data, exit=Exit.NOT_FOUND_OUT)
    events = counted(strength.events, "good event")
    page = f"{strength.noticed} of {strength.breaks} breaks of {events} were noticed: **{strength.score:.1%}**.\n"
    rows = [
        (code(f"{each.event}.{each.param}"), inline(", ".join(each.survived)), code(each.mark))
        for each in strength.weak
    ]
    if rows:
        page += "\n" + table(("Weak param", "What passes", "Where"), rows)
    if strength.untried:
        page += f"\nNot tried, for want of a good event: {', '.join(map(code, strength.untried))}.\n"
    return Answer(page=page, data=data)


def _remarks(rule: str, remarks: Sequence[Remark]) -> str:
    rows = [(code(rule), code(str(each.mark)), inline(each.what), inline(each.fix)) for each in remarks]
    return table(("Rule", "Where", "What", "Instead"), rows)
