"""Runs a plan's own examples: a valid one must break no rule of its event, an invalid one the rule that it names."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from crossproof.documents import Remark
from crossproof.tracking.judging.kinds import Kinds, kinds_of
from crossproof.tracking.judging.lines import LineJudge
from crossproof.tracking.log.chunks import Chunk
from crossproof.tracking.plan.model import Event, InvalidExample, Plan
from crossproof.tracking.redaction import Redaction

_OF_RUNS = ("event/missing", "event/count", "event/coverage")


class Examples(msgspec.Struct, frozen=True):
    """What came of running all examples."""

    run: int
    failed: Sequence[Remark]


def run_examples(plan: Plan) -> Examples:
    """Run every example of a plan."""
    trial = _Trial(plan)
    failed = [remark for event in plan.events.values() for remark in trial.event(event)]
    return Examples(sum(len(event.valid) + len(event.invalid) for event in plan.events.values()), failed)


class _Trial:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.kinds: Kinds = kinds_of(plan, platform="", today=date.min)  # no example expires
        self.judge = LineJudge(self.kinds, Redaction())

    def event(self, event: Event) -> Iterator[Remark]:
        for number, example in enumerate(event.valid, 1):
            for rule, said in self._broken(example, event):
                if self.plan.level(rule, event.id).rank > 1:
                    yield Remark(
                        event.marks.get("examples", event.mark), f"valid example {number} breaks {rule}: {said}."
                    )
        for wrong in event.invalid:
            yield from self._invalid(wrong, event)

    def _invalid(self, wrong: InvalidExample, event: Event) -> Iterator[Remark]:
        if wrong.expect in _OF_RUNS:
            yield Remark(wrong.mark, f"{wrong.expect} is about a whole run, and cannot be shown by one event.")
        elif wrong.event is None and not event.valid:
            yield Remark(wrong.mark, "there is no valid example to change.", "Add one under `valid`.")
        else:
            broken = self._broken(wrong.event or _changed(event.valid[0], wrong, self.plan), event)
            if wrong.expect not in {rule for rule, _ in broken}:
                told = ", ".join(sorted({rule for rule, _ in broken})) or "nothing"
                yield Remark(wrong.mark, f"it breaks {told}, not {wrong.expect}.")

    def _broken(self, example: Mapping[str, Any], event: Event) -> list[tuple[str, str]]:
        """List the rules that an event breaks, and whether it is taken for the event it is an example of."""
        tally = self.judge.judge(Chunk(0, msgspec.json.encode(example)))
        found = [(what.rule, f"{what.param} {what.reason}".strip()) for what in tally.findings.groups]
        seen = [self.kinds.all[kind].event.id for kind in tally.trace.kinds]
        if seen and seen != [event.id]:
            found.append(("event/unknown", f"is taken for {seen[0]}"))
        return found


def _changed(example: Mapping[str, Any], wrong: InvalidExample, plan: Plan) -> Mapping[str, Any]:
    """Copy an event with its params changed, wherever the plan says that they stand."""
    copied: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(example))
    params: Any = copied
    for token in plan.source.params.tokens:
        params = params[token]
    params.update(wrong.set)
    params.pop(wrong.drop, None)
    return copied
