"""Makes JUnit XML, with the checks that passed as well as those that failed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape  # of XML's own five; xml.sax.saxutils would load urllib and ssl: 15 ms

from crossproof.report.visible import visible

_ILLEGAL = re.compile("[\ufffe\uffff]")  # in XML 1.0, besides what `visible` shows as escapes
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
        said = escape(_legal(text), quote=False)
        return f"{head}>\n      <failure message={_quoted(first)}>{said}</failure>\n    </testcase>"
    if case.skipped:
        return f"{head}><skipped message={_quoted(case.skipped)}/></testcase>"
    return f"{head}/>"


def _quoted(text: str) -> str:
    return f'"{escape(_legal(text)[:500]).replace(chr(10), "&#10;").replace(chr(9), "&#9;")}"'


def _legal(text: str) -> str:
    return _ILLEGAL.sub("�", visible(text))
