"""resolve-dashboard-image: the image to test a change with, proven to have the right code of both repositories."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from crossproof.actions import image_contract as contract
from crossproof.actions.image_contract import REASONS, Details, Inputs, Outputs
from crossproof.clock import Clock
from crossproof.errors import BadCall, CrossproofError, Fault
from crossproof.images import deciding, explaining
from crossproof.images.artefacts import Artefacts
from crossproof.images.counterparts import CannotTell, Found, NoCounterpart, Wishes, names
from crossproof.images.deciding import BuildIt, ForFork, Image, NothingSuits, Skip, Use, Wait, Which
from crossproof.images.events import Event, Occasion, incomplete, occasion, subject_of
from crossproof.images.journal import Journal
from crossproof.images.judging import Judge
from crossproof.images.looking import Images
from crossproof.images.ports import ImageRegistry, Sources
from crossproof.images.relevance import Recipe, key_tag
from crossproof.images.resolving import completed, counterpart
from crossproof.outcome import Annotation, Outcome, Subject
from crossproof.page import Page
from crossproof.probe import Absent, Present, Unknown
from crossproof.report import trouble
from crossproof.units import RepoRef
from crossproof.verdict import DRY_RUN, Exit, Reason

__all__ = ["PAGE", "REASONS", "Details", "Inputs", "Outputs", "World", "aim", "run"]

PAGE = Page(
    title="Crossproof resolve dashboard image",
    promise="The image named exists, was built from the companion's commit that belongs to this change, and has this "
    "change's code wherever the companion uses it.",
    icon="package",
    color="blue",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Two repositories, each seen with its credential; a registry, opened only if it comes to that; and the event."""

    event: Event
    server: str  # the host of the subject's module path, such as github.com
    companion: Sources
    subject: Sources
    registry: Callable[[], ImageRegistry]
    clock: Clock
    say: Callable[[str], None]
    cost: Callable[[], Mapping[str, int]]


def aim(inputs: Inputs) -> str:
    """Say first what will be proven."""
    return (
        f"resolve-dashboard-image: which image of {inputs.ecr_registry}/{inputs.images} has this change and the "
        f"commit of {inputs.companion_repository} that belongs to it?"
    )


@dataclass(slots=True, kw_only=True)
class Story:
    """One resolution as far as it has come: what every ending is told from."""

    inputs: Inputs
    world: World
    journal: Journal
    subject: RepoRef
    event: Occasion
    warnings: list[str] = field(default_factory=list)
    found: Found | None = None
    artefacts: Artefacts | None = None

    def image_at(self, tag: str, digest: str = "") -> str:
        """Name an image in full."""
        host = f"{self.inputs.ecr_registry}/{self.inputs.images}"
        return host + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")


def run(inputs: Inputs, world: World) -> Outcome:
    """Find the companion's commit, then the image for the pair."""
    subject = subject_of(world.event)
    if subject is None:
        raise BadCall([Fault("event", "names no repository, and GITHUB_REPOSITORY is not set: set it to owner/name")])
    story = Story(
        inputs=inputs,
        world=world,
        journal=Journal(world.clock, world.say),
        subject=subject,
        event=occasion(world.event),
    )
    if story.event.ended:
        return _ended(story, contract.SKIPPED, f"There is nothing to resolve: {story.event.ended}.", strategy="skipped")
    if not inputs.dry_run:
        read = completed(story.event, subject, world.subject, story.journal)
        if isinstance(read, Unknown):
            return _cannot_tell(story, read)
        story.event = read
    _take_inputs(story)
    if not story.event.trusted and inputs.fork_policy is ForFork.SKIP:
        said = "Skipped: the code is a fork's or Dependabot's, and `fork_policy` is `skip`."
        return _ended(story, contract.SKIPPED, said, strategy="skipped")
    return _planned(story) if inputs.dry_run else _resolved(story)


