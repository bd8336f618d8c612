"""Reads one YAML 1.2 document strictly, and remembers the line and column of every key and item.

Only PyYAML's C parser is used, for its events. What PyYAML makes of them is YAML 1.1: it turns `no` into False, `1.10`
into 1.1, `012` into 10 and `12:30:45` into 45045, and keeps the last of two equal keys without a word.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isfinite

import yaml

from crossproof.mark import Mark
from crossproof.units import clip

Tree = dict[str, "Tree"] | list["Tree"] | str | int | float | bool | None

# What people write by hand is small. libyaml needs 46 s for 200,000 nested brackets, and aliases multiply.
MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 200_000

_DIGITS = 4000  # Python refuses to read longer ones
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
# JSON is YAML but for one thing: it escapes 😀 as two halves. In JSON every text is in double quotes, so this is exact.
_PAIR = re.compile(rb"\\\\|\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_WORDS: dict[str, Tree] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class YamlFault(ValueError):
    """The text is no YAML 1.2 document as we read it; says where, what and what to write instead."""

    def __init__(self, mark: Mark, what: str, fix: str = "") -> None:
        """Keep the place beside the words."""
        super().__init__(f"{mark}: {what}")
        self.mark, self.what, self.fix = mark, what, fix


@dataclass(slots=True)
class Marks:
    """Where each key and item stands, by the identity of its container: merging trees keeps it true."""

    _of: dict[int, dict[str | int, Mark]] = field(default_factory=dict)
    _alive: list[object] = field(default_factory=list)  # an identity is only unique while its owner lives

    def put(self, container: Tree, key: str | int, mark: Mark) -> None:
        """Remember where `key` of this very container was written."""
        if id(container) not in self._of:
            self._alive.append(container)
        self._of.setdefault(id(container), {})[key] = mark

    def at(self, container: object, key: str | int) -> Mark | None:
        """Tell where `key` of this very container was written."""
        return self._of.get(id(container), {}).get(key)

    def find(self, root: Tree, path: list[str | int]) -> Mark | None:
        """Tell where a path leads; where it leaves the text (a key that is missing), the last place on the way."""
        here, mark = root, None
        for step in path:
            mark = self.at(here, step) or mark
            match here, step:
                case dict(), str() if step in here:
                    here = here[step]
                case list(), int() if step < len(here):
                    here = here[step]
                case _:
                    break
        return mark


def parse(text: bytes, file: str, marks: Marks, *, as_written: bool = False) -> Tree:
    """Read one document; raise `YamlFault` for anything that two readers could understand differently.

    `as_written` leaves numbers and truth values the texts that they are in the file: 1.10 is not 1.1 to everybody.
    """
    if len(text) > MAX_BYTES:
        raise YamlFault(Mark(file, 1), f"the file has {len(text)} bytes; at most {MAX_BYTES} are read")
    if file.endswith(".json"):
        text = _PAIR.sub(_one_escape, text)
    try:
        return _Builder(file, marks, as_written=as_written).document(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as fault:
        at = fault.problem_mark
        place = Mark(file, at.line + 1, at.column + 1) if at else Mark(file, 1)
        raise YamlFault(place, fault.problem or "is no YAML") from None
    except (yaml.reader.ReaderError, UnicodeError) as fault:
        raise YamlFault(Mark(file, 1), f"is no text in UTF-8: {clip(str(fault), 120)}") from None


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come yet."""

    value: dict[str, Tree] | list[Tree]
    anchor: str | None = None
    nodes_before: int = 0
    key: str | None = None  # of a mapping: the key that waits for its value


def _one_escape(found: re.Match[bytes]) -> bytes:
    if not found[1]:  # an escaped backslash: what follows it is text
        return found[0]
    return b"\\U%08x" % (0x10000 + ((int(found[1], 16) - 0xD800) << 10) + int(found[2], 16) - 0xDC00)


