"""Decides whether values that must be unique are, and whether values that must stay the same do."""

from collections.abc import Sequence

import msgspec

from crossproof.tracking.findings import Findings, What
from crossproof.tracking.judging.kinds import Kinds
from crossproof.tracking.judging.log import NO_VALUES, Log
from crossproof.tracking.judging.trace import Trace, hashable, probes_of
from crossproof.tracking.places import place, written
from crossproof.tracking.plan.model import Same, Unique
from crossproof.tracking.pointers import Pointer
from crossproof.tracking.redaction import Redaction
from crossproof.tracking.rules import Level


class Ids(msgspec.Struct):
    """The values seen so far of one key, and where each was seen first."""

    rule: Unique
    kinds: Kinds
    redaction: Redaction
    duplicates: int = 0
    first: dict[object, int] = msgspec.field(default_factory=dict)
    column: int = 0
    asked: frozenset[int] | None = None  # kinds
    told_already: frozenset[int] = frozenset()  # kinds of which param/missing speaks if the value is missing

    def __post_init__(self) -> None:
        """Look up once where the values stand and which events are meant."""
        plan = self.kinds.plan
        self.column = probes_of(plan).index(self.rule.key)
        if self.rule.events is not None:
            self.asked = self.kinds.indexes_of(self.rule.events)
        key = self.rule.key.below(plan.source.params)
        self.told_already = frozenset(
            kind.index
            for kind in self.kinds.all
            if key and key in kind.event.params and kind.event.params[key].presence == "always"
        )

    def take(self, trace: Trace, file: int, before: int, files: Sequence[str], findings: Findings) -> None:
        """Compare a stretch of a file, of which `before` lines came earlier, with all that was seen."""
        values = trace.probes[self.column] if trace.probes else []
        if self.asked is None and set(map(type, values)) == {str}:
            shift = place(file, before)
            new = dict(zip(values, [shift + line for line in trace.lines], strict=True))
            if len(new) == len(values) and "" not in new and self.first.keys().isdisjoint(new):
                self.first |= new
                return
        for row, value in enumerate(values):
            kind = trace.kinds[row]
            if self.asked is None or kind in self.asked:
                self._one(value, kind, place(file, before + trace.lines[row]), files, findings)

    def end_of_file(self) -> None:
        """Forget what a later file may have again."""
        if self.rule.across == "file":
            self.first.clear()

    def _one(self, value: object, kind: int, at: int, files: Sequence[str], findings: Findings) -> None:
        event = self.kinds.all[kind].event
        if value in NO_VALUES:
            if kind not in self.told_already:
                self._find("id/missing", event.id, "has no value to tell it by", at, "", findings)
            return
        key = value if isinstance(value, str) else (type(value).__name__, hashable([value])[0])
        first = self.first.setdefault(key, at)
        if first != at:
            self.duplicates += 1
            name = self.rule.key.tokens[-1]
            sensitive = name in event.params and event.params[name].sensitive
            shown = f"{self.redaction.shown(value, name, sensitive=sensitive)}, first at {written(first, files)}"
            self._find("id/duplicate", event.id, "was seen before", at, shown, findings)

    def _find(self, rule: str, event: str, reason: str, at: int, shown: str, findings: Findings) -> None:
        if self.kinds.plan.level(rule, event) is not Level.OFF:
            findings.add(What(rule, event, str(self.rule.key), reason), at, shown)


def judge_same(rule: Same, log: Log, redaction: Redaction) -> None:
    """Find values that differ from the first of their scope."""
    rows = log.rows if rule.events is None else log.of(log.kinds.indexes_of(rule.events))
    column = log.columns[rule.key]
    name = rule.key.tokens[-1]
    comparable = [row for row in rows if column[row] not in NO_VALUES] if isinstance(rule.scope, Pointer) else rows
    for thread in log.told(rule.scope, comparable, str(rule.key)):
        values = hashable(column[row] for row in thread)
        if len({*values}) == 1:
            continue
        known = [(row, value) for row, value in zip(thread, values, strict=True) if value not in NO_VALUES]
        for row, value in known[1:]:
            if value != known[0][1]:
                sensitive = any(
                    name in kind.event.params and kind.event.params[name].sensitive for kind in log.kinds.all
                )
                both = [redaction.shown(each, name, sensitive=sensitive) for each in (value, known[0][1])]
                reason = f"differs from the first of the {'file' if rule.scope == 'file' else f'same {rule.scope}'}"
                log.find("same/differs", row, reason, param=str(rule.key), shown=f"{both[0]}, first {both[1]}")
