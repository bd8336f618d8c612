"""What the JSON report says of a judgement: the same groups as everywhere, for other programs to hold on to."""

import hashlib

from crossproof.tracking.facts import Details, Finding, Occurrence, PlanFact
from crossproof.tracking.judgement import Group, Judgement
from crossproof.tracking.telling.applied import passed_rules
from crossproof.tracking.telling.checklist import answers


def details(judgement: Judgement, *, mode: str, shard: str, scenario: str, platform: str, statement: str) -> Details:
    """Write a judgement down."""
    plan = judgement.plan
    return Details(
        mode=mode,
        shard=shard,
        scenario=scenario,
        platform=platform,
        statement=statement,
        plan=PlanFact(
            name=plan.name,
            version=plan.version,
            file=plan.file,
            sha256=plan.sha256,
            files=[(file.path, file.sha256) for file in plan.files],
        ),
        logs=judgement.files,
        events=judgement.events,
        judged=judgement.judged,
        coverage=judgement.covered,
        checklist=answers(judgement),
        groups=[finding(group) for group in judgement.groups],
        planned_events=judgement.coverage,
        unknown_events=dict(judgement.strangers),
        duplicate_ids=judgement.duplicate_ids,
        timings=judgement.timings,
        not_judged=judgement.not_judged,
        passed_rules=passed_rules(judgement),
    )


def finding(group: Group) -> Finding:
    """Write one group down."""
    said = f"{group.rule}\0{group.event}\0{group.param}\0{group.reason}"
    return Finding(
        rule=group.rule,
        severity=group.level.value,
        event=group.event,
        param=group.param,
        reason=group.reason,
        count=group.count,
        share=group.share,
        first=str(group.first or ""),
        last=str(group.last or ""),
        examples=[Occurrence(place=str(each.place or ""), shown=each.text) for each in group.examples],
        plan_file=group.plan_mark.file,
        plan_line=group.plan_mark.line,
        fingerprint=hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32],
        ignored_until=str(group.ignored.until) if group.ignored else "",
        ignored_because=group.ignored.reason if group.ignored else "",
    )
