"""Decides what a tier's tests prove: from what was recorded of them, never from an exit code alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from crossproof.report.amounts import counted
from crossproof.tiers import coverage
from crossproof.tiers.cases import BAD, Case, Ended, Totals, worst
from crossproof.tiers.coverage import Coverage
from crossproof.tiers.journal import BROKE_OFF, NOTHING_COLLECTED, Journal
from crossproof.tiers.manifest import Flaky, Gates, Tier
from crossproof.tiers.result import Cause, Proof, State
from crossproof.tiers.sharding import digest

_TESTS_FAILED = 1
_KILLED = 128  # a shell tells a signal by exit codes above this


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Everything that was recorded of one run of the tests."""

    exit: int | None  # of the command; None: it died without one
    journals: Sequence[Journal] = ()
    foreign: Sequence[Case] = ()
    unreadable: Sequence[str] = ()  # reports that are missing or cannot be read
    coverage: Coverage = field(default_factory=dict)
    late: Sequence[str] = ()  # tests that were killed for their own limit
    out_of_time: str = ""  # why the whole was killed
    clean: Callable[[str], str] = str  # takes secrets out of a test's id


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What it all proves."""

    state: State
    cause: Cause
    sentence: str
    cases: Sequence[Case]
    quarantined: Sequence[str] = ()
    proof: Proof | None = None


def judge(tier: Tier, recorded: Recorded, *, shards: int = 1) -> Judgement:
    """Judge one job. The gates of a tier in several shards are judged by merge, over all of them."""
    cases = merged(recorded)
    forgiven = quarantined(tier, cases)
    counted_ones = [case for case in cases if case.id not in forgiven]
    explained = any(case.id in forgiven and case.ended in BAD for case in cases)
    state, cause, sentence = _weigh(tier, recorded, counted_ones, shards=shards, explained=explained)
    if forgiven:
        sentence += f" {counted(len(forgiven), 'quarantined test')} did badly."
    return Judgement(
        state=state,
        cause=cause,
        sentence=sentence,
        cases=cases,
        quarantined=sorted(forgiven),
        proof=_proof(recorded),
    )


def merged(recorded: Recorded) -> Sequence[Case]:
    """Bring all tellings together, one case a test: where two differ, the worst is believed."""
    ours = [case for journal in recorded.journals for case in journal.cases(over=True, timed_out=recorded.late)]
    by_key: dict[tuple[str, ...], list[Case]] = {}
    for case in ours:
        by_key.setdefault((case.classname, case.name), []).append(case)
    for case in recorded.foreign:
        plain = (case.classname, case.name)  # pytest's own XML tells again what our journal has told
        key = plain if plain in by_key else (case.suite, case.file, *plain)
        by_key.setdefault(key, []).append(case)
    return [worst(told) for told in by_key.values()]


def quarantined(tier: Tier, cases: Iterable[Case]) -> set[str]:
    """Name the tests that did badly and are forgiven by the tier's own list; they are still shown."""
    if tier.flaky is not Flaky.QUARANTINE:
        return set()
    poor = [case.id for case in cases if case.ended in BAD or case.ended is Ended.FLAKY]
    return {test for test in poor if any(fnmatchcase(test, pattern) for pattern in tier.quarantine)}


def gate(gates: Gates, totals: Totals, covered: Coverage) -> tuple[State, str] | None:
    """Judge what must hold beyond green tests; coverage that nobody measured is not enough of it, nor too little."""
    if totals.ran < gates.min_tests:
        if not totals.ran:
            return State.NO_TESTS, "No test was seen to run. (`gates: {min_tests: 0}` lets the exit code alone decide.)"
        return State.FAILED, f"Only {counted(totals.ran, 'test')} ran, and {gates.min_tests} must."
    if gates.max_flaky is not None and totals.flaky > gates.max_flaky:
        return State.FAILED, f"{counted(totals.flaky, 'test')} passed only after failing; {gates.max_flaky} may."
    percent = coverage.percent(covered)
    for what, least, have in (("line", gates.lines, percent.lines), ("branch", gates.branches, percent.branches)):
        if least is None:
            continue
        if have is None:
            return State.ERROR, f"The {what} coverage is not known: no report tells it."
        if have < least:
            return State.FAILED, f"The {what} coverage is {coverage.shown(have)} %, and must be {least:g} %."
    return None


def _weigh(
    tier: Tier, recorded: Recorded, cases: Sequence[Case], *, shards: int, explained: bool
) -> tuple[State, Cause, str]:
    totals = Totals.of(cases)
    return (
        _bad(cases, totals)
        or _cut_off(recorded, cases)
        or _untold(recorded, totals, explained=explained)
        or _gated(tier, recorded, totals, shards)
        or _green(tier, totals)
    )


def _bad(cases: Sequence[Case], totals: Totals) -> tuple[State, Cause, str] | None:
    proven = [case for case in cases if case.ended in {Ended.FAILED, Ended.TIMED_OUT, Ended.ERROR}]
    collected = [case for case in proven if case.name != "could not be collected"]
    if collected:
        late = next((case for case in collected if case.ended is Ended.TIMED_OUT), None)
        first = f"; {late.id} ran longer than a test may" if late else f"; the first: {collected[0].id}"
        return State.FAILED, Cause.TESTS, f"{totals}{first}."
    if proven:
        return State.ERROR, Cause.COLLECT, f"{proven[0].file} could not be collected, so its tests did not run."
    return None


