"""run-tiered-tests: runs tiers of tests on the same Compose stack as a laptop, and says what their results prove."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import assert_never

from crossproof.actions.tiers_contract import Details, FailOn, Inputs, Mode, Outputs, TierDetails
from crossproof.errors import BadCall, Fault
from crossproof.outcome import Outcome, ReportFiles, Subject
from crossproof.page import Page
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.report.markdown import block, code, details, inline, table
from crossproof.tiers import changes, conventions, coverage, junit_out, merging, planning, summary
from crossproof.tiers.cases import Totals
from crossproof.tiers.changes import ChangedFiles
from crossproof.tiers.checkout import Checkout
from crossproof.tiers.concluding import NOTHING_SELECTED, PLANNED, REASONS, conclude
from crossproof.tiers.coverage_page import html
from crossproof.tiers.fetching import ParameterStore, Secrets, fetch
from crossproof.tiers.history import FILE as HISTORY
from crossproof.tiers.history import History
from crossproof.tiers.manifest import Manifest
from crossproof.tiers.mentions import mentioned
from crossproof.tiers.merging import Told
from crossproof.tiers.playing import Means, Playhouse, Wanted, play
from crossproof.tiers.result import FILE as RESULT
from crossproof.tiers.result import TierResult
from crossproof.tiers.secrecy import parts
from crossproof.tiers.selection import Asked, Selection, select
from crossproof.tiers.stage import Ticking
from crossproof.units import RepoRef, clip
from crossproof.verdict import DRY_RUN, Exit, Verdict

__all__ = ["REASONS", "Details", "Inputs", "Outputs"]

PAGE = Page(
    title="Crossproof run-tiered-tests",
    promise="Every chosen tier of tests ran against its own services and passed, its gates included.",
    icon="layers",
    color="green",
    post=True,
    dockerfile="Dockerfile.tiers",
)
_JOB = re.compile(r"(?P<tier>[a-z][a-z0-9-]{0,39}?)(?:-(?P<shard>\d{1,3})of(?P<shards>\d{1,3}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What started the workflow."""

    name: str
    body: Callable[[], Mapping[str, object]]
    sha: str  # what is checked out; empty: files that are of no commit
    announced: str  # what the event is about
    ref: str
    workflow: str  # its file, relative to the repository
    repository: RepoRef | None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything outside."""

    checkout: Checkout
    event: Event
    changed: ChangedFiles
    earlier: Callable[[], Probe[str]]  # a folder with what earlier attempts of this run have uploaded
    parameters: Callable[[str, str], ParameterStore]  # of a role in a region
    house: Playhouse
    clock: Ticking
    around: Mapping[str, str]
    report: ReportFiles
    say: Callable[[str], None]
    show: Callable[[str], None]
    mask: Callable[[str], None]


def aim(inputs: Inputs) -> str:
    """Say first what will be proven."""
    match inputs.mode:
        case Mode.PLAN:
            return "run-tiered-tests: which tiers does this change affect?"
        case Mode.MERGE:
            return "run-tiered-tests: what do the results of all jobs prove together?"
        case Mode.RUN:
            return f"run-tiered-tests: do {inputs.job or ', '.join(inputs.tiers) or 'the affected tiers'} pass?"


def run(inputs: Inputs, world: World) -> Outcome:
    """Read the manifest, choose, and do what the mode says."""
    manifest, inferred = _manifest(inputs, world)
    if world.event.sha and world.event.announced not in {"", world.event.sha}:
        here, event = world.event.sha[:7], world.event.announced[:7]
        world.say(f"Checked out is {here}, and not {event} of the event: it is what is tested.")
    if inputs.mode is Mode.MERGE:
        return _merge(inputs, world, manifest)
    selection = _selection(inputs, world, manifest)
    world.report.write_text("selection.json", json.dumps(asdict(selection), indent=1) + "\n")
    for name, why in selection.reasons.items():
        world.say(f"{'▸' if name in selection.chosen else '·'} {name}: {why}")
    if inputs.mode is Mode.PLAN or inputs.dry_run:
        return _plan(inputs, world, manifest, selection, inferred)
    return _run(inputs, world, manifest, selection)


def clean_up(inputs: Inputs, world: World, state: Mapping[str, str]) -> None:
    """Finish what a kill cut off: containers, networks and volumes of this step."""
    if inputs.keep_infra:
        return
    stayed = world.house.clean_up(state.get("session", ""))
    if stayed:
        world.say(f"Could not be removed: {', '.join(stayed)}")


def _manifest(inputs: Inputs, world: World) -> tuple[Manifest, str]:
    """Read it, or infer it; the text is what `explain` prints."""
    from crossproof.tiers.reading import load  # noqa: PLC0415 - `--help` must not pay for YAML

    file = inputs.manifest.removeprefix("./")
    if world.checkout.is_file(file):
        if inputs.runtime:
            raise BadCall(
                [Fault("runtime", f"is for repositories without a manifest; here {file} says what tiers run in")]
            )
        content = world.checkout.read(file)
        return load(content, file, world.checkout), content.decode("utf-8", "replace")
    if file != ".github/tiers.yml":
        raise BadCall([Fault("manifest", f"there is no file {clip(file, 200)} in the workspace")])
    inferred = conventions.infer(world.checkout, inputs.runtime or "")
    for remark in (*inferred.because, *inferred.noticed):
        world.say(f"No manifest; inferred {remark}")
    manifest = load(inferred.text.encode(), "(inferred manifest)", world.checkout)
    if inputs.mode is Mode.RUN and not inputs.dry_run and not inputs.runtime:
        raise BadCall(
            [Fault("runtime", "is needed: a layout does not say what its tests run in")],
            fix=f"Add one line to the step:\n\nwith:\n  runtime: '{inferred.runtime}'",
            anchor="tier-manifest",
        )
    return manifest, inferred.text


def _selection(inputs: Inputs, world: World, manifest: Manifest) -> Selection:
    if inputs.job:
        name = _job(inputs.job, manifest).names[0]
        reasons = dict.fromkeys(manifest.tiers, "belongs to another job")
        return Selection(chosen=[name], reasons={**reasons, name: "this job of the plan"})
    asked = Asked(tiers=inputs.tiers, tags=inputs.tags)
    changed = _changed(inputs, world, by_name=bool(inputs.tiers or inputs.tags))
    read = {
        name: [each for file in tier.infra.compose for each in mentioned(file, world.checkout)]
        for name, tier in manifest.tiers.items()
        if tier.infra and tier.paths and isinstance(changed, Present)
    }
    return select(manifest, asked, changed, world.event.workflow, read)


def _changed(inputs: Inputs, world: World, *, by_name: bool) -> Probe[Sequence[str]]:
    if by_name:
        return changes.look_up(changes.Everything("tiers were asked for by name"), world.changed)
    if not world.event.name and not inputs.base:
        return changes.look_up(changes.Everything("no event says what changed"), world.changed)
    body = {} if inputs.base else world.event.body()
    return changes.look_up(changes.question(world.event.name, body, world.event.sha, inputs.base or ""), world.changed)


def _job(job: str, manifest: Manifest) -> Wanted:
    """Read a job's id: a tier, or a shard of one."""
    if job in manifest.tiers:
        return Wanted(names=[job], id=job)
    found = _JOB.fullmatch(job)
    if not found or found["tier"] not in manifest.tiers or not found["shards"]:
        known = ", ".join(manifest.tiers)
        raise BadCall([Fault("job", f"{clip(job)} is no job of this manifest; its tiers are {known}")])
    shard, shards = int(found["shard"]), int(found["shards"])
    if not 1 <= shard <= shards <= planning.MOST_JOBS:
        raise BadCall([Fault("job", f"{clip(job)}: there is no such shard")])
    return Wanted(names=[found["tier"]], shard=shard, shards=shards, id=job)


