"""Decides which planned event a line is: by name and type in one look-up, by values where the plan asks for them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from operator import itemgetter

import msgspec

from crossproof.tracking.log.decoding import Event
from crossproof.tracking.plan.engine import outside_conditions
from crossproof.tracking.plan.model import Engine, Param, Plan
from crossproof.tracking.plan.model import Event as Planned
from crossproof.tracking.pointers import Pointer
from crossproof.units import clip

MOST_NAMES = 10_000  # remembered pairs of name and type; a hostile log has more

Envelope = tuple[object, object, object, object]  # name, type, time, params


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A planned event as the judge uses it."""

    index: int
    event: Planned
    accepts: Callable[[object], bool]
    engine: Engine
    whole: Engine | None  # what the event as a whole must be, if the plan names a schema file
    outside: Sequence[tuple[Param, Sequence[tuple[Pointer, object]]]]  # conditions on what is not a param
    untyped: frozenset[str]  # params whose type the plan leaves open
    remarks: Sequence[tuple[str, str]]  # rules that speak whenever it is seen
    plain: bool  # name, type and the params' schema are all there is to look at

    def fits(self, event: Event) -> bool:
        """Tell whether the values of a line are those that the plan asks for."""
        return all(equal(pointer.read(event), value) for pointer, value in self.event.where)


def equal(one: object, other: object) -> bool:
    """Compare as JSON does: true is not 1."""
    return one == other and isinstance(one, bool) is isinstance(other, bool)


class Kinds(msgspec.Struct):
    """All planned events, found by what stands in a line."""

    plan: Plan
    all: Sequence[Kind]
    envelope: Callable[[Event], Envelope]
    usual_envelope: Callable[[Event], Envelope] | None  # the same where all four are keys of the event: much faster
    _known: dict[tuple[object, object], tuple[Kind, ...]] = msgspec.field(default_factory=dict)
    _nearest: dict[tuple[object, object], tuple[str, str]] = msgspec.field(default_factory=dict)

    def indexes_of(self, events: Iterable[str]) -> frozenset[int]:
        """Give the numbers by which planned events go in a trace."""
        wanted = {*events}
        return frozenset(kind.index for kind in self.all if kind.event.id in wanted)

    def candidates(self, name: object, kind: object) -> tuple[Kind, ...]:
        """List the events that match a name and a type, the most exact first."""
        known = self._known.get((name, kind))
        if known is None:
            fitting = [each for each in self.all if each.event.name in {None, name} and each.event.type in {None, kind}]
            known = tuple(sorted(fitting, key=_exactness, reverse=True))
            if len(self._known) < MOST_NAMES:
                self._known[name, kind] = known
        return known

    def choose(self, candidates: Sequence[Kind], event: Event) -> tuple[Kind | None, str]:
        """Decide among candidates by their values; two that are equally exact are told."""
        fitting = [kind for kind in candidates if kind.fits(event)]
        if not fitting:
            return None, ""
        rivals = [kind.event.id for kind in fitting if _exactness(kind) == _exactness(fitting[0])]
        return fitting[0], f"is planned as {' and as '.join(rivals)}" if len(rivals) > 1 else ""

    def stranger(self, name: object, kind: object) -> tuple[str, str]:
        """Say by which rule an event is unknown, and what was probably meant."""
        told = self._nearest.get((name, kind))
        if told is None:
            told = self._near(str(name), str(kind))
            if len(self._nearest) < MOST_NAMES:
                self._nearest[name, kind] = told
        return told

    def _near(self, name: str, kind: str) -> tuple[str, str]:
        names = {planned.event.name for planned in self.all if planned.event.name}
        if name in names:
            types = sorted({str(each.event.type) for each in self.all if each.event.name == name and each.event.type})
            if types and kind not in types:
                return "event/unknown", f"is planned with type {' or '.join(map(clip, types))}, not {clip(kind)}"
            return "event/unknown", "is planned, but with other values (`where`)"
        folded = [each for each in names if each.casefold() == name.casefold()]
        if folded:
            return "event/name-casing", f"is planned as {clip(folded[0])}"
        import difflib  # noqa: PLC0415 - only where there is a stranger

        near = difflib.get_close_matches(name[:100], names, n=1)
        return "event/unknown", f"is not planned; did you mean {clip(near[0])}?" if near else "is not planned"


def kinds_of(plan: Plan, *, platform: str, today: date) -> Kinds:
    """Make the judge's view of a plan's events."""
    kinds = [_kind(plan, index, event, platform, today) for index, event in enumerate(plan.events.values())]
    usual = _usual_envelope(plan)
    return Kinds(plan, kinds, _envelope_reader(plan, usual), usual)


def _kind(plan: Plan, index: int, event: Planned, platform: str, today: date) -> Kind:
    engine = plan.engines[event.id]
    outside = outside_conditions(plan, event)
    remarks = list(_remarks(event, platform, today))
    whole = plan.engines[event.schema] if event.schema else None
    untyped = frozenset(param.name for param in event.params.values() if _is_untyped(param))
    return Kind(
        index=index,
        event=event,
        accepts=engine.is_valid,
        engine=engine,
        whole=whole,
        outside=outside,
        untyped=untyped,
        remarks=remarks,
        plain=not (outside or remarks or whole or untyped or event.where),
    )


def _is_untyped(param: Param) -> bool:
    return (
        not {"type", "enum", "const", "$ref", "format", "pattern"} & param.schema.keys() and param.presence != "never"
    )


def _remarks(event: Planned, platform: str, today: date) -> list[tuple[str, str]]:
    remarks: list[tuple[str, str]] = []
    if event.deprecated:
        remarks.append(("event/deprecated", event.deprecated))
    if event.expires and today >= event.expires:
        remarks.append(("event/expired", f"was wanted until {event.expires}"))
    if platform and event.platforms and platform not in event.platforms:
        remarks.append(("event/unknown", f"is planned for {', '.join(event.platforms)}, not for {platform}"))
    return remarks


def _exactness(kind: Kind) -> tuple[int, bool, bool]:
    return len(kind.event.where), kind.event.name is not None, kind.event.type is not None


def _usual_envelope(plan: Plan) -> Callable[[Event], Envelope] | None:
    places = _envelope_places(plan)
    usual: Callable[[Event], Envelope] = itemgetter(*(place.tokens[0] for place in places))
    return usual if all(len(place.tokens) == 1 for place in places) else None


def _envelope_reader(plan: Plan, usual: Callable[[Event], Envelope] | None) -> Callable[[Event], Envelope]:
    """Read the four parts of an event; those that are not there as MISSING."""
    places = _envelope_places(plan)

    def read(event: Event) -> Envelope:
        if usual:
            try:
                return usual(event)
            except KeyError:
                pass
        name, kind, time, params = (place.read(event) for place in places)
        return name, kind, time, params

    return read


def _envelope_places(plan: Plan) -> Sequence[Pointer]:
    source = plan.source
    return source.name, source.type, source.time, source.params
