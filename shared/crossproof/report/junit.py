"""Makes JUnit XML, with the checks that passed as well as those that failed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from crossproof.report.visible import visible

# What XML 1.0 cannot hold even as a reference, besides what `visible` shows as escapes.
_ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Viewers cut a text at 65,535 bytes and some refuse the file (dorny/test-reporter#57, #261).
_LONGEST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One check: passed, failed with a text, or skipped with a reason."""

    name: str
    failure: str = ""
    skipped: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Checks that belong together."""

    name: str
    cases: Sequence[Case]


def junit(name: str, suites: Sequence[Suite]) -> str:
    """Write suites as one file."""
    cases = [case for suite in suites for case in suite.cases]
    lines = [f"<testsuites name={_quoted(name)} {_counts(cases)}>"]
    for suite in suites:
        lines.append(f"  <testsuite name={_quoted(suite.name)} {_counts(suite.cases)}>")
        lines += [_case(suite.name, case) for case in suite.cases]
        lines.append("  </testsuite>")
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *lines, "</testsuites>", ""])


def _counts(cases: Sequence[Case]) -> str:
    failures = sum(bool(case.failure) for case in cases)
    skipped = sum(bool(case.skipped and not case.failure) for case in cases)
    return f'tests="{len(cases)}" failures="{failures}" errors="0" skipped="{skipped}"'


def _case(suite: str, case: Case) -> str:
    place = f" file={_quoted(case.file)} line={_quoted(str(case.line))}" if case.file else ""
    head = f"    <testcase classname={_quoted(suite)} name={_quoted(case.name)}{place}"
    if case.failure:
        first = case.failure.partition("\n")[0]
        text = case.failure if len(case.failure) <= _LONGEST else case.failure[:_LONGEST] + "\n… cut"
        return f"{head}>\n      <failure message={_quoted(first)}>{escape(_legal(text))}</failure>\n    </testcase>"
    if case.skipped:
        return f"{head}><skipped message={_quoted(case.skipped)}/></testcase>"
    return f"{head}/>"


def _quoted(text: str) -> str:
    return quoteattr(_legal(text)[:500])


def _legal(text: str) -> str:
    return _ILLEGAL.sub("�", visible(text))