def _take_inputs(story: Story) -> None:
    """Let what the caller wrote go before what the event says, except where the event may not be overruled."""
    given = story.inputs
    story.event = replace(story.event, commit=_commit_under_test(story))
    if given.head_ref and story.event.trusted:
        story.event = replace(story.event, branch=given.head_ref, head_name=given.head_ref)
    elif given.head_ref:
        story.warnings.append("head_ref is ignored: a fork's author must not choose the companion's code by a name.")
    if given.base_ref and not given.base_ref.startswith("gh-readonly-queue/"):  # what github.ref_name is in a queue
        story.event = replace(story.event, base=given.base_ref)
    unread = given.dry_run and story.event.unread_pull is not None
    if not unread and (faults := incomplete(story.event)):
        raise BadCall(faults)


def _commit_under_test(story: Story) -> str:
    given, event = story.inputs, story.event
    wants_merge = given.subject_ref is contract.SubjectRef.MERGE and event.pull is not None
    if given.commit_sha:
        if given.commit_sha.hex == event.merge_commit and not wants_merge:
            story.warnings.append(
                "commit_sha is the merge commit that GitHub made for this run: nobody pushed it, and it changes with "
                "the base. Leave commit_sha out to test the pull request's head, or set `subject_ref: merge`."
            )
        return given.commit_sha.hex
    if wants_merge and event.event != "merge_group" and not event.merge_commit:
        raise BadCall([Fault("subject_ref", f"asks for a merge commit, and the event ({event.event}) has none")])
    return event.merge_commit if wants_merge and event.merge_commit else event.commit


def _wishes(story: Story) -> Wishes:
    given = story.inputs
    return Wishes(
        companion=given.companion_repository,
        companion_ref=given.companion_ref or "",
        follow_body=given.depends_on is contract.DependsOn.BODY,
        branch_map=given.base_branch_map,
        default_if_missing=given.on_base_missing is contract.BaseMissing.DEFAULT,
    )


def _resolved(story: Story) -> Outcome:
    inputs, world = story.inputs, story.world
    if inputs.image:
        return _overridden(story)
    listed = names(story.event, _wishes(story))
    found = counterpart(listed, inputs.companion_repository, world.companion, inputs.on_unknown, story.journal)
    match found:
        case CannotTell(unknown):
            return _cannot_tell(story, unknown)
        case NoCounterpart():
            tried = ", ".join(name.text or str(name.where) for name in listed) or "no name at all"
            said = f"{inputs.companion_repository} has nothing that belongs to this change: {tried} was looked for."
            return _ended(story, contract.NO_COUNTERPART, said)
        case Found():
            story.found = found
    story.artefacts = _artefacts(story, found)
    rules = deciding.rules(
        story.event,
        build=inputs.build,
        otherwise=inputs.on_no_build,
        for_fork=inputs.fork_policy,
        on_unknown=inputs.on_unknown,
        wait=inputs.wait_seconds.seconds > 0,
    )
    return _concluded(story, found, story.artefacts, story.artefacts.search(rules))


def _artefacts(story: Story, found: Found) -> Artefacts:
    inputs, world, event = story.inputs, story.world, story.event
    return Artefacts(
        images=Images(world.registry(), inputs.images, inputs.require_platforms),
        judge=Judge(
            companion=inputs.companion_repository,
            companion_sha=found.commit.sha,
            companion_sources=world.companion,
            subject=story.subject,
            subject_sha=event.commit,
            subject_sources=world.subject,
            relevant=inputs.relevant_paths,
            host=world.server,
        ),
        recipe=Recipe(
            image_repository=inputs.images,
            companion=inputs.companion_repository,
            companion_sha=found.commit.sha,
            subject=story.subject,
            platforms=inputs.require_platforms,
            recipe=inputs.recipe,
        ),
        commit=found.commit,
        by=found.by,
        templates=inputs.companion_tags,
        line=event.base or event.branch,
        journal=story.journal,
        wait=inputs.wait_seconds,
    )


