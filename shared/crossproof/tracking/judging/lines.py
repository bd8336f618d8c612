"""Judges lines one by one: is it an event, which one, is it as planned? Needs no other line, so it runs anywhere."""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from crossproof.tracking.findings import Findings, What
from crossproof.tracking.judging import times
from crossproof.tracking.judging.explaining import Refusal, explain, type_name
from crossproof.tracking.judging.glance import AT_ONCE, Glance, Good
from crossproof.tracking.judging.kinds import Kind, Kinds, equal
from crossproof.tracking.judging.record import count_names
from crossproof.tracking.judging.trace import Rows, Trace, in_order, probes_of, short
from crossproof.tracking.log import decoding
from crossproof.tracking.log.chunks import Chunk
from crossproof.tracking.log.decoding import UNREADABLE, Event, Flaw, decode
from crossproof.tracking.log.limits import MAX_DEPTH, MAX_LINE
from crossproof.tracking.pointers import MISSING
from crossproof.tracking.redaction import Redaction, looks_personal
from crossproof.tracking.rules import Level
from crossproof.units import clip

if TYPE_CHECKING:
    from crossproof.tracking.judging.forms import Forms

Observe = Callable[[Kind, Event, dict[str, object], int], None]
_NAME_SHOWN = 80
_LONG = 1 << 20  # bytes, about 650 lines; a form costs 1 ms


class Tally(msgspec.Struct):
    """What was seen in a stretch of one file. Places are lines counted from one within the stretch."""

    lines: int = 0
    events: int = 0  # objects that could be read
    findings: Findings = msgspec.field(default_factory=Findings)
    trace: Trace = msgspec.field(default_factory=Trace)
    strangers: Counter[str] = msgspec.field(default_factory=Counter)  # names of events that the plan does not know
    # Param that the plan gives no type -> JSON type -> the event and line that had it first.
    open_types: dict[str, dict[str, tuple[str, int]]] = msgspec.field(default_factory=dict)


