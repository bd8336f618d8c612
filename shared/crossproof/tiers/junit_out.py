"""Writes JUnit XML in Surefire's dialect: every attempt, the file and the line, and nothing bad as passed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape  # of XML's own five; xml.sax.saxutils would load urllib and ssl: 25 ms of each start

from crossproof.tiers.cases import BAD, Attempt, Case, Ended, Totals

_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_IN_ATTRIBUTES = str.maketrans({"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
_TAGS = {Ended.FAILED: "Failure", Ended.ERROR: "Error", Ended.CRASHED: "Error", Ended.TIMED_OUT: "Failure"}


def write(suites: Mapping[str, Iterable[Case]]) -> str:
    """Write suites by name."""
    listed = {name: list(cases) for name, cases in suites.items()}
    whole = Totals.of(case for cases in listed.values() for case in cases)
    body = "".join(_suite(name, cases) for name, cases in listed.items())
    return f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites{_counts(whole)}>\n{body}</testsuites>\n'


def _suite(name: str, cases: Sequence[Case]) -> str:
    seconds = sum(case.seconds for case in cases)
    body = "".join(_case(case) for case in cases)
    return f'<testsuite name={_quoted(name)}{_counts(Totals.of(cases))} time="{seconds:.3f}">\n{body}</testsuite>\n'


def _counts(totals: Totals) -> str:
    counts = {"tests": totals.total, "failures": totals.failed, "errors": totals.errors, "skipped": totals.skipped}
    return "".join(f' {name}="{count}"' for name, count in counts.items())


def _case(case: Case) -> str:
    names = {"name": case.name, "classname": case.classname, "file": case.file, "line": str(case.line or "")}
    given = "".join(f" {name}={_quoted(value)}" for name, value in names.items() if value)
    *earlier, last = case.attempts or [Attempt(ended=case.ended)]
    prefix = "flaky" if case.ended is Ended.FLAKY else "rerun"
    inner = "".join(_bad(f"{prefix}{_TAGS[each.ended]}", each) for each in earlier if each.ended in BAD)
    if case.ended in BAD:
        inner = _bad(_TAGS[case.ended].lower(), last, case.ended) + inner
    elif case.ended is Ended.SKIPPED:
        inner = f"<skipped message={_quoted(case.text)}/>\n"
    return f'<testcase{given} time="{case.seconds:.3f}">\n{inner}</testcase>\n'


def _bad(tag: str, attempt: Attempt, ended: Ended | None = None) -> str:
    lines = [line for line in attempt.text.strip().splitlines() if line.strip()]
    message = lines[-1] if lines else str(ended or attempt.ended)
    kind = str(ended or attempt.ended)
    return f"<{tag} message={_quoted(message[:500])} type={_quoted(kind)}>{_clean(attempt.text)}</{tag}>\n"


def _quoted(text: str) -> str:
    return f'"{escape(_shown(text)).translate(_IN_ATTRIBUTES)}"'


def _clean(text: str) -> str:
    return escape(_shown(text), quote=False)


def _shown(text: str) -> str:
    return _NO_XML.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
