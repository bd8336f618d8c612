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
from crossproof.units import clip
from crossproof.verdict import Verdict

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
    told = _object(report)
    verdict = str(told.get("verdict"))
    if not str(told.get("schema", "")).startswith("crossproof/report/") or verdict not in list(Verdict):
        raise BadCall([Fault(_INPUT, f"{REPORT} was not written by an action of this suite")])
    _same_subject(told, subject)
    bound = _same_artifacts(leaves, place, artifacts)
    details = told.get("details")
    plan = str(details.get("plan_sha256", "")) if isinstance(details, dict) else ""
    kept = [
        KeptFile(key=place.report(report.sha256, leaf.path), path=leaf.path, size=leaf.body.size, sha256=leaf.sha256)
        for leaf in leaves
    ]
    return (
        Validation(
            verdict=verdict,
            reason=str(told.get("reason", "")),
            sentence=str(told.get("sentence", "")),
            action=str(told.get("action", "")),
            sha256=report.sha256,
            plan_sha256=plan,
            bound=bound,
            files=kept,
        ),
        [Piece(one.key, leaf.body, one.sha256) for one, leaf in zip(kept, leaves, strict=True)],
    )


def _same_subject(told: Mapping[str, Any], subject: Tested) -> None:
    """An old green report must not prove a new commit."""
    about = told.get("subject")
    sha = str(about.get("sha", "")) if isinstance(about, dict) else ""
    if sha and sha != subject.sha:
        raise BadCall([Fault(_INPUT, f"judges commit {clip(sha)}, and `subject_sha` is {subject.sha}")])


def _same_artifacts(leaves: Sequence[Leaf], place: Place, artifacts: Sequence[KeptArtifact]) -> bool:
    """Say whether the judge worked from the list of just these artifacts; refuse one that worked from others."""
    ours = {artifact.sha256 for artifact in artifacts}
    for leaf in leaves:
        if not leaf.path.endswith(".json") or leaf.path == REPORT or leaf.body.size > _LARGEST_MANIFEST:
            continue
        listed = _object(leaf, strict=False)
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
        return True
    return False


def _object(leaf: Leaf, *, strict: bool = True) -> Mapping[str, Any]:
    try:
        found = json.loads(leaf.body.read_at(0, leaf.body.size))
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    if strict:
        raise BadCall([Fault(_INPUT, f"{leaf.path} is no JSON object")])
    return {}