class LineJudge:
    """Judges chunk after chunk; keeps nothing between them but what it has looked up."""

    def __init__(self, kinds: Kinds, redaction: Redaction, observe: Observe | None = None) -> None:
        """`observe` is shown every planned event, for those who learn from it."""
        self.kinds, self.plan, self.redaction, self.observe = kinds, kinds.plan, redaction, observe
        self.glance = Glance(kinds)
        self.forms: Forms | None = None  # made when a log turns out to be long
        self.read = 0  # bytes
        self.probes = [(pointer, pointer.below(kinds.plan.source.params)) for pointer in probes_of(kinds.plan)]
        self.uses_names = any(kind.event.name is not None for kind in kinds.all)
        self.uses_types = any(kind.event.type is not None for kind in kinds.all)

    def judge(self, chunk: Chunk) -> Tally:
        """Judge the lines of a chunk."""
        if chunk.skipped:
            tally = Tally(lines=1)
            self._flaw(tally, decoding.too_long(chunk.skipped), b"", 1, chunk)
            return tally
        if chunk.data.isspace():  # 64 MiB of line ends are 65 KiB as gzip
            return Tally(lines=chunk.data.count(b"\n") + 1)
        raws = chunk.data.split(b"\n")
        tally = Tally(lines=len(raws))
        rows = Rows([], [], [], [])
        left = self._by_forms(raws, chunk, tally, rows)
        for start in range(0, len(left), AT_ONCE):
            group = left[start : start + AT_ONCE]
            good = self.glance.look([raws[number] for number in group])
            self._take(good, group, rows)
            tally.events += len(good.numbers)
            if len(good.numbers) < len(group):
                for number in sorted({*group} - {group[good] for good in good.numbers}):
                    self._line(raws[number], number + 1, chunk, tally, rows)
        self._keep(rows, tally)
        return tally

    def _by_forms(self, raws: Sequence[bytes], chunk: Chunk, tally: Tally, rows: Rows) -> Sequence[int]:
        """Judge the lines of a long log that have forms; answers which have none."""
        self.read += len(chunk.data)
        if self.read <= _LONG or self.observe:  # who observes is shown dictionaries
            return range(len(raws))
        if self.forms is None:
            from crossproof.tracking.judging.forms import Forms  # noqa: PLC0415 - 1 ms that a short log does not pay

            self.forms = Forms(self.kinds, [pointer for pointer, _ in self.probes])
        left: list[int] = []
        for number in self.forms.look(chunk.data, raws, rows, left):
            if left:  # findings are noted in the order of the lines
                left.append(number)
            else:
                tally.events -= 1
                self._line(raws[number], number + 1, chunk, tally, rows)
        tally.events += len(raws) - len(left)
        return left

    def _take(self, good: Good, group: Sequence[int], rows: Rows) -> None:
        """Take lines that were recognised at a glance."""
        lines = [group[number] + 1 for number in good.numbers]
        rows.lines += lines
        rows.kinds += [fast.kind.index for fast in good.kinds]
        rows.times += good.times
        columns = [
            [params.get(key, MISSING) for params in good.params]
            if key is not None
            else [pointer.read(event) for event in good.events]
            for pointer, key in self.probes
        ]
        rows.probes += chain.from_iterable(zip(*columns, strict=True))
        for line, fast, event, params in zip(lines, good.kinds, good.events, good.params, strict=True):
            if self.forms:
                self.forms.learn(fast.kind, event, params)
            elif self.observe:
                self.observe(fast.kind, event, params, line)

    def _line(self, raw: bytes, line: int, chunk: Chunk, tally: Tally, rows: Rows) -> None:
        """Read one line with care."""
        if len(raw) > MAX_LINE:
            self._flaw(tally, decoding.too_long(len(raw)), raw, line, chunk)
        elif raw.strip():
            try:
                event = decode(raw)
            except UNREADABLE as error:
                breaks_off = chunk.unterminated and line == tally.lines
                self._flaw(tally, decoding.unreadable(raw, error, breaks_off=breaks_off), raw, line, chunk)
            else:
                self._examine(tally, event, raw, line, chunk, rows)

    def _keep(self, rows: Rows, tally: Tally) -> None:
        """Read times as seconds, and pack what was kept."""
        rows, columns = in_order(rows, len(self.probes))
        read = times.read(rows.times, self.plan.source.time_unit)
        for odd in read.odd:
            event = self.kinds.all[rows.kinds[odd.row]].event.id
            shown = "" if odd.rule == "time/missing" else self.redaction.shown(rows.times[odd.row])
            tally.findings.add(
                What(odd.rule, event, str(self.plan.source.time), odd.reason), rows.lines[odd.row], shown
            )
        tally.trace = Trace(
            array("q", rows.lines), array("H", rows.kinds), read.seconds, [*map(short, columns)], read.units
        )

    def _examine(self, tally: Tally, event: object, raw: bytes, line: int, chunk: Chunk, rows: Rows) -> None:
        """Judge a line with care: say all that is wrong with it."""
        if not isinstance(event, dict):
            self._flaw(tally, decoding.no_object(event), raw, line, chunk)
            return
        if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and decoding.depth(event) > MAX_DEPTH:
            self._flaw(tally, decoding.too_deep(), raw, line, chunk)
            return
        tally.events += 1
        self._repeated(tally, event, raw, line)
        kind, params, time = self._planned(tally, event, line)
        if kind is None:
            return
        for refusal in self._refusals(kind, event, params, raw):
            self._refuse(tally, kind, refusal, line)
        self._open_types(tally, kind, params, line)
        rows.lines.append(line)
        rows.kinds.append(kind.index)
        rows.times.append(time)
        rows.probes += [pointer.read(event) for pointer, _ in self.probes]
        if self.observe:
            self.observe(kind, event, params, line)

    def _planned(self, tally: Tally, event: Event, line: int) -> tuple[Kind | None, dict[str, object], object]:
        """Find the event that a line is; an envelope that is not whole is told and judged as far as it goes."""
        name, kind_name, time, params = self.kinds.envelope(event)
        needed = {"name": name if self.uses_names else "", "type": kind_name if self.uses_types else ""}
        wrong = [f"its {part} is no text" for part, value in needed.items() if not isinstance(value, str)]
        if not isinstance(params, dict):
            wrong.append("its params are no object")
        shown = _name(name)
        for reason in wrong:
            tally.findings.add(What("event/envelope", shown, "", reason), line)
        if wrong:
            count_names(tally.strangers, {shown: 1})
            return None, {}, time
        candidates = self.kinds.candidates(name, kind_name)
        kind, ambiguity = self.kinds.choose(candidates, event)
        if ambiguity and kind:
            tally.findings.add(What("event/ambiguous", kind.event.id, "", ambiguity), line)
        if kind is None:
            rule, reason = self.kinds.stranger(name, kind_name)
            tally.findings.add(What(rule, shown, "", reason), line)
            count_names(tally.strangers, {shown: 1})
        return kind, params, time  # type: ignore[return-value]

    def _refusals(self, kind: Kind, event: Event, params: dict[str, object], raw: bytes) -> list[Refusal]:
        """List what is wrong with a planned event's values."""
        found = [Refusal(rule, "", reason) for rule, reason in kind.remarks]
        if not kind.accepts(params):
            found += explain(kind.engine, kind.event, params, self.plan.policy)
        if kind.whole and not kind.whole.is_valid(event):
            found += explain(kind.whole, kind.event, event, self.plan.policy)
        unpopulated = [MISSING, *self.plan.policy.unpopulated]
        for param, conditions in kind.outside:
            holds = all(equal(pointer.read(event), value) for pointer, value in conditions)
            if holds and params.get(param.name, MISSING) in unpopulated:
                reason = "is not populated although its condition holds"
                found.append(Refusal("param/conditional", param.name, reason))
        if b"@" in raw:
            known = kind.event.params
            personal = [name for name, value in params.items() if looks_personal(value)]
            reason = "looks like an e-mail address"
            found += [
                Refusal("param/sensitive", name, reason, params[name])
                for name in personal
                if not (name in known and known[name].sensitive)
            ]
        return found

    def _refuse(self, tally: Tally, kind: Kind, refusal: Refusal, line: int) -> None:
        if self.plan.level(refusal.rule, kind.event.id) is Level.OFF:
            return
        param = kind.event.params.get(refusal.param)
        shown = ""
        if refusal.value is not None:
            hide = (param is not None and param.sensitive) or refusal.rule == "param/sensitive"
            shown = self.redaction.shown(refusal.value, refusal.param, sensitive=hide)
        what = What(refusal.rule, kind.event.id, _name(refusal.param) if refusal.param else "", refusal.reason)
        tally.findings.add(what, line, shown)

    def _open_types(self, tally: Tally, kind: Kind, params: dict[str, object], line: int) -> None:
        for name in kind.untyped & params.keys():
            if params[name] is not None:
                types = tally.open_types.setdefault(name, {})
                types.setdefault(type_name(params[name]).replace("integer", "number"), (kind.event.id, line))

    def _repeated(self, tally: Tally, event: Event, raw: bytes, line: int) -> None:
        if decoding.quotes(raw) == 2 * decoding.keys_and_texts(event):
            return
        names = decoding.repeated_keys(raw)
        if names:
            shown = ", ".join(clip(name, 40) for name in names[:5])
            tally.findings.add(What("log/duplicate-key", _name(event.get("name", "")), "", f"has {shown} twice"), line)

    def _flaw(self, tally: Tally, flaw: Flaw, raw: bytes, line: int, chunk: Chunk) -> None:
        what = What(flaw.rule, "", "", flaw.reason)
        shown = ""
        if tally.findings.wants_example(what):
            offset = chunk.offset + _start_of(line, chunk.data) + flaw.column - 1
            excerpt = self.redaction.text(decoding.excerpt(raw, flaw.column)) if raw else ""
            shown = f"column {flaw.column}, byte {offset}" + (f": {excerpt}" if excerpt else "")
        tally.findings.add(what, line, shown)


def _start_of(line: int, data: bytes) -> int:
    start = 0
    for _ in range(line - 1):
        start = data.find(b"\n", start) + 1
    return start


def _name(value: object) -> str:
    text = value if isinstance(value, str) else "(no name)"
    return text if len(text) <= _NAME_SHOWN else text[: _NAME_SHOWN - 1] + "…"
