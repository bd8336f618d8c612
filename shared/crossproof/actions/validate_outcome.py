"""Turns a judgement into the one value an action returns, and writes the files that go with it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from crossproof.actions.validate_contract import FailOn, Inputs, Outputs
from crossproof.documents import BadDocument
from crossproof.outcome import Annotation, Evidence, Outcome, ReportFiles, Subject
from crossproof.report.junit import junit
from crossproof.report.markdown import code, inline, table
from crossproof.tracking.facts import JudgedFile
from crossproof.tracking.judgement import Judgement
from crossproof.tracking.rules import Level
from crossproof.tracking.telling.annotations import annotations
from crossproof.tracking.telling.details import details
from crossproof.tracking.telling.endings import reason_of, sentence_of
from crossproof.tracking.telling.page import page
from crossproof.tracking.telling.reasons import FINDINGS, PLAN_INVALID
from crossproof.tracking.telling.statement import Circumstance, statement
from crossproof.tracking.telling.suites import suites
from crossproof.tracking.telling.summary import summary
from crossproof.units import RepoRef
from crossproof.verdict import Reason

JUNIT, HTML = "junit.xml", "index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Who asked, when, and where the answer goes."""

    inputs: Inputs
    report: ReportFiles
    now: datetime
    repository: RepoRef | None
    run_url: str

    def outcome(self, judgement: Judgement, *, kept: Mapping[str, bytes], compared: str = "") -> Outcome:
        """Tell a judgement on every surface."""
        inputs = self.inputs
        reason = reason_of(judgement, inputs.fail_on.level, part=bool(inputs.shard))
        sentence = sentence_of(judgement, reason)
        about = Circumstance(
            when=self.now,
            repository=str(self.repository or ""),
            sha=str(inputs.subject_sha or ""),
            run_url=self.run_url,
        )
        said = statement(judgement, reason.verdict, about)
        evidence = self._files(judgement, kept)
        evidence.append(
            self.report.write_text(JUNIT, junit(judgement.plan.name, suites(judgement, inputs.fail_on.level)))
        )
        evidence.append(self.report.write_text(HTML, page(judgement, reason, sentence, said)))
        told = details(
            judgement,
            mode=inputs.mode,
            shard=inputs.shard,
            scenario=inputs.scenario,
            platform=inputs.platform,
            statement=said,
        )
        return Outcome(
            reason=reason,
            sentence=sentence,
            outputs=self._outputs(judgement, said, compared).as_texts(),
            subject=Subject(repository=self.repository, sha=str(inputs.subject_sha or "")),
            evidence=evidence,
            details=asdict(told),
            summary=summary(judgement, said),
            annotations=annotations(judgement),
            softened_by=_softened(inputs, reason),
        )

    def _files(self, judgement: Judgement, kept: Mapping[str, bytes]) -> list[Evidence]:
        plan = {f"plan/{file.path}": file.content for file in judgement.plan.files}
        return [self.report.write_bytes(name, content) for name, content in {**plan, **kept}.items()]

    def _outputs(self, judgement: Judgement, said: str, compared: str) -> Outputs:
        covered = judgement.covered
        return Outputs(
            statement=said,
            events=str(judgement.events),
            findings_error=str(judgement.count(Level.ERROR)),
            findings_warning=str(judgement.count(Level.WARNING)),
            findings_notice=str(judgement.count(Level.NOTICE)),
            groups=str(sum(group.counts for group in judgement.groups)),
            missing_events=json.dumps(list(judgement.missing)),
            unknown_events=json.dumps(list(judgement.strangers)[:100]),
            coverage="" if covered is None else f"{covered:.4g}",
            duplicate_ids=str(judgement.duplicate_ids),
            baseline_verdict=compared,
            junit_path=self.report.relative(JUNIT),
            html_path=self.report.relative(HTML),
            logs_sha256=digest_of(judgement.files),
            plan_sha256=judgement.plan.sha256,
        )


def refused(fault: BadDocument) -> Outcome:
    """Tell what is wrong with a plan, each fault on its line."""
    rows = [(code(str(remark.mark)), inline(f"{remark.what} {remark.fix}")) for remark in fault.remarks]
    return Outcome(
        reason=PLAN_INVALID,
        sentence=fault.what,
        summary=table(("Where", "What to change"), rows),
        annotations=[
            Annotation(
                level="error",
                title="plan/invalid",
                message=f"{remark.what} {remark.fix}".strip(),
                file=remark.mark.file,
                line=remark.mark.line,
            )
            for remark in fault.remarks
        ],
    )


def digest_of(files: Sequence[JudgedFile]) -> str:
    """Name exactly these logs: the digest of one, or of the list that `sha256sum` would print."""
    if len(files) == 1:
        return files[0].sha256
    listed = "".join(f"{file.sha256}  {file.name}\n" for file in files)
    return hashlib.sha256(listed.encode("utf-8", "replace")).hexdigest() if files else ""


def _softened(inputs: Inputs, reason: Reason) -> str:
    return "fail_on: never" if inputs.fail_on is FailOn.NEVER and reason is FINDINGS else ""
