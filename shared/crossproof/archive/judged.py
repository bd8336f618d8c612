"""Reads what a judge left, and decides whether it is about the very commit and the very files that are archived."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossproof.archive.evidence import KeptArtifact, KeptFile, Tested, Validation
from crossproof.archive.keeping import Piece
from crossproof.archive.layout import Place
from crossproof.artifacts.manifest import SCHEMA as FETCHED
from crossproof.artifacts.zip_container import Bytes
from crossproof.errors import BadCall, Fault
from crossproof.report.received import LARGEST, Report, read

REPORT = "report.json"
_LARGEST_MANIFEST = 64 * 1024 * 1024
_INPUT = "validation_report"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One file of a directory: its path in it, its bytes and their hash."""

    path: str
    body: Bytes
    sha256: str


def judgement(
    leaves: Sequence[Leaf], place: Place, subject: Tested, artifacts: Sequence[KeptArtifact]
) -> tuple[Validation, Sequence[Piece]]:
    """Take over a judge's whole report directory, unless it judged something else than what is archived."""
    report = next((leaf for leaf in leaves if leaf.path == REPORT), None)
    if report is None:
        raise BadCall([Fault(_INPUT, f"has no {REPORT}; give the directory that the judging action calls report_dir")])
    told = _read(report)
    if told.sha and told.sha.hex != subject.sha:  # an old green report must not prove a new commit
        raise BadCall([Fault(_INPUT, f"judges commit {told.sha}, and `subject_sha` is {subject.sha}")])
    bound = _same_artifacts(leaves, place, artifacts)
    kept = [
        KeptFile(key=place.report(report.sha256, leaf.path), path=leaf.path, size=leaf.body.size, sha256=leaf.sha256)
        for leaf in leaves
    ]
    return (
        Validation(
            verdict=told.verdict,
            reason=told.reason,
            sentence=told.sentence,
            action=told.action,
            sha256=report.sha256,
            plan_sha256=str(told.details.get("plan_sha256", "")),
            bound=bound,
            files=kept,
        ),
        [Piece(one.key, leaf.body, one.sha256) for one, leaf in zip(kept, leaves, strict=True)],
    )


def _read(report: Leaf) -> Report:
    try:
        return read(report.body.read_at(0, min(report.body.size, LARGEST + 1)))
    except ValueError as fault:
        raise BadCall([Fault(_INPUT, f"{REPORT} cannot be believed: {fault}")]) from None


def _same_artifacts(leaves: Sequence[Leaf], place: Place, artifacts: Sequence[KeptArtifact]) -> bool:
    """Say whether the judge worked from the list of just these artifacts; refuse one that worked from others."""
    ours = {artifact.sha256 for artifact in artifacts}
    bound = False
    for leaf in leaves:
        listed = _list(leaf)
        if listed.get("schema") != FETCHED:
            continue
        judged = {str(one.get("sha256")) for one in listed.get("artifacts", ()) if isinstance(one, dict)}
        run = listed.get("run")
        where = (run.get("id"), run.get("attempt")) if isinstance(run, dict) else (None, None)
        if where != (place.run_id, place.attempt) or not judged <= ours:
            raise BadCall(
                [
                    Fault(
                        _INPUT,
                        f"judges artifacts of run {where[0]}, attempt {where[1]}, and what is archived is of run "
                        f"{place.run_id}, attempt {place.attempt}; or it judges other bytes than these",
                    )
                ]
            )
        bound = bound or bool(judged)
    return bound


def _list(leaf: Leaf) -> Mapping[str, Any]:
    """Read a file if it may be the list of what was fetched; any other may be whatever it is."""
    if not leaf.path.endswith(".json") or leaf.path == REPORT or leaf.body.size > _LARGEST_MANIFEST:
        return {}
    try:
        found = json.loads(leaf.body.read_at(0, leaf.body.size))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
