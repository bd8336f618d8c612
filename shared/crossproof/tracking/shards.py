"""Decides whether the reports that were found are those of the matrix: each shard once, of this plan, and no other."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from crossproof.tracking.merging import NoRecord, ShardRecord, read
from crossproof.tracking.plan.gathering import NoSuchFile

REPORT = "crossproof/report/validate-tracking-logs/1"
RECORD = "record.json"


class Trouble(msgspec.Struct, frozen=True):
    """Why the whole is not proven: which shard (or report), and what is wrong with it."""

    what: str
    why: str


class Report(msgspec.Struct, frozen=True):
    """A shard's report, as far as merging needs it."""

    path: str
    shard: str
    attempt: int
    run: str  # that judged it
    sha: str  # of the commit that it is evidence for, if that was said
    judged_as: Mapping[str, str]  # scenario and platform, where its call said them
    reason: str
    record_sha256: str  # empty: it ended before anything was judged


def matrix_of(text: str) -> Mapping[str, Mapping[str, object]]:
    """Read the entries of a matrix as GitHub writes it, by id; raises ValueError with what is wrong."""
    try:
        matrix = json.loads(text)
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from None
    include = matrix.get("include") if isinstance(matrix, dict) else None
    if not isinstance(include, list) or not include:
        raise ValueError('is no matrix; write {"include": [{"id": "a"}, …]}')
    found: dict[str, Mapping[str, object]] = {}
    for number, entry in enumerate(include, 1):
        match entry:
            case {"id": str(each)} if each in found:
                raise ValueError(f"names the id {each} twice")
            case {"id": str(each)} if each:
                found[each] = entry
            case _:
                raise ValueError(f"entry {number} has no `id` that is a text")
    return found


def report_of(path: str, content: bytes) -> Report:
    """Read what a report says of itself; raises `NoRecord` if it is none of a shard."""
    try:
        told: dict[str, Any] = json.loads(content)
        if told["schema"] != REPORT:
            raise NoRecord("it is no report of validate-tracking-logs")
        evidence = {each["path"]: each["sha256"] for each in told["evidence"]}
        shard = told["details"].get("shard", "")
        if not shard:
            raise NoRecord("it is the report of no shard: its call had no `shard`")
        by, about = told["produced_by"], told["subject"]
        run = f"{by['repository']} run {by['run_id']}" if by["run_id"] else "no run of GitHub"
        judged_as = {name: said for name in ("scenario", "platform") if (said := told["details"].get(name))}
        digest = evidence.get(RECORD, "")
        return Report(path, shard, by["run_attempt"], run, about["sha"], judged_as, told["reason"], digest)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoRecord(str(error) if isinstance(error, NoRecord) else f"it is no report ({error})") from None


def choose(reports: Sequence[Report], wanted: Iterable[str]) -> tuple[Sequence[Report], Sequence[Trouble]]:
    """Pick one report per shard: of several attempts the last; anything else that is not one to one is trouble."""
    by_shard: dict[str, list[Report]] = {}
    for report in reports:
        by_shard.setdefault(report.shard, []).append(report)
    chosen: list[Report] = []
    troubles = [Trouble(f"shard {shard}", "has no report") for shard in wanted if shard not in by_shard]
    for shard in wanted:
        own = sorted(by_shard.get(shard, []), key=lambda report: report.attempt)
        if len({report.attempt for report in own}) < len(own):
            paths = " and ".join(sorted(report.path for report in own))
            troubles.append(Trouble(f"shard {shard}", f"has several reports of one attempt: {paths}"))
        elif own and not own[-1].record_sha256:
            troubles.append(Trouble(f"shard {shard}", f"ended before it could judge: {own[-1].reason}"))
        elif own:
            chosen.append(own[-1])
    for shard in by_shard.keys() - {*wanted}:
        troubles.append(Trouble(by_shard[shard][0].path, f"is the report of shard {shard}, which is not in the matrix"))
    return chosen, troubles


def strays(chosen: Sequence[Report], matrix: Mapping[str, Mapping[str, object]], sha: str) -> Iterator[Trouble]:
    """Find shards that are not of one run and one commit, or not of the walk and platform that the matrix says."""
    runs = sorted({report.run for report in chosen})
    if len(runs) > 1:
        yield Trouble("the reports", f"were made by several runs: {', '.join(runs)}")
    for report in chosen:
        meant = sha or chosen[0].sha
        if report.sha != meant:
            why = f"is evidence for {_commit(report.sha)}, not for {_commit(meant)}"
            yield Trouble(f"shard {report.shard}", why)
        for name, said in report.judged_as.items():
            if matrix[report.shard].get(name, said) != said:
                why = f"was judged as {name} {said}; the matrix says {matrix[report.shard][name]}"
                yield Trouble(f"shard {report.shard}", why)


def _commit(sha: str) -> str:
    return f"commit {sha[:7]}" if sha else "no stated commit"


def record_of(report: Report, plan_sha256: str, load: Callable[[str], bytes]) -> ShardRecord | Trouble:
    """Load the record beside a report; it must be the one that was written with it, and of this plan."""
    folder = report.path.rpartition("/")[0]
    name = f"shard {report.shard}"
    try:
        content = load(f"{folder}/{RECORD}" if folder else RECORD)
        record = read(content)
    except (NoRecord, NoSuchFile) as error:
        return Trouble(name, f"has a report whose {RECORD} cannot be used: {error}")
    if hashlib.sha256(content).hexdigest() != report.record_sha256:
        return Trouble(name, f"has a {RECORD} that is not the one its report was written with")
    if record.plan_sha256 != plan_sha256:
        return Trouble(name, "was judged against another plan")
    return record
