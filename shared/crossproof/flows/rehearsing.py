"""Decides before anything is sent whether what the tests will record can be judged and kept at all."""

from crossproof.archive import layout
from crossproof.archive.store import ObjectStore
from crossproof.errors import BadCall, CrossproofError, Fault, Unreachable
from crossproof.flows.prove_contract import Inputs
from crossproof.probe import Absent, Present, Unknown
from crossproof.tracking.baseline import written
from crossproof.tracking.baseline.comparing import unlike
from crossproof.tracking.baseline.profile import About
from crossproof.tracking.plan.gathering import NoSuchFile, PlanFiles
from crossproof.tracking.plan.loading import load
from crossproof.tracking.plan.model import Plan
from crossproof.tracking.telling.reasons import BASELINE_UNFIT
from crossproof.units import clip


def must_answer(archive: ObjectStore, environment: str) -> None:
    """Ask the archive for anything: one that is not there, or not for us, is found now and not after the tests."""
    match archive.read(layout.latest(environment)):  # not `look`: a HEAD does not tell a bucket from a key
        case Unknown(why, fix, error):
            raise error or Unreachable(f"{archive.name} cannot be used as an archive.", why=why, fix=fix)
        case Present() | Absent():
            pass


def rehearse(inputs: Inputs, files: PlanFiles) -> Plan:
    """Read the plan and the baseline. It takes a moment, and a run of an app's tests half an hour."""
    plan = load(inputs.plan, files)
    if inputs.scenario and inputs.scenario not in plan.scenarios:
        there = ", ".join(plan.scenarios) or "none"
        raise BadCall([Fault("scenario", f"{clip(inputs.scenario)} is not in the plan; it has {there}")])
    if inputs.baseline is None:
        return plan
    try:
        known = written.load(files.read(inputs.baseline), inputs.baseline).about
    except NoSuchFile as fault:
        raise BadCall([Fault("baseline", f"{clip(inputs.baseline)} cannot be used: {fault}")]) from None
    if difference := unlike(known, About(plan=plan.name, platform=inputs.platform, scenario=inputs.scenario)):
        raise CrossproofError(
            f"{inputs.baseline} {difference}.",
            why="Runs of different kinds differ, and that proves nothing.",
            fix=BASELINE_UNFIT.fix,
            anchor=BASELINE_UNFIT.word,
            reason=BASELINE_UNFIT,
        )
    return plan
