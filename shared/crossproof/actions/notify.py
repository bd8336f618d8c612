"""notify: tells people what a report says, once and in every place that was named; it proves nothing itself."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from crossproof.actions.access import GithubAccess, Reporting
from crossproof.clock import Clock
from crossproof.errors import CrossproofError, Fault, NoAccess
from crossproof.outcome import Outcome, Subject
from crossproof.page import Page
from crossproof.report.received import Report, read
from crossproof.runner import inputs as given
from crossproof.runner import outputs as told
from crossproof.telling import endings, summary
from crossproof.telling.commit import CONTEXT, CommitStatuses, OnCommit
from crossproof.telling.deciding import When
from crossproof.telling.delivering import Delivery, Did, deliver, foresee
from crossproof.telling.messages import Messages
from crossproof.telling.notice import Notice, notice_of
from crossproof.telling.topic import Here, Topic, commit_of, topic_of
from crossproof.units import RepoRef, SecretStr, Sha, clip, flag, one_of, text, whole
from crossproof.verdict import DRY_RUN, Exit

PAGE = Page(
    title="Crossproof notify",
    promise="Nothing: who tells of a proof has not made it, so no ending of notify is `passed`.",
    icon="bell",
    color="green",
)
REASONS = (
    endings.TOLD,
    endings.NOTHING_TO_TELL,
    endings.NOBODY_TO_TELL,
    endings.NOT_TOLD,
    endings.MAYBE_TOLD,
    endings.REPORT_UNUSABLE,
    DRY_RUN,
)
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{5,30}", re.ASCII)
_LONGEST_SUBJECT = 100
_LARGEST_NUMBER = 10**9


class IfNotTold(StrEnum):
    """What the step does when somebody could not be told."""

    WARN = "warn"
    FAIL = "fail"


def channel(value: str) -> str:
    """Read the id of a Slack channel; a name can be changed, and Slack's history takes none."""
    if not _CHANNEL.fullmatch(value.strip()):
        raise ValueError(
            f"{clip(value)} is no channel's id; it stands at the end of the channel's details: C0123456789"
        )
    return value.strip()


def subject(value: str) -> str:
    """Read a name of one line."""
    name = value.strip()
    if len(name) > _LONGEST_SUBJECT or not name.isprintable():
        raise ValueError(f"{clip(value)} is no name of one line with at most {_LONGEST_SUBJECT} characters")
    return name


