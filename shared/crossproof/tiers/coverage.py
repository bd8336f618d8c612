"""Reads coverage as three kinds of tools write it, joins what several runs covered, and works out percentages."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from crossproof.units import clip

_CONDITIONS = re.compile(r"\((\d+)/(\d+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCoverage:
    """One file: which of its lines can be covered, which were, and how many branches of how many leave each line."""

    known: frozenset[int]
    hit: frozenset[int]
    branches: Mapping[int, tuple[int, int]] = field(default_factory=dict)


Coverage: TypeAlias = Mapping[str, FileCoverage]


@dataclass(frozen=True, slots=True, kw_only=True)
class Percent:
    """Covered lines and branches in percent; None where there is nothing to cover."""

    lines: float | None
    branches: float | None


def read(content: bytes, name: str, root: str) -> Coverage:
    """Read one file; raise ValueError with what makes it unreadable. Paths below `root` are written without it."""
    head = content.lstrip()[:1]
    try:
        found = _json(content) if head == b"{" else _cobertura(content) if head == b"<" else _lcov(content)
    except (ValueError, KeyError, TypeError, AttributeError, ET.ParseError) as fault:
        raise ValueError(f"{name} is no coverage report that can be read ({clip(str(fault), 120)})") from None
    if not found:
        raise ValueError(f"{name} names no file at all")
    return {_relative(file, root): covered for file, covered in found.items()}


def joined(parts: Iterable[Coverage]) -> Coverage:
    """Join several runs: a line is covered if any of them covered it."""
    whole: dict[str, FileCoverage] = {}
    for part in parts:
        for file, new in part.items():
            old = whole.get(file)
            whole[file] = _both(old, new) if old else new
    return dict(sorted(whole.items()))


def percent(coverage: Coverage) -> Percent:
    """Work out the percentages over all files; lines and branches are never mixed into one number."""
    known = sum(len(file.known) for file in coverage.values())
    hit = sum(len(file.hit) for file in coverage.values())
    branches = [pair for file in coverage.values() for pair in file.branches.values()]
    all_branches = sum(of for _, of in branches)
    return Percent(
        lines=100 * hit / known if known else None,
        branches=100 * sum(taken for taken, _ in branches) / all_branches if all_branches else None,
    )


def shown(value: float | None) -> str:
    """Write a percentage rounded down: what is written as 80.0 has reached 80."""
    return "" if value is None else f"{int(value * 10) / 10:.1f}"


def as_data(coverage: Coverage) -> dict[str, Any]:
    """Write it for a result file."""
    return {
        file: {
            "known": sorted(covered.known),
            "hit": sorted(covered.hit),
            "branches": [[line, *pair] for line, pair in sorted(covered.branches.items())],
        }
        for file, covered in coverage.items()
    }


def from_data(data: Mapping[str, Any]) -> Coverage:
    """Read it back."""
    return {
        str(file): FileCoverage(
            known=frozenset(map(int, one["known"])),
            hit=frozenset(map(int, one["hit"])),
            branches={int(line): (int(taken), int(of)) for line, taken, of in one["branches"]},
        )
        for file, one in data.items()
    }


def _both(old: FileCoverage, new: FileCoverage) -> FileCoverage:
    branches = dict(old.branches)
    for line, (taken, of) in new.branches.items():
        # Which branches were taken is not told, only how many: at least the larger number were.
        before = branches.get(line, (0, 0))
        branches[line] = (max(taken, before[0]), max(of, before[1]))
    return FileCoverage(known=old.known | new.known, hit=old.hit | new.hit, branches=branches)


def _cobertura(content: bytes) -> Coverage:
    if re.search(rb"<!ENTITY", content):
        raise ValueError("it declares entities")
    root = ET.fromstring(content)  # noqa: S314 - no entities, and expat bounds what it expands
    if root.tag != "coverage":
        raise ValueError(f"it begins with <{root.tag}>")
    sources = [(each.text or "").rstrip("/") for each in root.iterfind("sources/source")]
    prefix = f"{sources[0]}/" if len(sources) == 1 and sources[0] not in {"", "."} else ""
    parts: list[Coverage] = []
    for each in root.iter("class"):
        lines = [(int(line.attrib["number"]), line) for line in each.iterfind("lines/line")]
        conditions = {n: _CONDITIONS.search(line.get("condition-coverage", "")) for n, line in lines}
        parts.append({
            prefix + each.attrib["filename"]: FileCoverage(
                known=frozenset(n for n, _ in lines),
                hit=frozenset(n for n, line in lines if int(line.attrib["hits"]) > 0),
                branches={n: (int(found[1]), int(found[2])) for n, found in conditions.items() if found},
            )
        })  # fmt: skip
    return joined(parts)


def _json(content: bytes) -> Coverage:
    data = json.loads(content)
    if "files" not in data or "meta" not in data:
        raise ValueError("it is not coverage.py's JSON")
    found: dict[str, FileCoverage] = {}
    for name, one in data["files"].items():
        hit, missing = frozenset(one["executed_lines"]), frozenset(one["missing_lines"])
        branches: dict[int, tuple[int, int]] = {}
        for key, taken in (("executed_branches", 1), ("missing_branches", 0)):
            for line, _ in one.get(key, ()):
                before = branches.get(abs(line), (0, 0))
                branches[abs(line)] = (before[0] + taken, before[1] + 1)
        found[name] = FileCoverage(known=hit | missing, hit=hit, branches=branches)
    return found


def _lcov(content: bytes) -> Coverage:
    parts: list[Coverage] = []
    name, lines, branches = "", dict[int, int](), dict[int, tuple[int, int]]()
    for line in content.decode("utf-8", "replace").splitlines():
        kind, _, rest = line.strip().partition(":")
        match kind:
            case "SF":
                name, lines, branches = rest, {}, {}
            case "DA":
                number, hits = rest.split(",")[:2]
                lines[int(number)] = int(hits)
            case "BRDA":
                number, _, _, taken = rest.split(",")[:4]
                before = branches.get(int(number), (0, 0))
                branches[int(number)] = (before[0] + (taken not in {"-", "0"}), before[1] + 1)
            case "end_of_record" if name:
                hit = frozenset(n for n, hits in lines.items() if hits > 0)
                parts.append({name: FileCoverage(known=frozenset(lines), hit=hit, branches=branches)})
                name = ""
            case _:
                continue
    if name:
        raise ValueError(f"it is cut off in the middle of {clip(name, 80)}")
    return joined(parts)


def _relative(file: str, root: str) -> str:
    return file.removeprefix(root.rstrip("/") + "/").removeprefix("./")


def missing_lines(covered: FileCoverage) -> Sequence[tuple[int, int]]:
    """Give the uncovered lines as ranges; lines that cannot be covered do not part them."""
    ranges: list[tuple[int, int]] = []
    previous_missed = False
    for line in sorted(covered.known):
        missed = line not in covered.hit
        if missed and previous_missed:
            ranges[-1] = (ranges[-1][0], line)
        elif missed:
            ranges.append((line, line))
        previous_missed = missed
    return ranges
