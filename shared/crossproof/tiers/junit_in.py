"""Reads JUnit XML that other test runners wrote: Go, Jest, Surefire, Playwright, pytest; no two write it alike."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence

from crossproof.tiers.cases import BAD, Attempt, Case, Ended
from crossproof.units import clip

MOST_BYTES = 64 * 1024 * 1024
_TRUE_FAILURES = {"failure": Ended.FAILED, "error": Ended.ERROR}
_EARLIER = {
    "rerunFailure": Ended.FAILED,
    "rerunError": Ended.ERROR,
    "flakyFailure": Ended.FAILED,
    "flakyError": Ended.ERROR,
}
_FAILED_BY_WORD = frozenset({"failed", "failure", "fail", "error"})
_NUMBER = re.compile(r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


def read(content: bytes, file: str) -> Sequence[Case]:
    """Read one report; raise ValueError with what makes it none."""
    if len(content) > MOST_BYTES:
        raise ValueError(f"{file} is larger than {MOST_BYTES // 1024 // 1024} MiB")
    if re.search(rb"<!(?:DOCTYPE|ENTITY)", content):
        raise ValueError(f"{file} declares a document type, which no test runner writes")
    try:
        root = ET.fromstring(content)  # noqa: S314 - without a document type there are no entities to expand
    except ET.ParseError as fault:
        raise ValueError(f"{file} is no XML: {fault}") from None
    if _tag(root) not in {"testsuites", "testsuite"}:
        raise ValueError(f"{file} is no JUnit report: it begins with <{clip(_tag(root), 40)}>")
    found = list(_suites(root, ""))
    if not found and _announced(root, "tests"):
        raise ValueError(f"{file} announces {root.get('tests')} tests and holds none")
    announced, shown = _announced(root, "failures", "errors"), sum(case.ended in BAD for case in found)
    if announced > 0 and not shown:  # a suite that could not be run at all has no test to show it on
        raise ValueError(f"{file} announces {announced} failures or errors and shows none")
    return found


def _announced(root: ET.Element, *counts: str) -> int:
    """Read what a report says of itself; where the root says nothing, its suites do."""
    said = [root.get(count, "") for count in counts]
    if any(said) or _tag(root) == "testsuite":
        return sum(int(each) for each in said if each.isdecimal())
    return sum(_announced(child, *counts) for child in root if _tag(child) == "testsuite")


def _suites(element: ET.Element, outer: str) -> Iterator[Case]:
    # Explicit, not recursive: a report may nest as deep as it likes.
    todo = [(element, outer, element.get("file", ""))]
    while todo:
        here, suite, file = todo.pop(0)
        for child in here:
            match _tag(child):
                case "testsuite":
                    todo.append((child, child.get("name") or suite, child.get("file") or file))
                case "testcase":
                    name = here.get("name") or suite
                    yield _case(child, name, here.get("file") or file)
                case "failure" | "error" if _tag(here) == "testsuite":  # it could not be run, so it shows no test
                    yield _whole(child, here.get("name") or suite, here.get("file") or file)
                case _:
                    continue


def _whole(fault: ET.Element, suite: str, file: str) -> Case:
    attempt = Attempt(ended=_TRUE_FAILURES[_tag(fault)], text=_said(fault))
    return Case(
        id=suite or file or "a suite",
        suite=suite,
        classname="",
        name="the whole suite",
        ended=attempt.ended,
        file=file,
        attempts=[attempt],
    )


def _case(element: ET.Element, suite: str, file: str) -> Case:
    name, classname = element.get("name", ""), element.get("classname", "")
    earlier = [
        Attempt(ended=_EARLIER[_tag(child)], seconds=_seconds(child.get("time")), text=_said(child))
        for child in element
        if _tag(child) in _EARLIER
    ]
    bad = [child for child in element if _tag(child) in _TRUE_FAILURES]
    skipped = next((child for child in element if _tag(child) == "skipped"), None)
    seconds = _seconds(element.get("time"))
    if bad:
        ended = Ended.FAILED if any(_tag(child) == "failure" for child in bad) else Ended.ERROR
        last = Attempt(ended=ended, seconds=seconds, text="\n".join(_said(child) for child in bad))
    elif element.get("status", "").lower() in _FAILED_BY_WORD or element.get("result", "").lower() in _FAILED_BY_WORD:
        ended = Ended.FAILED
        last = Attempt(ended=ended, seconds=seconds, text="its report only says that it failed")
    elif skipped is not None or element.get("status") in {"notrun", "disabled"}:
        ended = Ended.SKIPPED
        last = Attempt(ended=ended, text=_said(skipped) if skipped is not None else "disabled")
    else:
        ended = Ended.FLAKY if earlier else Ended.PASSED
        last = Attempt(ended=Ended.PASSED, seconds=seconds)
    line = element.get("line", "")
    return Case(
        id="::".join(part for part in (classname, name) if part) or suite,
        suite=suite,
        classname=classname,
        name=name,
        ended=ended,
        file=element.get("file") or file,
        line=int(line) if line.isdecimal() else 0,
        attempts=[*earlier, last],
    )


def _tag(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _said(element: ET.Element) -> str:
    message, text = element.get("message") or "", (element.text or "").strip()
    return text if message and message in text else "\n".join(part for part in (message, text) if part)


def _seconds(text: str | None) -> float:
    """Read a time; some write thousands with a comma, and what is no number counts as nothing."""
    found = _NUMBER.fullmatch((text or "").strip())
    return float(found[0].replace(",", "")) if found else 0.0
