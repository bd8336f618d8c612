"""Reads the parts of a plan that speak of several events at once: flows, uniqueness, sameness, timing, ignores."""

from crossproof.mark import Mark
from crossproof.tracking.plan import spans
from crossproof.tracking.plan.model import (
    Before,
    Count,
    DoubleFire,
    Flow,
    Gap,
    Ignore,
    Same,
    Scope,
    Step,
    Timing,
    Unique,
)
from crossproof.tracking.plan.written import Text, Written
from crossproof.tracking.pointers import Pointer

MOST_REPEATS = 100


class Across:
    """Reads each section once; events are held against the plan's."""

    def __init__(self, text: Text, events: tuple[str, ...]) -> None:
        """Take the plan's text and the ids of its events."""
        self.text, self.events = text, events

    def flows(self) -> tuple[Flow, ...]:
        """Read the flows with steps."""
        return tuple(
            self._flow(each, mark) for each, mark in self.text.items(self.text.tree, "flows") if "steps" in each
        )

    def before(self) -> tuple[Before, ...]:
        """Read the pairs."""
        found: list[Before] = []
        for each, mark in self.text.items(self.text.tree, "flows"):
            if "before" in each:
                first, then = self._events(each, "before")
                name = each.get("id", f"{first}-before-{then}")
                found.append(Before(id=name, first=first, then=then, scope=self._scope(each), mark=mark))
        return tuple(found)

    def unique(self) -> tuple[Unique, ...]:
        """Read what must occur once."""
        return tuple(
            Unique(
                key=Pointer(each["key"]),
                across=each.get("across", "all_files"),
                events=self._only(each),
                mark=mark,
            )
            for each, mark in self.text.items(self.text.tree, "unique")
        )

    def same(self) -> tuple[Same, ...]:
        """Read what must not change."""
        return tuple(
            Same(key=Pointer(each["key"]), scope=self._scope(each), events=self._only(each), mark=mark)
            for each, mark in self.text.items(self.text.tree, "same")
        )

    def timing(self) -> Timing:
        """Read when things may happen."""
        written = self.text.tree.get("timing", {})
        twice = written.get("double_fire")
        return Timing(
            skew=spans.span(written["window"].get("skew", "0s")) if "window" in written else None,
            gaps=tuple(self._gap(each, mark) for each, mark in self.text.items(written, "gaps")),
            double_fire=DoubleFire(
                within=spans.span(twice["within"]),
                key=tuple("name" if key == "name" else Pointer(key) for key in twice["key"]),
                mark=self.text.mark(written, "double_fire"),
            )
            if twice
            else None,
            marks=self.text.marks(written),
        )

    def ignores(self) -> tuple[Ignore, ...]:
        """Read what is accepted for a while."""
        found: list[Ignore] = []
        for each, mark in self.text.items(self.text.tree, "ignore"):
            if "event" in each:
                self.text.known(each["event"], self.events, "event", self.text.mark(each, "event"))
            until = self.text.attempt(spans.day, each, "until", None)
            if until:
                found.append(
                    Ignore(
                        rule=each["rule"],
                        until=until,
                        reason=each["reason"],
                        event=each.get("event", ""),
                        param=each.get("param", ""),
                        mark=mark,
                    )
                )
        return tuple(found)

    def _flow(self, written: Written, mark: Mark) -> Flow:
        mode = written.get("mode", "subsequence")
        if "never" in written:
            self._events(written, "never")
        return Flow(
            id=written["id"],
            steps=tuple(self._step(each, at, mode) for each, at in self.text.items(written, "steps")),
            mode=mode,
            scope=self._scope(written),
            never=frozenset(written.get("never", ())),
            mark=mark,
        )

    def _step(self, written: Written | str, mark: Mark, mode: str) -> Step:
        if isinstance(written, str):
            self.text.known(written, self.events, "event", mark)
            return Step(events=(written,))
        events = self._events(written, "any") if "any" in written else (written["event"],)
        if "event" in written:
            self.text.known(written["event"], self.events, "event", self.text.mark(written, "event"))
        times = self.text.attempt(spans.count, written, "repeat", Count(1, 1))
        if max(times.low, times.high or 0) > MOST_REPEATS:
            self.text.object_to(mark, f"a step repeats {MOST_REPEATS} times at most.", "Use * or `count`.")
            times = Count(1, None)
        if mode == "subsequence" and "repeat" in written and times.high is not None and times.high != times.low:
            self.text.object_to(
                mark,
                "an upper bound means nothing where other events may come between.",
                "Write `..*`, limit the event with `count`, or use `mode: contiguous`.",
            )
        within = spans.span(written["within"]) if "within" in written else None
        return Step(events=events, within=within, times=times)

    def _gap(self, written: Written, mark: Mark) -> Gap:
        pair = ("event", "event") if "event" in written else ("from", "to")
        for key in set(pair):
            self.text.known(written[key], self.events, "event", self.text.mark(written, key))
        if "max" not in written and "p95" not in written:
            self.text.object_to(mark, "a gap needs `max`, `p95` or both.")
        return Gap(
            start=written[pair[0]],
            end=written[pair[1]],
            max=spans.span(written["max"]) if "max" in written else None,
            p95=spans.span(written["p95"]) if "p95" in written else None,
            min_samples=written.get("min_samples", 20),
            scope=self._scope(written),
            mark=mark,
        )

    def _scope(self, written: Written) -> Scope:
        match written.get("scope", "file"):
            case "file":
                return "file"
            case "session":
                return Pointer(self.text.tree.get("source", {}).get("session", "/params/session_id"))
            case str(pointer):
                return Pointer(pointer)
            case other:
                raise TypeError(other)

    def _only(self, written: Written) -> frozenset[str] | None:
        return frozenset(self._events(written, "events")) if "events" in written else None

    def _events(self, written: Written, key: str) -> tuple[str, ...]:
        for event, mark in self.text.items(written, key):
            self.text.known(event, self.events, "event", mark)
        return tuple(written[key])
