"""The grammar of a baseline file: the one source of the strict loader and of the published schema."""

from collections.abc import Mapping, Sequence
from typing import Any

KIND = "baseline"
EVERY = "every event"
EVERY_RUN = "every run"
_COUNT = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}
_NAMES = {"type": "array", "items": _TEXT}
_TYPES = {"type": "array", "items": {"enum": ["array", "boolean", "number", "object", "stand-in", "string"]}}
_EXTREME = {"type": "array", "items": _COUNT, "minItems": 2, "maxItems": 2}
_GAP = {"type": "array", "items": {"type": "number", "minimum": 0}, "minItems": 3, "maxItems": 3}
_RUNS = {"if": {"type": "string"}, "then": {"const": EVERY_RUN}, "else": _COUNT}
_SPREAD = {
    "if": {"type": "string"},
    "then": {"const": "many"},
    "else": {"type": "object", "additionalProperties": _RUNS},
}
_PAIRS = {"type": "object", "additionalProperties": _NAMES}


def _closed(description: str, optional: Sequence[str], /, **properties: Any) -> dict[str, Any]:
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "required": [key for key in properties if key not in optional],
        "additionalProperties": False,
    }


def _said(description: str, grammar: Mapping[str, Any]) -> dict[str, Any]:
    return {**grammar, "description": description}


_EVENT = _closed(
    "How often an event happened.",
    ("runs", "times", "total", "fewest", "most"),
    runs=_said("In how many runs, if not in every one.", _COUNT),
    times=_said("How often in each of them, if that did not vary.", _COUNT),
    total=_said("How often in all of them.", _COUNT),
    fewest=_said("The fewest times in one run in which it happened, and in how many runs it was that few.", _EXTREME),
    most=_said("The most times in one run, and in how many runs.", _EXTREME),
) | {"if": {"required": ["times"]}, "else": {"required": ["total", "fewest", "most"]}}
_PLACE = _closed(
    "How a param is in one event, where that differs from `like`.",
    ("populated", "null", "empty", "types", "value"),
    populated=_said("How often it had a value, if not each time.", _COUNT),
    null=_said("How often it was null.", _COUNT),
    empty=_said('How often it was "".', _COUNT),
    types=_TYPES,
    value=_said("The only value it had in this event.", _TEXT),
)
_PARAM = _closed(
    "A param, whichever event carries it.",
    ("in", "except_in"),
    like=_closed(
        "What its values are like.",
        ("runs", "steady", "changing"),
        runs=_said("In how many runs it had a value, if not in every one.", _COUNT),
        steady=_said("Runs that had it more than once, with one value; of those that had it.", _RUNS),
        changing=_said("Runs in which its value changed; of those that had it.", _RUNS),
        types=_TYPES,
        values=_said(
            "Different values, each with the number of runs that had it. A value is a plain word, (true), (12), "
            "(hidden), or its shape and four digits of a hash.",
            _SPREAD,
        ),
        shapes=_said("What the values look like, each with the number of runs.", _SPREAD),
    ),
    **{
        "in": {
            "description": "Events that carried it each time, just as `like` says.",
            "if": {"type": "string"},
            "then": {"const": EVERY},
            "else": _NAMES,
        }
    },
    except_in={"type": "object", "additionalProperties": _PLACE},
)
GRAMMAR: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Crossproof baseline",
    **_closed(
        "What the earlier runs of an app had in common. It is learned; to accept a change, learn it.",
        (),
        baseline={"description": "The version of this format: 1.", "const": 1},
        about=_closed("What the runs have in common from the outset.", (), plan=_TEXT, platform=_TEXT, scenario=_TEXT),
        runs={
            "description": "The digest of a run's logs, and the version that sent them.",
            "type": "object",
            "additionalProperties": _TEXT,
            "minProperties": 1,
        },
        events={"type": "object", "additionalProperties": _EVENT},
        order=_said("Events in the order in which they came first.", _NAMES),
        order_is=_closed(
            "Pairs of events that this list does not tell the truth of.",
            (),
            reversed=_said("Always came the other way round.", _PAIRS),
            varying=_said("Came now this, now that way round.", _PAIRS),
            unknown=_said("Never came in the same log.", _PAIRS),
        ),
        gaps={
            "description": "From an event to the one that came next in the same log: the shortest and the longest time "
            "in seconds, and how many were measured (20: or more).",
            "type": "object",
            "additionalProperties": {"type": "object", "additionalProperties": _GAP},
        },
        params={"type": "object", "additionalProperties": _PARAM},
    ),
}