@dataclass(frozen=True, kw_only=True)
class Inputs(GithubAccess, Reporting):
    """Of what to tell, whom, and when."""

    report_path: str | None = given.optional(
        "The report to tell of: the output `report_path` of any action of the suite. Where it is empty or there is no "
        "file, the step warns, because a step that was skipped or killed leaves none.",
        read=text,
    )
    when: When = given.optional(
        "Which verdicts to tell of: `always`; `change`: aloud only where the subject's last message says something "
        "else; `failure`: whatever did not pass. A message that stands is corrected in place all the same.",
        read=one_of(When),
        default="always",
    )
    subject: str | None = given.optional(
        "What the message is about, where several reports of one kind are told, such as legs of a matrix. By default "
        "the action, its repository and environment, and this job's branch or pull request.",
        read=subject,
    )
    slack_token: SecretStr | None = given.secret(
        "Token of a Slack app's bot (`xoxb-…`): one message per subject, updates in it."
    )
    slack_channel: str | None = given.optional(
        "Id of the Slack channel for `slack_token`, as `C0123456789`.", read=channel
    )
    slack_webhook: SecretStr | None = given.secret(
        "Address of a Slack webhook, instead of a token: one message per run."
    )
    slack_api_url: str = given.optional(
        "Base URL of Slack's API, such as GovSlack's.", read=text, default="https://slack.com/api/"
    )
    pull_request: int | None = given.optional(
        "Number of the pull request on which one comment is kept. Empty on a push, and then there is no comment.",
        read=whole(1, _LARGEST_NUMBER),
    )
    commit_status: bool = given.optional(
        f"Whether the commit gets the status `{CONTEXT}` (with `subject`: `{CONTEXT}/<subject>`).",
        read=flag,
        default="false",
    )
    commit_sha: Sha | None = given.optional(
        "The commit for the status; by default the one the report is about, if this run made the report, else this "
        "job's. A report of another commit of the same repository is refused.",
        read=Sha.parse,
    )
    repository: RepoRef | None = given.optional(
        "The repository of the pull request and the commit, `owner/name`; by default the current one.",
        read=RepoRef.parse,
    )
    if_not_told: IfNotTold = given.optional(
        "What follows where somebody could not be told: `warn`, and nothing turns red; or `fail`, and this step does.",
        read=one_of(IfNotTold),
        default="warn",
    )
    dry_run: bool = given.optional("Say what would be told where, and send nothing.", read=flag, default="false")

    def faults(self) -> Sequence[Fault]:
        """Slack is told in one way, and a token needs to know where."""
        found = list(self.access_faults())
        if self.slack_token and not self.slack_channel:
            found.append(Fault("slack_channel", "is required with slack_token: a bot can post to many channels"))
        if self.slack_token and self.slack_webhook:
            found.append(Fault("slack_webhook", "is another way to tell Slack than slack_token: give one of them"))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs(told.Outputs):
    """What later steps may read."""

    told_verdict: str = told.says("The verdict that the report says; empty where it could not be read.")
    told_reason: str = told.says("The report's reason.")
    message_url: str = told.says("Address of the first message that stands, where its place has one.")
    deliveries: str = told.says(
        "JSON list of what became of it where: `[{place, did, why, url}]`; `did` is `posted`, `replied`, `updated`, "
        "`already-told`, `outdated`, `silent`, `planned`, `not-told` or `maybe-told`.",
        default="[]",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place of the report, and what became of the notice there."""

    place: str
    did: str
    why: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the report adds to the envelope."""

    told_action: str
    told_verdict: str
    told_reason: str
    told_report: str  # the digest by which messages name the report
    subject: str
    when: str
    deliveries: Sequence[Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What this action works through."""

    here: Here
    report: Callable[[str], bytes]  # raises ValueError with what is wrong
    places: Sequence[Messages]
    statuses: CommitStatuses | None
    clock: Clock
    say: Callable[[str], None]


def aim(inputs: Inputs) -> str:
    """Say first what will be done: nothing is proven here."""
    return f"notify: tell what {inputs.report_path or 'a report'} says, {inputs.when}"


def run(inputs: Inputs, world: World) -> Outcome:
    """Read the report, and bring it to each place; trouble in one keeps it from no other."""
    try:
        content = world.report(inputs.report_path or "")
        report = read(content)
    except ValueError as fault:
        return _unusable(inputs, str(fault))
    topic = topic_of(report, world.here, subject=inputs.subject, pull_request=inputs.pull_request)
    notice = notice_of(report, content, topic, world.here)
    world.say(f"{notice.headline}: {report.sentence}")
    deliveries = _deliveries(inputs, world, report, notice)
    return _outcome(inputs, report, topic, notice, deliveries)


def _deliveries(inputs: Inputs, world: World, report: Report, notice: Notice) -> Sequence[Delivery]:
    found: list[Delivery] = []
    for place in world.places:
        found.append(_delivery(inputs, world, place, notice))
        world.say(summary.line(found[-1]))
    if inputs.slack_channel and not inputs.slack_token:
        found.append(_failed(f"Slack channel {inputs.slack_channel}", _no_token()))
        world.say(summary.line(found[-1]))
    if world.statuses is not None:
        found.append(_on_commit(inputs, world, world.statuses, report, notice))
        world.say(summary.line(found[-1]))
    return found


def _delivery(inputs: Inputs, world: World, place: Messages, notice: Notice) -> Delivery:
    return foresee(place, notice, inputs.when) if inputs.dry_run else deliver(place, notice, inputs.when, world.clock)


def _on_commit(inputs: Inputs, world: World, statuses: CommitStatuses, report: Report, notice: Notice) -> Delivery:
    context = f"{CONTEXT}/{inputs.subject}" if inputs.subject else CONTEXT
    try:
        repository, sha = commit_of(report, world.here, inputs.repository, inputs.commit_sha)
    except CrossproofError as error:
        return _failed(f"commit status {context}", error)
    return _delivery(inputs, world, OnCommit(statuses, repository, sha, notice, context), notice)


def _outcome(inputs: Inputs, report: Report, topic: Topic, notice: Notice, deliveries: Sequence[Delivery]) -> Outcome:
    reason = DRY_RUN if inputs.dry_run else summary.ending(deliveries)
    told_as = f"{report.verdict} ({report.reason})"
    places = [Place(place=each.place, did=each.did, why=each.why, url=each.url) for each in deliveries]
    return Outcome(
        reason=reason,
        sentence=summary.sentence(deliveries, told_as),
        outputs=Outputs(
            told_verdict=report.verdict,
            told_reason=report.reason,
            message_url=next((each.url for each in deliveries if each.url), ""),
            deliveries=json.dumps([asdict(place) for place in places], ensure_ascii=False),
        ).as_texts(),
        subject=Subject(
            repository=report.repository,
            sha=report.sha.hex if report.sha else "",
            ref=report.ref,
            environment=report.environment,
        ),
        details=asdict(
            Details(
                told_action=report.action,
                told_verdict=report.verdict,
                told_reason=report.reason,
                told_report=notice.stamp.report,
                subject=" · ".join(filter(None, (topic.title, topic.place))),
                when=inputs.when,
                deliveries=places,
            )
        ),
        summary=summary.page(notice, deliveries),
        annotations=summary.remarks(deliveries, _level(inputs)),
        softened_by=_softened(inputs) if reason.exit is Exit.NOT_FOUND_OUT else "",
    )


def _unusable(inputs: Inputs, why: str) -> Outcome:
    reason = endings.REPORT_UNUSABLE
    error = CrossproofError(
        "There is no report that could be told.",
        why=f"{why[:1].upper()}{why[1:]}.",
        seen=f"report_path: {clip(inputs.report_path or '', 200)}",
        fix=reason.fix,
        anchor=reason.word,
        reason=reason,
    )
    failed = _failed("the report", error)
    return Outcome(
        reason=reason,
        sentence=f"There is no report that could be told: {why}.",
        outputs=Outputs().as_texts(),
        details={"error": {"what": error.what, "why": error.why, "seen": error.seen, "fix": error.fix}},
        summary=summary.trouble([failed]),
        annotations=summary.remarks([failed], _level(inputs)),
        softened_by=_softened(inputs),
    )


def _softened(inputs: Inputs) -> str:
    return "" if inputs.if_not_told is IfNotTold.FAIL else f"if_not_told: {inputs.if_not_told}"


def _level(inputs: Inputs) -> str:
    return "error" if inputs.if_not_told is IfNotTold.FAIL else "warning"


def _failed(place: str, error: CrossproofError) -> Delivery:
    return Delivery(place=place, did=Did.FAILED, why=error.what, error=error)


def _no_token() -> NoAccess:
    return NoAccess(
        "No token for Slack was given.",
        why="`slack_channel` is there and `slack_token` is empty. Secrets are not passed to workflows of pull requests "
        "from forks and of Dependabot, and a secret that does not exist is empty too.",
        fix="Check the secret's name and where it is stored; for forks, tell from a `workflow_run` workflow.",
        anchor="slack",
    )