def _plan(inputs: Inputs, world: World, manifest: Manifest, selection: Selection, written: str) -> Outcome:
    hashes = {name: _fingerprint(world, manifest, name) for name in selection.chosen}
    listed = planning.jobs(manifest, selection.chosen, inputs.shards, hashes)
    matrix = planning.as_matrix(listed)
    rows = [[code(job.id), code(job.runner), str(job.timeout), inline(selection.reasons[job.tier])] for job in listed]
    others = [
        [code(name), "", "", inline(why)] for name, why in selection.reasons.items() if name not in selection.chosen
    ]
    page = table(["job", "runner", "minutes at most", "why"], [*rows, *others])
    page += f"\n> {inline(selection.failed_open)}: everything runs.\n" if selection.failed_open else ""
    if inputs.explain:
        world.say(written)
        page += "\n" + details("The manifest", block(written, "yaml"))
    reason = DRY_RUN if inputs.dry_run else PLANNED if listed else NOTHING_SELECTED
    many = f"{len(listed)} jobs" if len(listed) != 1 else "1 job"
    sentence = f"{many} for {', '.join(selection.chosen)}." if listed else NOTHING_SELECTED.meaning
    outputs = Outputs(matrix=matrix, **_chosen(selection))
    return Outcome(
        reason=reason,
        sentence=sentence,
        outputs=outputs.as_texts(),
        subject=_subject(world),
        details=_details(inputs, manifest, selection.reasons, []),
        summary=page,
    )


