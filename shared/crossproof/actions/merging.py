"""Carries out the merge: from the reports of shards to one judgement of them all."""

import msgspec

from crossproof.actions.validate_contract import Inputs
from crossproof.actions.validate_tracking_logs import World
from crossproof.errors import BadCall, Fault
from crossproof.tracking.findings import NOWHERE, What
from crossproof.tracking.judgement import Judgement
from crossproof.tracking.judging.concluding import conclude
from crossproof.tracking.judging.record import Circumstances
from crossproof.tracking.merging import NoRecord, ShardRecord, merged
from crossproof.tracking.plan.gathering import NoSuchFile
from crossproof.tracking.plan.model import Plan
from crossproof.tracking.shards import Report, Trouble, choose, matrix_of, record_of, report_of, strays


def merge(inputs: Inputs, plan: Plan, known: Circumstances, world: World) -> Judgement:
    """Put together what belongs together; what is missing, double or foreign takes the proof away."""
    try:
        matrix = matrix_of(inputs.expected or "")
    except ValueError as fault:
        raise BadCall([Fault("expected", str(fault))]) from None
    reports, troubles = _reports(inputs, world)
    chosen, more = choose(reports, matrix)
    troubles += [*more, *strays(chosen, matrix, str(inputs.subject_sha or ""))]
    records: list[ShardRecord] = []
    for report in chosen:
        match record_of(report, plan.sha256, world.files.read):
            case Trouble() as trouble:
                troubles.append(trouble)
            case record:
                records.append(record)
                events = sum(file.events for file in record.files)
                world.say(f"Shard {report.shard}: {len(record.files)} logs with {events} events ({report.path}).")
    total = merged(records, plan)
    for trouble in troubles:
        total.findings.add(What("log/missing-shard", reason=trouble.why), NOWHERE, trouble.what)
    return conclude(total, plan, msgspec.structs.replace(known, whole_by_matrix=True))


def _reports(inputs: Inputs, world: World) -> tuple[list[Report], list[Trouble]]:
    reports: list[Report] = []
    troubles: list[Trouble] = []
    paths = dict.fromkeys(path for pattern in inputs.reports for path in world.files.find(pattern))
    for pattern in inputs.reports:
        if not world.files.find(pattern):
            troubles.append(Trouble(pattern, "names no report"))
    for path in paths:
        try:
            reports.append(report_of(path, world.files.read(path)))
        except (NoRecord, NoSuchFile) as fault:
            troubles.append(Trouble(path, f"cannot be merged: {fault}"))
    return reports, troubles
