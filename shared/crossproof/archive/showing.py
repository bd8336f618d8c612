"""Says what was kept, what is doubtful about it and what it costs, in the words and tables that people read."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from crossproof.archive.costs import PER_WRITE, dollars, monthly, months_until_it_pays
from crossproof.archive.evidence import Evidence, KeptArtifact
from crossproof.artifacts.telling import named
from crossproof.report.amounts import counted, size
from crossproof.report.markdown import code, details, inline, table

_SHOWN = 30
_INDEXES = 8  # writes beside the pieces: manifest, link, its head, and the lists


def sentence(evidence: Evidence, store: str, total: int, *, new: bool) -> str:
    """Say in one sentence what is kept, and what it proves."""
    how = "is kept" if new else "was kept before and is whole"
    judged = evidence.validation
    proof = f"judged {judged.verdict}" if judged else "not judged"
    if judged and evidence.verdict != judged.verdict:
        proof += f", and {evidence.verdict}"
    return (
        f"Evidence for {evidence.subject.repository}@{evidence.subject.sha[:7]} {how} in {store}: "
        f"{counted(len(evidence.artifacts), 'artifact')} of {named(evidence.source)}, {size(total)}, {proof}."
    )


def doubts(evidence: Evidence, *, brief: timedelta) -> Iterator[str]:
    """Say what a reader of the evidence should know of its weaknesses."""
    bare = [one.name for one in evidence.artifacts if not one.proven and one.id > 0]
    if bare:
        yield f"GitHub recorded no digest for {', '.join(bare)}: the hash is only that of what was archived."
    unsafe = [f"{one.name} ({one.unsafe})" for one in evidence.artifacts if one.unsafe]
    if unsafe:
        yield f"Kept, but never to be unpacked: {', '.join(unsafe)}."
    if not evidence.validation:
        yield "It is kept without a judgement: it says what was recorded, and proves nothing about it."
    elif evidence.verdict != evidence.validation.verdict:
        ended = evidence.source.conclusion or evidence.source.status
        yield f"Its run did not succeed ({ended}) and may have been cut short: logs that are as planned prove nothing."
    if evidence.validation and not evidence.validation.bound:
        yield "The validation report does not say by hash which artifacts it judged; give the judge `manifest`."
    kept_for = min((one.expires_at - one.created_at for one in evidence.artifacts if one.expires_at), default=brief)
    if kept_for < brief:
        yield f"GitHub keeps these artifacts for {kept_for.days} days only; from then on the archive alone has them."


def summary(evidence: Evidence, manifest_sha256: str, total: int, remarks: Sequence[str]) -> str:
    """Show what was kept."""
    rows = [
        [code(one.name), size(one.size), str(len(one.files)), _proof(one), code(one.sha256[:12])]
        for one in evidence.artifacts[:_SHOWN]
    ]
    listed = table(["artifact", "size", "files", "digest", "sha256"], rows, right=(1, 2))
    deployment = evidence.deployment
    live = f"{deployment.tealium_profile} {deployment.tealium_version}".strip()
    facts = [
        ["commit under test", f"{code(evidence.subject.repository)} {code(evidence.subject.sha)}"],
        ["environment", inline(deployment.environment) or "not said"],
        ["live", inline(live) or "not said"],
        ["judged", inline(evidence.validation.sentence) if evidence.validation else "no"],
        ["manifest", f"{code(evidence.key)} {code(manifest_sha256[:16])}"],
    ]
    about = table(["", ""], facts)
    warned = "".join(f"- {inline(remark)}\n" for remark in remarks)
    return f"{about}\n{listed}\n{warned}\n{details('What it costs', costs(evidence, total))}"


def costs(evidence: Evidence, total: int) -> str:
    """Say what this evidence costs, and when colder storage would pay."""
    sizes = [one.size for one in evidence.artifacts]
    files = len(evidence.validation.files) if evidence.validation else 0
    writes = len(sizes) + files + _INDEXES
    once, yearly = writes * PER_WRITE, 12 * monthly(total, "STANDARD")
    largest = max(sizes, default=0)
    months = months_until_it_pays(largest, "GLACIER")
    pays = f"pays after {months:.0f} months" if months < 120 else "never pays"  # noqa: PLR2004 - ten years
    return (
        f"By the list prices of S3 Standard in us-east-1: {dollars(once)} to write ({writes} requests), "
        f"{dollars(yearly)} a year to keep. Moving the largest artifact ({size(largest)}) to Glacier {pays}."
    )


def _proof(artifact: KeptArtifact) -> str:
    return "verified" if artifact.proven else "only since archived"