def _concluded(story: Story, found: Found, artefacts: Artefacts, end: deciding.End) -> Outcome:
    pair = (
        f"{found.commit.sha[:7]} of {story.inputs.companion_repository} and {story.event.commit[:7]} of {story.subject}"
    )
    match end:
        case Use():
            return _used(story, found, end, pair)
        case BuildIt(sure):
            if not (sure and found.sure):
                story.warnings.append("Something could not be found out and was passed over (`on_unknown: continue`).")
            image = story.image_at(key_tag(artefacts.key))
            said = f"No image has both {pair}: build {image}."
            return _ended(story, contract.BUILD_REQUIRED, said, strategy="build-required", image=image)
        case Skip():
            said = f"Skipped: no image has both {pair}, and none may be built here."
            return _ended(story, contract.SKIPPED, said, strategy="skipped")
        case NothingSuits():
            said = f"No image has both {pair}, and neither a build nor a stand-in is allowed here."
            return _ended(story, contract.NOTHING_SUITS, said)
        case CannotTell(unknown):
            return _cannot_tell(story, unknown)
        case Wait():
            said = f"An image of {found.commit.sha[:7]} was still being built after {story.inputs.wait_seconds}."
            return _ended(story, contract.STILL_BUILDING, said)


def _used(story: Story, found: Found, use: Use, pair: str) -> Outcome:
    image = story.image_at(use.image.tag, use.image.digest)
    if use.which is Which.STAND_IN:
        lacks = "this change" if use.fresh else "this change, and perhaps not even the companion's commit"
        story.warnings.append(f"The image used is a stand-in that was declared: it is not proven to have {lacks}.")
        said = f"No image has both {pair}: {image} stands in."
        return _ended(story, contract.STALE_IMAGE, said, strategy="stale-image", image=image, use=use)
    strategy = "existing-image" if use.which is Which.KEYED else "existing-branch"
    if use.sure and found.sure:
        said = f"{image} has both {pair}."
        return _ended(story, contract.RESOLVED, said, strategy=strategy, image=image, use=use)
    story.warnings.append("Something could not be found out and was passed over (`on_unknown: continue`).")
    said = f"{image} is there, but it could not be found out whether it is the right one for {story.event.commit[:7]}."
    unsure = replace(use, exact=False, fresh=use.fresh and found.sure)
    outcome = _ended(story, contract.NOT_FOUND_OUT, said, strategy=strategy, image=image, use=unsure)
    return replace(outcome, softened_by="on_unknown: continue")


def _overridden(story: Story) -> Outcome:
    wanted = story.inputs.image
    assert wanted  # noqa: S101 - the caller has looked
    where = wanted.repository or story.inputs.images
    images = Images(story.world.registry(), where, story.inputs.require_platforms)
    answer = story.journal.look(
        "image",
        "override",
        lambda: images.described(wanted.asked),
        shown=lambda it: it.digest,
        ref=where,
        tag=wanted.asked,
    )
    story.inputs = replace(story.inputs, image_repository=where)
    match answer:
        case Present(it):
            image = story.image_at(wanted.tag, it.digest)
            shown = Use(Image(tag=wanted.tag, digest=it.digest), Which.STAND_IN, exact=False, fresh=False, sure=False)
            said = f"{image} is there; nothing else was asked, because `image` names it."
            return _ended(story, contract.OVERRIDE, said, strategy="override", image=image, use=shown)
        case Absent(proof):
            return _ended(story, contract.NOTHING_SUITS, f"The image that was named cannot be used: {proof}.")
        case Unknown() as unknown:
            return _cannot_tell(story, unknown)


def _cannot_tell(story: Story, unknown: Unknown) -> Outcome:
    """End where something could not be found out, with the words of whoever refused."""
    error = unknown.error or CrossproofError(unknown.why, fix=unknown.fix, reason=contract.NOT_FOUND_OUT)
    reason = error.reason if error.reason.exit is not Exit.DONE else contract.NOT_FOUND_OUT
    story.world.say(trouble.as_text(error))
    said = f"It could not be found out which image to use: {unknown.why.rstrip('.')}."
    outcome = _ended(story, reason, said, more=trouble.as_markdown(error))
    remarks = [Annotation(level="error", title=title, message=text) for title, text in trouble.as_annotations(error)]
    return replace(outcome, annotations=[*outcome.annotations, *remarks])


