"""Decides how the whole ended, from how each tier did: what is proven bad goes before what is not known."""

from collections.abc import Mapping, Sequence

from crossproof.report.amounts import counted
from crossproof.tiers.merging import WORST_FIRST
from crossproof.tiers.result import Cause, State, TierResult
from crossproof.tiers.stage import INFRA_FAILED
from crossproof.verdict import CANCELLED, Exit, Reason, Verdict, unproven


def _failed(word: str, meaning: str, fix: str) -> Reason:
    return Reason(word=word, verdict=Verdict.FAILED, exit=Exit.PROVEN_BAD, meaning=meaning, fix=fix)


TIERS_PASSED = Reason(
    word="tiers-passed",
    verdict=Verdict.PASSED,
    exit=Exit.DONE,
    meaning="Every chosen tier ran and passed, its gates included; flaky tests are shown and counted apart.",
)
TESTS_FAILED = _failed(
    "tests-failed", "At least one test failed, or ran longer than a test may.", "The summary names each with its text."
)
GATE_FAILED = _failed(
    "gate-failed",
    "The tests are green, and a gate of the manifest does not hold: coverage, number of tests or flaky tests.",
    "The summary says which gate, what it wants and what it has.",
)
COMMAND_FAILED = _failed(
    "command-failed",
    "The tests' command ended with an error although no recorded test failed.",
    "Read the end of its output; coverage is better gated by `gates` than by the test runner.",
)
SETUP_FAILED = unproven(
    "setup-failed",
    Exit.NOT_FOUND_OUT,
    "The setup or the migration of a tier failed, so its tests did not run.",
    "The summary shows the end of its output.",
)
CRASHED = unproven(
    "crashed",
    Exit.NOT_FOUND_OUT,
    "The test process died, or could not collect its tests; what had been recorded until then is kept.",
    "The summary names the tests that were running.",
)
TIMED_OUT = unproven(
    "timed-out",
    Exit.NOT_FOUND_OUT,
    "A tier took longer than it may.",
    "Raise `timeout`, or split the tier by `shards`.",
)
NO_TESTS = unproven(
    "no-tests",
    Exit.NOT_FOUND_OUT,
    "No test was seen to run, which proves nothing.",
    "Let `reports.junit` name what the tests write, or set `gates: {min_tests: 0}` where the exit code is the proof.",
)
NOT_TOLD = unproven(
    "not-told",
    Exit.NOT_FOUND_OUT,
    "A report that the verdict needs is missing or cannot be read.",
    "Let the tests write what `reports` names.",
)
SHARDS_DIFFER = unproven(
    "shards-differ",
    Exit.NOT_FOUND_OUT,
    "The shards are not proven to be all tests, each in one shard.",
    "Let all shards run the same commit with the same plan; only pytest can be sharded.",
)
RESULT_MISSING = unproven(
    "result-missing",
    Exit.NOT_FOUND_OUT,
    "A job that was planned left no result.",
    "Look at the job; upload its report directory with `if: always()`, and give merge all of them.",
)
NOT_RUN = unproven(
    "not-run", Exit.NOT_FOUND_OUT, "A tier was not run because one that it needs did not pass.", "Mend that one first."
)
NOTHING_SELECTED = unproven(
    "nothing-selected",
    Exit.DONE,
    "No tier is affected by the change, so none was run and nothing was proven.",
    "Name tiers with `tiers` to run them all the same.",
)
PLANNED = unproven(
    "planned", Exit.DONE, "The jobs are planned; nothing was run yet.", "Run them, and judge them with mode merge."
)
REASONS = (
    TIERS_PASSED, TESTS_FAILED, GATE_FAILED, COMMAND_FAILED, INFRA_FAILED, SETUP_FAILED, CRASHED, TIMED_OUT, NO_TESTS,
    NOT_TOLD, SHARDS_DIFFER, RESULT_MISSING, NOT_RUN, NOTHING_SELECTED, PLANNED,
)  # fmt: skip

_BY_CAUSE: Mapping[Cause, Reason] = {
    Cause.TESTS: TESTS_FAILED,
    Cause.GATE: GATE_FAILED,
    Cause.COMMAND: COMMAND_FAILED,
    Cause.SETUP: SETUP_FAILED,
    Cause.MIGRATE: SETUP_FAILED,
    Cause.INFRA: INFRA_FAILED,
    Cause.COLLECT: CRASHED,
    Cause.CRASH: CRASHED,
    Cause.REPORT: NOT_TOLD,
    Cause.SHARDS: SHARDS_DIFFER,
    Cause.MISSING: RESULT_MISSING,
}
_BY_STATE: Mapping[State, Reason] = {
    State.TIMED_OUT: TIMED_OUT,
    State.NO_TESTS: NO_TESTS,
    State.NOT_RUN: NOT_RUN,
    State.CANCELLED: CANCELLED,
}


def reason_of(result: TierResult) -> Reason:
    """Name the ending of one tier."""
    if result.state.verdict is Verdict.PASSED:
        return TIERS_PASSED
    return _BY_STATE.get(result.state) or _BY_CAUSE[result.cause]


def conclude(results: Sequence[TierResult]) -> tuple[Reason, str]:
    """Name the ending of the whole; the worst tier decides."""
    if not results:
        return NOTHING_SELECTED, NOTHING_SELECTED.meaning
    worst = min(results, key=lambda result: WORST_FIRST.index(result.state))
    good = [result for result in results if result.state.verdict is Verdict.PASSED]
    if len(good) == len(results):
        tests = sum(result.totals.ran for result in results)
        flaky = sum(result.totals.flaky for result in results)
        also = f", {counted(flaky, 'test')} of them flaky" if flaky else ""
        return TIERS_PASSED, f"{counted(len(results), 'tier')} passed, {counted(tests, 'test')} ran{also}."
    many = f"{len(good)} of {counted(len(results), 'tier')} passed; " if len(results) > 1 else ""
    return reason_of(worst), f"{many}{worst.tier}: {worst.sentence}"
