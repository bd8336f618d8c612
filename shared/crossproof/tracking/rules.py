"""The rules: what each finding means, how bad it is unless a plan says otherwise, and what to do about it.

One table. The plan's grammar, the judge, the rules page and the fixtures are all held against it.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum


class Level(StrEnum):
    """How bad a finding is."""

    OFF = "off"
    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Order them: an error is above a warning."""
        return list(Level).index(self)


LEVELS = tuple(Level)


class Hold(Enum):
    """What a plan may do to a rule."""

    FREE = "its level can be set, also to off"
    FIXED = "always an error: a line that could not be read was not judged"
    TOOL = "told by `crossproof plan` of a plan, never of a log: no plan can set how bad it is"
    PROOF = "always an error, and it takes the proof away: something to judge was not there or was cut"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong, under a name that stays."""

    level: Level
    meaning: str
    fix: str
    hold: Hold = Hold.FREE


def _error(meaning: str, fix: str, hold: Hold = Hold.FREE) -> Rule:
    return Rule(Level.ERROR, meaning, fix, hold)


def _warning(meaning: str, fix: str, hold: Hold = Hold.FREE) -> Rule:
    return Rule(Level.WARNING, meaning, fix, hold)


def _notice(meaning: str, fix: str, hold: Hold = Hold.FREE) -> Rule:
    return Rule(Level.NOTICE, meaning, fix, hold)


_LOG = {
    "log/empty": _error(
        "The log holds no event at all.",
        "Look at the run that recorded it: the recorder was not attached, or nothing was sent.",
        Hold.PROOF,
    ),
    "log/missing-file": _error(
        "No file is there, or none matches.", "Correct `logs`, or fetch the artifact first.", Hold.PROOF
    ),
    "log/missing-shard": _error(
        "A shard of the matrix has no report that could be merged, or a report belongs to no shard of it.",
        "Let every shard upload its report directory, also when it ends red, and give the matrix that was run.",
        Hold.PROOF,
    ),
    "log/unreadable": _error(
        "The file is there but cannot be read: no permission, or a damaged archive.",
        "Open the archive by hand, and compare its size and digest with those of the run that made it.",
        Hold.PROOF,
    ),
    "log/cap-reached": _error(
        "A limit was reached and the rest was not judged.",
        "Raise `max_bytes` if the log is really that large, or give the logs in several calls and merge the reports.",
        Hold.PROOF,
    ),
    "log/parse-error": _error(
        "A line is no JSON.", "Fix the recorder: each line must be one JSON object in UTF-8.", Hold.FIXED
    ),
    "log/truncated": _error(
        "The last line breaks off: the app or the recorder was stopped while writing.",
        "Let the test end the app properly, or flush the recorder before the log is collected.",
        Hold.FIXED,
    ),
    "log/not-object": _error(
        "A line is JSON but no object.", "Each line must be one event: a JSON object.", Hold.FIXED
    ),
    "log/line-too-long": _error(
        "A line is longer than 16 MiB and was passed over.", "Find out what the app put into this event.", Hold.FIXED
    ),
    "log/too-deep": _error(
        "An event is nested more than 64 levels deep and was passed over.",
        "Find out what the app put into this event.",
        Hold.FIXED,
    ),
    "log/duplicate-key": _error(
        "An object has the same key twice; readers differ in which value they keep.",
        "Fix the recorder: it writes one of them by mistake.",
    ),
    "log/pretty-printed": _warning(
        "An event is spread over several lines; it was read all the same.", "Write one event per line."
    ),
    "log/json-array": _notice(
        "The file is one JSON array instead of a line per event; it was read all the same.",
        "Write one event per line: a log that breaks off stays readable.",
    ),
    "log/bom": _notice("The file begins with a byte order mark, which JSON does not allow.", "Write UTF-8 without it."),
    "log/encoding": _warning(
        "The file is not in UTF-8; it was converted.", "Write UTF-8: other tools stop at the first byte."
    ),
    "log/repeated": _error(
        "Two files have the same content: their events count twice.", "Give each log once, or look why the run repeats."
    ),
}
_EVENT = {
    "event/unknown": _error(
        "An event is in the log that the plan does not know.",
        "Add it to the plan, or take it out of the app; `policy.unknown_event` sets how bad it is.",
    ),
    "event/name-casing": _error(
        "An event's name differs from a planned one only in its casing.", "Send the name exactly as it is planned."
    ),
    "event/ambiguous": _error(
        "Two events of the plan match the same line, and neither is more exact.", "Add `where` to one of them."
    ),
    "event/missing": _error(
        "A planned event did not happen.", "Look whether the test walked there; else the app does not send it."
    ),
    "event/count": _error("An event happened more or less often than planned.", "Correct the app, or `count`."),
    "event/coverage": _error(
        "A smaller share of the planned events was seen than `coverage_min` asks for.",
        "Let the tests walk to the missing events, or lower `coverage_min`.",
    ),
    "event/deprecated": _warning("An event is sent that should no longer be.", "The plan says what replaces it."),
    "event/expired": _warning(
        "An event is sent after the date until which it was wanted.", "Remove it, or move `expires`."
    ),
    "event/envelope": _error(
        "A line lacks what every event has: name, type or params, or one of them has the wrong type.",
        "Fix the app; or, if the log looks different on purpose, say where things stand in `source`.",
    ),
}
_PARAM = {
    "param/missing": _error("A param is not there.", "Send it; or plan it as `presence: sometimes`."),
    "param/empty": _error(
        'A param is there but not populated: null or "".',
        "Send a value; or say in `policy` that null or the empty text is one.",
    ),
    "param/conditional": _error(
        "A param is not there although the condition under which it must be holds.", "Send it, or correct `when`."
    ),
    "param/forbidden": _error("A param is there that must not be.", "Do not send it."),
    "param/unknown": _warning(
        "A param is there that the plan does not know.", "Add it to the plan, or take it out of the app."
    ),
    "param/casing": _warning(
        "A param's name differs from a planned one only in its casing.", "Send the name exactly as it is planned."
    ),
    "param/type": _error(
        "A value has the wrong JSON type.", 'Mind that "false" is a text and false is not; nothing is converted.'
    ),
    "param/enum": _error("A value is none of those planned.", "Correct the app, or add the value to `enum`."),
    "param/const": _error("A value is not the one planned.", "Correct the app, or `const`."),
    "param/pattern": _error("A text does not match its pattern.", "Correct the app, or `pattern`."),
    "param/format": _error("A text is not of its named form.", "Correct the app, or `format`."),
    "param/range": _error("A number is out of range.", "Correct the app, or the bounds."),
    "param/length": _error("A text is too short or too long.", "Correct the app, or the bounds."),
    "param/items": _error("A list has wrong items, too many or too few.", "Correct the app, or the schema."),
    "param/schema": _error("A value breaks another part of its schema.", "Correct the app, or the schema."),
    "param/type-conflict": _warning(
        "A param without a planned type has values of different types in different events.",
        "Give it a `type` in the plan and the same type in the app.",
    ),
    "param/sensitive": _warning(
        "A value looks like an e-mail address, in a param that the plan does not call sensitive.",
        "Do not send it in the clear; if it must be, plan the param as `sensitive: true` so that it is never shown.",
    ),
}
_ACROSS = {
    "order/flow": _error("Events of a flow came in another order than planned.", "Correct the app, or the flow."),
    "order/before": _error("An event came without the one that must come before it.", "Correct the app, or the plan."),
    "order/forbidden": _error("An event happened in a flow that must not hold it.", "Correct the app, or `never`."),
    "order/incomplete": _error(
        "A flow began and was not walked to its end.", "Look whether the test walked there, and what the app left out."
    ),
    "id/duplicate": _error("A value that must be unique occurs again.", "Make a new id for each event."),
    "id/missing": _error("An event lacks the value by which it is told from others.", "Send it with each event."),
    "id/double-fire": _error(
        "The same event was sent twice within a moment.", "Look for a second listener or a render that ran twice."
    ),
    "same/differs": _error("A value changed that must stay the same.", "Look which event carries a stale value."),
    "time/out-of-order": _warning(
        "A line is older than the line before it.", "Look whether events are buffered, or stamped when they are sent."
    ),
    "time/gap": _error("Two events are further apart than planned.", "Look what kept the app waiting."),
    "time/window": _error(
        "An event lies outside of the run that recorded it.", "Look whether the log is an old one, and at the clocks."
    ),
    "time/unit": _error(
        "Times are in another unit than planned, or in two units.", "Stamp all events in the unit that the plan names."
    ),
    "time/missing": _error("An event has no time.", "Stamp each event."),
}
_BASELINE = {
    "baseline/event-missing": _error("An event of every earlier run did not happen.", "Correct the app, or accept it."),
    "baseline/event-new": _warning("An event happened that no earlier run had.", "Plan it, and accept it."),
    "baseline/count": _warning("An event happened more or less often than ever before.", "Look why, or accept it."),
    "baseline/order": _error("Two events came in an order that no earlier run had.", "Look why, or accept it."),
    "baseline/param-missing": _error("A param of every earlier run is missing.", "Correct the app, or accept it."),
    "baseline/param-new": _warning("A param is there that no earlier run had.", "Plan it, and accept it."),
    "baseline/type": _error("A value has a JSON type that it never had.", "Correct the app, or accept it."),
    "baseline/value": _error("A value that never varied has changed.", "Correct the app, or accept it."),
    "baseline/pattern": _error("A value looks different than ever before.", "Correct the app, or accept it."),
    "baseline/timing": _warning("Events are further apart than ever before.", "Look what kept the app waiting."),
    "baseline/incompatible": _error(
        "The baseline was learned for something else: another plan, scenario or platform.",
        "Learn one for this, or say with the command's flags that the two are meant to be compared.",
        Hold.PROOF,
    ),
}
_PLAN = {
    "plan/invalid": _error("The plan cannot be read as written.", "Each fault is named with its line.", Hold.PROOF),
    "plan/lint": _warning(
        "The plan says something that has no effect, or two things at once.", "Correct the plan.", Hold.TOOL
    ),
    "plan/example": _error(
        "An example of the plan does not do what it says.", "Correct the plan, or the example.", Hold.TOOL
    ),
    "plan/weak": _notice(
        "Wrong values of a param would pass.", "Give it a type, a pattern, an enum or a format.", Hold.TOOL
    ),
}
RULES: dict[str, Rule] = {**_LOG, **_EVENT, **_PARAM, **_ACROSS, **_BASELINE, **_PLAN}
SWITCHABLE = tuple(rule for rule, entry in RULES.items() if entry.hold is Hold.FREE)
