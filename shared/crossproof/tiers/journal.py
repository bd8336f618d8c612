"""Reads what the pytest plugin wrote down, as far as it came, and names the tests that were running when it stopped."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crossproof.tiers.cases import BAD, Attempt, Case, Ended

NOTHING_COLLECTED = 5
BROKE_OFF = {2: "interrupted", 3: "internal error", 4: "usage error"}  # exit codes of pytest
_BAD = frozenset({"failed", "rerun"})


@dataclass(kw_only=True)
class _Running:
    file: str = ""
    line: int = 0
    attempts: list[dict[str, Any]] = field(default_factory=list)  # phase -> report
    done: bool = False


@dataclass(kw_only=True)
class Journal:
    """One pytest process as it told of itself. `exit` is None if it never came to its end."""

    pytest: str = ""
    root: str = ""
    every: list[str] = field(default_factory=list)
    mine: list[str] = field(default_factory=list)
    left: list[str] | None = None  # of its own, after a plugin took some out at the very end; None: all
    collected: bool = False
    uncollected: dict[str, str] = field(default_factory=dict)
    exit: int | None = None
    tests: dict[str, _Running] = field(default_factory=dict)
    broken: int = 0  # lines that cannot be read: at most the last, cut by a full disk

    @property
    def to_run(self) -> Sequence[str]:
        """Name the tests that it was going to run."""
        return self.mine if self.left is None else self.left

    @property
    def in_flight(self) -> Sequence[str]:
        """Name the tests that had begun and not ended."""
        return [test for test, running in self.tests.items() if not running.done]

    def take(self, line: str) -> None:
        """Read one more line."""
        try:
            event: Any = json.loads(line)
            self._take(event["e"], event)
        except (ValueError, KeyError, TypeError, AttributeError):
            self.broken += 1

    def _take(self, kind: str, event: Mapping[str, Any]) -> None:
        match kind:
            case "start":
                self.pytest, self.root = str(event["pytest"]), str(event["root"])
            case "collected":
                self.collected = True
                self.every, self.mine = [str(i) for i in event["all"]], [str(i) for i in event["mine"]]
            case "left":
                self.left = [str(i) for i in event["ids"]]
            case "uncollected":
                self.uncollected[str(event["id"])] = str(event["text"])
            case "end":
                self.exit = int(event["exit"])
            case _:
                self._take_of_test(kind, self.tests.setdefault(str(event["id"]), _Running()), event)

    def _take_of_test(self, kind: str, test: _Running, event: Mapping[str, Any]) -> None:
        match kind:
            case "test":
                test.file, test.line, test.done = str(event["file"]), int(event["line"]), False
            case "phase":
                if event["when"] == "setup" or not test.attempts:
                    test.attempts.append({})
                told = test.attempts[-1].setdefault(str(event["when"]), event)
                if told["outcome"] not in _BAD:  # subtests tell a phase several times: a bad part stays bad
                    test.attempts[-1][str(event["when"])] = event
            case "done":
                test.done = True
            case _:
                self.broken += 1

    def cases(self, *, over: bool, timed_out: Iterable[str] = ()) -> Sequence[Case]:
        """Make cases of it. `over`: the process has ended, so what is still in flight died with it."""
        late = set(timed_out)
        found = [
            _case(test, running, late=test in late) for test, running in self.tests.items() if running.done or over
        ]
        return found + [_uncollected(name, text) for name, text in self.uncollected.items()]


def read(lines: Iterable[str]) -> Journal:
    """Read a whole journal."""
    journal = Journal()
    for line in lines:
        journal.take(line)
    return journal


def _case(test: str, running: _Running, *, late: bool) -> Case:
    attempts = [_attempt(phases) for phases in running.attempts]
    ended = attempts[-1].ended if attempts else Ended.CRASHED
    if not running.done:
        ended = Ended.TIMED_OUT if late else Ended.CRASHED
        whole = [a for a, phases in zip(attempts, running.attempts, strict=True) if "teardown" in phases]
        attempts = [*whole, Attempt(ended=ended, text=_LATE if late else _DIED)]
    elif ended is Ended.PASSED and any(attempt.ended in BAD for attempt in attempts):
        ended = Ended.FLAKY
    classname, name = _names(test)
    return Case(
        id=test,
        suite="pytest",
        classname=classname,
        name=name,
        ended=ended,
        file=running.file,
        line=running.line,
        attempts=attempts,
    )


_DIED = "It was running when the test process died."
_LATE = "It ran longer than a test may and was killed."


def _attempt(phases: Mapping[str, Any]) -> Attempt:
    seconds = sum(float(phase["seconds"]) for phase in phases.values())
    bad = [phase for phase in phases.values() if phase["outcome"] in _BAD]
    if bad:
        ended = Ended.FAILED if any(phase["when"] == "call" for phase in bad) else Ended.ERROR
        return Attempt(ended=ended, seconds=seconds, text="\n".join(str(phase["text"]) for phase in bad))
    skipped = [phase for phase in phases.values() if phase["outcome"] == "skipped"]
    if skipped:
        why = skipped[0]["text"] if skipped[0]["xfail"] is None else f"expected to fail: {skipped[0]['xfail']}"
        return Attempt(ended=Ended.SKIPPED, seconds=seconds, text=str(why))
    if "call" not in phases:  # --setup-only and --setup-plan end with 0 and run no test
        return Attempt(ended=Ended.SKIPPED, seconds=seconds, text="only its setup was run")
    call = phases["call"]
    surprise = "passed although it was expected to fail" if call.get("xfail") is not None else ""
    return Attempt(ended=Ended.PASSED, seconds=seconds, text=surprise)


def _uncollected(name: str, text: str) -> Case:
    classname, _ = _names(name)
    attempt = Attempt(ended=Ended.ERROR, text=text)
    return Case(
        id=name,
        suite="pytest",
        classname=classname,
        name="could not be collected",
        ended=Ended.ERROR,
        file=name,
        attempts=[attempt],
    )


def _names(test: str) -> tuple[str, str]:
    """Split an id as pytest's own XML does."""
    head, bracket, param = test.partition("[")
    parts = head.split("::")
    parts[0] = parts[0].replace("/", ".").removesuffix(".py")
    return ".".join(parts[:-1]) or parts[0], parts[-1] + bracket + param
