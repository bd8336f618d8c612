"""fetch-artifacts: brings what a run recorded, proven to be what was uploaded; or changes nothing at all."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from crossproof.actions.fetch_contract import (
    EMPTY,
    FETCHED,
    FETCHED_UNPROVEN,
    NONE_FOUND,
    REASONS,
    Details,
    Extract,
    IfNone,
    Inputs,
    Layout,
    Listed,
    Outputs,
    Source,
    Verify,
)
from crossproof.actions.looking import look_for
from crossproof.archive.store import ObjectStore
from crossproof.artifacts import telling
from crossproof.artifacts.bringing import Bringing, Together, bring
from crossproof.artifacts.choosing import Looked
from crossproof.artifacts.delivery import EXPIRED, Deliveries
from crossproof.artifacts.fetching import Allowance, Terms, Workbench
from crossproof.artifacts.manifest import Manifest, RunFact
from crossproof.artifacts.recorded import Artifact, Recordings
from crossproof.clock import Clock
from crossproof.errors import BadCall, Fault
from crossproof.outcome import Annotation, Evidence, Outcome, ReportFiles, Subject
from crossproof.page import Page
from crossproof.units import RepoRef
from crossproof.verdict import DRY_RUN

MANIFEST = "manifest.json"

__all__ = ["PAGE", "REASONS", "Details", "Inputs", "Outputs", "World", "aim", "clean_up", "run"]

PAGE = Page(
    title="Crossproof fetch-artifacts",
    promise="Every artifact that was asked for is in the workspace, and is byte for byte what the run uploaded.",
    icon="download",
    color="green",
    post=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """GitHub and the archive, as far as each is asked; the bench in the workspace; and a way to wait."""

    recordings: Recordings | None
    deliveries: Deliveries | None
    open_store: Callable[[], ObjectStore] | None
    bench: Workbench
    together: Together
    clock: Clock
    say: Callable[[str], None]
    report: ReportFiles | None  # none in the post step, which writes none
    repository: RepoRef | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A source that has everything, ready to be brought."""

    run: RunFact
    artifacts: Sequence[Artifact]
    kept: frozenset[int]
    source: str
    deliveries: Deliveries
    outputs: Outputs = field(default_factory=Outputs)  # what only this source knows


def aim(inputs: Inputs) -> str:
    """Say first what will be proven."""
    where = f"run {inputs.run_id}" if inputs.run_id is not None else "the newest run that fits"
    return f"fetch-artifacts: bring {inputs.wanted} of {where} to {inputs.path}, every byte as it was uploaded."


def run(inputs: Inputs, world: World) -> Outcome:
    """Look where was asked, in that order, and bring what the first source has whole."""
    looked = Looked()
    for source in inputs.order:
        found = _at_github(inputs, world) if source is Source.GITHUB else _in_the_archive(inputs, world, looked)
        match found:
            case Outcome():
                return found
            case Located():
                return _planned(found) if inputs.dry_run else _brought(found, inputs, world)
            case Looked():
                looked = found
    return _not_found(inputs, looked)


def clean_up(inputs: Inputs, world: World, state: Mapping[str, str]) -> None:  # noqa: ARG001 - the bench finds it itself
    """Take back what a kill left half-done."""
    with world.bench as bench:
        for left in bench.recovered:
            world.say(f"Left by a step that was killed: {left}.")


def _at_github(inputs: Inputs, world: World) -> Located | Looked:
    if world.recordings is None or world.deliveries is None:
        raise BadCall([Fault("sources", "names github, and there is no token to ask it with")])
    found = look_for(inputs, world.recordings, clock=world.clock, say=world.say)
    if isinstance(found, Looked):
        return found
    return Located(
        run=telling.run_fact(found.run, found.attempt),
        artifacts=found.artifacts,
        kept=found.kept,
        source="github",
        deliveries=world.deliveries,
    )


def _in_the_archive(inputs: Inputs, world: World, looked: Looked) -> Located | Looked | Outcome:
    from crossproof.actions.recalled import from_archive  # noqa: PLC0415 - only imported when it is asked

    return from_archive(inputs, world, looked)