def _fingerprint(world: World, manifest: Manifest, name: str) -> str:
    """Name the content that decides whether a kept cache still fits."""
    import hashlib  # noqa: PLC0415 - only here

    tier = manifest.tiers[name]
    files = [
        f"{tier.workdir}/{file}" if tier.workdir != "." else file for file in (tier.setup.key if tier.setup else ())
    ]
    content = b"".join(world.checkout.read(file) if world.checkout.is_file(file) else b"" for file in files)
    image = tier.runtime.image if tier.runtime else ""
    return hashlib.sha256(image.encode() + content + (tier.setup.run.encode() if tier.setup else b"")).hexdigest()[:16]


def _run(inputs: Inputs, world: World, manifest: Manifest, selection: Selection) -> Outcome:
    if not selection.chosen:
        return _judged(inputs, world, manifest, selection.reasons, [], [])
    wanted = _job(inputs.job, manifest) if inputs.job else Wanted(names=selection.chosen)
    if without := [name for name in wanted.names if manifest.tiers[name].runtime is None]:
        raise BadCall(
            [Fault(f"tiers.{name}", "does not say what its tests run in") for name in without],
            fix="Add a line to the tier (or to `defaults`): `runtime: {image: …}`, `runtime: self`, or, for scripts "
            "that call Compose themselves, `runtime: {docker: true}`.",
            anchor="tier-manifest",
        )
    fresh = _fresh(inputs, world, manifest, wanted)
    todo = [name for name in wanted.names if name not in fresh]
    secrets = _secrets(inputs, world, manifest, todo)
    remarks = [*secrets.remarks, *world.house.open([manifest.tiers[name] for name in todo])]
    for remark in remarks:
        world.say(remark)
    means = Means(
        house=world.house,
        clock=world.clock,
        say=world.say,
        show=world.show,
        report=world.report,
        around=world.around,
        secrets=secrets.values,
        sha=world.event.sha,
        reproduce=lambda name: _reproduce(inputs, name),
    )
    results = play(manifest, wanted, means, fresh, at_once=inputs.max_parallel)
    if selection.failed_open:
        remarks.append(f"{selection.failed_open}: everything ran")
    return _judged(inputs, world, manifest, selection.reasons, results, remarks)


def _fresh(inputs: Inputs, world: World, manifest: Manifest, wanted: Wanted) -> dict[str, TierResult]:
    """Find results of an earlier attempt that still hold: passed, of this commit and this manifest."""
    if not inputs.resume or not world.event.sha:
        return {}
    patterns = list(inputs.reports)
    match world.earlier():
        case Present(folder):
            patterns.append(f"{folder}/**/{RESULT}")
        case Absent():
            pass
        case Unknown(why):
            world.say(f"The results of earlier attempts cannot be had, so what passed in them runs again: {why}")
        case never:
            assert_never(never)
    earlier: dict[str, list[TierResult]] = {}
    for told in _told(patterns, world):
        earlier.setdefault(told.result.id, []).append(told.result)
    same = {
        name: results[0]
        for name in wanted.names
        if (results := earlier.get(wanted.id or name))
        and {(r.state.verdict, r.sha, r.manifest) for r in results}
        == {(Verdict.PASSED, world.event.sha, manifest.sha256)}
    }
    for name in same:
        world.say(f"{name}: passed already on this commit; not run again")
    return same


