"""Decides whether a file that a person wrote follows its grammar, and says each fault with its line and a remedy.

The engine that judges is jsonschema-rs. `jsonschema` is imported only to explain a document that was refused: it costs
60 ms and 4 MB, and its errors carry the schema they come from, which is what a good sentence is made of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from crossproof.errors import BadCall, Fault
from crossproof.mark import Mark
from crossproof.units import clip
from crossproof.yaml12 import Marks, Tree, YamlFault, parse

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_NAMES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "null",
}


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """One thing that is wrong in a file, where it stands, and what to write instead."""

    mark: Mark
    what: str
    fix: str = ""

    def __str__(self) -> str:
        """Write it as compilers do."""
        return f"{self.mark}: {self.what}" + (f" {self.fix}" if self.fix else "")


class BadDocument(BadCall):
    """A file must change. Carries every fault with its line, so that each can be shown where it stands."""

    def __init__(self, kind: str, remarks: Sequence[Remark]) -> None:
        """Name the kind of file for the sentence."""
        self.remarks = tuple(sorted(remarks))
        many = f"{len(remarks)} places" if len(remarks) != 1 else "one place"
        super().__init__(
            [Fault(str(remark.mark), " ".join(filter(None, (remark.what, remark.fix)))) for remark in self.remarks],
            what=f"The {kind} cannot be used as written: {many} must change.",
        )


def read(text: bytes, file: str, kind: str, grammar: Mapping[str, Any], marks: Marks) -> dict[str, Tree]:
    """Read a YAML document that must be a mapping of this grammar; raise `BadDocument` with all that is wrong."""
    try:
        tree = parse(text, file, marks)
    except YamlFault as fault:
        raise BadDocument(kind, [Remark(fault.mark, fault.what, fault.fix)]) from None
    if not isinstance(tree, dict):
        raise BadDocument(
            kind, [Remark(Mark(file, 1), f"the file is no {kind}: it must be a mapping of keys to values")]
        )
    if remarks := check(tree, grammar, marks, file):
        raise BadDocument(kind, remarks)
    return tree


def check(tree: Tree, grammar: Mapping[str, Any], marks: Marks, file: str) -> list[Remark]:
    """List what in a tree does not follow its grammar."""
    engine = jsonschema_rs.validator_for(dict(grammar), offline=True)
    if engine.is_valid(tree):
        return []
    from jsonschema.validators import validator_for  # noqa: PLC0415 - see the module's docstring

    remarks: list[Remark] = []
    for error in validator_for(grammar)(grammar).iter_errors(tree):
        path = list(error.absolute_path)
        for key, what, fix in _said(error):
            mark = marks.find(tree, [*path, *([key] if key else [])]) or Mark(file, 1)
            remarks.append(Remark(mark, (f"{_shown(path)}: " if path else "") + what, fix))
    if not remarks:  # the engines disagree: then the one that judges has the word, without an explanation
        first = next(iter(engine.iter_errors(tree)))
        mark = marks.find(tree, list(first.instance_path)) or Mark(file, 1)
        remarks.append(Remark(mark, clip(first.message, 200)))
    return sorted(set(remarks))


def _said(error: "ValidationError") -> list[tuple[str, str, str]]:
    """Put an error in words: the key it is about (if a key of the mapping), what is wrong, and what to write."""
    value, wanted, schema = error.instance, error.validator_value, error.schema
    match error.validator:
        case "additionalProperties":
            known = schema.get("properties", {})
            extra = [key for key in value if key not in known]
            return [(key, f"the key {clip(key)} is not known here.", _nearest(key, [*known])) for key in extra]
        case "required":
            return [("", f"the key `{k}` is missing.", _described(schema, k)) for k in wanted if k not in value]
        case "enum":
            return [("", f"{_brief(value)} is none of the words that can stand here.", _nearest(value, wanted))]
        case "type":
            types = wanted if isinstance(wanted, list) else [wanted]
            quote = "string" in types and isinstance(value, (int, float, bool))
            expected = " or ".join(_NAMES[each] for each in types)
            return [("", f"{_brief(value)} is not {expected}.", "Quote it." if quote else "")]
        case _:
            wants = schema.get("$comment")
            said = f"Write {wants}." if wants else f"({clip(error.message, 160)})"
            return [("", f"{_brief(value)} cannot stand here.", said)]


def _nearest(word: object, known: Sequence[object]) -> str:
    import difflib  # noqa: PLC0415 - only a slip pays for it

    words = [str(each) for each in known]
    near = difflib.get_close_matches(str(word), words, n=1)
    if near:
        return f"Did you mean `{near[0]}`?"
    return f"Known are: {', '.join(f'`{each}`' for each in words)}." if words else ""


def _described(schema: Mapping[str, Any], key: str) -> str:
    described = schema.get("properties", {}).get(key, {})
    said = described.get("description", "") if isinstance(described, dict) else ""
    return str(said)


def _brief(value: object) -> str:
    match value:
        case str():
            return clip(value)
        case dict() | list():
            return "a mapping" if isinstance(value, dict) else "a list"
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case _:
            return str(value)


def _shown(path: Sequence[str | int]) -> str:
    return ".".join(str(step) for step in path)