def _cut_off(recorded: Recorded, cases: Sequence[Case]) -> tuple[State, Cause, str] | None:
    running = [case.id for case in cases if case.ended is Ended.CRASHED]
    at = f" It was running {', '.join(running[:3])}." if running else ""
    if recorded.out_of_time:
        return State.TIMED_OUT, Cause.NONE, recorded.out_of_time + at
    started = [journal for journal in recorded.journals if journal.pytest]
    if running or recorded.exit is None or any(journal.exit is None for journal in started):
        how = "without an exit code" if recorded.exit is None else f"with {recorded.exit}"
        kept = counted(sum(case.ended is not Ended.CRASHED for case in cases), "result")
        return State.ERROR, Cause.CRASH, f"The test process died {how}; {kept} came before.{at}"
    for code in (journal.exit for journal in started if journal.exit in BROKE_OFF):
        what = f"A pytest broke off ({BROKE_OFF[code or 0]}, exit {code}), so tests may not have run."
        return State.ERROR, Cause.CRASH, what
    return _never_ran(recorded.journals)


def _never_ran(journals: Sequence[Journal]) -> tuple[State, Cause, str] | None:
    """Miss tests that were collected: a plugin can end pytest early with 0, and `-x` ends it at a forgiven failure."""
    anywhere = {test for journal in journals for test in journal.tests}
    for journal in journals:
        ran = journal.tests if journal.pytest else anywhere  # a worker of xdist collects, its controller tells what ran
        if never := [test for test in journal.to_run if test not in ran]:
            many = f"{len(never)} of {counted(len(journal.to_run), 'collected test')} never ran"
            how = f"although pytest ended by itself (with {journal.exit})" if journal.pytest else "in any worker"
            return State.ERROR, Cause.CRASH, f"{many}, {how}; the first: {never[0]}."
    return None


def _untold(recorded: Recorded, totals: Totals, *, explained: bool) -> tuple[State, Cause, str] | None:
    if recorded.unreadable:
        return State.ERROR, Cause.REPORT, f"{recorded.unreadable[0]}."
    broken = sum(journal.broken for journal in recorded.journals)
    if broken:
        return State.ERROR, Cause.REPORT, f"{counted(broken, 'line')} of the tests' own record cannot be read."
    if recorded.exit and not _explained(recorded, totals, explained=explained):
        if recorded.exit > _KILLED and not totals.total:
            return State.ERROR, Cause.CRASH, f"The command was ended by signal {recorded.exit - _KILLED}."
        return State.FAILED, Cause.COMMAND, f"The command ended with {recorded.exit}, though no recorded test failed."
    if not explained and any(journal.exit == _TESTS_FAILED for journal in recorded.journals):
        return State.FAILED, Cause.COMMAND, "A pytest ended with 1, though no recorded test failed."
    return None


def _explained(recorded: Recorded, totals: Totals, *, explained: bool) -> bool:
    """Tell whether an exit code says no more than is known: forgiven tests failed, or there was nothing to run."""
    if recorded.exit == NOTHING_COLLECTED and (_own_nothing(recorded.journals) or not totals.total):
        return True
    return explained and (recorded.exit == _TESTS_FAILED or not recorded.journals)


def _own_nothing(journals: Sequence[Journal]) -> bool:
    """Tell whether tests exist and all of them belong to other shards."""
    return any(journal.every for journal in journals) and not any(journal.mine for journal in journals)


def _gated(tier: Tier, recorded: Recorded, totals: Totals, shards: int) -> tuple[State, Cause, str] | None:
    if shards > 1:
        if _own_nothing(recorded.journals):
            return State.PASSED, Cause.NONE, "No test file belongs to this shard."
        return None if totals.total else (State.NO_TESTS, Cause.NONE, "No test was seen to run.")
    missed = gate(tier.gates, totals, recorded.coverage)
    return (missed[0], Cause.REPORT if missed[0] is State.ERROR else Cause.GATE, missed[1]) if missed else None


def _green(tier: Tier, totals: Totals) -> tuple[State, Cause, str]:
    if totals.flaky and tier.flaky is not Flaky.WARN:
        return State.FAILED, Cause.GATE, f"{totals}; `flaky: {tier.flaky}` allows no test to pass only after failing."
    return (State.FLAKY if totals.flaky else State.PASSED), Cause.NONE, f"{totals}."


def _proof(recorded: Recorded) -> Proof | None:
    told = [journal for journal in recorded.journals if journal.collected]
    if not told:
        return None
    every = list(dict.fromkeys(recorded.clean(test) for journal in told for test in journal.every))
    mine = list(dict.fromkeys(recorded.clean(test) for journal in told for test in journal.mine))
    return Proof(digest=digest(every), count=len(every), mine=sorted(mine))


def file_durations(cases: Iterable[Case]) -> Mapping[str, float]:
    """Sum up the time of each test file, for the next run's shards."""
    found: dict[str, float] = {}
    for case in cases:
        if case.ended not in {Ended.SKIPPED, Ended.CRASHED}:
            found[case.id.split("::", 1)[0]] = round(found.get(case.id.split("::", 1)[0], 0.0) + case.seconds, 3)
    return dict(sorted(found.items()))