def _secrets(inputs: Inputs, world: World, manifest: Manifest, names: Sequence[str]) -> Secrets:
    sources = manifest.secrets_of(names)
    if not sources:
        return Secrets(values={})
    role, region = inputs.aws_role or manifest.aws_role, inputs.aws_region or manifest.aws_region
    secrets = fetch(sources, world.parameters(role, region), world.around, world.checkout)
    for value in secrets.values.values():
        for part in parts(value):
            world.mask(part)
    return secrets


def _told(patterns: Sequence[str], world: World) -> list[Told]:
    found: list[Told] = []
    for file, content in world.checkout.matching(patterns):
        try:
            found.append(Told(file, TierResult.from_json(content)))
        except ValueError as fault:
            world.say(f"{file} cannot be read as a result: {clip(str(fault), 200)}")
    return found


def _merge(inputs: Inputs, world: World, manifest: Manifest) -> Outcome:
    expected = planning.from_matrix(inputs.expected or "")
    told_ = _told(inputs.reports, world)
    world.say(f"{len(told_)} results of {len(expected)} jobs that were planned")
    results = merging.merge(expected, told_, manifest, world.event.sha) if expected else []
    history = History.read(world.checkout.read(HISTORY) if world.checkout.is_file(HISTORY) else b"{}")
    world.report.write_text("tiers-history.json", history.with_(results).as_json())
    reasons = {job.tier: "planned" for job in expected}
    return _judged(inputs, world, manifest, reasons, results, history.slow(results))


def _judged(
    inputs: Inputs,
    world: World,
    manifest: Manifest,
    reasons: Mapping[str, str],
    results: Sequence[TierResult],
    remarks: Sequence[str],
) -> Outcome:
    reason, sentence = conclude(results)
    totals = Totals.of(case for result in results for case in result.cases)
    covered = coverage.joined(result.coverage for result in results)
    evidence = [
        world.report.write_text("junit.xml", junit_out.write({result.tier: result.cases for result in results}))
    ]
    if covered:
        evidence.append(world.report.write_text("coverage.html", html(covered)))
    chosen = [result.tier for result in results]
    outputs = Outputs(
        has_work="true" if results else "false",
        tiers=json.dumps({result.tier: result.state for result in results}),
        **{name: str(count) for name, count in asdict(totals).items()},
        coverage=coverage.shown(coverage.percent(covered).lines),
        junit=world.report.relative("junit.xml"),
        selected=json.dumps(chosen),
        reasons=json.dumps(reasons),
        session=world.house.session() if inputs.mode is Mode.RUN and results else "",
    )
    softened = inputs.fail_on is FailOn.NEVER or (inputs.fail_on is FailOn.FAILED and reason.exit is Exit.NOT_FOUND_OUT)
    return Outcome(
        reason=reason,
        sentence=sentence,
        outputs=outputs.as_texts(),
        subject=_subject(world),
        evidence=evidence,
        details=_details(inputs, manifest, reasons, results),
        summary=summary.page(results, reasons, remarks),
        annotations=summary.annotations(results),
        softened_by=f"fail_on: {inputs.fail_on}" if softened else "",
    )


def _chosen(selection: Selection) -> dict[str, str]:
    return {
        "has_work": "true" if selection.chosen else "false",
        "selected": json.dumps(list(selection.chosen)),
        "reasons": json.dumps(dict(selection.reasons)),
    }


def _subject(world: World) -> Subject:
    return Subject(repository=world.event.repository, sha=world.event.sha, ref=world.event.ref)


def _details(
    inputs: Inputs, manifest: Manifest, reasons: Mapping[str, str], results: Sequence[TierResult]
) -> Mapping[str, object]:
    tiers = [
        TierDetails(
            id=result.id,
            tier=result.tier,
            state=result.state,
            cause=result.cause,
            sentence=result.sentence,
            network=result.network,
            seconds=result.seconds,
            tests=result.totals,
            notes=result.notes,
            reproduce=result.reproduce,
        )
        for result in results
    ]
    found = Details(
        mode=inputs.mode, manifest=manifest.file, manifest_sha256=manifest.sha256, reasons=reasons, tiers=tiers
    )
    return asdict(found)


def _reproduce(inputs: Inputs, name: str) -> str:
    runtime = f" --runtime '{inputs.runtime}'" if inputs.runtime else ""
    manifest = f" --manifest {inputs.manifest}" if inputs.manifest != ".github/tiers.yml" else ""
    return f"crossproof run-tiered-tests --local --tiers {name}{manifest}{runtime}"
