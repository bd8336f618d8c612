"""Says what was chosen, fetched or not found, in the words and tables that people read."""

from collections.abc import Sequence
from datetime import datetime

from crossproof.artifacts.choosing import Chosen, Looked
from crossproof.artifacts.manifest import ArtifactFact, Manifest, RunFact
from crossproof.artifacts.recorded import Artifact, Run, Search
from crossproof.artifacts.wanted import Wanted
from crossproof.report.amounts import counted, size
from crossproof.report.markdown import code, details, inline, table

_SHOWN = 30


def run_fact(run: Run, attempt: int) -> RunFact:
    """Write a run down."""
    return RunFact(
        repository=str(run.repository),
        id=run.id,
        attempt=attempt,
        workflow=run.workflow,
        event=run.event,
        status=run.status,
        conclusion=run.conclusion,
        head_sha=run.head_sha.hex,
        head_branch=run.head_branch,
        head_repository=str(run.head_repository or ""),
        actor=run.actor,
        started_at=run.started_at,
        url=run.url,
    )


def named(run: RunFact) -> str:
    """Name a run as a person would."""
    file = run.workflow.partition("@")[0].rpartition("/")[2]
    attempt = f", attempt {run.attempt}" if run.attempt > 1 else ""
    state = run.conclusion or run.status
    return f"run {run.id}{attempt} of {file} ({state}, {run.head_sha[:7]} on {run.head_branch or 'no branch'})"


def choice(chosen: Chosen, now: datetime) -> Sequence[str]:
    """Say for the log which run was chosen and which of its artifacts."""
    run = run_fact(chosen.run, chosen.attempt)
    lines = [f"{named(run)} of {run.repository}, {_ago(chosen.run.started_at, now)}: {run.url}"]
    if not chosen.run.completed:
        lines.append("  It still runs: what it uploads from now on is not fetched.")
    for artifact in chosen.artifacts[:_SHOWN]:
        kept = ", from an earlier attempt whose job did not run again" if artifact.id in chosen.kept else ""
        lines.append(f"  {artifact.name} ({size(artifact.size)}, id {artifact.id}{kept})")
    if len(chosen.artifacts) > _SHOWN:
        lines.append(f"  and {len(chosen.artifacts) - _SHOWN} more")
    return lines


def fetched(manifest: Manifest) -> str:
    """Say in one sentence what is there now."""
    proven = {"all": "every digest verified", "partial": "some digests unknown", "none": "no digest known"}
    return (
        f"{counted(len(manifest.artifacts), 'artifact')} of {named(manifest.run)} "
        f"in {manifest.root or 'the workspace'}: {counted(manifest.files, 'file')}, {size(manifest.bytes)}, "
        f"{proven[manifest.proven]}."
    )


def summary(manifest: Manifest) -> str:
    """Show what was fetched."""
    rows = [
        [code(one.name), size(one.size), str(len(one.files)), _proof(one), code(one.sha256[:12])]
        for one in manifest.artifacts[:_SHOWN]
    ]
    more = f"\n… and {len(manifest.artifacts) - _SHOWN} more.\n" if len(manifest.artifacts) > _SHOWN else ""
    listed = table(["artifact", "size", "files", "digest", "sha256"], rows, right=(1, 2))
    run = manifest.run
    about = table(
        ["", ""],
        [
            ["run", f"[{run.id}]({run.url}), attempt {run.attempt}, {inline(run.conclusion or run.status)}"],
            ["workflow", f"{code(run.workflow)} on {code(run.event)}"],
            ["commit", f"{code(run.head_sha)} on {code(run.head_branch)}"],
            ["from", manifest.source],
        ],
    )
    return f"{listed}{more}\n{details('The run', about)}"


def nothing(wanted: Wanted, run_id: int | None, looked: Looked) -> str:
    """Say in one sentence what is not there."""
    what = str(wanted) if wanted.globs or wanted.ids else "Artifacts"
    where = f"run {run_id}" if run_id is not None else f"any of {counted(looked.runs, 'fitting run')}"
    gone = " (expired)" if looked.expired else ""
    return f"{what} of {where} cannot be had{gone}."


def searched(told: str, fix: str) -> str:
    """Show what was looked at, for the step's page."""
    lines = "".join(f"- {inline(line)}\n" for line in told.splitlines())
    return f"{lines}\n**Fix:** {inline(fix)}\n"


def sought(search: Search | None, run_id: int | None) -> str:
    """Say which runs were meant."""
    return f"run {run_id}" if run_id is not None else f"runs ({search})"


def looked_at(looked: Looked) -> str:
    """Show what was searched, and what is there instead."""
    lines = [f"{counted(looked.runs, 'run')} fit the description."]
    if looked.index_lagged:
        lines.append("GitHub's filtered list knew none of them; the unfiltered list of recent runs was read.")
    lines += [f"It has {one}." if one.startswith("run ") else one for one in looked.opened[:_SHOWN]]
    lines += [f"Run {run.id} still runs and was not opened: {run.url}" for run in looked.running[:5]]
    lines += [
        f"Run {run.id} executed the code of {run.head_repository or 'a fork that is gone'} and was not opened."
        for run in looked.foreign[:5]
    ]
    lines += [_expired(run, artifact) for run, artifact in looked.expired[:10]]
    if looked.unopened:
        lines.append(f"{counted(looked.unopened, 'older run')} were not opened.")
    return "\n".join(lines)


def _expired(run: Run, artifact: Artifact) -> str:
    when = f"{artifact.expires_at:%Y-%m-%d}" if artifact.expires_at else "an unknown day"
    return f"{artifact.name!r} of run {run.id} expired on {when}."


def _proof(artifact: ArtifactFact) -> str:
    return "verified" if artifact.proven else "**not known to GitHub**"


def _ago(then: datetime, now: datetime) -> str:
    minutes = max(0, int((now - then).total_seconds() // 60))
    hours, days = minutes // 60, minutes // 1440
    return f"{days} d ago" if days > 1 else f"{hours} h ago" if hours > 1 else f"{minutes} min ago"
