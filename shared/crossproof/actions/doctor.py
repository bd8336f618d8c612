"""doctor: says what this job can do, and what each action of the suite still lacks."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from crossproof.actions.access import AwsAccess, GithubAccess, Reporting
from crossproof.doctor.chart import Findings, chart, remarks
from crossproof.doctor.diagnosis import Diagnosis, Row, State, diagnose, where_of
from crossproof.doctor.permissions import known_from_identity
from crossproof.doctor.seen import AwsView, GithubView, Identity, Repository, RunnerFacts
from crossproof.errors import Fault
from crossproof.needs import NEEDS, Need, Where
from crossproof.outcome import Annotation, Outcome, Subject
from crossproof.page import Page
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.report.markdown import block, code, details, inline, table
from crossproof.runner import inputs as given
from crossproof.runner import outputs as told
from crossproof.units import RepoRef, clip, words
from crossproof.verdict import Exit, Reason, Verdict, unproven

PAGE = Page(
    title="Crossproof doctor",
    promise="The job's credentials and runner have everything that the named actions need.",
    icon="activity",
    color="green",
)


@dataclass(frozen=True, kw_only=True)
class Inputs(GithubAccess, AwsAccess, Reporting):
    """What to examine."""

    repository: RepoRef | None = given.optional(
        "The repository that the actions will work on, `owner/name`; by default the current one.", read=RepoRef.parse
    )
    needs: tuple[str, ...] = given.optional(
        "Names of the actions to examine for, separated by commas or new lines; by default all.", read=words, default=""
    )

    def faults(self) -> Sequence[Fault]:
        """An unknown action name would be a need that nobody checks."""
        unknown = [name for name in self.needs if name not in NEEDS]
        return [
            *self.access_faults(),
            *(
                Fault("needs", f"{clip(name)} is no action of this suite; it has {', '.join(NEEDS)}")
                for name in unknown
            ),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs(told.Outputs):
    """What later steps may read."""

    missing: str = told.says(
        'JSON list of what is provably missing: `[{"action", "permission", "level", "where", "have", "fix"}]`.',
        default="[]",
    )
    undecided: str = told.says("JSON list, of the same form, of what could not be found out.", default="[]")


_RUNNER_FIXES = {
    "docker socket": "Run on a Linux runner with Docker: GitHub-hosted, or self-hosted with the engine's socket.",
    "id-token": "Give the job:\npermissions:\n  id-token: write\n  contents: read",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One need of one action, and what is known of it."""

    action: str
    permission: str
    level: str
    where: Where
    when: str
    state: State
    have: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the report adds to the envelope."""

    needs: Sequence[Checked]
    seen: Mapping[str, str]


READY = Reason(
    word="ready", verdict=Verdict.PASSED, exit=Exit.DONE, meaning="Every need of the named actions is proven to be met."
)
NEED_MISSING = Reason(
    word="need-missing",
    verdict=Verdict.FAILED,
    exit=Exit.PROVEN_BAD,
    meaning="At least one need is provably not met.",
    fix="The table shows for each gap what is there instead and the YAML or the setting that closes it.",
)
NOT_FOUND_OUT = unproven(
    "not-found-out",
    Exit.NOT_FOUND_OUT,
    "Nothing is provably missing, but at least one need could not be found out.",
    "The table says why for each; often the repository is not visible to the token, or the API did not answer.",
)
REASONS = (READY, NEED_MISSING, NOT_FOUND_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What doctor looks through."""

    github: GithubView
    aws: AwsView | None  # only where AWS was asked for
    runner: RunnerFacts
    current: RepoRef | None
    now: datetime
    say: Callable[[str], None]


def aim(inputs: Inputs) -> str:
    """Say first what will be proven."""
    where = inputs.repository or "its own repository"
    lack = f"{'does' if len(inputs.needs) == 1 else 'do'} {', '.join(inputs.needs) or 'all actions'} still lack?"
    return f"doctor: what can this job do on {where}, and what {lack}"


def run(inputs: Inputs, world: World) -> Outcome:
    """Look at everything once, weigh it against the needs, and say what is missing."""
    repository = inputs.repository or world.current
    needs = {name: _asked(NEEDS[name], aws=world.aws is not None) for name in inputs.needs or NEEDS}
    findings = _look(world, repository)
    answers = {need: _answer(need, findings, world) for listed in needs.values() for need in listed}
    diagnosis = diagnose(needs, answers, {need: _fix(need, repository, world) for need in answers})
    reason, sentence = _conclude(diagnosis, repository)
    return Outcome(
        reason=reason,
        sentence=sentence,
        outputs=Outputs(missing=_as_json(diagnosis.missing), undecided=_as_json(diagnosis.undecided)).as_texts(),
        subject=Subject(repository=repository),
        details=asdict(Details(needs=[_checked(row) for row in diagnosis.rows], seen=chart(findings))),
        summary=_summary(diagnosis, findings),
        annotations=[
            Annotation(level="warning", title="doctor", message=remark) for remark in remarks(findings, world.now)
        ],
    )


def _asked(needs: Sequence[Need], *, aws: bool) -> Sequence[Need]:
    """Leave AWS out unless a role or a region says that it is wanted."""
    return [need for need in needs if aws or need.where is not Where.AWS]


