"""Writes the page that answers "your tracking broke it": what was tested, what came of it, how to check."""

import html
from collections.abc import Iterable, Sequence
from datetime import datetime

from crossproof.archive.evidence import Evidence
from crossproof.artifacts.telling import named
from crossproof.report.amounts import counted, size
from crossproof.report.visible import visible

_HEADLINES = {
    "passed": "Tested, and as planned",
    "failed": "Tested, and not as planned",
    "unproven": "Recorded, and not proven",
}
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --open: #9a6700; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.verdict { display: inline-block; padding: .1rem .7rem; border-radius: 1rem; color: #fff; font-weight: 600; }
.passed { background: var(--good); } .failed { background: var(--bad); } .unproven { background: var(--open); }
.lead { font-size: 1.15rem; margin: .8rem 0 1.2rem; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 600; white-space: nowrap; }
td, th { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.figure { text-align: right; white-space: nowrap; } code { font-size: .85em; word-break: break-all; }
pre { border: 1px solid var(--line); border-radius: .4rem; padding: .7rem; overflow-x: auto; font-size: .85em; }
li { margin: .2rem 0; } footer { margin-top: 2.5rem; font-size: .85em; opacity: .75; }
@media print { body { margin: 0; max-width: none; } details { display: block; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(evidence: Evidence, manifest_sha256: str, *, store: str, remarks: Sequence[str], made_at: datetime) -> str:
    """Write the page: self-contained, printable, and with nothing in it that is not in the evidence."""
    verdict = evidence.verdict
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{_text(_title(evidence))}</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<h1>{_text(_title(evidence))}</h1>
<span class="verdict {_text(verdict)}">{_text(_HEADLINES.get(verdict, verdict))}</span>
<p class="lead">{_text(_lead(evidence))}</p>
</header>
<main>
<h2>What was tested</h2>
{_rows(_tested(evidence))}
<h2>What was recorded</h2>
{_artifacts(evidence)}
{_weak(remarks)}
<h2>How to check this yourself</h2>
<p>Nothing on this page needs to be believed. The manifest beside it names every file with its SHA-256; the archive
that holds it is append-only, and each manifest is vouched for by a link of a chain.</p>
<pre>sha256sum --check SHA256SUMS
sha256sum manifest.json   # {_text(manifest_sha256)}
crossproof evidence verify   # against {_text(store)}</pre>
</main>
<footer>Made {made_at:%Y-%m-%d %H:%M} UTC from {_text(evidence.key)},
archived {evidence.created_at:%Y-%m-%d %H:%M} UTC.</footer>
</body>
</html>
"""


def _title(evidence: Evidence) -> str:
    return f"{evidence.subject.repository}, commit {evidence.subject.sha[:7]}"


def _lead(evidence: Evidence) -> str:
    at = evidence.source.started_at
    when = f"On {at.day} {at:%B %Y} at {at:%H:%M} UTC"
    where = f" in {evidence.deployment.environment}" if evidence.deployment.environment else ""
    tested = f"{when} commit {evidence.subject.sha[:7]} was tested{where} by {named(evidence.source)}."
    judged = evidence.validation
    return (
        f"{tested} {judged.sentence}" if judged else f"{tested} What was recorded has not been judged against a plan."
    )


def _tested(evidence: Evidence) -> Iterable[tuple[str, str]]:
    source, live, judged = evidence.source, evidence.deployment, evidence.validation
    yield "Commit under test", f"<code>{_text(evidence.subject.repository)} {_text(evidence.subject.sha)}</code>"
    yield "Live profile", _text(f"{live.tealium_profile} {live.tealium_version}".strip()) or "not on record"
    yield "Environment", _text(live.environment) or "not on record"
    yield "Tested by", f'<a href="{_link(source.url)}">{_text(named(source))}</a> of {_text(source.repository)}'
    yield "App commit", f"<code>{_text(source.head_sha)}</code> on {_text(source.head_branch)}"
    if judged:
        yield "Judged by", f"{_text(judged.action)}: {_text(judged.verdict)} ({_text(judged.reason)})"
        yield "Plan", f"<code>sha256:{_text(judged.plan_sha256)}</code>" if judged.plan_sha256 else "not on record"
    for name, value in evidence.labels.items():
        yield name, _text(value)


def _artifacts(evidence: Evidence) -> str:
    rows = "".join(
        f"<tr><td>{_text(one.name)}</td><td class=figure>{_text(size(one.size))}</td>"
        f"<td class=figure>{len(one.files)}</td><td>{'as uploaded' if one.proven else 'since archived'}</td>"
        f"<td><code>{_text(one.sha256)}</code></td></tr>\n"
        for one in evidence.artifacts
    )
    files = "".join(
        f"<li><code>{_text(one.name)}/{_text(file.path)}</code>, {_text(size(file.size))}, "
        f"<code>{_text(file.sha256)}</code></li>\n"
        for one in evidence.artifacts
        for file in one.files
    )
    count = sum(len(one.files) for one in evidence.artifacts)
    head = "<tr><th>Artifact<th>Size<th>Files<th>Proven<th>SHA-256</tr>"
    return (
        f"<table><thead>{head}</thead><tbody>\n{rows}</tbody></table>\n"
        f"<details><summary>{counted(count, 'file')}</summary><ul>\n{files}</ul></details>"
    )


def _weak(remarks: Sequence[str]) -> str:
    if not remarks:
        return ""
    items = "".join(f"<li>{_text(remark)}</li>\n" for remark in remarks)
    return f"<h2>What this does not prove</h2>\n<ul>\n{items}</ul>"


def _rows(pairs: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f"<tr><th>{_text(name)}</th><td>{value}</td></tr>\n" for name, value in pairs)
    return f"<table><tbody>\n{rows}</tbody></table>"


def _text(value: str) -> str:
    """Write foreign text as text: no markup, no control characters, no letters that run backwards."""
    return html.escape(visible(value))


def _link(url: str) -> str:
    """A page of GitHub's, or nothing that could be followed."""
    return html.escape(url, quote=True) if url.startswith("https://") else "#"
