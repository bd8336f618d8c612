"""Carries out validate-tracking-logs: from the words of the call to the judgement."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from crossproof.actions.validate_contract import Inputs, Mode
from crossproof.actions.validate_outcome import Told, refused
from crossproof.actions.validate_tracking_logs import World
from crossproof.documents import BadDocument
from crossproof.errors import BadCall, Fault
from crossproof.outcome import Outcome
from crossproof.report.amounts import counted
from crossproof.tracking.fetched import Fetched
from crossproof.tracking.fetched import read as read_manifest
from crossproof.tracking.judgement import Judgement
from crossproof.tracking.judging.concluding import conclude
from crossproof.tracking.judging.record import Circumstances
from crossproof.tracking.judging.run import Run
from crossproof.tracking.log.reading import open_log
from crossproof.tracking.log.sniffing import UnreadableLog
from crossproof.tracking.plan.gathering import NoSuchFile
from crossproof.tracking.plan.loading import load
from crossproof.tracking.plan.model import Plan
from crossproof.tracking.ports import BudgetSpent, Log
from crossproof.tracking.redaction import Redaction
from crossproof.units import clip

if TYPE_CHECKING:
    from crossproof.actions.held_against import Past


def concluded(inputs: Inputs, world: World) -> Outcome:
    """Judge; a plan or a baseline that cannot be used as written is told on its lines."""
    try:
        return _concluded(inputs, world)
    except BadDocument as fault:
        return refused(fault)


def _concluded(inputs: Inputs, world: World) -> Outcome:
    """Read the plan, judge the logs, tell what was found."""
    report = world.report
    if report is None:
        raise ValueError("judging needs a place for its reports")
    plan = load(inputs.plan, world.files)
    if faults := [*_strange(inputs, plan)]:
        raise BadCall(faults)
    fetched = _fetched(inputs, world)
    known = _circumstances(inputs, world, fetched)
    world.say(f"Plan {plan.name} {plan.version}: {len(plan.events)} events, sha256 {plan.sha256[:12]}.")
    told = Told(inputs=inputs, report=report, now=world.now, repository=world.repository, run_url=world.run_url)
    kept = _kept(inputs, world)
    if inputs.mode is Mode.MERGE:
        from crossproof.actions.merging import merge  # noqa: PLC0415 - 3 ms that who judges one log does not pay

        return told.outcome(merge(inputs, plan, known, world), kept=kept)
    judging = Run(plan, known)
    past = _past(inputs, world, judging)
    _judge(judging, inputs, world, fetched, past)
    if past:
        plan = past.end()
    if inputs.shard:
        from crossproof.tracking.merging import write  # noqa: PLC0415 - as above
        from crossproof.tracking.shards import RECORD  # noqa: PLC0415

        kept[RECORD] = write(judging, inputs.shard)
    judgement = _with_omissions(conclude(judging.record, plan, known), world.logs.passed_over, fetched)
    if past is None:
        return told.outcome(judgement, kept=kept)
    judgement = past.told(judgement)
    return told.outcome(judgement, kept=kept, compared=past.verdict(judgement))


def _strange(inputs: Inputs, plan: Plan) -> Iterator[Fault]:
    """Find names that the plan does not have: of a misspelled platform nothing would be expected."""
    if inputs.scenario and inputs.scenario not in plan.scenarios:
        there = ", ".join(plan.scenarios) or "none"
        yield Fault("scenario", f"{clip(inputs.scenario)} is not in the plan; it has {there}")
    platforms = dict.fromkeys(each for event in plan.events.values() for each in event.platforms)
    if inputs.platform and platforms and inputs.platform not in platforms:
        yield Fault("platform", f"{clip(inputs.platform)} is not in the plan; it has {', '.join(platforms)}")


def _past(inputs: Inputs, world: World, judging: Run) -> "Past | None":
    if inputs.baseline is None:
        return None
    from crossproof.actions.held_against import Past  # noqa: PLC0415 - 10 ms that a run without a baseline saves

    return Past(inputs.baseline, inputs, world, judging)


def _judge(judging: Run, inputs: Inputs, world: World, fetched: Fetched | None, past: "Past | None") -> None:
    """Read log after log; one that cannot be read does not keep the others from being judged."""
    logs, missing = world.logs.find(inputs.logs)
    for none in missing:
        judging.missing(none.asked, "log/unreadable" if none.there else "log/missing-file", none.why)
    digests: dict[str, str] = {}
    for log in logs:
        try:
            _read(judging, log, world, past)
        except BudgetSpent as spent:
            judging.missing(log.name, "log/cap-reached", f"holds {spent}")
            break
        digest = judging.record.files[-1].sha256
        if judging.record.files[-1].events:
            judging.same_content(log.name, digests.setdefault(digest, log.name))
        if fetched and (doubt := fetched.doubt(log.name, log.file_sha256())):
            judging.missing(log.name, "log/unreadable", doubt)


def _with_omissions(judgement: Judgement, passed_over: Sequence[str], fetched: Fetched | None) -> Judgement:
    """Say which files nobody looked into: one of them may be a log by another name, or of another directory."""
    read = {file.name for file in judgement.files}
    read |= {name.partition("!")[0] for name in read} | {*passed_over}
    unread = [path for path in fetched.files if path not in read] if fetched else []
    omitted = {"not looked into, being no log by name": passed_over, "of the manifest not asked for": unread}
    said = [f"{counted(len(files), 'file')} {why}: {_some(files)}" for why, files in omitted.items() if files]
    return msgspec.structs.replace(judgement, not_judged=[*judgement.not_judged, *said]) if said else judgement


def _some(files: Sequence[str]) -> str:
    return f"{', '.join(map(clip, files[:3]))}{' …' if len(files) > 3 else ''}"  # noqa: PLR2004 - as examples


def _read(judging: Run, log: Log, world: World, past: "Past | None") -> None:
    """Judge one log."""
    judging.begin(log.name)
    whole = False
    try:
        opened = open_log(log.blocks())
        judging.begin(log.name, opened.unit)
        for notice in opened.notices:
            judging.note(notice.flaw, notice.line)
        chunks = past.watch(opened.chunks) if past else opened.chunks
        for tally in world.cores.judge(judging.lines, chunks):
            judging.take(tally)
            if judging.full:
                raise BudgetSpent("more events than are judged in one call")
        whole = True
    except UnreadableLog as fault:
        judging.missing(log.name, "log/unreadable", str(fault))
    finally:
        digest = log.digest()
        judging.end(sha256=digest.sha256, size=digest.size, whole=whole)
    file = judging.record.files[-1]
    world.say(f"{file.name}: {file.events} events in {file.lines} {file.unit}s, sha256 {file.sha256[:12]}.")


def _fetched(inputs: Inputs, world: World) -> Fetched | None:
    if inputs.manifest is None:
        return None
    try:
        return read_manifest(world.files.read(inputs.manifest))
    except (NoSuchFile, ValueError) as fault:
        raise BadCall([Fault("manifest", f"{clip(inputs.manifest)} cannot be used: {fault}")]) from None


def _circumstances(inputs: Inputs, world: World, fetched: Fetched | None) -> Circumstances:
    hidden = frozenset(inputs.redact) - {"all"}
    return Circumstances(
        today=world.now.date(),
        scenario=inputs.scenario,
        platform=inputs.platform,
        partial=bool(inputs.shard),
        min_events=inputs.min_events,
        coverage_min=inputs.coverage_min,
        window=fetched.window if fetched else None,
        redaction=Redaction(everything="all" in inputs.redact, params=hidden),
    )


def _kept(inputs: Inputs, world: World) -> dict[str, bytes]:
    """Keep beside the report what was judged by."""
    named = {"manifest": inputs.manifest, "baseline": inputs.baseline}
    kept: dict[str, bytes] = {}
    for kind, path in named.items():
        if path:
            try:
                kept[f"{kind}/{path.rsplit('/', 1)[-1]}"] = world.files.read(path)
            except NoSuchFile as fault:
                raise BadCall([Fault(kind, f"{clip(path)} cannot be used: {fault}")]) from None
    return kept
