"""Writes coverage as one page that needs nothing else: each file with its percentage and the lines nobody ran."""

from html import escape

from crossproof.tiers.coverage import Coverage, missing_lines, percent, shown

_HEAD = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Coverage</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; }
body { color: #1f2328; background: #fff; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3em .8em; border-bottom: 1px solid #d1d9e0; vertical-align: top; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
code { font: 13px ui-monospace, monospace; }
@media (prefers-color-scheme: dark) { body { color: #f0f6fc; background: #0d1117; } th, td { border-color: #3d444d; } }
</style>
"""


def html(coverage: Coverage) -> str:
    """Write the page, the least covered file first."""
    whole = percent(coverage)
    branches = f", branches {shown(whole.branches)} %" if whole.branches is not None else ""
    files = sorted(coverage, key=lambda file: (percent({file: coverage[file]}).lines or 0.0, file))
    rows = "".join(_row(file, coverage) for file in files)
    return (
        f"{_HEAD}<h1>Coverage</h1>\n<p>Lines {shown(whole.lines)} %{branches} of {len(coverage)} files.</p>\n"
        f"<table><tr><th>file</th><th>lines %</th><th>not run</th></tr>\n{rows}</table>\n</html>\n"
    )


def _row(file: str, coverage: Coverage) -> str:
    have = shown(percent({file: coverage[file]}).lines)
    missed = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in missing_lines(coverage[file]))
    return f'<tr><td><code>{escape(file)}</code></td><td class="n">{have}</td><td>{missed}</td></tr>\n'
