"""Reads event specifications as they are copied out of Tealium, and writes them as a plan.

Tealium has no file format for them (docs.tealium.com, "Event specifications"): what people have is the table on the
page: attribute, data type, whether it is required, and the `tealium_event` it belongs to.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO

import msgspec

from crossproof.tracking.plan.writing import id_of, quoted
from crossproof.units import clip

_COLUMNS = {
    "event": ("tealium_event", "event", "event name", "event specification", "specification"),
    "attribute": ("attribute", "attribute name", "name", "variable", "key"),
    "type": ("data type", "type", "datatype", "attribute type"),
    "required": ("required", "required?", "requirement"),
    "description": ("description", "notes", "note"),
}
_TYPES = {
    "": "",
    "any": "",
    "string": "type: string",
    "number": "type: number",
    "boolean": "type: boolean",
    "date": "type: string",
    "array of strings": "type: array, items: {type: string}",
    "array of numbers": "type: array, items: {type: number}",
    "array of booleans": "type: array, items: {type: boolean}",
}
_YES, _NO = frozenset({"yes", "true", "required", "1", "x", "✓"}), frozenset({"no", "false", "optional", "0", "", "-"})


class Row(msgspec.Struct, frozen=True):
    """One attribute of one specification."""

    event: str
    attribute: str
    schema: str
    required: bool
    description: str


class NotATable(ValueError):
    """The text cannot be read; carries every line that is wrong."""

    def __init__(self, faults: Sequence[str]) -> None:
        """Keep them all."""
        super().__init__("; ".join(faults[:3]))
        self.faults = tuple(faults)


def rows(text: str) -> Sequence[Row]:
    """Read a table with a heading: separated by commas, semicolons or, as copied from a page, tabs."""
    lines = text.lstrip("\ufeff").splitlines()
    head = lines[0] if lines else ""
    separator = max("\t;,", key=head.count)
    table = list(csv.reader(StringIO("\n".join(lines)), delimiter=separator))
    where = _places(table[0] if table else [])
    faults: list[str] = []
    found = [
        row for number, cells in enumerate(table[1:], 2) if any(cells) and (row := _row(cells, where, number, faults))
    ]
    if faults:
        raise NotATable(faults)
    if not found:
        raise NotATable(["the table has no rows"])
    return found


def written(found: Sequence[Row], name: str) -> str:
    """Write rows as a plan; attributes of no event become a bundle, for the plan or one that extends it."""
    shared = [row for row in found if not row.event]
    events = dict.fromkeys(row.event for row in found if row.event)
    lines = [
        "# Made of Tealium's event specifications. They say nothing of order, counts, patterns or personal data.",
        "plan: 1",
        *([f"name: {quoted(name)}", 'version: "1"'] if events else []),
        "source: {name: /params/tealium_event}",
        *(["bundles:", "  common:", *_params(shared, "    ")] if shared else []),
        *(["events:"] if events else []),
    ]
    ids: list[str] = []
    for event in events:
        ids.append(id_of(event, "", ids))
        lines += [f"  {ids[-1]}:", f"    match: {{name: {quoted(event)}}}"]
        lines += ["    use: [common]"] if shared else []
        lines += ["    params:", *_params([row for row in found if row.event == event], "      ")]
    return "\n".join(lines) + "\n"


def _places(heading: Sequence[str]) -> Mapping[str, int]:
    names = [cell.strip().lower() for cell in heading]
    where = {
        column: names.index(next(spelling for spelling in spellings if spelling in names))
        for column, spellings in _COLUMNS.items()
        if any(spelling in names for spelling in spellings)
    }
    if "attribute" not in where:
        there = ", ".join(map(clip, heading)) or "nothing"
        raise NotATable([f"the first line must name the columns; of {there} none is `attribute`"])
    return where


def _row(cells: Sequence[str], where: Mapping[str, int], number: int, faults: list[str]) -> Row | None:
    def cell(column: str) -> str:
        at = where.get(column)
        return cells[at].strip() if at is not None and at < len(cells) else ""

    kind, required, attribute = cell("type").lower(), cell("required").lower(), cell("attribute")
    if not attribute:
        faults.append(f"line {number} names no attribute")
    elif kind not in _TYPES:
        faults.append(
            f"line {number}: {clip(cell('type'))} is no data type; known are {', '.join(filter(None, _TYPES))}"
        )
    elif required not in _YES | _NO:
        faults.append(f"line {number}: {clip(cell('required'))} is neither yes nor no")
    else:
        return Row(cell("event"), attribute, _TYPES[kind], required in _YES, cell("description"))
    return None


def _params(found: Iterable[Row], indent: str) -> list[str]:
    lines = []
    for row in found:
        parts = [row.schema, "" if row.required else "presence: sometimes"]
        parts += [f"description: {quoted(row.description)}"] if row.description else []
        lines.append(f"{indent}{quoted(row.attribute)}: {{{', '.join(filter(None, parts))}}}")
    return lines
