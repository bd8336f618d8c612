"""Keeps of each judged line what rules across lines need: its kind, its time, and the values they compare."""

import hashlib
from array import array
from collections.abc import Iterable, Sequence
from operator import lt

import msgspec

from crossproof.tracking.plan.model import Plan
from crossproof.tracking.pointers import Pointer

_LONGEST = 128


class Rows(msgspec.Struct):
    """What is kept of lines while they are being judged; times as they were written, the probes of a line in a row."""

    lines: list[int]
    kinds: list[int]
    times: list[object]
    probes: list[object]  # flat: what is a tuple per line would be walked by the garbage collector again and again


def in_order(rows: Rows, probes: int) -> tuple[Rows, list[list[object]]]:
    """Bring rows into the order of their lines, and part the values of so many probes into columns."""
    columns = [rows.probes[number::probes] for number in range(probes)]
    if all(map(lt, rows.lines, rows.lines[1:])):
        return rows, columns
    order = sorted(range(len(rows.lines)), key=rows.lines.__getitem__)
    sorted_rows = Rows(
        [rows.lines[row] for row in order], [rows.kinds[row] for row in order], [rows.times[row] for row in order], []
    )
    return sorted_rows, [[column[row] for row in order] for column in columns]


class Trace(msgspec.Struct):
    """Columns rather than rows: a line costs 20 bytes and its values, and a million are compared at C's speed."""

    lines: "array[int]" = msgspec.field(default_factory=lambda: array("q"))
    kinds: "array[int]" = msgspec.field(default_factory=lambda: array("H"))
    times: "array[float]" = msgspec.field(default_factory=lambda: array("d"))  # seconds; NaN where there is none
    probes: list[list[object]] = msgspec.field(default_factory=list)
    units: list[tuple[int, str]] = msgspec.field(default_factory=list)  # from which row on times are in which unit

    def __len__(self) -> int:
        """Count the judged lines."""
        return len(self.lines)

    def absorb(self, later: "Trace", shift: int, kept: int) -> None:
        """Add a later stretch of the same file, whose lines begin `shift` further on, with the first of its probes."""
        rows = len(self.lines)
        self.units += [(rows + row, unit) for row, unit in later.units]
        self.lines.extend(later.lines if not shift else array("q", [line + shift for line in later.lines]))
        self.kinds.extend(later.kinds)
        self.times.extend(later.times)
        if not later.lines:  # it was blank, or one line that is too long: then it has no columns
            return
        if not self.probes:
            self.probes = [[] for _ in range(kept)]
        # A stretch of blank lines has no columns at all.
        for column, more in zip(self.probes, later.probes[:kept], strict=bool(later.lines)):
            # Each line has a text of its own, a session 32 times the same: as one object it takes a tenth.
            texts = {*map(type, more)} == {str}
            column.extend(map(dict[object, object]().setdefault, more, more) if texts else more)


def probes_of(plan: Plan) -> tuple[Pointer, ...]:
    """List the values of an event that some rule compares with those of another; first those it compares in a log."""
    return tuple(dict.fromkeys([*compared_of(plan), *(unique.key for unique in plan.unique)]))


def compared_of(plan: Plan) -> tuple[Pointer, ...]:
    """List the values that are compared once a log was read to its end."""
    asked: list[Pointer | str | None] = [plan.source.sequence]
    asked += [part for same in plan.same for part in (same.key, same.scope)]
    asked += [flow.scope for flow in plan.flows]
    asked += [before.scope for before in plan.before]
    asked += [gap.scope for gap in plan.timing.gaps]
    asked += plan.timing.double_fire.key if plan.timing.double_fire else []
    return tuple(dict.fromkeys(pointer for pointer in asked if isinstance(pointer, Pointer)))


def short(values: list[object]) -> list[object]:
    """Keep of long values only a digest: what is kept must not grow with what a log puts into them."""
    if {*map(type, values)} <= {str} and max(map(len, values), default=0) <= _LONGEST:  # type: ignore[arg-type]
        return values
    return [_digest(value) for value in values]


def _digest(value: object) -> object:
    text = value if isinstance(value, str) else repr(value) if isinstance(value, (list, dict)) else ""
    if len(text) <= _LONGEST:
        return value
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"


def hashable(values: Iterable[object]) -> Sequence[object]:
    """Make values comparable as keys: lists and objects by their text."""
    known = list(values)
    if {dict, list}.isdisjoint(map(type, known)):
        return known
    return [repr(value) if isinstance(value, (dict, list)) else value for value in known]