def _brought(located: Located, inputs: Inputs, world: World) -> Outcome:
    written: list[Evidence] = []
    report = world.report
    if report is None:
        raise ValueError("fetching needs a place for its manifest")
    with world.bench as bench:
        for left in bench.recovered:
            world.say(f"Left by an earlier step that was killed: {left}.")
        manifest = bring(
            Bringing(
                run=located.run,
                artifacts=located.artifacts,
                kept=located.kept,
                source=located.source,
                flat=inputs.layout is Layout.FLAT,
                on_conflict=inputs.on_conflict,
                terms=Terms(
                    proof_required=inputs.verify is Verify.REQUIRED,
                    unpack=inputs.extract is Extract.AUTO,
                    allowance=Allowance(inputs.max_total_bytes),
                    most_bytes=inputs.max_total_bytes,
                ),
            ),
            located.deliveries,
            bench,
            together=world.together,
            say=world.say,
            then=lambda manifest: written.append(report.write_text(MANIFEST, manifest.as_json())),
        )
    reason = FETCHED if manifest.proven == "all" else FETCHED_UNPROVEN
    if not manifest.files:
        reason = EMPTY
    return Outcome(
        reason=reason,
        sentence=telling.fetched(manifest),
        outputs=_outputs(manifest, located, report.relative(MANIFEST)).as_texts(),
        subject=Subject(
            repository=RepoRef.parse(manifest.run.repository), sha=manifest.run.head_sha, ref=manifest.run.head_branch
        ),
        evidence=written,
        details=asdict(Details(run=manifest.run, source=manifest.source, artifacts=_listed(manifest), searched="")),
        summary=telling.summary(manifest),
        softened_by=_softened(inputs) if reason is EMPTY else "",
    )


def _planned(located: Located) -> Outcome:
    names = ", ".join(artifact.name for artifact in located.artifacts)
    known = replace(
        located.outputs,
        run_id=str(located.run.id),
        run_attempt=str(located.run.attempt),
        run_url=located.run.url,
        head_sha=located.run.head_sha,
        head_branch=located.run.head_branch,
        conclusion=located.run.conclusion,
        source=located.source,
    )
    return Outcome(
        reason=DRY_RUN,
        sentence=f"Would fetch {names} of {telling.named(located.run)} from {located.source}.",
        outputs=known.as_texts(),
    )


def _not_found(inputs: Inputs, looked: Looked) -> Outcome:
    reason = EXPIRED if looked.expired else NONE_FOUND
    sentence = telling.nothing(inputs.wanted, inputs.run_id, looked)
    searched = telling.looked_at(looked)
    level = "error" if inputs.if_none_found is IfNone.ERROR else "warning"
    remark = Annotation(level=level, title=sentence, message=f"{searched}\nFix: {reason.fix}")
    return Outcome(
        reason=reason,
        sentence=sentence,
        details=asdict(Details(run=None, source="", artifacts=(), searched=searched)),
        summary=telling.searched(searched, reason.fix),
        annotations=[remark] if inputs.if_none_found is not IfNone.IGNORE else [],
        softened_by=_softened(inputs),
    )


def _softened(inputs: Inputs) -> str:
    return "" if inputs.if_none_found is IfNone.ERROR else f"if_none_found: {inputs.if_none_found}"


def _listed(manifest: Manifest) -> Sequence[Listed]:
    return [
        Listed(id=one.id, name=one.name, size=one.size, sha256=one.sha256, files=len(one.files), proven=one.proven)
        for one in manifest.artifacts
    ]


def _outputs(manifest: Manifest, located: Located, manifest_path: str) -> Outputs:
    listed = [asdict(one) for one in _listed(manifest)]
    return replace(
        located.outputs,
        path=manifest.root or ".",
        manifest_path=manifest_path,
        artifacts=json.dumps(listed, ensure_ascii=False),
        count=str(len(manifest.artifacts)),
        files=str(manifest.files),
        bytes=str(manifest.bytes),
        run_id=str(manifest.run.id),
        run_attempt=str(manifest.run.attempt),
        run_url=manifest.run.url,
        head_sha=manifest.run.head_sha,
        head_branch=manifest.run.head_branch,
        conclusion=manifest.run.conclusion,
        source=manifest.source,
        verified=manifest.proven,
    )
