"""`crossproof registry …`: sees to it that the images of the suite do not pile up, and that none in use is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crossproof import wiring
from crossproof.actions.access import AwsAccess
from crossproof.commands.verbs import Answer, Verb, carry_out
from crossproof.errors import BadCall, CrossproofError, Fault
from crossproof.images import lifecycle
from crossproof.images.hosts import Registry
from crossproof.images.lifecycle import Doomed, Housekeeping
from crossproof.images.tags import repository
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.report.markdown import block, code, inline, table
from crossproof.runner import inputs as given
from crossproof.runner.runner import Runner
from crossproof.units import flag
from crossproof.verdict import Exit

_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Lifecycle(AwsAccess):
    """Which repository, and whether to act."""

    ecr_registry: Registry = given.required("Host of the ECR registry.", read=Registry.parse)
    image_repository: str = given.required("Repository of the images.", read=repository)
    plan: bool = given.optional(
        "Only show the policy and what it would remove (the default).", read=flag, default="false"
    )
    apply: bool = given.optional("Put the policy in force, if it breaks nothing.", read=flag, default="false")
    json: bool = given.optional("Answer as JSON.", read=flag, default="false")

    def faults(self) -> Sequence[Fault]:
        """One of two, and on ECR only."""
        found = []
        if self.plan and self.apply:
            found.append(Fault("--apply", "and --plan exclude each other"))
        if not self.ecr_registry.ecr:
            found.append(Fault("--ecr-registry", f"{self.ecr_registry} is no ECR: only that has lifecycle policies"))
        return found


def main(arguments: Sequence[str], runner: Runner) -> int:
    """Answer one question."""
    return carry_out("registry", _VERBS, arguments, runner)


def answered(house: Housekeeping, *, apply: bool) -> Answer:
    """Work out the policy, show what it would do, and put it in force where that was asked for and is safe."""
    current = house.current()
    if isinstance(current, Unknown):
        raise _troubled(current)
    try:
        rules = lifecycle.merged(current.value if isinstance(current, Present) else "")
    except ValueError as fault:
        raise BadCall([Fault("policy in force", str(fault))]) from None
    if wrong := lifecycle.faults(rules):
        raise BadCall([Fault("policy", each) for each in wrong])
    policy = lifecycle.text_of(rules)
    doomed = house.preview(policy)
    allowed = lifecycle.may_apply(doomed, house.parts())
    if not apply:
        return Answer(page=_page(policy, doomed, allowed, ""), data=_data(policy, doomed, allowed))
    if isinstance(allowed, Unknown):
        raise _troubled(allowed)
    if isinstance(allowed, Absent):
        page = _page(policy, doomed, allowed, "Not put in force.")
        return Answer(page=page, data=_data(policy, doomed, allowed), exit=Exit.PROVEN_BAD)
    house.put(policy)
    return Answer(page=_page(policy, doomed, allowed, "Put in force."), data=_data(policy, doomed, allowed))


def _troubled(unknown: Unknown) -> CrossproofError:
    return unknown.error or CrossproofError(f"It could not be found out: {unknown.why}.", fix=unknown.fix)


def _page(policy: str, doomed: Probe[tuple[Doomed, ...]], allowed: Probe[str], done: str) -> str:
    parts = [block(policy, "json"), f"{inline(_said(allowed))}\n"]
    if isinstance(doomed, Present) and doomed.value:
        rows = [[code(each.digest[:19]), inline(" ".join(each.tags)), str(each.rule)] for each in doomed.value[:_SHOWN]]
        parts.append(table(["removed", "tags", "by rule"], rows))
        if len(doomed.value) > _SHOWN:
            parts.append(f"… and {len(doomed.value) - _SHOWN} more\n")
    return "\n".join([*parts, done]).rstrip() + "\n"


def _said(allowed: Probe[str]) -> str:
    match allowed:
        case Present(what):
            return what
        case Absent(proof):
            return proof
        case Unknown(why):
            return f"What it would remove could not be found out: {why}"


def _data(policy: str, doomed: Probe[tuple[Doomed, ...]], allowed: Probe[str]) -> Mapping[str, object]:
    known = doomed.value if isinstance(doomed, Present) else None
    return {"policy": policy, "removed": known, "said": _said(allowed), "safe": isinstance(allowed, Present)}


def _lifecycle(inputs: Lifecycle, runner: Runner) -> Answer:
    from crossproof.aws.ecr_lifecycle import EcrLifecycle  # noqa: PLC0415 - it brings boto3
    from crossproof.wiring.connections import aws  # noqa: PLC0415

    ecr = inputs.ecr_registry.ecr
    assert ecr  # noqa: S101 - `faults` has seen to it
    opened = aws(inputs, runner)
    house = EcrLifecycle(opened, ecr, inputs.image_repository, clock=wiring.clock(), say=runner.console.line)
    return answered(house, apply=inputs.apply)


_VERBS: Mapping[str, Verb] = {
    "lifecycle": Verb("Show or set how long ECR keeps images: --plan (the default) or --apply.", Lifecycle, _lifecycle),
}
