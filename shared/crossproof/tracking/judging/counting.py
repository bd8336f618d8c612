"""Decides whether the events that were expected here and now happened, and as often as planned."""

from collections.abc import Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase

import msgspec

from crossproof.tracking.facts import Coverage, JudgedFile
from crossproof.tracking.findings import NOWHERE, Findings, What
from crossproof.tracking.plan.model import Count, Event, Plan, Scenario
from crossproof.tracking.rules import RULES, Hold, Level


class Expectation(msgspec.Struct, frozen=True):
    """What a set of logs should hold."""

    scenario: Scenario | None
    platform: str
    files: Sequence[int]


def expectations(plan: Plan, files: Sequence[JudgedFile], asked: str, platform: str) -> list[Expectation]:
    """Part the logs by the walk and the platform they are of; where none is of a walk, all of a platform together."""
    walked = any(file.scenario for file in files)
    parts: dict[tuple[str, str], list[int]] = {}
    for number, file in enumerate(files):
        if file.scenario or not walked:
            parts.setdefault((file.scenario, file.platform), []).append(number)
    found = [Expectation(plan.scenarios.get(name), where, numbers) for (name, where), numbers in parts.items()]
    return found or [Expectation(plan.scenarios.get(asked), platform, ())]


def unwalked(plan: Plan, files: Sequence[JudgedFile]) -> list[Scenario]:
    """List the walks that the plan tells by the names of logs, and that no log is of although others are."""
    walked = {file.scenario for file in files} - {""}
    return [each for each in plan.scenarios.values() if walked and each.files and each.id not in walked]


def scenario_of(file: str, plan: Plan, asked: str) -> Scenario | None:
    """Tell which walk a log is of: the one that was asked for, else the first whose pattern fits its name."""
    if asked:
        return plan.scenarios[asked]
    return next((each for each in plan.scenarios.values() if each.files and _is_of(file, each)), None)


def expected_count(event: Event, scenario: Scenario | None, platform: str, today: date) -> Count:
    """Say how often an event is expected: never on another platform, and only by a walk once it is on its way out."""
    gone = event.deprecated or (event.expires and today >= event.expires)
    elsewhere = platform and event.platforms and platform not in event.platforms
    low = 0 if gone else event.count.low
    if scenario:
        low = max(1, event.count.low) if event.id in scenario.require else 0
    if elsewhere:
        low = 0
    return Count(low, event.count.high)


def all_was_read(findings: Findings) -> bool:
    """Tell whether what was not seen did not happen: nothing was missing, unreadable or cut."""
    return not any(RULES[what.rule].hold is Hold.PROOF for what in findings.groups)


def judge_counts(
    plan: Plan, seen: Mapping[str, int], expectation: Expectation, today: date, findings: Findings, *, whole: bool
) -> list[Coverage]:
    """Hold what was seen of each event against what was expected; too few is only proven where all was read."""
    scenario, platform = expectation.scenario, expectation.platform
    said = [f"scenario {scenario.id}" if scenario else "", f"platform {platform}" if platform else ""]
    where = f" in {' on '.join(filter(None, said))}" if any(said) else ""
    coverage: list[Coverage] = []
    for event in plan.events.values():
        count, times = expected_count(event, scenario, platform, today), seen.get(event.id, 0)
        coverage.append(Coverage(event=event.id, planned=str(count), seen=times, expected=count.low > 0))
        if count.holds(times) or (times < count.low and not whole):
            continue
        rule = "event/count" if times else "event/missing"
        reason = f"is planned {count} times{where}, and was seen {times}" if times else f"did not happen{where}"
        if plan.level(rule, event.id) is not Level.OFF:
            findings.add(What(rule, event.id, "", reason), NOWHERE)
    return coverage


def added(parts: Sequence[Sequence[Coverage]]) -> list[Coverage]:
    """Add up the coverage of several scenarios: what any of them expects is expected."""
    total: dict[str, Coverage] = {}
    for each in (coverage for part in parts for coverage in part):
        known = total.get(each.event)
        total[each.event] = Coverage(
            event=each.event,
            planned=each.planned if each.expected or not known else known.planned,
            seen=each.seen + (known.seen if known else 0),
            expected=each.expected or bool(known and known.expected),
        )
    return list(total.values())


def _is_of(file: str, scenario: Scenario) -> bool:
    return fnmatchcase(file, scenario.files) or fnmatchcase(file.rsplit("/", 1)[-1], scenario.files)
