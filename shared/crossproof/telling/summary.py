"""Says what became of a notice in all its places: the reason, one sentence, the step's page and its remarks."""

import re
from collections.abc import Sequence

from crossproof.outcome import Annotation
from crossproof.report.markdown import inline, table
from crossproof.report.trouble import as_annotations, as_markdown
from crossproof.telling import endings
from crossproof.telling.delivering import TOLD, Delivery, Did
from crossproof.telling.notice import Notice
from crossproof.verdict import Reason

_LINK = re.compile(r"https?://[^\s()<>\\]+")  # in which nothing ends a link of Markdown


def ending(deliveries: Sequence[Delivery]) -> Reason:
    """Take the worst of all places."""
    did = {each.did for each in deliveries}
    if not did:
        return endings.NOBODY_TO_TELL
    if Did.FAILED in did:
        return endings.NOT_TOLD
    if Did.DOUBTFUL in did:
        return endings.MAYBE_TOLD
    return endings.TOLD if did & TOLD else endings.NOTHING_TO_TELL


def sentence(deliveries: Sequence[Delivery], told_as: str) -> str:
    """Say who knows what, and who does not."""
    by: dict[Did, list[str]] = {}
    for each in deliveries:
        by.setdefault(each.did, []).append(each.place)
    parts = [f"{did}: {', '.join(places)}" for did, places in by.items()]
    return f"The report says {told_as}; " + ("; ".join(parts) if parts else "no place to tell was given") + "."


def line(delivery: Delivery) -> str:
    """Say it for the log."""
    return f"{delivery.place}: {delivery.did}" + (f" ({delivery.why})" if delivery.why else "")


def page(notice: Notice, deliveries: Sequence[Delivery]) -> str:
    """Show what was told and where."""
    rows = [
        [
            f"[{inline(each.place)}]({each.url})" if _LINK.fullmatch(each.url) else inline(each.place),
            inline(each.did),
            inline(each.why),
        ]
        for each in deliveries
    ]
    parts = [f"> {inline(notice.headline)}  \n> {inline(notice.sentence)}\n"]
    if rows:
        parts.append(table(("where", "what became of it", "why"), rows))
    parts += [f"{inline(each.place)}: {inline(each.remark)}\n" for each in deliveries if each.remark]
    return "\n".join([*parts, trouble(deliveries)])


def trouble(deliveries: Sequence[Delivery]) -> str:
    """Explain each failure."""
    failed = [(each, each.error) for each in deliveries if each.error]
    return "\n".join(f"**{inline(each.place)}**\n\n{as_markdown(error)}" for each, error in failed)


def remarks(deliveries: Sequence[Delivery], level: str) -> list[Annotation]:
    """Put on the run's page what somebody should look at."""
    if not deliveries:
        nobody = endings.NOBODY_TO_TELL
        return [Annotation(level=level, title="No place to tell was given.", message=nobody.fix)]
    found = [
        Annotation(level=level, title=f"{each.place}: {title}", message=message)
        for each in deliveries
        if each.error
        for title, message in as_annotations(each.error)
    ]
    return found + [
        Annotation(level="warning", title=each.place, message=each.remark) for each in deliveries if each.remark
    ]
