"""`crossproof prove-tracking …`: one command on a laptop proves a commit with another repository's tests."""

import re
from collections.abc import Sequence

from crossproof import surfaces, wiring
from crossproof.commands.verbs import flags_of
from crossproof.errors import BadCall, Fault
from crossproof.flows import prove_telling
from crossproof.flows.asking import Proof
from crossproof.flows.prove_contract import NAME, Change, Inputs, Outputs
from crossproof.flows.prove_tracking import prove
from crossproof.mishap import ended_by
from crossproof.probe import Present
from crossproof.runner.reading import read
from crossproof.runner.runner import Runner
from crossproof.units import RepoRef, Sha, clip
from crossproof.verdict import Exit
from crossproof.wiring.checkout import checkout

_ADDRESS = re.compile(r"[:/](?P<name>[^/:]+/[^/:]+?)(?:\.git)?/?$")
_SHOWN = 5


def main(arguments: Sequence[str], runner: Runner) -> int:
    """Prove it, and show how it ended, whatever happened."""
    if not arguments or arguments[0] in {"--help", "-h", "help"}:
        runner.console.line(
            "\n".join([f"crossproof {NAME}: prove a commit of tracking with an app's tests.", "", *flags_of(Inputs)])
        )
        return Exit.DONE
    inputs = read(Inputs, arguments, runner, command=True)
    proof = Proof(inputs=inputs, change=_change(inputs, runner))
    clock = wiring.clock()
    began = clock.now()
    place = wiring.report_files(f"{NAME}/{proof.change.commit.short}-{inputs.environment}", None, runner)
    runner.console.line(prove_telling.aim(proof))
    try:
        outcome = prove(proof, runner, place)
    except BaseException as error:  # noqa: BLE001 - as at the front door: a proof that does not say how it ended is none
        outcome = ended_by(error, NAME, runner)
    runner.cancellation.settle()
    return surfaces.show(
        outcome,
        action=NAME,
        runner=runner,
        place=place,
        declared=Outputs().as_texts(),
        started_at=began,
        ended_at=clock.now(),
    )


def _change(inputs: Inputs, runner: Runner) -> Change:
    """Find out what is to be proven: what the caller names, else what is checked out here."""
    context = runner.context
    repository = inputs.subject_repository or context.repository or _origin(runner)
    commit = inputs.commit or _checked_out(runner)
    return Change(repository=repository, commit=commit, actor=context.actor or "manual")


def _origin(runner: Runner) -> RepoRef:
    address = checkout(runner).origin()
    found = _ADDRESS.search(address.value) if isinstance(address, Present) else None
    if found is None:
        said = f"origin is {clip(address.value)}" if isinstance(address, Present) else "nothing here says which it is"
        raise BadCall([Fault("--subject-repository", f"is required: {said}")])
    return RepoRef.parse(found["name"])


def _checked_out(runner: Runner) -> Sha:
    git = checkout(runner)
    head = git.head()
    if not isinstance(head, Present):
        raise BadCall([Fault("--commit", "is required: this is no checkout with a commit")])
    changed = git.uncommitted()
    if not isinstance(changed, Present):
        runner.console.warning(f"Whether everything here is committed could not be found out: {changed}", title="Proof")
    elif changed.value:
        names = ", ".join(changed.value[:_SHOWN]) + (" …" if len(changed.value) > _SHOWN else "")
        runner.console.warning(
            f"Commit {head.value[:7]} is proven, and here is more than that commit: {names}",
            title="Not committed",
        )
    return Sha.parse(head.value)
