"""Reads logs as the events they hold, for those who learn: in the order in which things happened, planned or not."""

from collections.abc import Iterator, Sequence
from math import isnan

import msgspec

from crossproof.tracking.baseline.profile import MOST_EVENTS
from crossproof.tracking.baseline.sent import Sent
from crossproof.tracking.findings import Findings, What
from crossproof.tracking.judging import times
from crossproof.tracking.judging.kinds import Kinds
from crossproof.tracking.log import decoding
from crossproof.tracking.log.chunks import Chunk
from crossproof.tracking.log.decoding import UNREADABLE, Event, Flaw, decode
from crossproof.tracking.log.limits import MAX_DEPTH, MAX_LINE
from crossproof.tracking.log.reading import Opened
from crossproof.tracking.places import place
from crossproof.tracking.plan.model import Source
from crossproof.tracking.pointers import MISSING

Named = tuple[str, str]  # the name and the type under which an event was sent; "" where it has none


class _Read(msgspec.Struct):
    """An event whose time is not read yet."""

    event: str
    params: dict[str, object]
    time: object
    line: int


class LogReader(msgspec.Struct):
    """Reads log after log; a line that is no event is noted, and nothing is learned from it."""

    source: Source = Source()
    kinds: Kinds | None = None  # without a plan, events go by their name and type
    by_time: bool = True  # within a chunk: a log of an app is one chunk
    flaws: Findings = msgspec.field(default_factory=Findings)
    met: dict[str, Named] = msgspec.field(default_factory=dict)

    def events(self, opened: Opened, file: int) -> Iterator[Sent]:
        """Give the events of one log."""
        for notice in opened.notices:
            self.flaws.add(What(notice.flaw.rule, reason=notice.flaw.reason), place(file, notice.line))
        lines = 0
        for chunk in opened.chunks:
            yield from self.chunk(chunk, file, lines)
            lines += 1 if chunk.skipped else chunk.data.count(b"\n") + 1

    def chunk(self, chunk: Chunk, file: int, before: int) -> Iterator[Sent]:
        """Give the events of a stretch of a log; `before`: so many lines came before it."""
        if chunk.skipped:
            self._flaw(decoding.too_long(chunk.skipped), place(file, before + 1))
            return
        raws = chunk.data.split(b"\n")
        found: list[_Read] = []
        for line, raw in enumerate(raws, before + 1):
            if raw.strip():
                breaks_off = chunk.unterminated and line == before + len(raws)
                match self._read(raw, line, breaks_off=breaks_off):
                    case Flaw() as flaw:
                        self._flaw(flaw, place(file, line))
                    case event:
                        found.append(event)
        seconds = times.read([each.time for each in found], self.source.time_unit).seconds
        for at in self._order(seconds):
            each = found[at]
            yield Sent(each.event, each.params, None if isnan(seconds[at]) else seconds[at], place(file, each.line))

    def _read(self, raw: bytes, line: int, *, breaks_off: bool) -> _Read | Flaw:
        if len(raw) > MAX_LINE:
            return decoding.too_long(len(raw))
        try:
            event = decode(raw)
        except UNREADABLE as error:
            return decoding.unreadable(raw, error, breaks_off=breaks_off)
        if not isinstance(event, dict):
            return decoding.no_object(event)
        if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and decoding.depth(event) > MAX_DEPTH:
            return decoding.too_deep()
        params = self.source.params.read(event)
        named = self._named(event)
        if named is None or not isinstance(params, dict):
            return Flaw("event/envelope", "its name is no text" if named is None else "its params are no object")
        return _Read(named, params, self.source.time.read(event), line)

    def _named(self, event: Event) -> str | None:
        """Name an event by the plan, else by its name and type; a plan's id holds no slash, so they never meet."""
        name, kind = self.source.name.read(event), self.source.type.read(event)
        if self.kinds:
            known = [part if isinstance(part, str) else MISSING for part in (name, kind)]
            chosen, _ = self.kinds.choose(self.kinds.candidates(*known), event)
            if chosen:
                return chosen.event.id
        if not isinstance(name, str):
            return None
        named = (name, kind if isinstance(kind, str) else "")
        key = "/".join(named) if named[1] or self.kinds else name
        if len(self.met) < MOST_EVENTS:
            self.met[key] = named
        return key

    def _order(self, seconds: Sequence[float]) -> Sequence[int]:
        """Sort by time; what has none stays behind its neighbour."""
        if not self.by_time:
            return range(len(seconds))
        known, keys = float("-inf"), []
        for row, time in enumerate(seconds):
            known = known if isnan(time) else time
            keys.append((known, row))
        return [row for _, row in sorted(keys)]

    def _flaw(self, flaw: Flaw, at: int) -> None:
        self.flaws.add(What(flaw.rule, reason=flaw.reason), at)
