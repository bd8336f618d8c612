"""The profile as a file for people: a fact a line in a steady order, so that what a new run changed can be reviewed.

What is the same for every event that carries a param is written once, and only what differs is written for an event.
What was so in every run is written as that and not as a number: else each new run would change every line.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import msgspec

from crossproof.documents import BadDocument, Remark, read
from crossproof.mark import Mark
from crossproof.tracking.baseline.grammar import EVERY, EVERY_RUN, GRAMMAR, KIND
from crossproof.tracking.baseline.profile import (
    MANY,
    About,
    EventFacts,
    Extreme,
    First,
    Gap,
    ParamFacts,
    PlaceFacts,
    Profile,
    Spread,
)
from crossproof.units import clip
from crossproof.yaml12 import Marks

Path = Sequence[str | int]  # in a tree of mappings and lists


def written(profile: Profile) -> str:
    """Write a profile; `load` reads it back as the same."""
    order = in_order(profile)
    otherwise = {
        kind: _block({a: _line(bs) for a, bs in pairs.items()}, 2) for kind, pairs in _otherwise(profile, order)
    }
    parts = {
        "baseline": "1",
        "about": _line(msgspec.structs.asdict(profile.about)),
        "runs": _block({run: _line(version) for run, version in sorted(profile.runs.items())}, 1),
        "events": _block(
            {name: _line(_event(facts, len(profile.runs))) for name, facts in sorted(profile.events.items())}, 1
        ),
        "order": _wrapped("[", [_line(name) for name in order], "]", 1),
        "order_is": _block(otherwise, 1),
        "gaps": _block({event: _block(after, 2) for event, after in _gaps(profile).items()}, 1),
        "params": _block({name: _block(_param(profile, name), 2) for name in sorted(profile.params)}, 1),
    }
    return _block(parts, 0) + "\n"


def load(text: bytes, file: str) -> Profile:
    """Read a profile; raises `BadDocument` with all that is wrong."""
    marks = Marks()
    tree: Any = read(text, file, KIND, GRAMMAR, marks)
    if remarks := [
        Remark(marks.find(tree, list(path)) or Mark(file, 1), what)
        for path, what in _contradictions(tree, {*tree["events"]})
    ]:
        raise BadDocument(KIND, remarks)
    events = {name: _read_event(facts, len(tree["runs"])) for name, facts in tree["events"].items()}
    places: dict[tuple[str, str], PlaceFacts] = {}
    for param, facts in tree["params"].items():
        alike, own = facts.get("in", []), facts.get("except_in", {})
        places |= {
            (param, event): _alike(facts["like"], events[event]) for event in (events if alike == EVERY else alike)
        }
        places |= {(param, event): _read_place(own[event], facts["like"], events[event]) for event in own}
    return Profile(
        about=About(**tree["about"]),
        runs=tree["runs"],
        events=events,
        order=_read_order(tree["order"], tree["order_is"]),
        gaps={
            (event, following): Gap(*gap) for event, after in tree["gaps"].items() for following, gap in after.items()
        },
        params={name: _read_like(facts["like"], len(tree["runs"])) for name, facts in tree["params"].items()},
        places=places,
    )


def _contradictions(tree: Mapping[str, Any], events: set[str]) -> Iterator[tuple[Path, str]]:
    """Find what the grammar cannot see: events that are named and not described, or the other way round."""
    for path, name in _events_named(tree):
        if name not in events:
            yield path, f"the baseline has no event {clip(name)}."
    for name in sorted(events):
        if tree["order"].count(name) != 1:
            yield ["order"], f"`order` names the event {clip(name)} {tree['order'].count(name)} times."


def _events_named(tree: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    order: Path = ["order"]
    yield from ((order, name) for name in tree["order"])
    tables: list[tuple[Path, Any]] = [
        (["gaps"], tree["gaps"]),
        *((["order_is", kind], pairs) for kind, pairs in tree["order_is"].items()),
    ]
    for path, table in tables:
        for one, others in table.items():
            yield from (([*path, one], name) for name in (one, *others))
    for param, facts in tree["params"].items():
        alike = () if facts.get("in") == EVERY else facts.get("in", ())
        yield from ((["params", param], name) for name in (*alike, *facts.get("except_in", ())))


def in_order(profile: Profile) -> list[str]:
    """List the events as they came first, as far as one list can tell it."""
    lead = dict.fromkeys(profile.events, 0)
    for (one, other), first in profile.order.items():
        lead[one] += (First.ONE in first) - (First.OTHER in first)
        lead[other] -= (First.ONE in first) - (First.OTHER in first)
    return sorted(lead, key=lambda name: (-lead[name], name))


def _otherwise(profile: Profile, order: Sequence[str]) -> list[tuple[str, dict[str, list[str]]]]:
    """List the pairs of which the list does not tell the truth."""
    found: dict[First, dict[str, list[str]]] = {first: {} for first in _OTHERWISE.values()}
    for one, other in combinations(order, 2):
        first = _turned(profile.order.get((min(one, other), max(one, other)), First.NEVER_BOTH), one, other)
        if first is not First.ONE:
            found[first].setdefault(one, []).append(other)
    return [(word, found[first]) for word, first in _OTHERWISE.items()]


def _read_order(
    order: Sequence[str], otherwise: Mapping[str, Mapping[str, Sequence[str]]]
) -> dict[tuple[str, str], First]:
    listed = dict.fromkeys(combinations(order, 2), First.ONE)
    for word, first in _OTHERWISE.items():
        listed.update({(one, other): first for one, others in otherwise[word].items() for other in others})
    return {
        (min(pair), max(pair)): _turned(first, *pair) for pair, first in listed.items() if first is not First.NEVER_BOTH
    }


def _turned(first: First, one: str, other: str) -> First:
    """Take what is known of a pair in the order of the alphabet as of this pair, or the other way round."""
    if one <= other or first in {First.NEVER_BOTH, First.ONE | First.OTHER}:
        return first
    return First.OTHER if first is First.ONE else First.ONE


_OTHERWISE = {"reversed": First.OTHER, "varying": First.ONE | First.OTHER, "unknown": First.NEVER_BOTH}


def _event(facts: EventFacts, runs: int) -> dict[str, object]:
    low, high = facts.fewest, facts.most
    steady = facts == _steady(facts.runs, low.value)
    return {
        **({"runs": facts.runs} if facts.runs != runs else {}),
        **({"times": low.value} if steady else {"total": facts.total}),
        **({} if steady else {"fewest": [low.value, low.runs], "most": [high.value, high.runs]}),
    }


def _read_event(written: Mapping[str, Any], runs: int) -> EventFacts:
    runs = written.get("runs", runs)
    if "times" in written:
        return _steady(runs, written["times"])
    return EventFacts(
        runs=runs, total=written["total"], fewest=Extreme(*written["fewest"]), most=Extreme(*written["most"])
    )


def _steady(runs: int, times: int) -> EventFacts:
    return EventFacts(runs=runs, total=runs * times, fewest=Extreme(times, runs), most=Extreme(times, runs))


def _gaps(profile: Profile) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for (event, following), gap in sorted(profile.gaps.items()):
        found.setdefault(event, {})[following] = _line([gap.shortest, gap.longest, gap.samples])
    return found


def _param(profile: Profile, name: str) -> dict[str, str]:
    facts = profile.params[name]
    places = {event: place for (param, event), place in sorted(profile.places.items()) if param == name}
    like: dict[str, object] = {
        **({"runs": facts.runs} if facts.runs != len(profile.runs) else {}),
        **({"steady": _runs(facts.steady, facts.runs)} if facts.steady else {}),
        **({"changing": _runs(facts.changing, facts.runs)} if facts.changing else {}),
        "types": sorted(set[str]().union(*(place.types for place in places.values()))),
        "values": _spread(facts.values, facts.runs),
        "shapes": _spread(facts.shapes, facts.runs),
    }
    alike = [event for event, place in places.items() if place == _alike(like, profile.events[event])]
    own = {
        event: _line(_place(place, like, profile.events[event]))
        for event, place in places.items()
        if event not in alike
    }
    everywhere = len(alike) == len(profile.events)
    return {
        "like": _line(like),
        **({"in": _line(EVERY if everywhere else alike)} if alike else {}),
        **({"except_in": _block(own, 3)} if own else {}),
    }


def _read_like(like: Mapping[str, Any], runs: int) -> ParamFacts:
    runs = like.get("runs", runs)
    return ParamFacts(
        runs=runs,
        steady=_read_runs(like.get("steady", 0), runs),
        changing=_read_runs(like.get("changing", 0), runs),
        values=_read_spread(like["values"], runs),
        shapes=_read_spread(like["shapes"], runs),
    )


def _alike(like: Mapping[str, Any], event: EventFacts) -> PlaceFacts:
    """Say how a param is in an event of which nothing of its own is written."""
    only = [*like["values"]] if isinstance(like["values"], dict) else []
    value = only[0] if len(only) == 1 else None
    return PlaceFacts(populated=event.total, types=frozenset(like["types"]), value=value)


def _place(place: PlaceFacts, like: Mapping[str, Any], event: EventFacts) -> dict[str, object]:
    return {
        **({"populated": place.populated} if place.populated != event.total else {}),
        **({"null": place.null} if place.null else {}),
        **({"empty": place.empty} if place.empty else {}),
        **({"types": sorted(place.types)} if sorted(place.types) != like["types"] else {}),
        **({"value": place.value} if place.value is not None else {}),
    }


def _read_place(own: Mapping[str, Any], like: Mapping[str, Any], event: EventFacts) -> PlaceFacts:
    return PlaceFacts(
        populated=own.get("populated", event.total),
        null=own.get("null", 0),
        empty=own.get("empty", 0),
        types=frozenset(own.get("types", like["types"])),
        value=own.get("value"),
    )


def _spread(spread: Spread, of: int) -> object:
    return "many" if spread.runs is None else {key: _runs(runs, of) for key, runs in sorted(spread.runs.items())}


def _read_spread(written: Any, of: int) -> Spread:
    return MANY if written == "many" else Spread({key: _read_runs(runs, of) for key, runs in written.items()})


def _runs(runs: int, of: int) -> int | str:
    return EVERY_RUN if runs == of else runs


def _read_runs(written: Any, of: int) -> int:
    return of if written == EVERY_RUN else int(written)


def _line(value: object) -> str:
    return json.dumps(value)


def _block(entries: Mapping[str, str], depth: int) -> str:
    return _wrapped("{", [f"{_line(key)}: {value}" for key, value in entries.items()], "}", depth)


def _wrapped(start: str, entries: Sequence[str], end: str, depth: int) -> str:
    if not entries:
        return start + end
    inner = ",\n".join("  " * (depth + 1) + entry for entry in entries)
    return f"{start}\n{inner}\n{'  ' * depth}{end}"
