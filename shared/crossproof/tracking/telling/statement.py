"""Makes the sentence with which a team answers a doubt: what was tested when, and how it can be checked again."""

from datetime import datetime

import msgspec

from crossproof.tracking.judgement import Judgement
from crossproof.verdict import Verdict


class Circumstance(msgspec.Struct, frozen=True, kw_only=True):
    """What the statement is about, besides the judgement."""

    when: datetime
    repository: str
    sha: str
    run_url: str


def statement(judgement: Judgement, verdict: Verdict, about: Circumstance) -> str:
    """Say only what the evidence says; anything less than passed says so in its first words."""
    expected = judgement.expected
    seen = len(expected) - len(judgement.missing)
    subject = f"commit {about.sha}" if about.sha else "no stated commit"
    where = f" of {about.repository}" if about.repository and about.sha else ""
    opening = {
        Verdict.PASSED: "passed validation",
        Verdict.FAILED: "did NOT pass validation",
        Verdict.UNPROVEN: "could NOT be validated",
    }[verdict]
    plan = judgement.plan
    hashes = ", ".join(f"{file.name} sha256:{file.sha256[:12]}" for file in judgement.files[:3] if file.sha256)
    more = len(judgement.files) - 3
    evidence = hashes + (f" and {more} more" if more > 0 else "")
    run = f" Run: {about.run_url}" if about.run_url else ""
    return (
        f"On {about.when:%Y-%m-%d %H:%M} UTC the tracking of {subject}{where} {opening}: {seen} of {len(expected)} "
        f"expected events were seen among {judgement.events} recorded ones, judged against plan {plan.name} "
        f"{plan.version} (sha256:{plan.sha256[:12]}). Logs: {evidence or 'none'}.{run}"
    )
