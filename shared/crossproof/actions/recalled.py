"""The half of fetch-artifacts that asks the archive: apart, because most steps never pay for it."""

from crossproof.actions import fetch_artifacts as fetching
from crossproof.archive.delivering import ArchiveDeliveries
from crossproof.archive.endings import RESTORE_NEEDED, RESTORE_REQUESTED, RESTORE_TIMEOUT
from crossproof.archive.finding import Question
from crossproof.archive.recalling import NotKept, Patience, Recalled, recall
from crossproof.archive.thawing import Restore
from crossproof.artifacts.choosing import Looked
from crossproof.errors import BadCall, Fault
from crossproof.outcome import Outcome
from crossproof.units import Sha

_WHOLE_COMMIT = 40


def from_archive(inputs: fetching.Inputs, world: fetching.World, looked: Looked) -> fetching.Located | Looked | Outcome:
    """Look in the archive for what GitHub does not have, or was not asked for."""
    if world.open_store is None:
        raise BadCall([Fault("s3_bucket", "is required where `sources` names s3")])
    store = world.open_store()
    question = _question(inputs, world)
    if not question.indexes:
        looked.opened.append(f"{store.name} was not searched: it finds evidence by run_id, commit, date or latest.")
        return looked
    world.say(f"Looking in the archive, {store.name}.")
    known = [artifact for _, artifact in looked.expired]
    patience = Patience(
        restore=inputs.restore,
        speed=inputs.restore_tier,
        seconds=inputs.wait_timeout.seconds,
        clock=world.clock,
        say=world.say,
    )
    match recall(store, question, inputs.wanted, known, patience, allow_forks=inputs.allow_forks):
        case NotKept(indexes, others, lacking):
            looked.opened += [f"{store.name} was searched: {why}" for why in lacking]
            kept = [f"run {one.run_id}-{one.attempt}: {', '.join(one.artifacts)}" for one in others[:10]]
            instead = "; ".join(kept) or "nothing is kept there"
            looked.opened.append(f"{store.name} was searched by {', '.join(indexes)}: {instead}.")
            return looked
        case Recalled(frozen=None) as recalled:
            world.say(f"The archive has it, kept {recalled.archived_at:%Y-%m-%d}.")
            return fetching.Located(
                run=recalled.run,
                artifacts=recalled.artifacts,
                kept=frozenset(),
                source="s3-glacier" if recalled.cold else "s3",
                deliveries=ArchiveDeliveries(store, recalled.kept, room=world.bench.room),
                outputs=fetching.Outputs(**_on_record(recalled), restore_status="ready" if recalled.cold else "none"),
            )
        case Recalled() as recalled:
            return _frozen(inputs, recalled)


def _question(inputs: fetching.Inputs, world: fetching.World) -> Question:
    commits: list[Sha] = []
    if inputs.commit and len(inputs.commit) == _WHOLE_COMMIT:
        commits = [Sha.parse(inputs.commit)]
    elif (inputs.commit or inputs.tag or inputs.pr is not None) and world.recordings:
        commits = sorted(inputs.search(world.recordings).shas)
    elif inputs.commit or inputs.tag or inputs.pr is not None:
        raise BadCall(
            [Fault("commit", "needs all 40 digits where GitHub is not asked: an archive knows no short ones")]
        )
    return Question(
        repository=world.repository,
        run_id=inputs.run_id or 0,
        commits=commits,
        day=inputs.date,
        latest=inputs.latest or "",
        branch=inputs.branch or "",
        workflow=inputs.workflow or "",
        expected_workflow=inputs.expected_workflow or "",
        event=inputs.event or "",
        attempt=inputs.run_attempt,
        conclusions=inputs.conclusion,
    )


def _on_record(recalled: Recalled) -> dict[str, str]:
    """Say what was tested, and what was live: a rollback needs just this of the newest proof."""
    return {
        "subject_sha": recalled.tested.sha,
        "tealium_profile": recalled.deployment.tealium_profile,
        "tealium_version": recalled.deployment.tealium_version,
    }


def _frozen(inputs: fetching.Inputs, recalled: Recalled) -> Outcome:
    """Say what bringing it back takes, or that it is on its way."""
    reason = {
        Restore.NEVER: RESTORE_NEEDED, Restore.REQUEST: RESTORE_REQUESTED, Restore.WAIT: RESTORE_TIMEOUT,
    }[inputs.restore]  # fmt: skip
    ready = f"{recalled.ready_at:%Y-%m-%d %H:%M} UTC" if recalled.ready_at else ""
    asked = f" Asked for; ready by {ready}." if ready else " Somebody asked for it already." if recalled.asked else ""
    outputs = fetching.Outputs(
        **_on_record(recalled),
        run_id=str(recalled.run.id),
        run_attempt=str(recalled.run.attempt),
        run_url=recalled.run.url,
        head_sha=recalled.run.head_sha,
        source="s3-glacier",
        restore_status="in-progress" if recalled.asked else "none",
        restore_ready_at=recalled.ready_at.isoformat(timespec="seconds") if recalled.ready_at else "",
    )
    return Outcome(
        reason=reason,
        sentence=f"The evidence is kept and frozen: {recalled.frozen}.{asked}",
        outputs=outputs.as_texts(),
        softened_by="",
    )