def _planned(story: Story) -> Outcome:
    listed = names(story.event, _wishes(story))
    plan = explaining.plan_table(listed, [t.text for t in story.inputs.companion_tags], story.image_at(""))
    first = f"Pull request #{story.event.unread_pull} would be read first. " if story.event.unread_pull else ""
    said = f"{first}{len(listed)} names would be looked for in {story.inputs.companion_repository}; nothing was asked."
    return _ended(story, DRY_RUN, said, more=plan)


def _ended(
    story: Story,
    reason: Reason,
    sentence: str,
    *,
    strategy: str = "",
    image: str = "",
    use: Use | None = None,
    more: str = "",
) -> Outcome:
    """Tell everything that is known, whatever the ending."""
    outputs = _outputs(story, strategy, image, use)
    texts = outputs.as_texts()
    cost = story.world.cost()
    return Outcome(
        reason=reason,
        sentence=sentence,
        outputs=texts,
        subject=Subject(repository=story.subject, sha=story.event.commit, ref=story.event.head_name),
        details=asdict(
            Details(
                outputs={name: value for name, value in texts.items() if name != "candidates"},
                event=story.event.event,
                candidates=story.journal.tried,
                used=story.artefacts.used if story.artefacts else {},
                cost=cost,
            )
        ),
        summary=_summary(story, outputs, more, cost),
        annotations=[Annotation(level="warning", title="resolve-dashboard-image", message=w) for w in story.warnings],
    )


def _outputs(story: Story, strategy: str, image: str, use: Use | None) -> Outputs:
    commit, artefacts = story.found.commit if story.found else None, story.artefacts
    key = artefacts.key if artefacts else ""
    return Outputs(
        dashboard_image=image,
        needs_build="true" if strategy == "build-required" else "false",
        dashboard_branch=commit.branch if commit else "",
        strategy=strategy,
        digest=use.image.digest if use else "",
        image_path=f"{story.inputs.images}@{use.image.digest}" if use else "",
        image_tag=use.image.tag if use else key_tag(key) if strategy == "build-required" else "",
        dashboard_sha=commit.sha if commit else "",
        subject_sha=story.event.commit,
        build_key=key,
        build_image=story.image_at(key_tag(key)) if key else "",
        last_image=story.image_at(artefacts.last_tag) if artefacts else "",
        used_paths=(" ".join(artefacts.judge.named_by()) or "none") if key and artefacts else "",
        test_ref=commit.sha if commit else "",
        exact="true" if use and use.exact else "false",
        fresh="true" if use and use.fresh else "false",
        trusted="true" if story.event.trusted and not story.event.ended else "false",
        candidates=explaining.as_json(story.journal.tried),
    )


def _summary(story: Story, outputs: Outputs, more: str, cost: Mapping[str, int]) -> str:
    commit = story.found.commit if story.found else None
    pinned = {
        "image": outputs.dashboard_image,
        "companion": f"{story.inputs.companion_repository} {outputs.dashboard_branch} {outputs.dashboard_sha}"
        if commit
        else "",
        "under test": f"{story.subject} {story.event.head_name} {story.event.commit}" if story.event.commit else "",
        "build key": outputs.build_key,
        "event": story.event.event,
        "took": explaining.cost(cost),
    }
    tag = outputs.image_tag
    again = explaining.reproduce(
        story.inputs.companion_repository, commit, story.inputs.ecr_registry, story.inputs.images, tag
    )
    tried = explaining.tried_table(story.journal.tried) if story.journal.tried else ""
    parts: Sequence[str] = (explaining.pinned_table(pinned), more, tried, again)
    return "\n".join(part for part in parts if part)