def _look(world: World, repository: RepoRef | None) -> Findings:
    world.say("Asking GitHub who the credentials speak for.")
    identity = world.github.identity()
    seen: Probe[Repository] = (
        world.github.repository(repository)
        if repository
        else Unknown("no repository is named", "Set `repository: owner/name`.")
    )
    server = world.github.server()
    if world.aws is None:
        return Findings(identity=identity, repository=seen, server=server, runner=world.runner)
    world.say("Asking AWS the same.")
    return Findings(
        identity=identity,
        repository=seen,
        server=server,
        runner=world.runner,
        claims=world.aws.claims() if world.runner.id_token else None,
        caller=world.aws.caller(),
    )


def _answer(need: Need, findings: Findings, world: World) -> Probe[str]:
    match need.where:
        case Where.RUNNER:
            return _on_the_runner(need, findings.runner)
        case Where.AWS:
            return _in_aws(need, findings, world.aws)
        case Where.TARGET:
            return _on_github(need, findings.identity, findings.repository, world.github)
        case Where.CURRENT:
            here = findings.repository
            if not (isinstance(here, Present) and here.value.name == world.current):
                here = world.github.repository(world.current) if world.current else Unknown("this is no workflow run")
            return _on_github(need, findings.identity, here, world.github)


def _on_github(need: Need, identity: Probe[Identity], repository: Probe[Repository], github: GithubView) -> Probe[str]:
    if not isinstance(identity, Present):
        return identity
    if not isinstance(repository, Present):
        return repository
    known = known_from_identity(identity.value, need.permission, need.level, repository.value)
    return known or github.try_permission(need.permission, need.level, repository.value)


def _fix(need: Need, repository: RepoRef | None, world: World) -> str:
    match need.where:
        case Where.RUNNER:
            return _RUNNER_FIXES.get(need.permission, "Use a runner that has it.")
        case Where.AWS:
            role = f"set `aws_role` to a role that may use {need.permission}, and `aws_region`."
            return f"{_RUNNER_FIXES['id-token']}\nand {role}"
        case Where.TARGET | Where.CURRENT:
            about = repository if need.where is Where.TARGET else world.current
            return world.github.remedy(need.permission, need.level, about) if about else "Set `repository: owner/name`."


def _on_the_runner(need: Need, facts: RunnerFacts) -> Probe[str]:
    has = {"docker socket": facts.docker_socket, "id-token": facts.id_token}.get(need.permission)
    if has is None:
        return Unknown(f"doctor does not know how to look for {need.permission}")
    return Present("it is there") if has else Absent("it is not there")


def _in_aws(need: Need, findings: Findings, aws: AwsView | None) -> Probe[str]:
    match findings.caller:
        case None:
            return Unknown("AWS was not asked for")
        case Present(caller) if need.permission == "sts":
            return Present(caller.arn)
        case Present():
            return aws.reach(need.permission) if aws else Unknown("AWS was not asked for")
        case Absent() | Unknown() as answer:
            return answer


def _conclude(diagnosis: Diagnosis, repository: RepoRef | None) -> tuple[Reason, str]:
    where = f" on {repository}" if repository else ""
    if diagnosis.missing:
        named = _named(diagnosis.missing)
        return (
            NEED_MISSING,
            f"{len(diagnosis.missing)} of {len(diagnosis.rows)} needs are provably not met{where}: {named}.",
        )
    if diagnosis.undecided:
        return (
            NOT_FOUND_OUT,
            f"Nothing is provably missing{where}, but it could not be found out: {_named(diagnosis.undecided)}.",
        )
    return READY, f"Every need is met{where} ({len(diagnosis.rows)} checked)."


_SIGNS = {State.MET: "✅", State.MISSING: "❌", State.UNKNOWN: "❔"}


def _summary(diagnosis: Diagnosis, findings: Findings) -> str:
    needs = table(
        ["", "action", "need", "have"],
        [[_sign(row), code(row.action), _need(row), inline(row.have)] for row in diagnosis.rows],
    )
    gaps: dict[str, dict[str, None]] = {}
    for row in diagnosis.rows:
        if row.state is not State.MET and row.fix:
            gaps.setdefault(row.fix, {})[str(row.need)] = None
    fixes = "".join(f"To have {', '.join(map(code, needs))}:\n\n{block(fix)}\n" for fix, needs in gaps.items())
    seen = table(["seen", ""], [[name, inline(what)] for name, what in chart(findings).items()])
    return f"{needs}\n{fixes}{details('What was seen', seen)}"


def _sign(row: Row) -> str:
    return _SIGNS[row.state] if row.counts or row.state is State.MET else "·"


def _need(row: Row) -> str:
    only = f" (only with {code(row.need.when)})" if row.need.when else ""
    return f"{code(str(row.need))}{where_of(row.need)}, to {row.need.why}{only}"


def _named(rows: Sequence[Row]) -> str:
    return ", ".join(sorted({f"{row.need}{where_of(row.need)}" for row in rows}))


def _checked(row: Row) -> Checked:
    return Checked(
        action=row.action,
        permission=row.need.permission,
        level=row.need.level,
        where=row.need.where,
        when=row.need.when,
        state=row.state,
        have=row.have,
        fix=row.fix,
    )


def _as_json(rows: Sequence[Row]) -> str:
    kept = ("action", "permission", "level", "where", "have", "fix")
    return json.dumps([{name: getattr(_checked(row), name) for name in kept} for row in rows], ensure_ascii=False)
