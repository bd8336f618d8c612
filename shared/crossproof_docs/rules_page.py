"""Writes the page that says of each rule what it means, how bad it is, what to do, and what breaks it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from crossproof.report.markdown import block, code, inline
from crossproof.tracking.rules import RULES, Hold, Rule
from crossproof_docs.rules import fixtures

_FAMILIES = {
    "log": "The log itself",
    "event": "Which events happened",
    "param": "What an event holds",
    "order": "In which order",
    "id": "Told apart",
    "same": "Kept the same",
    "time": "When",
    "baseline": "Against earlier runs",
    "plan": "The plan",
}
_HELD = {
    Hold.FREE: "",
    Hold.FIXED: ", fixed",
    Hold.TOOL: "; `crossproof plan` says it, no log can",
    Hold.PROOF: ", fixed; it takes the proof away",
}
_HEAD = """\
# The rules of validate-tracking-logs

Every finding names one of these rules. A plan sets how bad each is under `severity`, for all events or for one, unless
it says *fixed* here: a line that could not be read was not judged, and what was missing or cut proves nothing. Each
example below runs as a test of this repository.
"""


def rules_page() -> str:
    """Write the page."""
    examples = fixtures()
    return "\n".join([_HEAD, *_sections(examples)])


def _sections(examples: Mapping[str, Any]) -> Iterator[str]:
    for family, title in _FAMILIES.items():
        yield f"## {title}\n"
        for name, rule in RULES.items():
            if name.startswith(f"{family}/"):
                yield _entry(name, rule, examples.get(name))


def _entry(name: str, rule: Rule, example: Any) -> str:
    parts = [f"### {name}\n", f"{inline(rule.meaning)} ({rule.level}{_HELD[rule.hold]})\n", f"{inline(rule.fix)}\n"]
    if name.startswith("plan/"):
        sent = f"With the log\n\n{block(_lines(example['log']), 'json')}" if "log" in example else ""
        parts.append(f"{sent}This plan is told {code(example['says'])}:\n\n{block(example['invalid'].strip(), 'yaml')}")
        parts.append(f"And this one is not:\n\n{block(example['valid'].strip(), 'yaml')}")
    elif example and example.get("invalid") and isinstance(example.get("plan"), str):
        parts.append(f"With this plan\n\n{block(example['plan'].strip(), 'yaml')}")
        parts.append(f"this log is told {code(example['says'])}:\n\n{block(_lines(example['invalid']), 'json')}")
    return "\n".join(parts)


def _lines(written: Any) -> str:
    return "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in written)
