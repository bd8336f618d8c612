"""Twelve ways in which an app's tracking breaks, done to a walk; each says what a finding about it must name."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from bench._walks import Line, Walk

Named = set[tuple[str, str]]  # event and param, as a finding names them; "" where it is about none
Break = Callable[[Walk, "Truth", random.Random], Named]


@dataclass
class Truth:
    """What never varies in an app: found in so many of its runs that luck is out of the question."""

    always: dict[str, int] = field(default_factory=dict)  # event of every run -> how often, 0 if that varies
    places: list[tuple[str, str]] = field(default_factory=list)  # event and param that are always there
    constants: dict[str, object] = field(default_factory=dict)  # param with one value everywhere
    own_constants: dict[tuple[str, str], list[object]] = field(default_factory=dict)  # -> what other events have
    order: list[tuple[str, str]] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)  # that follow each other in every run


def truth_of(walks: Sequence[Walk]) -> Truth:
    """Find what never varies."""
    counts = [Counter(line.name for line in walk) for walk in walks]
    always = {name: counts[0][name] for name in set.intersection(*(set(each) for each in counts))}
    truth = Truth({name: n if all(each[name] == n for each in counts) else 0 for name, n in sorted(always.items())})
    values: dict[tuple[str, str], list[object]] = defaultdict(list)
    for line in (line for walk in walks for line in walk):
        for param, value in line.params.items():
            values[line.name, param].append(value)
    totals = sum(counts, Counter[str]())
    truth.places = sorted(at for at, seen in values.items() if at[0] in always and len(seen) == totals[at[0]])
    by_text: dict[str, dict[str, object]] = defaultdict(dict)
    for (_, param), seen in sorted(values.items()):
        by_text[param].update({repr(value): value for value in seen})
    pooled = {param: [*different.values()] for param, different in by_text.items()}
    truth.constants = {param: seen[0] for param, seen in pooled.items() if len(seen) == 1 and seen[0] is not None}
    truth.own_constants = {
        at: [value for value in pooled[at[1]] if value != values[at][0]]
        for at in truth.places
        if len(set(map(repr, values[at]))) == 1 and 1 < len(pooled[at[1]]) <= 8
    }
    firsts = [list(dict.fromkeys(line.name for line in walk)) for walk in walks]
    truth.order = [
        (a, b)
        for a, b in combinations([name for name in firsts[0] if name in always], 2)
        if all(each.index(a) < each.index(b) for each in firsts)
    ]
    steps = [{(a.name, b.name) for a, b in pairwise(walk)} for walk in walks]
    truth.steps = sorted(set.intersection(*steps))
    return truth


def _lines(walk: Walk, event: str) -> list[Line]:
    return [line for line in walk if line.name == event]


def drop_event(walk: Walk, truth: Truth, dice: random.Random) -> Named:
    event = dice.choice([*truth.always])
    walk[:] = [line for line in walk if line.name != event]
    return {(event, "")}


def rename_event(walk: Walk, truth: Truth, dice: random.Random) -> Named:
    event = dice.choice([*truth.always])
    for line in _lines(walk, event):
        line.name = f"{event}_new"
    return {(event, ""), (f"{event}_new", "")}


def drop_param(walk: Walk, truth: Truth, dice: random.Random) -> Named:
    event, param = dice.choice(truth.places)
    for line in _lines(walk, event):
        del line.params[param]
    return {(event, param)}


def change_type(walk: Walk, truth: Truth, dice: random.Random) -> Named:
    event, param = dice.choice([at for at in truth.places if _lines(walk, at[0])[0].params[at[1]] is not None])
    for line in _lines(walk, event):
        value = line.params[param]
        line.params[param] = (
            {"true": True, "false": False}.get(value, [value]) if isinstance(value, str) else str(value)
        )
    return {(event, param)}


def change_constant(walk: Walk, truth: Truth, dice: random.Random) -> Named:
    sure = {param for _, param in truth.places}
    texts = [name for name, value in truth.constants.items() if isinstance(value, str) and name in sure]
    param = dice.choice([name for name in texts if not name.endswith("_version")])  # meant to change: see `expecting`
    for line in walk:
        if param in line.params:
            line.params[param] = "changed"
    return {("", param), *((line.name, param) for line in walk)}


def change_own_constant(walk: Walk, truth: Truth, dice: random.Random) -> Named:
    (event, param), others = dice.choice([*truth.own_constants.items()])
    for line in _lines(walk, event):
        line.params[param] = dice.choice(others)
    return {(event, param)}


def swap_order(walk: Walk, truth: Truth, dice: random.Random) -> Named:
    a, b = dice.choice([pair for pair in truth.order if truth.always[pair[0]] == truth.always[pair[1]] == 1])
    one, other = (next(i for i, line in enumerate(walk) if line.name == name) for name in (a, b))
    walk[one], walk[other] = walk[other], walk[one]
    walk[one].time, walk[other].time = walk[other].time, walk[one].time
    return {(line.name, "") for line in walk[one : other + 1]}


def send_twice(walk: Walk, truth: Truth, dice: random.Random) -> Named:
    event = dice.choice([name for name, times in truth.always.items() if times])
    walk[:] = [each for line in walk for each in ([line, deepcopy(line)] if line.name == event else [line])]
    return {(event, "")}


def add_param(walk: Walk, truth: Truth, dice: random.Random) -> Named:
    event = dice.choice([*truth.always])
    for line in _lines(walk, event):
        line.params["added"] = "something"
    return {(event, "added")}


def change_event_type(walk: Walk, truth: Truth, dice: random.Random) -> Named:
    """Change the type of one event, in the envelope and where a param repeats it."""
    event = dice.choice([*truth.always])
    for line in _lines(walk, event):
        other = "view" if line.type == "link" else "link"
        line.params.update({"event_type": other} if "event_type" in line.params else {})
        line.type = other
    return {(event, ""), (event, "event_type")}


def flip_boolean(walk: Walk, truth: Truth, dice: random.Random) -> Named:
    flipped = {"true": "false", "false": "true", True: False, False: True}
    fixed = {(e, p): truth.constants.get(p) for e, p in truth.places if truth.constants.get(p) in (*flipped,)}
    event, param = dice.choice([at for at, value in fixed.items() if isinstance(value, (str, bool))])
    for line in _lines(walk, event):
        line.params[param] = flipped[line.params[param]]
    return {(event, param), ("", param)}


def come_late(walk: Walk, truth: Truth, dice: random.Random) -> Named:
    """Keep the app waiting for half a minute somewhere."""
    certain = [pair for pair in truth.steps if any(a.name == pair[0] and b.name == pair[1] for a, b in pairwise(walk))]
    before, event = dice.choice(certain)
    at = next(i for i, (a, b) in enumerate(pairwise(walk), 1) if (a.name, b.name) == (before, event))
    for line in walk[at:]:
        line.time += 30
    return {(event, "")}


BREAKS: dict[str, Break] = {
    "an event is dropped": drop_event,
    "an event is renamed": rename_event,
    "a param is dropped": drop_param,
    "a value changes its type": change_type,
    "a constant changes": change_constant,
    "two events swap": swap_order,
    "an event is sent twice": send_twice,
    "a param is new": add_param,
    "an event's own constant changes": change_own_constant,
    "an event changes its type": change_event_type,
    "a boolean flips": flip_boolean,
    "an event comes late": come_late,
}
