"""Adds up the records of shards that were judged apart, and finds what only shows when they are put together."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from crossproof.tracking.facts import JudgedFile
from crossproof.tracking.findings import Example, Findings, Seen, What
from crossproof.tracking.judgement import Moment
from crossproof.tracking.judging.record import Record, count_names, repeated
from crossproof.tracking.judging.run import MOST_MOMENTS, Run
from crossproof.tracking.judging.sameness import Ids
from crossproof.tracking.places import place, written
from crossproof.tracking.plan.model import Plan
from crossproof.tracking.rules import Level

SCHEMA = "crossproof/tracking-record/1"


class Found(msgspec.Struct, array_like=True):
    """One group of findings in a shard."""

    what: What
    count: int
    first: int
    last: int
    examples: list[Example]


class Unique(msgspec.Struct):
    """The values of one key that were seen, each as a digest: which they are is nobody's business in a report."""

    key: str
    values: dict[str, int]  # and where each was seen first


class ShardRecord(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A record as it lies beside a shard's report."""

    schema: str
    shard: str
    plan_sha256: str
    files: list[JudgedFile]
    seen: list[dict[str, int]]
    findings: list[Found]
    overflowed: bool
    strangers: dict[str, int]
    gaps: list[list[float]]
    open_types: dict[str, dict[str, tuple[str, int]]]
    judged: list[str]
    duplicate_ids: int
    timeline: list[Moment]
    moments: int
    unique: list[Unique]


class NoRecord(ValueError):
    """A file is no record of a shard; the text says why."""


def write(run: Run, shard: str) -> bytes:
    """Write down what a shard saw, for a merge to add it to what the others saw."""
    record, plan = run.record, run.plan
    return msgspec.json.encode(
        ShardRecord(
            schema=SCHEMA,
            shard=shard,
            plan_sha256=plan.sha256,
            files=record.files,
            seen=[dict(counts) for counts in record.seen],
            findings=[
                Found(what, seen.count, seen.first, seen.last, seen.examples)
                for what, seen in record.findings.groups.items()
            ],
            overflowed=record.findings.overflowed,
            strangers=dict(record.strangers),
            gaps=record.gaps,
            open_types=record.open_types,
            judged=sorted(record.judged),
            duplicate_ids=record.duplicate_ids,
            timeline=record.timeline,
            moments=record.moments,
            unique=[_values(ids, plan) for ids in run.ids],
        )
    )


def read(content: bytes) -> ShardRecord:
    """Read a shard's record strictly."""
    try:
        record = msgspec.json.decode(content, type=ShardRecord)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NoRecord(f"it is no record of a shard: {error}") from None
    if record.schema != SCHEMA:
        raise NoRecord(f"its schema is not {SCHEMA}")
    return record


def merged(shards: Sequence[ShardRecord], plan: Plan) -> Record:
    """Add up shards of one plan, in their order; places are moved behind those of the shards before."""
    total = Record(gaps=[[] for _ in plan.timing.gaps])
    first: list[dict[str, int]] = [{} for _ in plan.unique]
    contents: dict[str, str] = {}
    for shard in shards:
        files = len(total.files)
        shift = place(files, 0)
        for file in (_named(each, shard.shard) for each in shard.files):
            total.files.append(file)
            if file.events:
                repeated(total.findings, file.name, contents.setdefault(file.sha256, file.name))
        total.seen += [Counter(counts) for counts in shard.seen]
        total.findings.absorb(_findings(shard), shift)
        count_names(total.strangers, shard.strangers)
        for known, more in zip(total.gaps, shard.gaps, strict=True):
            known.extend(more)
        for param, types in shard.open_types.items():
            for kind, (event, at) in types.items():
                total.open_types.setdefault(param, {}).setdefault(kind, (event, at + shift))
        total.judged |= {*shard.judged}
        total.duplicate_ids += shard.duplicate_ids
        room = max(0, MOST_MOMENTS - len(total.timeline))
        total.timeline += [moment._replace(file=moment.file + files) for moment in shard.timeline[:room]]
        total.moments += shard.moments
        for seen, unique in zip(first, shard.unique, strict=True):
            _across(seen, unique, shift, plan, total)
    return total


def _values(ids: Ids, plan: Plan) -> Unique:
    """Digest the values that may not occur in another shard either; those of a file were judged with it."""
    if ids.rule.across == "file":
        return Unique(str(ids.rule.key), {})
    return Unique(str(ids.rule.key), {_digest(value, plan): at for value, at in ids.first.items()})


def _digest(value: object, plan: Plan) -> str:
    return hashlib.sha256(f"{plan.sha256}\0{value!r}".encode("utf-8", "replace")).hexdigest()[:32]


def _across(seen: dict[str, int], unique: Unique, shift: int, plan: Plan, total: Record) -> None:
    """Find values that an earlier shard has too."""
    for digest, at in unique.values.items():
        here = at + shift
        earlier = seen.setdefault(digest, here)
        if earlier != here:
            total.duplicate_ids += 1
            if plan.level("id/duplicate") is not Level.OFF:
                what = What("id/duplicate", "", unique.key, "was seen in another shard")
                total.findings.add(what, here, f"first at {written(earlier, total.names)}")


def _findings(shard: ShardRecord) -> Findings:
    groups = {each.what: Seen(each.count, each.first, each.last, each.examples) for each in shard.findings}
    return Findings(groups, overflowed=shard.overflowed)


def _named(file: JudgedFile, shard: str) -> JudgedFile:
    """Name a file with its shard: two shards may well call theirs `app.jsonl`."""
    return replace(file, name=f"{shard}/{file.name}")
