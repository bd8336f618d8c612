"""Holds the logs that are being judged against a baseline, while they pass by."""

from collections.abc import Iterable, Iterator

import msgspec

from crossproof.actions.validate_contract import Inputs
from crossproof.actions.validate_tracking_logs import World
from crossproof.tracking.baseline.comparing import BY_LUCK, Comparing, Comparison, unlike
from crossproof.tracking.baseline.profile import About
from crossproof.tracking.baseline.reading import LogReader
from crossproof.tracking.baseline.written import load
from crossproof.tracking.findings import NOWHERE, What
from crossproof.tracking.judgement import Judgement
from crossproof.tracking.judging.run import Run
from crossproof.tracking.log.chunks import Chunk
from crossproof.tracking.plan.model import Plan
from crossproof.tracking.rules import RULES, Hold


class Past:
    """What the earlier runs of the app were like, and how this one differs."""

    def __init__(self, path: str, inputs: Inputs, world: World, judging: Run) -> None:
        """Read the baseline; one of another plan, platform or scenario is told, and nothing is held against it."""
        self.judging, self.plan = judging, judging.plan
        self.comparing: Comparing | None = None
        self.comparison: Comparison | None = None
        profile = load(world.files.read(path), path)
        about = About(plan=self.plan.name, platform=inputs.platform, scenario=inputs.scenario)
        if difference := unlike(profile.about, about):
            judging.record.findings.add(What("baseline/incompatible", reason=difference), NOWHERE)
            return
        self.reader = LogReader(self.plan.source, judging.kinds, by_time=self.plan.order_by == "time")
        self.comparing = Comparing(profile, self._shown, self.plan.baseline)

    def watch(self, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        """Pass the chunks of a log on, and compare the events in them."""
        file, lines = len(self.judging.record.files), 0
        for chunk in chunks:
            if self.comparing:
                for sent in self.reader.chunk(chunk, file, lines):
                    self.comparing.take(sent)
                lines += 1 if chunk.skipped else chunk.data.count(b"\n") + 1
            yield chunk

    def end(self) -> Plan:
        """Add what differs to the record; gives the plan with its word on differences that luck may explain."""
        if self.comparing is None:
            return self.plan
        self.comparison = self.comparing.end()
        self.judging.record.findings.absorb(self.comparison.findings, 0)
        soft = {rule: self.comparison.level(rule, self.plan.level(rule)) for rule in BY_LUCK}
        return msgspec.structs.replace(self.plan, levels={**self.plan.levels, **soft})

    def told(self, judgement: Judgement) -> Judgement:
        """Say beside the judgement what could not be compared."""
        if self.comparison is None:
            return judgement
        return msgspec.structs.replace(
            judgement, not_judged=[*judgement.not_judged, *self.comparison.not_compared], plan=self.plan
        )

    def verdict(self, judgement: Judgement) -> str:
        """Say how the run compares: `same`, `differs` or `unproven`."""
        rules = {group.rule for group in judgement.groups if group.counts}
        if self.comparison is None or any(RULES[rule].hold is not Hold.FREE for rule in rules):
            return "unproven"
        if any(rule.startswith("baseline/") for rule in rules):
            return "differs"
        return "unproven" if self.comparison.not_compared else "same"

    def _shown(self, param: str, value: object) -> str:
        hidden = any(event.params[param].sensitive for event in self.plan.events.values() if param in event.params)
        return self.judging.known.redaction.shown(value, param, sensitive=hidden)