class _Builder:
    """Builds the tree from events, without recursion: no input can exhaust the stack."""

    def __init__(self, file: str, marks: Marks, *, as_written: bool) -> None:
        self.file, self.marks, self.as_written = file, marks, as_written
        self.nodes = 0
        self.anchors: dict[str, tuple[Tree, int]] = {}
        self.root: list[Tree] = []
        self.open = [_Open(self.root)]

    def document(self, events: Iterable[yaml.Event]) -> Tree:
        for event in events:
            at = event.start_mark
            self._take(event, Mark(self.file, at.line + 1, at.column + 1) if at else Mark(self.file, 1))
        return self.root[0] if self.root else None

    def _take(self, event: yaml.Event, mark: Mark) -> None:
        match event:
            case yaml.ScalarEvent():
                self._scalar(event, mark)
            case yaml.CollectionStartEvent():
                self._start(event, mark)
            case yaml.CollectionEndEvent():
                ended = self.open.pop()
                if ended.anchor:
                    self.anchors[ended.anchor] = (ended.value, self.nodes - ended.nodes_before)
            case yaml.AliasEvent():
                self._alias(event.anchor or "", mark)
            case yaml.DocumentStartEvent() if self.root:
                raise YamlFault(mark, "a second document starts here", "Keep one document per file.")
            case _:
                pass

    def _start(self, event: yaml.CollectionStartEvent, mark: Mark) -> None:
        if len(self.open) > MAX_DEPTH:
            raise YamlFault(mark, f"is nested more than {MAX_DEPTH} levels deep")
        _refuse_tag(event.tag, mark)
        before = self.nodes
        value: dict[str, Tree] | list[Tree] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._place(value, mark)
        self.open.append(_Open(value, event.anchor, before))

    def _scalar(self, event: yaml.ScalarEvent, mark: Mark) -> None:
        _refuse_tag(event.tag, mark)
        here = self.open[-1]
        if isinstance(here.value, dict) and here.key is None:
            self._key(here.value, event, mark)
            return
        value = _plain(event.value, mark) if event.implicit[0] else event.value
        if self.as_written and value is not None:
            value = event.value
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)
        self._place(value, mark)

    def _alias(self, anchor: str, mark: Mark) -> None:
        if anchor not in self.anchors:
            raise YamlFault(mark, f"the alias {clip(anchor)} names nothing that is complete above it")
        value, size = self.anchors[anchor]
        self._place(value, mark, size)

    def _key(self, mapping: dict[str, Tree], event: yaml.ScalarEvent, mark: Mark) -> None:
        key: str = event.value
        if key in mapping:
            first = self.marks.at(mapping, key)
            raise YamlFault(mark, f"the key {clip(key)} stands here twice, first in line {first.line if first else 0}")
        if key == "<<" and event.implicit[0]:
            raise YamlFault(mark, "`<<` merges keys in YAML 1.1 only", "Say it with `bundles` and `use`.")
        self.marks.put(mapping, key, mark)
        self.open[-1].key = key

    def _place(self, value: Tree, mark: Mark, size: int = 1) -> None:
        """Put a value where it belongs: it is the next item, or what the waiting key waits for."""
        self.nodes += size
        if self.nodes > MAX_NODES:
            raise YamlFault(mark, f"has more than {MAX_NODES} values, counting each use of an alias")
        here = self.open[-1]
        if isinstance(here.value, list):
            self.marks.put(here.value, len(here.value), mark)
            here.value.append(value)
        elif here.key is None:
            raise YamlFault(mark, "a key of this mapping is no text", "Write a text as the key.")
        else:
            here.value[here.key] = value
            here.key = None


def _refuse_tag(tag: str | None, mark: Mark) -> None:
    if tag not in {None, "!"}:
        raise YamlFault(
            mark, f"the tag {clip(tag)} is not read", "Write the value without a tag; quote it to make text."
        )


def _plain(text: str, mark: Mark) -> Tree:
    """Resolve an unquoted scalar by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        if len(text) > _DIGITS:
            raise YamlFault(mark, f"is a number of more than {_DIGITS} digits")
        return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
    if _FLOAT.fullmatch(text) and isfinite(number := float(text)):
        return number
    if _FLOAT.fullmatch(text) or text.lstrip("+-").lower() in {".inf", ".nan"}:
        raise YamlFault(mark, f"{clip(text)} is a number that JSON does not know", "Quote it if text is meant.")
    return text
