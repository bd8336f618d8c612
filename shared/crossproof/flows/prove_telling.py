"""Says what a proof of tracking is about to do, and what it found, in the words and tables that people read."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from crossproof.archive.index import Entry
from crossproof.flows.asking import Proof
from crossproof.flows.deciding import Done, Part, wanted
from crossproof.flows.prove_contract import EVENT, Inputs, RollBack
from crossproof.outcome import Outcome
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.report.amounts import counted
from crossproof.report.markdown import block, code, details, inline, table
from crossproof.telling.commit import CONTEXT
from crossproof.tracking.plan.model import Plan
from crossproof.verdict import SIGNS, Reason, Verdict

_HEADINGS = {
    Part.CHILD: "Run the tests of {app} for commit {commit} in {environment}",
    Part.FETCH: "Fetch what the tests recorded",
    Part.JUDGE: "Judge it by the plan",
    Part.KEEP: "Keep the evidence",
}
_DOES = {
    Part.CHILD: "the app's tests",
    Part.FETCH: "what they recorded",
    Part.JUDGE: "judged by the plan",
    Part.KEEP: "kept as evidence",
}
_FOUND = {Verdict.FAILED: "is proven bad", Verdict.UNPROVEN: "is not proven"}


def heading(part: Part, proof: Proof) -> str:
    """Head what a part says."""
    number = wanted(keeps=proof.keeps).index(part) + 1
    about = {
        "app": proof.inputs.repository,
        "commit": proof.change.commit.short,
        "environment": proof.inputs.environment,
    }
    return f"{number}. {_HEADINGS[part].format(**about)}"


def last_heading(proof: Proof) -> str:
    """Head what is said of telling the verdict."""
    return f"{len(wanted(keeps=proof.keeps)) + 1}. Put the verdict on commit {proof.change.commit.short}"


def aim(proof: Proof) -> str:
    """Say first what will be proven."""
    change, inputs = proof.change, proof.inputs
    live = f", {inputs.tealium_profile} {inputs.tealium_version}" if inputs.tealium_profile else ""
    return (
        f"prove-tracking: do the tests of {inputs.repository} show commit {change.commit.short} of "
        f"{change.repository} at work in {inputs.environment}{live}, as the plan {inputs.plan} says?"
    )


def sentence(proof: Proof, done: Done, reason: Reason, led_by: Part | None) -> str:
    """Say in one sentence what is proven, or what stands in the way."""
    change = proof.change
    about = f"Commit {change.commit.short} of {change.repository}"
    where = f"in {proof.inputs.environment}"
    if reason.verdict is Verdict.PASSED:
        events = counted(int(done[Part.JUDGE].outputs["events"]), "event")
        kept = f", and the evidence is kept in {proof.inputs.s3_bucket}" if proof.keeps else ""
        return f"{about} is proven {where}: the app's tests passed, {events} are as planned{kept}."
    if led_by is None:
        last = max(done, key=list(Part).index, default=None)
        reached = f" It was cut off at {last}." if last else ""
        return f"{about} is not proven {where}: {reason.meaning[:1].lower()}{reason.meaning[1:]}{reached}"
    said = f"{about} {_FOUND[reason.verdict]} {where}: {_said(done[led_by])}"
    rest = [part for part in done if part is not led_by and done[part].verdict is not Verdict.PASSED]
    return " ".join([said, *(f"Besides, {part}: {_said(done[part])}" for part in rest)])


def page(proof: Proof, done: Done, reason: Reason, lead: Outcome | None, *, whole: bool) -> str:
    """Show the parts, then what to do, then the part that decided; the others folded (`whole`), or not at all."""
    rows = [_row(part, done.get(part)) for part in wanted(keeps=proof.keeps)]
    shown = table(["", "part", "ended", ""], rows)
    led = f"\n{lead.summary}" if lead and lead.summary else ""
    todo = f"\n**Fix:** {inline(reason.fix)}\n" if reason.fix and inline(reason.fix) not in led else ""
    others = [
        details(f"{part}: {outcome.verdict}", outcome.summary)
        for part, outcome in done.items()
        if whole and outcome is not lead and outcome.summary
    ]
    return "\n".join([f"{shown}{todo}{led}", *others])


def intention(proof: Proof, plan: Plan) -> str:
    """Show the exact plan: what would be sent, fetched, judged, kept and told."""
    inputs, change = proof.inputs, proof.change
    starts = f"the event {code(inputs.event_type or EVENT)}" if inputs.sends_event else code(inputs.workflow)
    narrowed = (
        f", of whose listeners {code(inputs.workflow)} is waited for" if inputs.event_type and inputs.workflow else ""
    )
    held = f", held against {code(inputs.baseline)}" if inputs.baseline else ""
    kept = f"in {code(inputs.s3_bucket)}, for {change.commit.short}" if inputs.s3_bucket else "nowhere"
    status = f"{code(f'{CONTEXT}/{proof.told_as}')} on {change.repository}@{change.commit.short}"
    rows = [
        ["sent", f"{starts} to {inputs.repository}{narrowed}, with the payload below"],
        ["waited for", f"exactly that run, {inputs.timeout} at most"],
        ["fetched", f"its artifacts {code(', '.join(inputs.artifacts))}"],
        ["judged", f"by {code(inputs.plan)} ({counted(len(plan.events), 'event')}, sha256 {plan.sha256[:12]}){held}"],
        ["kept", kept],
        ["told", status if inputs.commit_status else "nobody"],
    ]
    ours = "`dispatch-and-wait` adds its token under `dispatch`." if inputs.sends_event else ""
    return f"{table(['', ''], rows)}\n{block(json.dumps(proof.payload, indent=2), 'json')}\n{ours}\n"


def roll_back(inputs: Inputs, other: Probe[Entry], before: Probe[Entry]) -> RollBack:
    """Say what to go back to; that it is not known is not the same as that there is nothing.

    A version that was proven `before` was good then: what changed since is something else, and stays if it is undone.
    """
    profile, environment = inputs.tealium_profile, inputs.environment
    doubt = ""
    if isinstance(before, Present):
        blame = code(f"crossproof evidence blame --s3-bucket {inputs.s3_bucket} --environment {environment}")
        doubt = (
            f" But {profile} {inputs.tealium_version} was proven there itself, {_when(before.value)}: look first at "
            f"what else changed since ({blame})."
        )
    match other:
        case Present(entry):
            version = entry.deployment.tealium_version
            said = f"Roll back to {profile} {version}: it was proven in {environment}, {_when(entry)}."
            return RollBack(state="known", version=version, sentence=said + doubt)
        case Absent(proof=because):
            said = f"No other version of {profile} was ever proven in {environment}: {because}."
            return RollBack(state="none", version="", sentence=said + doubt)
        case Unknown(why, fix):
            said = f"Which version of {profile} was proven last is not known: {why.rstrip('.')}. {fix}".strip()
            return RollBack(state="unknown", version="", sentence=said + doubt)


def _when(entry: Entry) -> str:
    return f"on {entry.started_at:%Y-%m-%d} by run {entry.run_id} for commit {entry.subject.sha[:7]}"


def keyless(why: str) -> str:
    """Say what it means that the app's workflow does not show the token."""
    return f"Whoever asks for this proof again starts the tests again: the key {why}."


def joined(run: Mapping[str, Any]) -> str:
    """Say that the tests had been started for this very occasion before."""
    return (
        f"These tests were started before for this commit and environment, and count: {run['run_url']}. To have them "
        'run again, choose "Re-run all jobs" on that page and call this command again.'
    )


def paths(runs: Sequence[Mapping[str, Any]]) -> str:
    """Name the runs among which one would have to be chosen."""
    return "; ".join(f"{run['workflow']}: {run['run_url']}" for run in runs) + "."


def _row(part: Part, outcome: Outcome | None) -> list[str]:
    if outcome is None:
        return ["·", _DOES[part], "", "not reached"]
    return [SIGNS[outcome.verdict], _DOES[part], code(outcome.reason.word), inline(_said(outcome))]


def _said(outcome: Outcome) -> str:
    """Say how a part ended; where the call must change, what of it."""
    error: Any = outcome.details.get("error", {})
    return " ".join([outcome.sentence, *(f"{each['where']}: {each['what']}." for each in error.get("faults", ()))])
