"""Recognises good lines of a long log by reading each into a typed form of its kind.

Decoding into a form proves on the way what a schema says most: which params there are, which are texts, which texts
are populated or one of a few. Only what is left (patterns, formats, numbers) goes to the engine, as a short row. A line
of 1.6 kB costs 1.9 µs to decode and 1.0 µs in the engine, instead of 2.7 µs to decode to a dictionary and 2.8 µs for
the engine to look at all of it. Whatever does not fit its form is left to those who can say why.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec.structs import astuple

from crossproof.tracking.judging.kinds import Kind, Kinds
from crossproof.tracking.judging.trace import Rows
from crossproof.tracking.log.decoding import UNREADABLE, Event, depth, keys_and_texts, quotes
from crossproof.tracking.log.limits import MAX_DEPTH
from crossproof.tracking.plan.engine import Compiler, param_schema
from crossproof.tracking.plan.model import Param, Schema
from crossproof.tracking.pointers import MISSING, Pointer

Getter = Callable[[Any], Sequence[object]]

_NOTHING = "nothing"
_MOST_ENDINGS = 1000  # of a log that writes its time there, each line has another
_OF_ENVELOPE = 6  # four keys and two texts
_TOO_DEEP = 1 << 62
_LONGEST = 1 << 31  # text that a form can ask for
_ESCAPED = re.compile(r'[\x00-\x1f"\\]')
_SAY_NOTHING = frozenset({"title", "description", "$comment", "examples", "default", "deprecated"})


class Form(NamedTuple):
    """How the params of one kind are read, and what is to be asked of their values then."""

    kind: int
    read: Callable[[msgspec.Raw], msgspec.Struct]
    read_line: Callable[[bytes], Any]  # the same with the envelope around it
    name: bytes  # as lines have it
    type: bytes
    quotes: int  # in the text of a line, but for what varies and what is beside the envelope
    varied: Callable[[Sequence[object]], int] | None  # how many quotes are around those that vary
    accepts: Callable[[object], bool] | None  # what is left for the engine
    probes: Getter


class Forms:
    """The forms of a log's lines; each is made after a first good line, as keys in that line's order are found fast."""

    def __init__(self, kinds: Kinds, probes: Sequence[Pointer]) -> None:
        """Take the kinds, and which values the rules across lines need."""
        self.plan = kinds.plan
        source = self.plan.source
        places = (source.name, source.type, source.time, source.params)
        self.parts = dict(zip([place.tokens[0] for place in places], ("name", "type", "time", "params"), strict=True))
        self.probes = [pointer.below(source.params) for pointer in probes]
        self.usable = kinds.usual_envelope is not None and len(self.parts) == len(places) and None not in self.probes
        self.compiler: Compiler | None = None
        self.tried: set[int] = set()
        self.forms: dict[tuple[str, str], Form] = {}
        # How a line ends behind its last brace -> its form, where that holds the event's name and type.
        self.endings: dict[bytes, Form] = {}
        self.outer: Mapping[str, str] = {}  # keys of the envelope, and of what stands beside it -> their fields
        self.envelope: Callable[[bytes], Any] = msgspec.json.decode  # until it is known
        self.beside: Getter = tuple

    def learn(self, kind: Kind, event: Event, params: Event) -> None:
        """Make the form of a kind from a good line of it, and of the envelope from the first of all."""
        if kind.index in self.tried or not self.usable:
            return
        if not self.outer and not _nameable(event):
            return  # the next line may have other keys beside its envelope
        self.tried.add(kind.index)
        if not self.outer:
            self.outer = {key: self.parts.get(key, f"beside{number}") for number, key in enumerate(event)}
            self.envelope = _reader(self._line(str, str, msgspec.Raw))
            beside = [field for field in self.outer.values() if field not in self.parts.values()]
            self.beside = attrgetter(*beside, _NOTHING, _NOTHING)  # a tuple, however many there are
        self.compiler = self.compiler or Compiler(self.plan)
        form = self._form(self.compiler, kind, [*params])
        if form:
            self.forms[str(kind.event.name), str(kind.event.type)] = form

    def look(self, data: bytes, raws: Sequence[bytes], rows: Rows, unknown: list[int]) -> Iterator[int]:
        """Take the good lines; give those that do not fit their form, in their order; list those that have none."""
        if not self.forms:
            unknown += range(len(raws))
            return
        mail, escapes = b"@" in data, b"\\" in data
        known: object = None
        known_quotes = 0
        for number, raw in enumerate(raws):
            try:
                read = self._read(raw)
            except (*UNREADABLE, KeyError):
                unknown.append(number)
                continue
            if read is None or (mail and b"@" in raw):
                yield number
                continue
            form, event, values = read
            if form.accepts and not form.accepts(values):
                yield number
                continue
            others = self.beside(event)
            if others != known:
                known, known_quotes = others, _quotes_of(others)
            # More quotes than that: a key stands twice and was lost in decoding, or one that may be missing is null.
            expected = form.quotes + known_quotes + (form.varied(values) if form.varied else 0)
            expected += 2 * (type(event.time) is str)
            if (quotes(raw) if escapes and b"\\" in raw else raw.count(b'"')) == expected:
                rows.lines.append(number + 1)
                rows.kinds.append(form.kind)
                rows.times.append(event.time)
                rows.probes += form.probes(values)
            else:
                unknown.append(number)

    def _read(self, raw: bytes) -> "tuple[Form, Any, tuple[Any, ...]] | None":
        """Read a line into its form: None if it does not fit; raises if there is none for it."""
        ending = raw[raw.rfind(b"}", 0, -2) :]
        form = self.endings.get(ending)
        if form:
            try:
                event = form.read_line(raw)
                return form, event, astuple(event.params)
            except UNREADABLE:
                pass  # it may be another event all the same, whose ending only looks like this one's
        event = self.envelope(raw)
        form = self.forms[event.name, event.type]
        try:
            values = astuple(form.read(event.params))
        except UNREADABLE:
            return None
        if len(self.endings) < _MOST_ENDINGS and form.name in ending and form.type in ending:
            self.endings[ending] = form
        return form, event, values

    def _form(self, compiler: Compiler, kind: Kind, order: Sequence[str]) -> Form | None:
        """Make the form of a kind, if it can have one: what a condition asks for depends on other params."""
        planned = [each for each in kind.event.params.values() if each.presence != "never"]
        presences = {param.presence for param in planned}
        if "when" in presences or ("sometimes" in presences and not self.plan.policy.null_is_missing):
            return None
        if not _nameable(kind.event.params):
            return None
        places = {name: place for place, name in enumerate(order)}
        planned.sort(key=lambda param: places.get(param.name, len(places)))
        optional = [number for number, param in enumerate(planned) if param.presence == "sometimes"]
        both = [_typed(param, param_schema(self.plan, param)) for param in planned]
        types, left = [read for read, _ in both], [rest for _, rest in both]
        untold = [number for number, read in enumerate(types) if read is Any and number not in optional]
        always = len(planned) - len(optional)
        names = [param.name for param in planned]
        fields = [(f"param{n}", read, *([None] if n in optional else [])) for n, read in enumerate(types)]
        params = _struct(fields, names)
        name, type_ = str(kind.event.name), str(kind.event.type)
        return Form(
            kind=kind.index,
            read=_reader(params),
            read_line=_reader(self._line(Literal[name], Literal[type_], params)),
            name=msgspec.json.encode(name),
            type=msgspec.json.encode(type_),
            quotes=2 * (_OF_ENVELOPE + always + always - len(untold)),
            varied=_varied(untold, optional) if untold or optional else None,
            accepts=compiler.row(left).is_valid if any(left) else None,
            probes=_probes([names.index(probe) if probe in names else None for probe in self.probes], optional),
        )

    def _line(self, name: Any, type_: Any, params: Any) -> type[msgspec.Struct]:
        """Give the form of a whole line; what stands beside the envelope may be anything, or missing."""
        types = {"name": name, "type": type_, "time": int | float | str | None, "params": params}
        fields = [(field, types[field]) if field in types else (field, Any, MISSING) for field in self.outer.values()]
        return _struct(fields, [*self.outer])


def _nameable(keys: Iterable[str]) -> bool:
    """Tell whether a form can have such keys: msgspec takes none that JSON would have to escape."""
    return not any(map(_ESCAPED.search, keys))


def _struct(fields: Sequence[tuple[Any, ...]], keys: Sequence[str]) -> type[msgspec.Struct]:
    named = {field[0]: key for field, key in zip(fields, keys, strict=True)}
    return msgspec.defstruct(
        "Form", fields, rename=named, namespace={_NOTHING: MISSING}, forbid_unknown_fields=True, kw_only=True, gc=False
    )


def _reader(form: type[msgspec.Struct]) -> Callable[[Any], Any]:
    return msgspec.json.Decoder(form).decode


def _typed(param: Param, schema: Schema) -> tuple[Any, Schema]:
    """Give the type that a param is read as, and what of its schema is left to be judged then."""
    return _sometimes(param.schema, schema) if param.presence == "sometimes" else _always(schema)


def _always(schema: Schema) -> tuple[Any, Schema]:
    """Give the type that a value is read as, and what of its schema is left to be judged then."""
    said = {word: value for word, value in schema.items() if word not in _SAY_NOTHING}
    word = "const" if "const" in said else "enum"
    values = [said["const"]] if "const" in said else said.get("enum", [])
    if said.get("type", "string") != "string":
        return Any, schema
    if values and all(isinstance(value, str) for value in values):
        return Literal[tuple(values)], _without(said, "type", word)
    if "type" in said:
        least = said.get("minLength", 0)
        if least > _LONGEST:
            return str, _without(said, "type")
        return Annotated[str, msgspec.Meta(min_length=int(least))], _without(said, "type", "minLength")
    return Any, schema


def _sometimes(schema: Schema, whole: Schema) -> tuple[Any, Schema]:
    """Do the same for a param that may be missing, or null."""
    said = {word: value for word, value in schema.items() if word not in _SAY_NOTHING}
    return (str | None, {}) if said == {"type": "string"} else (Any, whole)


def _without(schema: Schema, *words: str) -> Schema:
    return {word: value for word, value in schema.items() if word not in words}


def _varied(untold: Sequence[int], optional: Sequence[int]) -> Callable[[Sequence[object]], int]:
    """Count the quotes of values that may be texts or not, and of params that may be missing, and are None then."""

    def quotes(values: Sequence[object]) -> int:
        found = sum([2 for place in untold if type(values[place]) is str])
        there = [values[place] for place in optional if values[place] is not None]
        return found + sum([4 if type(value) is str else 2 for value in there])

    return quotes


def _getter(places: Sequence[int]) -> Getter:
    return itemgetter(*places) if len(places) > 1 else lambda values: (values[places[0]],)


def _probes(places: Sequence[int | None], optional: Sequence[int]) -> Getter:
    """Read the values that rules across lines need; None where a param may be missing says that it is."""
    if len(places) > 1 and not {None, *optional} & {*places}:
        return _getter([place for place in places if place is not None])
    return lambda values: [
        MISSING if place is None or (values[place] is None and place in optional) else values[place] for place in places
    ]


def _quotes_of(beside: Sequence[object]) -> int:
    """Count the quotes of what stands beside the envelope; what is too deep for an event has more than any line."""
    there = [value for value in beside if value is not MISSING]
    if any(depth(value) > MAX_DEPTH for value in there):
        return _TOO_DEEP
    return sum(2 + 2 * keys_and_texts(value) for value in there)
