"""Proves a change in tracking: the tests, what they recorded, the evidence kept of it, and the word on the commit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from typing import Any

from crossproof import surfaces, wiring
from crossproof.actions.validate_outcome import refused
from crossproof.archive.evidence import Deployment
from crossproof.archive.last_proven import last_proven
from crossproof.dispatch.preflight import Refusal
from crossproof.documents import BadDocument
from crossproof.errors import Cancelled, CrossproofError
from crossproof.files.workspace import WorkspaceFiles
from crossproof.flows import asking, prove_telling
from crossproof.flows.asking import Asked, Proof
from crossproof.flows.carrying import Carried, carry_out
from crossproof.flows.deciding import SEVERAL_RUNS, Part, next_part, ruling
from crossproof.flows.foreign import foreign
from crossproof.flows.prove_contract import NAME, Details, Outputs, PartRecord, RollBack
from crossproof.flows.rehearsing import must_answer, rehearse
from crossproof.mishap import ended_by
from crossproof.outcome import Evidence, Outcome, ReportFiles, Subject
from crossproof.probe import Unknown
from crossproof.runner.runner import Runner
from crossproof.telling.endings import TOLD
from crossproof.tracking.plan.model import Plan
from crossproof.verdict import DRY_RUN, Reason, Verdict
from crossproof.wiring.stores import store

_NOTIFY = "notify"
_JUDGEMENT = "judgement"
_LOGS = "logs"
_KEY = "idempotency_key"


def prove(proof: Proof, runner: Runner, place: ReportFiles) -> Outcome:
    """Carry out the proof, part after part, and say what it proves."""
    try:
        plan = rehearse(proof.inputs, WorkspaceFiles(runner.context.workspace))
    except BadDocument as fault:
        return refused(fault)
    if proof.keeps:
        must_answer(store(proof.inputs, runner), proof.inputs.environment)
    story = Story(proof, runner, place)
    return story.rehearsed(plan) if proof.inputs.dry_run else story.told()


class Story:
    """One proof on its way."""

    def __init__(self, proof: Proof, runner: Runner, place: ReportFiles) -> None:
        """Speak and sign as the repository whose commit is proven, wherever the laptop stands."""
        self.proof, self.place = proof, place
        home = replace(runner.context, repository=proof.change.repository, sha=proof.change.commit.hex, event_name="")
        self.runner = replace(runner, context=home)
        self.done: dict[Part, Outcome] = {}
        self.reports: list[Evidence] = []
        self.began = wiring.clock().now()

    # -- the parts ---------------------------------------------------------------------------------------------------

    def told(self) -> Outcome:
        """Carry out every part that can be, and end with the verdict on the commit."""
        try:
            while part := next_part(self.done, keeps=self.proof.keeps):
                self.runner.console.line()
                heading = prove_telling.heading(part, self.proof)
                with self.runner.console.group(heading, good=partial(self._went_well, part)):
                    self._carry(part)
        except Cancelled as cancelled:
            return self._outcome(ended_by(cancelled, NAME, self.runner).reason, None, None)
        reason, led_by = ruling(self.done, keeps=self.proof.keeps)
        outcome = self._outcome(reason, led_by, self._roll_back(reason))
        self.runner.cancellation.settle()  # what was proven is known, and from here on it is only told
        ran = bool(self.done[Part.CHILD].outputs.get("run_id"))  # else there is nothing to tell of the commit
        return self._on_commit(outcome) if self.proof.inputs.commit_status and ran else outcome

    def rehearsed(self, plan: Plan) -> Outcome:
        """Check with the app's repository that the tests could be started, and show everything that would be done."""
        with self.runner.console.group("Check what would be sent"):
            self._child(dry_run=True)
        child = self.done[Part.CHILD]
        if child.reason is not DRY_RUN:
            return self._outcome(child.reason, Part.CHILD, None)
        return Outcome(
            reason=DRY_RUN,
            sentence=f"Commit {self.proof.change.commit.short} could be proven so; nothing was sent.",
            outputs=Outputs().as_texts(),
            subject=self._subject,
            evidence=self.reports,
            details=asdict(self._details(None, None)),
            summary=prove_telling.intention(self.proof, plan),
        )

    def _carry(self, part: Part) -> None:
        match part:
            case Part.CHILD:
                self._child(dry_run=False)
            case Part.FETCH:
                self._part(part, asking.fetch(self.proof, self.done, self.place.relative(_LOGS)))
                self.done[part] = foreign(self.done[part], self.proof.change.commit)
            case Part.JUDGE:
                self._part(part, asking.judge(self.proof, self.done))
            case Part.KEEP:
                self._part(part, asking.keep(self.proof, self.done, self._judgement()))

    def _went_well(self, part: Part) -> bool:
        return self.done[part].verdict is Verdict.PASSED

    def _child(self, *, dry_run: bool) -> None:
        """Start it once for this occasion where the app's workflow shows its token, else as often as it is asked."""
        try:
            self._part(Part.CHILD, asking.child(self.proof, keyed=True, dry_run=dry_run), raises=_about_the_key)
        except Refusal as refusal:
            why = next(fault.what for fault in refusal.faults if fault.where == _KEY)
            self.runner.console.warning(prove_telling.keyless(why), title="Not found again")
            self._part(Part.CHILD, asking.child(self.proof, keyed=False, dry_run=dry_run))
        runs = _runs_of(self.done[Part.CHILD])
        if len(runs) > 1:
            self.done[Part.FETCH] = Outcome(
                reason=SEVERAL_RUNS, sentence=f"{SEVERAL_RUNS.meaning} {prove_telling.paths(runs)}"
            )
        elif runs and not runs[0]["started_here"]:
            self.runner.console.notice(prove_telling.joined(runs[0]), title="Not started anew")

    def _part(self, part: Part, asked: Asked, *, raises: Callable[[BaseException], bool] = lambda _: False) -> None:
        carried = carry_out(part, asked, self.runner, self.place, raises=raises)
        self.done[part] = carried.outcome
        self.reports.append(carried.report)
        if carried.cancelled:
            raise carried.cancelled

    def _judgement(self) -> str:
        """Name the directory that says what is proven: the judge's own, unless the tests say less than their logs.

        Logs as planned of tests that failed would otherwise stand in the archive as a proof.
        """
        child, judge = self.done[Part.CHILD], self.done[Part.JUDGE]
        if child.verdict is Verdict.PASSED or judge.verdict is not Verdict.PASSED:
            return self.place.relative(Part.JUDGE)
        copied: list[Evidence] = []
        for name in (*(file.path for file in judge.evidence), surfaces.REPORT):
            as_ = f"{Part.JUDGE}.json" if name == surfaces.REPORT else name
            content = self.place.file(f"{Part.JUDGE}/{name}").read_bytes()
            copied.append(replace(self.place.write_bytes(f"{_JUDGEMENT}/{as_}", content), path=as_))
        judged = self._outcome(*ruling(self.done, keeps=False), None)
        self._write(f"{_JUDGEMENT}/{surfaces.REPORT}", replace(judged, evidence=copied))
        return self.place.relative(_JUDGEMENT)

    # -- the end -----------------------------------------------------------------------------------------------------

    def _outcome(self, reason: Reason, led_by: Part | None, roll_back: RollBack | None) -> Outcome:
        sentence = prove_telling.sentence(self.proof, self.done, reason, led_by)
        lead = self.done.get(led_by) if led_by else None
        local = self.runner.context.local
        details = self._details(led_by, roll_back)
        return Outcome(
            reason=reason,
            sentence=f"{sentence} {roll_back.sentence}" if roll_back else sentence,
            outputs=self._outputs(led_by, roll_back.version if roll_back else "").as_texts(),
            subject=self._subject,
            evidence=self.reports,
            details=asdict(details),
            summary=prove_telling.page(self.proof, self.done, reason, lead, whole=not local).replace(
                f"{self.place.relative(_LOGS)}/", ""
            ),
            annotations=lead.annotations if lead and not local else [],
        )

    def _outputs(self, led_by: Part | None, version: str) -> Outputs:
        said = {part: outcome.outputs for part, outcome in self.done.items()}
        judged = said.get(Part.JUDGE, {})
        return Outputs(
            # Of logs as planned it says that they passed, which is no word on tests that failed.
            statement=judged.get("statement", "") if led_by in (None, Part.JUDGE) else "",
            run_url=said.get(Part.CHILD, {}).get("run_url", ""),
            html_path=judged.get("html_path", ""),
            evidence=said.get(Part.KEEP, {}).get("location", ""),
            roll_back_to=version,
        )

    def _details(self, led_by: Part | None, roll_back: RollBack | None) -> Details:
        return Details(
            target=str(self.proof.inputs.repository),
            payload=self.proof.payload,
            parts=[
                PartRecord(
                    action=part,
                    verdict=outcome.verdict,
                    reason=outcome.reason.word,
                    sentence=outcome.sentence,
                    report=f"{part}/{surfaces.REPORT}",
                )
                for part, outcome in self.done.items()
            ],
            led_by=led_by or "",
            plan_sha256=self.done[Part.JUDGE].outputs.get("plan_sha256", "") if Part.JUDGE in self.done else "",
            roll_back=roll_back,
        )

    @property
    def _subject(self) -> Subject:
        change = self.proof.change
        return Subject(repository=change.repository, sha=change.commit.hex, environment=self.proof.inputs.environment)

    def _roll_back(self, reason: Reason) -> RollBack | None:
        """Where a deployment is proven bad, find what to go back to, and whether that would help."""
        inputs = self.proof.inputs
        if reason.verdict is not Verdict.FAILED or not inputs.tealium_profile:
            return None
        try:
            archive = store(inputs, self.runner) if inputs.s3_bucket else None
        except CrossproofError as error:  # what is proven bad stays so
            return prove_telling.roll_back(inputs, Unknown.of(error), Unknown.of(error))
        if archive is None:
            nowhere = Unknown("no archive was named", "Name it with --s3-bucket.")
            return prove_telling.roll_back(inputs, nowhere, nowhere)
        live = Deployment(
            environment=inputs.environment,
            tealium_profile=inputs.tealium_profile,
            tealium_version=inputs.tealium_version,
        )
        now = wiring.clock().now()
        other, before = (last_proven(archive, live, now, same=same) for same in (False, True))
        return prove_telling.roll_back(inputs, other, before)

    def _on_commit(self, outcome: Outcome) -> Outcome:
        """Tell of it on the commit; that somebody could not be told changes nothing of what was proven."""
        self._write(surfaces.REPORT, outcome)
        self.runner.console.line()
        asked = asking.tell(self.proof, self.place.relative(surfaces.REPORT))
        told: list[Carried] = []
        with self.runner.console.group(prove_telling.last_heading(self.proof), good=lambda: _was_told(told)):
            told.append(carry_out(_NOTIFY, asked, self.runner, self.place))
        return replace(outcome, evidence=[*outcome.evidence, told[0].report])

    def _write(self, name: str, outcome: Outcome) -> None:
        now: datetime = wiring.clock().now()
        text = surfaces.report(outcome, NAME, self.runner.context, self.began, now)
        self.place.write_text(name, self.runner.console.scrub(text))


def _about_the_key(error: BaseException) -> bool:
    return isinstance(error, Refusal) and any(fault.where == _KEY for fault in error.faults)


def _was_told(told: Sequence[Carried]) -> bool:
    return all(each.outcome.reason is TOLD for each in told)


def _runs_of(child: Outcome) -> list[Mapping[str, Any]]:
    """List the runs that were started or joined, as the child's report records them."""
    targets: Any = child.details.get("targets", [])
    return [run for target in targets for run in target["runs"]]
