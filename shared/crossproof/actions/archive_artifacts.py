"""archive-artifacts: keeps what a run recorded as evidence, whole and once, to be proven again years later."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol

from crossproof.actions.archive_contract import (
    ALREADY_ARCHIVED,
    ARCHIVED,
    NONE_FOUND,
    NOT_FINISHED,
    REASONS,
    Details,
    Inputs,
    Lifecycle,
    Outputs,
)
from crossproof.actions.looking import look_for
from crossproof.archive import lifecycle, showing
from crossproof.archive.collecting import About, Kept, Look, collected, from_directory, from_github
from crossproof.archive.evidence import Archiver, Deployment, Evidence, Tested
from crossproof.archive.judged import Leaf
from crossproof.archive.keeping import Kept as Keeping
from crossproof.archive.keeping import Piece, keep
from crossproof.archive.lifecycle import Rule
from crossproof.archive.store import ObjectStore
from crossproof.artifacts import telling
from crossproof.artifacts.choosing import Chosen, Looked
from crossproof.artifacts.delivery import EXPIRED, Deliveries, Received, at_once
from crossproof.artifacts.fetching import Workbench, received
from crossproof.artifacts.manifest import FileFact, RunFact
from crossproof.artifacts.recorded import Artifact, Recordings
from crossproof.artifacts.zip_container import Bytes
from crossproof.clock import Clock
from crossproof.errors import BadCall, CrossproofError, Fault
from crossproof.outcome import Annotation, Outcome, Subject
from crossproof.page import Page
from crossproof.units import RepoRef
from crossproof.verdict import DRY_RUN

__all__ = ["PAGE", "REASONS", "Details", "Inputs", "Outputs", "World", "aim", "clean_up", "run"]

PAGE = Page(
    title="Crossproof archive-artifacts",
    promise="The evidence is kept, whole and once: every byte with its hash, linked, indexed, never overwritten.",
    icon="archive",
    color="green",
    post=True,
)
_BRIEF = timedelta(days=30)


class Together(Protocol):
    """Runs several things at once, at most so many, and gives their results in order or raises the first failure."""

    def __call__(self, tasks: Sequence[Callable[[], Received]], *, at_once: int) -> Sequence[Received]:
        """Run them."""
        ...


class LifecycleRules(Protocol):
    """The lifecycle rules of a bucket."""

    def rules(self) -> "Rules":
        """Read them."""
        ...

    def set_rules(self, rules: Sequence[Rule], smallest: str) -> None:
        """Replace them all."""
        ...


class Rules(Protocol):
    """Lifecycle rules, and from which size on S3 moves objects."""

    @property
    def rules(self) -> Sequence[Rule]:
        """All of them, foreign ones included."""
        ...

    @property
    def smallest(self) -> str:
        """S3's word for the smallest object that it moves."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """GitHub, the store, the workspace's directories, and this run itself."""

    recordings: Recordings | None
    deliveries: Deliveries | None
    open_store: Callable[[], ObjectStore]
    open_bucket: Callable[[], LifecycleRules] | None  # a directory has no rules
    bench: Workbench
    look: Look
    leaves: Callable[[str, str], Sequence[Leaf]]
    pack: Callable[[Sequence[Leaf]], tuple[Bytes, str, Sequence[FileFact]]]
    together: Together
    clock: Clock
    say: Callable[[str], None]
    this_run: Callable[[], RunFact] | None  # none on a laptop
    repository: RepoRef | None
    archiver: Archiver


def aim(inputs: Inputs) -> str:
    """Say first what will be proven."""
    what = f"the files of {inputs.path}" if inputs.path else str(inputs.wanted)
    return f"archive-artifacts: keep {what} as evidence for commit {inputs.subject_sha.short}, whole and once."


def run(inputs: Inputs, world: World) -> Outcome:
    """Collect everything first, then write it: artifacts, manifest, link, indexes."""
    report = world.leaves(inputs.validation_report, "validation_report") if inputs.validation_report else ()
    store = world.open_store()
    with world.bench, ExitStack() as bytes_in_hand:
        if inputs.path:
            run_fact = _this_run(world)
            kept: Sequence[Kept] = [_packed(inputs.path, _about(inputs, world, run_fact), world)]
        else:
            chosen = _chosen(inputs, world)
            if isinstance(chosen, Outcome):
                return chosen
            run_fact = telling.run_fact(chosen.run, chosen.attempt)
            kept = _fetched(chosen.artifacts, _about(inputs, world, run_fact), world, bytes_in_hand)
        evidence, pieces = collected(_about(inputs, world, run_fact), kept, report)
        if inputs.dry_run:
            return _planned(evidence, pieces, store, world)
        done = keep(store, evidence, pieces, latest_when=inputs.latest_when, pause=world.clock.sleep)
    return _ended(inputs, world, store, done)


def clean_up(inputs: Inputs, world: World, state: Mapping[str, str]) -> None:  # noqa: ARG001 - the bench finds it itself
    """Take away what a kill left of the download; evidence itself is completed by the next archiver."""
    with world.bench:
        pass


def _this_run(world: World) -> RunFact:
    if world.this_run is None:
        raise BadCall([Fault("path", "is kept as evidence of the current run, and this is no workflow run")])
    return world.this_run()


def _chosen(inputs: Inputs, world: World) -> Chosen | Outcome:
    if world.recordings is None:
        raise BadCall([Fault("repository", "is required outside a workflow run")])
    if not inputs.names_a_run:
        raise BadCall([Fault("run_id", "is required, or another way to name the run, or `path`")])
    found = look_for(inputs, world.recordings, clock=world.clock, say=world.say)
    if isinstance(found, Chosen) and found.run.completed:
        return found
    reason = NOT_FINISHED if isinstance(found, Chosen) else EXPIRED if found.expired else NONE_FOUND
    searched = telling.looked_at(found) if isinstance(found, Looked) else f"{found.run.url} still runs."
    sentence = (
        telling.nothing(inputs.wanted, inputs.run_id, found)
        if isinstance(found, Looked)
        else f"Run {found.run.id} has not ended, so what it recorded is not complete."
    )
    return Outcome(
        reason=reason,
        sentence=sentence,
        summary=telling.searched(searched, reason.fix),
        annotations=[Annotation(level="error", title=sentence, message=f"{searched}\nFix: {reason.fix}")],
    )


def _about(inputs: Inputs, world: World, run_fact: RunFact) -> About:
    repository = inputs.subject_repository or world.repository
    if repository is None:
        raise BadCall([Fault("subject_repository", "is required outside a workflow run")])
    return About(
        subject=Tested(repository=str(repository), sha=inputs.subject_sha.hex),
        run=run_fact,
        deployment=Deployment(
            environment=inputs.environment,
            tealium_profile=inputs.tealium_profile,
            tealium_version=inputs.tealium_version,
        ),
        labels=dict(inputs.labels),
        archiver=world.archiver,
        now=world.clock.now(),
    )


def _fetched(artifacts: Sequence[Artifact], about: About, world: World, bytes_in_hand: ExitStack) -> Sequence[Kept]:
    if world.deliveries is None:
        raise BadCall([Fault("token", "is required to download artifacts")])
    sizes = [artifact.size for artifact in artifacts]
    world.bench.must_hold(sum(sizes))
    brought = world.together(
        [partial(received, artifact, world.deliveries) for artifact in artifacts], at_once=at_once(sizes)
    )
    for one in brought:
        bytes_in_hand.callback(one.content.close)
    return [from_github(about, *pair, world.look) for pair in zip(artifacts, brought, strict=True)]


def _packed(path: str, about: About, world: World) -> Kept:
    archive, sha256, files = world.pack(world.leaves(path, "path"))
    return from_directory(about, path.strip("./").rpartition("/")[2] or "workspace", archive, sha256, files)


def _planned(evidence: Evidence, pieces: Sequence[Piece], store: ObjectStore, world: World) -> Outcome:
    keys = [*(piece.key for piece in pieces), evidence.key]
    for key in keys:
        world.say(f"  {store.name}/{key}")
    return Outcome(reason=DRY_RUN, sentence=f"Would keep {len(keys)} objects in {store.name}.")


def _ended(inputs: Inputs, world: World, store: ObjectStore, done: Keeping) -> Outcome:
    evidence = done.evidence
    remarks = [*showing.doubts(evidence, brief=_BRIEF), *_on_lifecycle(inputs, world)]
    return Outcome(
        reason=ARCHIVED if done.new else ALREADY_ARCHIVED,
        sentence=showing.sentence(evidence, store.name, done.size, new=done.new),
        outputs=Outputs(
            location=f"{store.name}/{evidence.key}",
            manifest_key=evidence.key,
            manifest_sha256=done.manifest_sha256,
            new="true" if done.new else "false",
            count=str(len(evidence.artifacts)),
            bytes=str(done.size),
            chain_link=str(done.link),
            run_id=str(evidence.source.id),
            run_attempt=str(evidence.source.attempt),
        ).as_texts(),
        subject=Subject(
            repository=RepoRef.parse(evidence.subject.repository),
            sha=evidence.subject.sha,
            environment=evidence.deployment.environment,
        ),
        details=asdict(
            Details(
                store=store.name,
                manifest_key=evidence.key,
                manifest_sha256=done.manifest_sha256,
                chain_link=done.link,
                new=done.new,
                proven=evidence.verdict,
                artifacts=[artifact.name for artifact in evidence.artifacts],
                remarks=remarks,
            )
        ),
        summary=showing.summary(evidence, done.manifest_sha256, done.size, remarks),
        annotations=[Annotation(level="warning", title="archive-artifacts", message=remark) for remark in remarks],
    )


def _on_lifecycle(inputs: Inputs, world: World) -> Sequence[str]:
    """Say what is not right with the bucket's rules, or put them right; the evidence is kept either way."""
    if world.open_bucket is None or inputs.lifecycle is Lifecycle.OFF:
        return ()
    wanted = lifecycle.ours(inputs.s3_prefix)
    try:
        bucket = world.open_bucket()
        known = bucket.rules()
        changes = lifecycle.drift(known.rules, wanted)
        if changes and inputs.lifecycle is Lifecycle.APPLY:
            bucket.set_rules(lifecycle.merged(known.rules, wanted), known.smallest)
            world.say(f"Lifecycle rules written: {'; '.join(changes)}.")
            changes, known = (), bucket.rules()
    except CrossproofError as refused:
        if inputs.lifecycle is Lifecycle.APPLY:
            raise
        return [f"The bucket's lifecycle rules could not be checked: {refused.what} {refused.fix}"]
    found = lifecycle.lint(known.rules, inputs.s3_prefix, smallest=known.smallest)
    return [
        *(f"Lifecycle: {change}; `lifecycle: apply` writes it." for change in changes),
        *(f"Lifecycle rule {one.rule}: {one.what}. {one.fix}" for one in found),
    ]
