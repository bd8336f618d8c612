"""Writes the page of a run: each tier with why it ran and how it did, then whatever helps with what went wrong."""

from collections.abc import Mapping, Sequence

from crossproof.outcome import Annotation
from crossproof.report.markdown import block, code, details, inline, table
from crossproof.tiers import coverage
from crossproof.tiers.cases import BAD, Case, Ended
from crossproof.tiers.result import State, TierResult

_SIGNS = {
    State.PASSED: "✅", State.FLAKY: "⚠️", State.FAILED: "❌", State.ERROR: "❔", State.TIMED_OUT: "❔",
    State.CANCELLED: "❔", State.NO_TESTS: "❔", State.NOT_RUN: "·", State.SKIPPED: "·",
}  # fmt: skip
_SHOWN = 20
_SLOWEST = 10


def page(results: Sequence[TierResult], reasons: Mapping[str, str], remarks: Sequence[str]) -> str:
    """Write it all; what is longest comes last, where a page that is too long is cut."""
    parts = [_tiers(results, reasons)]
    parts += [f"> {inline(remark)}\n" for remark in remarks]
    good = [result for result in results if result.state.verdict == "passed"]
    parts += [f"> {code(result.id)}: {inline(note)}\n" for result in good for note in result.notes]
    parts += [_trouble(result) for result in results if result not in good]
    parts += [_flaky(results), _forgiven(results), _slowest(results), _images(results)]
    return "\n".join(part for part in parts if part)


def annotations(results: Sequence[TierResult]) -> Sequence[Annotation]:
    """Point to the lines of what failed, and to each flaky test."""
    found: list[Annotation] = []
    for result in results:
        bad = [case for case in result.cases if case.ended in BAD and case.id not in result.quarantined]
        found += [_remark("error", case, result) for case in bad]
        if not bad and result.state.verdict != "passed":
            found.append(Annotation(level="error", title=f"{result.tier}: {result.state}", message=result.sentence))
        flaky = [case for case in result.cases if case.ended is Ended.FLAKY]
        found += [_remark("warning", case, result) for case in flaky]
    return found


def _remark(level: str, case: Case, result: TierResult) -> Annotation:
    lines = [line for line in case.text.splitlines() if line.strip()]
    message = lines[-1].strip() if lines else str(case.ended)
    tries = f" (attempt {len(case.attempts)} passed)" if case.ended is Ended.FLAKY else ""
    return Annotation(
        level=level,
        title=f"{result.tier}: {case.name} {case.ended}",
        message=message + tries,
        file=case.file,
        line=case.line,
    )


def _tiers(results: Sequence[TierResult], reasons: Mapping[str, str]) -> str:
    if not results:
        return table(["tier", "why it did not run"], [[code(name), inline(why)] for name, why in reasons.items()])
    ran = [
        [
            _SIGNS[result.state],
            code(result.id),
            f"**{result.state}**",
            inline(result.sentence),
            _seconds(result, "infra"),
            _seconds(result, "tests"),
            coverage.shown(coverage.percent(result.coverage).lines),
            inline(reasons.get(result.tier, "")),
        ]
        for result in results
    ]
    there = {result.tier for result in results}
    rest = [
        ["·", code(name), "not chosen", "", "", "", "", inline(why)]
        for name, why in reasons.items()
        if name not in there
    ]
    return table(["", "tier", "state", "", "services s", "tests s", "lines %", "why"], [*ran, *rest], right=(4, 5, 6))


def _seconds(result: TierResult, phase: str) -> str:
    return f"{result.seconds[phase]:.1f}" if phase in result.seconds else ""


def _trouble(result: TierResult) -> str:
    bad = [case for case in result.cases if case.ended in BAD]
    parts = [f"#### {_SIGNS[result.state]} {inline(result.id)}: {result.state}\n", inline(result.sentence) + "\n"]
    parts += [f"- {inline(note)}" for note in result.notes]
    if result.services:
        parts.append("\n" + _services(result))
    for case in bad[:_SHOWN]:
        where = f" {code(f'{case.file}:{case.line}')}" if case.file else ""
        parts.append(details(f"{case.ended}: {case.id}", f"{where}\n\n{block(_excerpt(case.text))}"))
    if len(bad) > _SHOWN:
        parts.append(f"… and {len(bad) - _SHOWN} more, in `junit.xml`.\n")
    for service in result.services:
        if service.log:
            parts.append(details(f"log of {service.name}", block(service.log[-20_000:])))
    if result.tail.strip():
        parts.append(details("end of the tests' output", block(result.tail)))
    if result.reproduce:
        parts.append(f"The same on a laptop:\n\n{block(result.reproduce, 'sh')}")
    return "\n".join(parts)


def _services(result: TierResult) -> str:
    rows = [
        [
            "❌" if service.trouble else "",
            code(service.name),
            inline(service.state),
            inline("\n".join(service.probes[-2:])),
            code(service.image),
        ]
        for service in result.services
    ]
    return table(["", "service", "state", "last health probes", "image"], rows)


def _flaky(results: Sequence[TierResult]) -> str:
    rows = [
        [code(result.tier), code(case.id), inline(", ".join(str(attempt.ended) for attempt in case.attempts))]
        for result in results
        for case in result.cases
        if case.ended is Ended.FLAKY
    ]
    return f"#### Flaky\n\n{table(['tier', 'test', 'attempts'], rows[:_SHOWN])}" if rows else ""


def _forgiven(results: Sequence[TierResult]) -> str:
    rows = [
        [code(result.tier), code(case.id), str(case.ended), inline(_excerpt(case.text))]
        for result in results
        for case in result.cases
        if case.id in result.quarantined
    ]
    return f"#### In quarantine\n\n{table(['tier', 'test', 'ended', ''], rows[:_SHOWN])}" if rows else ""


def _slowest(results: Sequence[TierResult]) -> str:
    every = [(case.seconds, result.tier, case.id) for result in results for case in result.cases if case.seconds >= 1]
    rows = [
        [f"{seconds:.1f}", code(tier), code(test)] for seconds, tier, test in sorted(every, reverse=True)[:_SLOWEST]
    ]
    return details("Slowest tests", table(["s", "tier", "test"], rows, right=(0,))) if rows else ""


def _images(results: Sequence[TierResult]) -> str:
    rows = [[code(result.tier), code(s.name), code(s.image)] for result in results for s in result.services if s.image]
    return details("Images of the services", table(["tier", "service", "image"], rows)) if rows else ""


def _excerpt(text: str) -> str:
    return text if len(text) <= 6000 else f"{text[:2000]}\n…\n{text[-4000:]}"  # noqa: PLR2004 - a screenful
