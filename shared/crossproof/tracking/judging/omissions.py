"""Says what was not judged, and why: a check that did not run must not look like one that passed."""

from collections.abc import Iterator, Sequence

from crossproof.tracking.facts import Coverage, Measured
from crossproof.tracking.judging.counting import all_was_read, expectations
from crossproof.tracking.judging.record import Circumstances, Record
from crossproof.tracking.plan.model import Plan
from crossproof.tracking.rules import Level


def omissions(
    record: Record, plan: Plan, known: Circumstances, timings: Sequence[Measured | None], coverage: Sequence[Coverage]
) -> Iterator[str]:
    """List all that the plan asks for and the logs gave nothing to judge of, or that was switched off."""
    unseen = [each.event for each in coverage if each.expected and not each.seen]
    if known.partial:
        yield "absence and coverage of events: decided when the shards are merged"
    elif unseen and not all_was_read(record.findings):
        yield f"absence of {', '.join(unseen)}: not every log could be read whole, so it is not known"
    yield from _order(record, plan)
    yield from _timing(plan, known, timings)
    yield from _scenarios(record, plan, known)
    for rule, level in plan.levels.items():
        if level is Level.OFF:
            yield f"rule {rule}: switched off by the plan"
    for ignore in plan.ignores:
        if known.today > ignore.until:
            yield f"ignore of {ignore.rule} ({ignore.reason}): ended on {ignore.until}, so its findings count"


def _order(record: Record, plan: Plan) -> Iterator[str]:
    for name in [*(f"flow {flow.id}" for flow in plan.flows), *(f"pair {pair.id}" for pair in plan.before)]:
        if name not in record.judged:
            yield f"{name}: no log holds its events, or its scenario does not walk it"


def _timing(plan: Plan, known: Circumstances, timings: Sequence[Measured | None]) -> Iterator[str]:
    for gap, measured in zip(plan.timing.gaps, timings, strict=True):
        if measured is None:
            yield f"gap {gap}: never seen"
        elif measured.state.startswith("p95 not"):
            yield f"gap {gap}: {measured.state}"
    if plan.timing.skew is not None and known.window is None:
        yield "time window: when the run began and ended is not known (give `manifest`)"


def _scenarios(record: Record, plan: Plan, known: Circumstances) -> Iterator[str]:
    found = expectations(plan, record.files, known.scenario, known.platform)
    walked = {expectation.scenario.id for expectation in found if expectation.scenario}
    for scenario in plan.scenarios.values():
        if scenario.id not in walked:
            yield f"scenario {scenario.id}: no log of it was given"
    counted = {file for expectation in found for file in expectation.files}
    for file, name in enumerate(record.names):
        if file not in counted:
            yield f"counts of {name}: its name belongs to no scenario"
