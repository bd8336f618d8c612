"""Makes the page that can be kept and shown: one file, nothing fetched, findings to filter, a timeline to look at."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from crossproof.report.html import Html, document, joined, tag
from crossproof.tracking.facts import Result
from crossproof.tracking.judgement import Group, Judgement, Moment
from crossproof.tracking.plan.spans import shown
from crossproof.tracking.telling.checklist import answers
from crossproof.verdict import Reason, Verdict

MOST_GROUPS = 500
_STYLE = Path(__file__).with_name("page.css")
_SCRIPT = Path(__file__).with_name("page.js")

_LABEL, _LANE, _WIDTH, _TOP = 230, 22, 1120, 26
_CLASSES = {Result.YES: "yes", Result.NO: "no", Result.NOT_JUDGED: "not"}


def page(judgement: Judgement, reason: Reason, sentence: str, statement: str) -> str:
    """Write the whole page."""
    body = joined(
        _head(judgement, reason.verdict, sentence, statement),
        tag("div", _checklist(judgement), _evidence(judgement), class_="two"),
        _groups(judgement.groups, judgement.folder),
        _timeline(judgement),
        tag("div", _coverage(judgement), _timings(judgement), class_="two"),
        _not_judged(judgement.not_judged),
    )
    title = f"{reason.verdict}: {judgement.plan.name} {judgement.plan.version}"
    return document(title, body, style=_STYLE.read_text("utf-8"), script=_SCRIPT.read_text("utf-8"))


def _head(judgement: Judgement, verdict: Verdict, sentence: str, statement: str) -> Html:
    name = f"{judgement.plan.name} {judgement.plan.version}"
    badge = tag("span", verdict.value, class_=f"verdict {verdict.value}")
    return joined(tag("h1", name, badge), tag("p", sentence), tag("blockquote", statement))


def _checklist(judgement: Judgement) -> Html:
    rows = [
        tag(
            "tr",
            tag("td", tag("span", each.result.value, class_=f"level {_CLASSES[each.result]}")),
            tag("td", each.question),
            tag("td", each.why, class_="soft"),
        )
        for each in answers(judgement)
    ]
    return tag("section", tag("h2", "Checklist"), tag("table", *rows))


def _evidence(judgement: Judgement) -> Html:
    plan = judgement.plan
    rows = [_file("plan", plan.file, plan.sha256, "")]
    rows += [_file("log", file.name, file.sha256, f"{file.events} events") for file in judgement.files[:20]]
    more = len(judgement.files) - 20
    rest = [tag("p", f"and {more} more logs, listed in the JSON report", class_="soft")] if more > 0 else []
    return tag("section", tag("h2", "Evidence"), tag("table", *rows), *rest)


def _file(kind: str, name: str, sha256: str, what: str) -> Html:
    digest = tag("div", f"sha256 {sha256}", class_="mono soft")
    return tag("tr", tag("th", kind), tag("td", tag("code", name), f" {what}", digest))


def _groups(groups: Sequence[Group], folder: str) -> Html:
    heading = tag("h2", "Findings")
    listed = groups[:MOST_GROUPS]
    if not listed:
        return tag("section", heading, tag("p", "None."))
    levels = dict.fromkeys(_level(group) for group in listed)
    events = sorted({group.event for group in listed if group.event})
    filters = tag(
        "div",
        tag("input", id="words", type="search", placeholder="words to look for", aria_label="words to look for"),
        tag("select", tag("option", "every level", value=""), *_options(levels), id="level", aria_label="level"),
        tag("select", tag("option", "every event", value=""), *_options(events), id="event", aria_label="event"),
        tag("span", f"{len(listed)}", id="shown", class_="soft"),
        class_="filters",
    )
    head = tag("tr", *(tag("th", name) for name in ("Level", "Rule", "What", "Count", "Where and example", "Plan")))
    table = tag("table", tag("thead", head), tag("tbody", *(_group(group, folder) for group in listed)))
    more = len(groups) - len(listed)
    rest = [tag("p", f"and {more} more groups, listed in the JSON report", class_="soft")] if more > 0 else []
    return tag("section", heading, filters, tag("div", table, class_="scroll"), *rest)


def _options(values: Sequence[str] | dict[str, None]) -> Iterator[Html]:
    return (tag("option", value, value=value) for value in values)


def _level(group: Group) -> str:
    return group.level.value if group.counts else "accepted"


def _group(group: Group, folder: str) -> Html:
    share = f" ({group.share:.0%})" if group.share is not None and group.count > 1 else ""
    accepted = f"accepted until {group.ignored.until}: {group.ignored.reason}" if group.ignored else ""
    examples = [
        tag("div", tag("code", f"{each.place or ''}".removeprefix(folder)), " ", tag("code", each.text, class_="soft"))
        for each in group.examples
        if each.place or each.text
    ]
    return tag(
        "tr",
        tag("td", tag("span", _level(group), class_=f"level {group.level.value if group.counts else 'soft'}")),
        tag("td", tag("code", group.rule, class_="name")),
        tag("td", group.sentence, tag("div", accepted, class_="soft") if accepted else Html("")),
        tag("td", f"{group.count}{share}", class_="number"),
        tag("td", *examples),
        tag("td", tag("code", f"{group.plan_mark.file}:{group.plan_mark.line}", class_="soft name")),
        data_level=_level(group),
        data_event=group.event,
    )


def _timeline(judgement: Judgement) -> Html:
    """Draw one lane per event: when each was seen, file by file on one axis."""
    moments = [moment for moment in judgement.timeline if moment.seconds is not None]
    if len(moments) < 2:  # noqa: PLR2004 - one moment has no time between it and another
        return Html("")
    start = min(moment.seconds or 0.0 for moment in moments)
    span = max(moment.seconds or 0.0 for moment in moments) - start or 1.0
    lanes = list(dict.fromkeys(moment.event for moment in moments))
    height = _TOP + _LANE * len(lanes) + 8
    drawn = tag(
        "svg",
        *_axis(span, height),
        *(
            _lane(n, lane, [m for m in moments if m.event == lane], start, span, judgement)
            for n, lane in enumerate(lanes)
        ),
        viewBox=f"0 0 {_LABEL + _WIDTH + 20} {height}",
        role="img",
        aria_label="when each event was seen",
    )
    began = datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    cut = f"; the first {len(judgement.timeline)} events are drawn" if judgement.timeline_cut else ""
    legend = tag(
        "p",
        f"From {began}, {shown(span)}{cut}. Red: a finding names this line as one of its examples, three at most.",
        class_="soft",
    )
    return tag("section", tag("h2", "Timeline"), legend, tag("div", drawn, class_="scroll"))


def _axis(span: float, height: int) -> Iterator[Html]:
    for step in range(6):
        x = _LABEL + _WIDTH * step / 5
        yield tag("line", x1=f"{x:.0f}", x2=f"{x:.0f}", y1=_TOP - 6, y2=height, class_="axis")
        side = {0: " first", 5: " last"}.get(step, "")
        yield tag("text", shown(span * step / 5), x=f"{x:.0f}", y=14, class_=f"tick{side}")


def _lane(number: int, event: str, moments: Sequence[Moment], start: float, span: float, judgement: Judgement) -> Html:
    middle = _TOP + number * _LANE + _LANE // 2
    found = {
        (example.place.file, example.place.line)
        for group in judgement.groups
        if group.counts and group.event == event
        for example in group.examples
        if example.place
    }
    label = event if len(event) <= 30 else event[:29] + "…"  # noqa: PLR2004 - what fits beside the lanes
    dots: list[Html] = []
    for moment in moments:
        file = judgement.files[moment.file].name
        at = (moment.seconds or 0.0) - start
        title = tag(
            "title", f"{event}, {shown(at)} after the first, {file.removeprefix(judgement.folder)}:{moment.line}"
        )
        x = f"{_LABEL + _WIDTH * at / span:.1f}"
        style = "found" if (file, moment.line) in found else None
        dots.append(tag("circle", title, cx=x, cy=middle, r=5 if style else 4, class_=style))
    track = tag("rect", x=0, y=middle - _LANE // 2, width=_LABEL + _WIDTH + 20, height=_LANE, class_="track")
    return tag("g", track, tag("text", label, x=8, y=middle + 4), *dots, class_="lane", data_event=event)


def _coverage(judgement: Judgement) -> Html:
    rows = [
        tag(
            "tr",
            tag("td", tag("code", each.event)),
            tag("td", each.planned, class_="number"),
            tag("td", str(each.seen), class_="number"),
            tag("td", tag("span", *_seen(each.seen, expected=each.expected), class_="level")),
        )
        for each in judgement.coverage
    ]
    head = tag(
        "tr", tag("th", "Event"), tag("th", "Planned", class_="number"), tag("th", "Seen", class_="number"), tag("th")
    )
    return tag("section", tag("h2", "Coverage"), tag("table", tag("thead", head), tag("tbody", *rows)))


def _seen(seen: int, *, expected: bool) -> Sequence[Html]:
    if not expected:
        return [tag("span", "not expected here", class_="soft")] if not seen else []
    return [tag("span", "seen", class_="yes") if seen else tag("span", "missing", class_="no")]


def _timings(judgement: Judgement) -> Html:
    if not judgement.timings:
        return Html("")
    rows = [
        tag(
            "tr",
            tag("td", each.gap, tag("div", each.state, class_="soft")),
            *(
                tag("td", text, class_="number")
                for text in (str(each.samples), shown(each.median), shown(each.p95), shown(each.longest))
            ),
        )
        for each in judgement.timings
    ]
    names = ("Samples", "Median", "p95", "Longest")
    head = tag("tr", tag("th", "Gap"), *(tag("th", name, class_="number") for name in names))
    return tag("section", tag("h2", "Timing"), tag("table", tag("thead", head), tag("tbody", *rows)))


def _not_judged(omissions: Sequence[str]) -> Html:
    if not omissions:
        return Html("")
    return tag("section", tag("h2", "What was not judged"), tag("ul", *(tag("li", each) for each in omissions)))
