"""Decides what the results of all jobs prove together: that every one is there, saw the same, and missed no test."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from crossproof.report.amounts import counted
from crossproof.tiers import coverage
from crossproof.tiers.cases import Totals
from crossproof.tiers.judging import gate
from crossproof.tiers.manifest import Flaky, Manifest
from crossproof.tiers.planning import Job
from crossproof.tiers.result import Cause, State, TierResult
from crossproof.tiers.sharding import digest

WORST_FIRST = (
    State.FAILED, State.ERROR, State.TIMED_OUT, State.CANCELLED, State.NO_TESTS, State.NOT_RUN, State.FLAKY,
    State.PASSED, State.SKIPPED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """A result and the file that told it."""

    file: str
    result: TierResult


def missing(expected: Sequence[Job], told: Sequence[Told]) -> Sequence[TierResult]:
    """Make a result of every job that left none: absence is not success."""
    there = {each.result.id for each in told}
    return [
        TierResult(
            id=job.id,
            tier=job.tier,
            shard=job.shard,
            shards=job.shards,
            state=State.ERROR,
            cause=Cause.MISSING,
            sentence="The job left no result: it did not run, died, or its files were not handed on.",
        )
        for job in expected
        if job.id not in there
    ]


def merge(expected: Sequence[Job], told: Sequence[Told], manifest: Manifest, sha: str) -> Sequence[TierResult]:
    """Give one result a tier, in the manifest's order; all must be of this commit and of this manifest."""
    wanted = {job.id for job in expected}
    ours = [each.result for each in told if each.result.id in wanted or not expected]
    every = [*ours, *missing(expected, told)]
    by_tier: dict[str, list[TierResult]] = {}
    for result in every:
        by_tier.setdefault(result.tier, []).append(result)
    names = [*(name for name in manifest.tiers if name in by_tier), *(n for n in by_tier if n not in manifest.tiers)]
    merged = [_tier(sorted(by_tier[name], key=lambda r: r.shard), manifest) for name in names]
    fault = _strange(ours, manifest, sha)
    return [_error(result, fault) for result in merged] if fault else merged


def _strange(results: Sequence[TierResult], manifest: Manifest, sha: str) -> str:
    """Say why results do not belong here: what an earlier commit proved is nothing about this one."""
    shas = {result.sha for result in results} | ({sha} if sha else set())
    if len(shas) > 1:
        each = ", ".join(sorted(each[:12] or "(unknown)" for each in shas))
        return f"The results and this step are of different commits ({each}), so they prove nothing together."
    if {result.manifest for result in results} - {manifest.sha256}:
        return (
            "The results are of another manifest than this step's, so they prove nothing here; without a manifest, "
            "`runtime` must be the same in all jobs."
        )
    return ""


def _tier(results: Sequence[TierResult], manifest: Manifest) -> TierResult:
    if len(results) == 1 and results[0].shards == 1:
        return results[0]
    whole = _joined(results)
    if whole.state.verdict != "passed":
        return whole
    trouble = partition_fault(results)
    return _error(whole, trouble, Cause.SHARDS) if trouble else _gated(whole, results, manifest)


def _gated(whole: TierResult, results: Sequence[TierResult], manifest: Manifest) -> TierResult:
    first = results[0]
    tier = manifest.tiers.get(first.tier)
    if tier is None:
        return _error(whole, "The manifest does not know this tier, so its gates could not be judged.")
    totals = Totals.of(case for case in whole.cases if case.id not in whole.quarantined)
    if missed := gate(tier.gates, totals, whole.coverage):
        return replace(whole, state=missed[0], cause=Cause.GATE, sentence=missed[1])
    if totals.flaky and tier.flaky is not Flaky.WARN:
        return replace(whole, state=State.FAILED, cause=Cause.GATE, sentence=f"{totals}; no test may be flaky.")
    return replace(
        whole, sentence=f"{totals} in {first.shards} shards, which together are all {_count(results)} tests."
    )


def partition_fault(results: Sequence[TierResult]) -> str:
    """Say why shards are not proven to be a partition of all tests; empty where they are."""
    shards = results[0].shards
    numbers = sorted(result.shard for result in results)
    if numbers != list(range(1, shards + 1)) or any(result.shards != shards for result in results):
        lost = sorted(set(range(1, shards + 1)) - set(numbers))
        said = f"shard {', '.join(map(str, lost))} of {shards} is missing" if lost else "a shard is there twice"
        return f"The shards are not whole: {said}."
    proofs = [result.proof for result in results]
    told = [proof for proof in proofs if proof is not None]
    if len(told) < len(proofs):
        return "The shards are not proven to be all tests: one does not say which there are (only pytest can)."
    if len({proof.digest for proof in told}) > 1:
        return (
            "The shards saw different tests ("
            + ", ".join(f"{proof.count}" for proof in told)
            + "), so none of them can vouch for the whole."
        )
    mine = [test for proof in told for test in proof.mine]
    if twice := sorted({test for test in mine if mine.count(test) > 1})[:3] if len(set(mine)) < len(mine) else []:
        return f"The shards overlap: {', '.join(twice)} belongs to two of them."
    if digest(mine) != told[0].digest:
        return f"The shards took {counted(len(mine), 'test')} of {told[0].count}: some belong to no shard."
    return ""


def _joined(results: Sequence[TierResult]) -> TierResult:
    worst = min(results, key=lambda result: WORST_FIRST.index(result.state))
    first = results[0]
    where = f"Shard {worst.shard} of {worst.shards}: " if worst.state.verdict != "passed" else ""
    return replace(
        first,
        id=first.tier,
        shard=1,
        shards=1,
        state=worst.state,
        cause=worst.cause,
        sentence=where + worst.sentence,
        cases=[case for result in results for case in result.cases],
        quarantined=[test for result in results for test in result.quarantined],
        seconds=_longest(result.seconds for result in results),
        coverage=coverage.joined(result.coverage for result in results),
        services=[service for result in results if result.state.verdict != "passed" for service in result.services],
        notes=list(dict.fromkeys(note for result in results for note in result.notes)),
        tail=worst.tail,
        reproduce=worst.reproduce,
        proof=None,
    )


def _longest(parts: Iterable[Mapping[str, float]]) -> Mapping[str, float]:
    longest: dict[str, float] = {}
    for part in parts:
        for phase, seconds in part.items():
            longest[phase] = max(seconds, longest.get(phase, 0.0))
    return longest


def _count(results: Sequence[TierResult]) -> int:
    return results[0].proof.count if results[0].proof else 0


def _error(result: TierResult, sentence: str, cause: Cause = Cause.MISSING) -> TierResult:
    if result.state is State.FAILED:  # proven bad stays proven bad
        return result
    return replace(result, state=State.ERROR, cause=cause, sentence=sentence)
